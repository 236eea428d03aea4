/** Packed rows of bytes: choosing some, changing their width. */
import type { Steps } from './steps.ts';

const ROWS_PER_STEP = 16_384;

/** Rows of `from` bytes as rows of `to` bytes: the end is cut off, or zeros are added. */
export function* resizeRows(
  rows: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
): Steps<Uint8Array> {
  const count = rows.length / from;
  if (!Number.isInteger(count)) throw new RangeError('Cannot resize rows: not a whole number of rows');
  const out = new Uint8Array(count * to);
  const kept = Math.min(from, to);
  for (let first = 0; first < count; first += ROWS_PER_STEP) {
    for (let row = first; row < Math.min(count, first + ROWS_PER_STEP); row++) {
      // A loop: a view and a `set` for every row would take several times as long.
      for (let k = 0; k < kept; k++) out[row * to + k] = rows[row * from + k];
    }
    yield;
  }
  return out;
}

/** Which bytes of a row: `width` of them from `from` on; all of them by default. */
export interface RowPart {
  readonly stride: number;
  readonly from?: number;
  readonly width?: number;
}

/** A part of each row with one of the given numbers, in their order. */
export function pickRows(
  rows: Uint8Array,
  numbers: Uint32Array,
  { stride, from = 0, width = stride }: RowPart,
): Uint8Array {
  const out = new Uint8Array(numbers.length * width);
  for (let i = 0; i < numbers.length; i++) {
    const at = numbers[i] * stride + from;
    for (let k = 0; k < width; k++) out[i * width + k] = rows[at + k];
  }
  return out;
}
