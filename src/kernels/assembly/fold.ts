/**
 * The weighted sum of rows for the check of a VOLE (src/crypto/vole-check.ts). A row is added, for every byte of its
 * weight, to the sum of that byte and value, so that only the public weights choose addresses; the host combines the sums.
 */
import { drawWords, stream } from './public-stream';

const WEIGHT_WORDS: u32 = 3;
const WEIGHT_BYTES: usize = 12;
/** Rows whose weights are drawn together: a multiple of 16 whose words are at most STREAM_WORDS. */
const DRAWN: u32 = 2384;
/** Of one byte: 256 sums. */
const TABLE: usize = 4096;

@inline function foldRows(tables: usize, rows: usize, width: usize, first: u32, count: u32): void {
  for (let start: u32 = 0; start < count; start += DRAWN) {
    const end = min(start + DRAWN, count);
    drawWords(0, WEIGHT_WORDS * (first + start), WEIGHT_WORDS * (end - start));
    let at = stream;
    for (let i = start; i < end; i++, at += WEIGHT_BYTES, rows += width) {
      const row = width == 16 ? v128.load(rows) : v128.load64_zero(rows);
      let table = tables;
      for (let byte: usize = 0; byte < WEIGHT_BYTES; byte++, table += TABLE) {
        const sum = table + (<usize>load<u8>(at + byte) << 4);
        v128.store(sum, v128.xor(v128.load(sum), row));
      }
    }
  }
}

/** Rows `first`, `first` + 1, ... of a vector (a multiple of 16), `count` of them, of 8 or 16 bytes. */
export function fold(tables: usize, rows: usize, width: u32, first: u32, count: u32): void {
  if (width == 16) foldRows(tables, rows, 16, first, count);
  else foldRows(tables, rows, 8, first, count);
}
