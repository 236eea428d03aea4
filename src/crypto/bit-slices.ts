/**
 * Turning rows of bits into bit slices and back. Slice k holds bit k of every row: row r sits at bit r mod 32 of word
 * r div 32, little-endian like the bits within a row (bit k of a row is bit k mod 8 of its byte k div 8). A slice is
 * what one word operation of bit-shares.ts works on.
 *
 * Blocks of 32 rows x 32 bits are transposed by exchanging ever smaller sub-blocks (Warren, "Hacker's Delight", 2nd
 * edition, §7-3). Nothing here branches on, or addresses memory by, the content of a row, so rows may be shares.
 *
 * A slice's stride should not be a multiple of a large power of two: all slices would then compete for the same cache
 * lines.
 */
import type { Steps } from './steps.ts';

/** Which bits of which rows, and how far apart the slices lie. */
export interface SliceLayout {
  readonly rowBytes: number;
  readonly rowCount: number;
  /** The first bit of a row that is sliced; it becomes slice 0. */
  readonly firstBit: number;
  /** How many consecutive bits of a row are sliced: the number of slices. */
  readonly bits: number;
  /** Slice k occupies words [k * strideWords, (k + 1) * strideWords); at least one bit per row. */
  readonly strideWords: number;
}

/** Blocks of 32 x 32 between two pauses: about a millisecond. */
const BLOCKS_PER_STEP = 2048;

/** The words that `rowCount` rows take in one slice. */
export function sliceWords(rowCount: number): number {
  return Math.ceil(rowCount / 32);
}

/** `bits` slices of `strideWords` words each; positions beyond the last row are zero. @throws RangeError */
export function* toSlices(rows: Uint8Array, layout: SliceLayout): Steps<Uint32Array> {
  checkRows(rows, layout);
  const slices = new Uint32Array(layout.bits * layout.strideWords);
  const block = new Uint32Array(32);
  let sinceYield = 0;
  for (let bit = 0; bit < layout.bits; bit += 32) {
    const width = Math.min(32, layout.bits - bit);
    for (let word = 0; 32 * word < layout.rowCount; word++) {
      readBlock(block, rows, layout, { word, bit, width });
      transpose32(block);
      for (let k = 0; k < width; k++) slices[(bit + k) * layout.strideWords + word] = block[k];
      if (++sinceYield % BLOCKS_PER_STEP === 0) yield;
    }
  }
  return slices;
}

/**
 * The inverse: rows of `rowBytes` with the sliced bits in place and all other bits zero. Positions beyond the last row
 * are ignored. @throws RangeError
 */
export function* fromSlices(slices: Uint32Array, layout: SliceLayout): Steps<Uint8Array> {
  checkSlices(slices, layout);
  const rows = new Uint8Array(layout.rowBytes * layout.rowCount);
  const block = new Uint32Array(32);
  let sinceYield = 0;
  for (let bit = 0; bit < layout.bits; bit += 32) {
    const width = Math.min(32, layout.bits - bit);
    for (let word = 0; 32 * word < layout.rowCount; word++) {
      for (let k = 0; k < 32; k++) block[k] = k < width ? slices[(bit + k) * layout.strideWords + word] : 0;
      transpose32(block);
      writeBlock(rows, block, layout, { word, bit, width });
      if (++sinceYield % BLOCKS_PER_STEP === 0) yield;
    }
  }
  return rows;
}

/** Both directions: here by the reference, in src/kernels by a twin that gives the same bytes. */
export interface BitSlicer {
  toSlices(rows: Uint8Array, layout: SliceLayout): Steps<Uint32Array>;
  fromSlices(slices: Uint32Array, layout: SliceLayout): Steps<Uint8Array>;
}

/** The plain implementation. */
export const referenceBitSlicer: BitSlicer = { toSlices, fromSlices };

/** @throws RangeError when the layout or the rows' length does not fit */
export function checkRows(rows: Uint8Array, layout: SliceLayout): void {
  checkLayout(layout);
  if (rows.length !== layout.rowBytes * layout.rowCount) throw new RangeError('Cannot slice rows: wrong length');
}

/** @throws RangeError when the layout or the slices' length does not fit */
export function checkSlices(slices: Uint32Array, layout: SliceLayout): void {
  checkLayout(layout);
  if (slices.length !== layout.bits * layout.strideWords) throw new RangeError('Cannot join slices: wrong length');
}

/** 32 rows from row 32 * word on, bits [bit, bit + width) of the sliced range. */
interface Block {
  readonly word: number;
  readonly bit: number;
  readonly width: number;
}

function readBlock(block: Uint32Array, rows: Uint8Array, layout: SliceLayout, { word, bit, width }: Block): void {
  const start = layout.firstBit + bit;
  const shift = start & 7;
  const bytes = (shift + width + 7) >>> 3;
  const count = Math.min(32, layout.rowCount - 32 * word);
  let at = 32 * word * layout.rowBytes + (start >>> 3);
  for (let r = 0; r < count; r++, at += layout.rowBytes) {
    let value = rows[at] >>> shift;
    // At most five bytes, the fifth only when shift > 0, so every shift below is less than 32.
    for (let k = 1; k < bytes; k++) value |= rows[at + k] << (8 * k - shift);
    block[r] = value;
  }
  block.fill(0, count);
}

function writeBlock(rows: Uint8Array, block: Uint32Array, layout: SliceLayout, { word, bit, width }: Block): void {
  const start = layout.firstBit + bit;
  const shift = start & 7;
  const bytes = (shift + width + 7) >>> 3;
  const count = Math.min(32, layout.rowCount - 32 * word);
  let at = 32 * word * layout.rowBytes + (start >>> 3);
  for (let r = 0; r < count; r++, at += layout.rowBytes) {
    rows[at] |= block[r] << shift;
    for (let k = 1; k < bytes; k++) rows[at + k] |= block[r] >>> (8 * k - shift);
  }
}

/** Exchanges bit c of word r with bit r of word c. */
function transpose32(block: Uint32Array): void {
  let mask = 0x0000ffff;
  for (let size = 16; size > 0; size >>>= 1, mask ^= mask << size) {
    // k runs over the rows whose bit `size` is clear; its partner is `size` rows below.
    for (let k = 0; k < 32; k = ((k | size) + 1) & ~size) {
      const exchanged = ((block[k] >>> size) ^ block[k + size]) & mask;
      block[k + size] ^= exchanged;
      block[k] ^= exchanged << size;
    }
  }
}

function checkLayout({ rowBytes, rowCount, firstBit, bits, strideWords }: SliceLayout): void {
  for (const value of [rowBytes, rowCount, firstBit, bits, strideWords]) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('Cannot slice rows: layout is not of integers');
  }
  if (firstBit + bits > 8 * rowBytes) throw new RangeError('Cannot slice rows: bits lie beyond the row');
  if (32 * strideWords < rowCount) throw new RangeError('Cannot slice rows: stride is shorter than the rows need');
}
