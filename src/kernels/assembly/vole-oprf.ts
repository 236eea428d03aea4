/**
 * The oblivious PRF on a VOLE (src/crypto/vole-oprf.ts is the reference and says what it is) in WebAssembly SIMD. The host
 * lays out the memory and passes addresses; long loops are called in ranges, so that the host can pause between them.
 *
 * A record's row (row-pages.ts) has in the place of a value the record's hash.
 */
import { addDecoded, decodeRows, eliminateEach, ROW_BYTES, solveGroups, wipeRows } from './band-rows';
import { product, tables, wipeMultiples } from './multiples';
import { expandRows, heapBase, openPages, openSlots, orderPart } from './row-pages';

export { addDecoded, decodeRows, expandRows, heapBase, openPages, openSlots, orderPart, tables, wipeMultiples };

/** Eliminates rows in the order of their starts; returns the number of the first dependent one of them, or -1. */
export function eliminateRows(rows: usize, count: i32, slots: usize): i32 {
  return eliminateEach(1, rows, count, slots, 0, 0);
}

/** Solves groups [from, to) of four columns, last one first; see band-rows.ts. */
export function backSubstitute(slots: usize, table: usize, bytes: usize, from: i32, to: i32): void {
  solveGroups(slots, table, bytes, from, to);
}

/** Puts the values of `count` rows, n x 16, in the order of their numbers. */
export function scatterValues(rows: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++, rows += ROW_BYTES) {
    v128.store(out + 16 * <usize>load<u32>(rows, 52), v128.load(rows, 32));
  }
}

/** The product with the tabled element of 8 or 16 bytes. */
@inline function scaled(at: usize, bytes: i32): v128 {
  const low = product(tables, load<u64>(at));
  return bytes == 8 ? low : v128.xor(low, product(tables + 32768, load<u64>(at, 8)));
}

/** Adds to each of `sums` (n x 16) its row (n x 8 or 16 bytes) times the tabled element. */
export function addScaled(sums: usize, rows: usize, bytes: i32, count: i32): void {
  for (let i = 0; i < count; i++, sums += 16, rows += <usize>bytes) {
    v128.store(sums, v128.xor(v128.load(sums), scaled(rows, bytes)));
  }
}

/** Multiplies the hashes of `count` rows by the tabled element. */
export function scaleHashes(rows: usize, bytes: i32, count: i32): void {
  for (let i = 0; i < count; i++, rows += ROW_BYTES) v128.store(rows, scaled(rows + 32, bytes), 32);
}

/** Zeroes what stands outside the host's part. */
export function wipe(): void {
  wipeMultiples();
  wipeRows();
}
