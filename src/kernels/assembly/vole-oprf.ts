/**
 * The oblivious PRF on a VOLE (src/crypto/vole-oprf.ts is the reference and says what it is) in WebAssembly SIMD. The host
 * lays out the memory and passes addresses; long loops are called in ranges, so that the host can pause between them.
 *
 * A record's row (band-rows.ts) has in the place of a value the record's hash. Rows are put into the order of their starts
 * once, as whole cache lines, and all that follows reads them one after another. In two passes, by parts of the columns and
 * within each: either has few enough places to write to that they stay in the cache. Only a local attacker could see which.
 */
import {
  addDecoded, blocks, decodeRows, eliminateRows, loadKeys, loadSalt, placeStarts, ROW_BYTES, state,
  uniformIndex,
} from './band-rows';
import { chachaBlocks } from './generated/chacha20-lanes';
import { product, tables } from './multiples';

export { backSubstitute } from './band-rows';
export { addDecoded, decodeRows, eliminateRows, placeStarts, tables };

/** Keys of four records. */
const keys: usize = memory.data(64, 16);

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/**
 * Rows of `count` records (n x 32, room for a multiple of 4), numbered from `first` on; adds to `counts` how many rows start
 * in each part of 2^shift columns, one place further. `range` is columns - 255.
 */
export function expandRows(
  salt: usize, records: usize, count: i32, first: u32, range: u32, rows: usize, shift: u32, counts: usize,
): void {
  loadSalt(salt);
  for (let i = 0; i < count; i += 4, records += 128) {
    for (let lane: usize = 0; lane < 4; lane++) v128.store(keys + 16 * lane, v128.load(records + 32 * lane));
    loadKeys(keys);
    chachaBlocks(blocks, state);
    const end = min(4, count - i);
    for (let lane = 0; lane < end; lane++, rows += ROW_BYTES) {
      const block = blocks + 64 * <usize>lane;
      v128.store(rows, v128.load(block));
      v128.store(rows, v128.load(block, 16), 16);
      v128.store(rows, v128.load(block, 40), 32);
      const start = uniformIndex(load<u32>(block, 32), load<u32>(block, 36), range);
      store<u32>(rows, start, 48);
      store<u32>(rows, first + i + lane, 52);
      const at = counts + 4 * (<usize>(start >> shift) + 1);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
}

/** Puts a row at the next place that `places` has for its bucket. */
@inline function placeRow(row: usize, at: usize, out: usize): void {
  const place = <usize>load<u32>(at);
  store<u32>(at, <u32>place + 1);
  const to = out + ROW_BYTES * place;
  for (let k: usize = 0; k < ROW_BYTES; k += 16) v128.store(to + k, v128.load(row + k));
}

/** Puts rows [from, to) into their parts of 2^shift columns; then next[part] is where the part ends. */
export function partRows(rows: usize, from: i32, to: i32, shift: u32, next: usize, out: usize): void {
  for (let row = rows + ROW_BYTES * <usize>from, end = rows + ROW_BYTES * <usize>to; row < end; row += ROW_BYTES) {
    placeRow(row, next + 4 * <usize>(load<u32>(row, 48) >> shift), out);
  }
}

/** Puts the rows [from, to) of a part, which begins at `column`, into the order of their starts; `places`: 2^shift + 1. */
export function orderRows(
  rows: usize, from: i32, to: i32, column: u32, shift: u32, places: usize, out: usize,
): void {
  const first = rows + ROW_BYTES * <usize>from, end = rows + ROW_BYTES * <usize>to;
  memory.fill(places, 0, (<usize>4 << shift) + 4);
  for (let row = first; row < end; row += ROW_BYTES) {
    const at = places + 4 * (<usize>(load<u32>(row, 48) - column) + 1);
    store<u32>(at, load<u32>(at) + 1);
  }
  placeStarts(places, 1 << shift);
  const target = out + ROW_BYTES * <usize>from;
  for (let row = first; row < end; row += ROW_BYTES) {
    placeRow(row, places + 4 * <usize>(load<u32>(row, 48) - column), target);
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

/** Puts the values of `count` rows (n x 16) in the order of their numbers. */
export function scatterValues(rows: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++, rows += ROW_BYTES) {
    v128.store(out + 16 * <usize>load<u32>(rows, 52), v128.load(rows, 32));
  }
}

/** Adds `bytes` bytes, a multiple of 16. */
export function addBytes(to: usize, from: usize, bytes: usize): void {
  for (let k: usize = 0; k < bytes; k += 16) v128.store(to + k, v128.xor(v128.load(to + k), v128.load(from + k)));
}

/** Zeroes what stands outside the host's part. */
export function wipe(): void {
  memory.fill(tables, 0, 65536);
}
