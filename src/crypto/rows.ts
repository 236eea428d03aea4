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
    const part = rows.subarray(first * from, (first + ROWS_PER_STEP) * from);
    copyRows(out.subarray(first * to), part, { from, to, kept });
    yield;
  }
  return out;
}

function copyRows(
  out: Uint8Array,
  rows: Uint8Array,
  { from, to, kept }: { readonly from: number; readonly to: number; readonly kept: number },
): void {
  const source = new DataView(rows.buffer, rows.byteOffset, rows.length);
  const target = new DataView(out.buffer, out.byteOffset, out.length);
  const whole = kept & ~3;
  for (let at = 0, place = 0; at < rows.length; at += from, place += to) {
    // Words at any address, then bytes: a view and a `set` for every row would take several times as long.
    for (let k = 0; k < whole; k += 4) target.setUint32(place + k, source.getUint32(at + k, true), true);
    for (let k = whole; k < kept; k++) out[place + k] = rows[at + k];
  }
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
