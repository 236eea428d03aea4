/** Packed rows of bytes: choosing some, changing their width. */
import type { Steps } from './steps.ts';

const ROWS_PER_STEP = 16_384;

/** Widths of rows, in bytes. */
export interface RowWidths {
  readonly from: number;
  readonly to: number;
  /** Bytes that are left out at the beginning of each. Default: 0. */
  readonly skip?: number;
}

/** Rows that are put together of chosen ones and of others that several of them share. */
export interface GatheredRows {
  /** 32-bit words of a row. */
  readonly words: number;
  /** Any number of rows. */
  readonly rows: Uint32Array;
  /** Which row each is made of: as many for each row of `added`, one after the other. Public, or the caller's own data. */
  readonly numbers: Uint32Array;
  readonly added: Uint32Array;
}

/** Bulk work on rows; the reference or its twin in WebAssembly. */
export interface Rows {
  /** Rows of `from` bytes as rows of `to` bytes: what is too much is cut off, zeros are added where it is too few. */
  resize(rows: Uint8Array, widths: RowWidths): Steps<Uint8Array>;
  /** Row i is row numbers[i] of `rows` XOR row floor(i / k) of `added`, with k numbers for each row of `added`. */
  gather(gathered: GatheredRows): Steps<Uint32Array>;
}

export const referenceRows: Rows = {
  *resize(rows, widths) {
    const count = countRows(rows, widths);
    const { from, to } = widths;
    const out = new Uint8Array(count * to);
    for (let first = 0; first < count; first += ROWS_PER_STEP) {
      const part = rows.subarray(first * from, (first + ROWS_PER_STEP) * from);
      copyRows(out.subarray(first * to), part, widths);
      yield;
    }
    return out;
  },
  *gather(gathered) {
    const share = sharedBy(gathered);
    const { numbers, words } = gathered;
    const out = new Uint32Array(numbers.length * words);
    const step = share * Math.ceil(ROWS_PER_STEP / share);
    for (let from = 0; from < numbers.length; from += step) {
      gatherInto(out, gathered, share, { from, to: Math.min(numbers.length, from + step) });
      yield;
    }
    return out;
  },
};

/** The number of rows. @throws RangeError for a broken one */
export function countRows(rows: Uint8Array, { from, skip = 0 }: RowWidths): number {
  const count = rows.length / from;
  if (!Number.isInteger(count) || skip < 0 || skip > from)
    throw new RangeError('Cannot resize rows: not a whole number of rows');
  return count;
}

/** How many of the rows share one of `added`. @throws RangeError where numbers and rows do not fit */
export function sharedBy({ words, rows, numbers, added }: GatheredRows): number {
  const share = added.length === 0 ? numbers.length : (numbers.length * words) / added.length;
  if (!Number.isInteger(share) || (added.length === 0 && numbers.length > 0)) {
    throw new RangeError('Cannot gather rows: numbers are not as many for each row');
  }
  const count = Math.floor(rows.length / words);
  let largest = -1;
  for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, numbers[i]);
  if (largest >= count) throw new RangeError('Cannot gather rows: no such row');
  return Math.max(1, share);
}

function copyRows(out: Uint8Array, rows: Uint8Array, { from, to, skip = 0 }: RowWidths): void {
  const kept = Math.min(from - skip, to);
  const source = new DataView(rows.buffer, rows.byteOffset, rows.length);
  const target = new DataView(out.buffer, out.byteOffset, out.length);
  const whole = kept & ~3;
  for (let at = skip, place = 0; at < rows.length; at += from, place += to) {
    // Words at any address, then bytes: a view and a `set` for every row would take several times as long.
    for (let k = 0; k < whole; k += 4) target.setUint32(place + k, source.getUint32(at + k, true), true);
    for (let k = whole; k < kept; k++) out[place + k] = rows[at + k];
  }
}

function gatherInto(
  out: Uint32Array,
  { words, rows, numbers, added }: GatheredRows,
  share: number,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let i = from; i < to; i++) {
    const own = numbers[i] * words;
    const shared = Math.floor(i / share) * words;
    for (let k = 0; k < words; k++) out[i * words + k] = rows[own + k] ^ added[shared + k];
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
