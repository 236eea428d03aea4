/**
 * The weighted sum of leaves for the check of trees (src/crypto/vole-check.ts). A leaf is added, for every byte of its
 * weight, to the sum of that byte and value, so that only the public weights choose addresses; the host combines the sums.
 */
import { drawWords, stream, STREAM_WORDS } from './public-stream';

const WEIGHT_WORDS: u32 = 2;
const WEIGHT_BYTES: usize = 8;
/** Of one byte: 256 sums. */
const TABLE: usize = 4096;

/** The weight of the leaf that was asked for; zero where there was none. */
export const ownWeight: usize = memory.data(16, 16);

/** Leaves `first`, `first` + 1, ... of the run (a multiple of 16), `count` of them; `own` counts from `first`. */
export function fold(tables: usize, leaves: usize, first: u32, count: u32, own: u32): void {
  let weight = i64x2.splat(0);
  for (let start: u32 = 0; start < count; start += STREAM_WORDS / WEIGHT_WORDS) {
    const end = min(start + STREAM_WORDS / WEIGHT_WORDS, count);
    drawWords(0, WEIGHT_WORDS * (first + start), WEIGHT_WORDS * (end - start));
    let at = stream;
    for (let i = start; i < end; i++, at += WEIGHT_BYTES) {
      const leaf = v128.load(leaves + 16 * <usize>i);
      let table = tables;
      for (let byte: usize = 0; byte < WEIGHT_BYTES; byte++, table += TABLE) {
        const sum = table + (<usize>load<u8>(at + byte) << 4);
        v128.store(sum, v128.xor(v128.load(sum), leaf));
      }
      weight = v128.or(weight, v128.and(v128.load64_zero(at), i32x4.eq(i32x4.splat(i), i32x4.splat(own))));
    }
  }
  v128.store(ownWeight, weight);
}
