/** Products with one fixed element of GF(2^128), by a table of 256 multiples for each byte of the other factor. */

/** 16 x 256 x 16 bytes, those of the lowest byte first. */
export const tables: usize = memory.data(16 * 256 * 16, 64);

/** Zeroes the multiples. */
export function wipeMultiples(): void {
  memory.fill(tables, 0, 16 * 256 * 16);
}

/** The multiple by the element that has byte `byte` of the word at `row`. */
@inline function multiple(table: usize, word: u64, byte: u64): usize {
  return table + (<usize>((word >> (8 * byte)) & 255) << 4);
}

/** The multiple by the eight bytes of `word`. */
@inline export function product(table: usize, word: u64): v128 {
  const a = v128.xor(v128.load(multiple(table, word, 0)), v128.load(multiple(table, word, 1), 4096));
  const b = v128.xor(v128.load(multiple(table, word, 2), 8192), v128.load(multiple(table, word, 3), 12288));
  const c = v128.xor(v128.load(multiple(table, word, 4), 16384), v128.load(multiple(table, word, 5), 20480));
  const d = v128.xor(v128.load(multiple(table, word, 6), 24576), v128.load(multiple(table, word, 7), 28672));
  return v128.xor(v128.xor(a, b), v128.xor(c, d));
}
