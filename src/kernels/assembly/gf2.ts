/**
 * Products of many field elements with one (src/crypto/gf2.ts is the reference) in WebAssembly SIMD, by a table of 256
 * multiples for each byte of a row. The host writes the tables, sums and rows at the exported addresses, calls, reads the
 * sums, and calls `wipe`. Rows choose addresses: they are public or the caller's own data.
 */

/** Rows of one call at most. */
export const CHUNK: u32 = 1024;
/** 16 x 256 x 16 bytes, those of the lowest byte first. */
export const tables: usize = memory.data(16 * 256 * 16, 64);
export const sums: usize = memory.data(1024 * 16, 64);
export const rows: usize = memory.data(1024 * 16, 64);

/** The multiple by the element that has byte `byte` of the word at `row`. */
@inline function multiple(table: usize, word: u64, byte: u64): usize {
  return table + (<usize>((word >> (8 * byte)) & 255) << 4);
}

/** The multiple by the eight bytes of `word`. */
@inline function product(table: usize, word: u64): v128 {
  const a = v128.xor(v128.load(multiple(table, word, 0)), v128.load(multiple(table, word, 1), 4096));
  const b = v128.xor(v128.load(multiple(table, word, 2), 8192), v128.load(multiple(table, word, 3), 12288));
  const c = v128.xor(v128.load(multiple(table, word, 4), 16384), v128.load(multiple(table, word, 5), 20480));
  const d = v128.xor(v128.load(multiple(table, word, 6), 24576), v128.load(multiple(table, word, 7), 28672));
  return v128.xor(v128.xor(a, b), v128.xor(c, d));
}

/** Adds to each sum its row of 8 bytes times the tabled element. */
export function addScaledHalves(count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const sum = v128.load(sums + 16 * i);
    v128.store(sums + 16 * i, v128.xor(sum, product(tables, load<u64>(rows + 8 * i))));
  }
}

/** The same for rows of 16 bytes. */
export function addScaled(count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const low = product(tables, load<u64>(rows + 16 * i));
    const high = product(tables + 32768, load<u64>(rows + 16 * i, 8));
    v128.store(sums + 16 * i, v128.xor(v128.load(sums + 16 * i), v128.xor(low, high)));
  }
}

export function wipe(): void {
  memory.fill(tables, 0, 16 * 256 * 16);
  memory.fill(sums, 0, CHUNK * 16);
  memory.fill(rows, 0, CHUNK * 16);
}
