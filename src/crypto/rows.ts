/** Packed rows of bytes: choosing some, changing their width. */
import { ranges, type Steps } from './steps.ts';

const ROWS_PER_STEP = 4096;

/** Widths of rows, in bytes. */
export interface RowWidths {
  readonly from: number;
  readonly to: number;
}

/** Rows of `from` bytes as rows of `to` bytes: what is too much is cut off, zeros are added where it is too few. @throws RangeError */
export function* resizeRows(rows: Uint8Array, { from, to }: RowWidths): Steps<Uint8Array> {
  const count = rows.length / from;
  if (!Number.isInteger(count)) throw new RangeError('Cannot resize rows: not a whole number of rows');
  const kept = Math.min(from, to);
  const out = new Uint8Array(count * to);
  for (const [first, last] of ranges(count, ROWS_PER_STEP)) {
    for (let row = first; row < last; row++) out.set(rows.subarray(row * from, row * from + kept), row * to);
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
  const source = new DataView(rows.buffer, rows.byteOffset, rows.length);
  const target = new DataView(out.buffer);
  const whole = width & ~3;
  for (let i = 0; i < numbers.length; i++) {
    const [at, place] = [numbers[i] * stride + from, i * width];
    for (let k = 0; k < whole; k += 4) target.setUint32(place + k, source.getUint32(at + k, true), true);
    for (let k = whole; k < width; k++) out[place + k] = rows[at + k];
  }
  return out;
}
