import { describe, expect, it } from 'vitest';
import { fromSlices, type SliceLayout, sliceWords, toSlices } from './bit-slices.ts';
import { utf8 } from './bytes.ts';
import { Prg } from './prg.ts';
import { finish } from './steps.ts';

const SEED = 22;
const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('bit-slices.test'), 'rows');

/** The oracle: bit by bit. */
function slicesBitByBit(rows: Uint8Array, layout: SliceLayout): Uint32Array {
  const { rowBytes, rowCount, firstBit, bits, strideWords } = layout;
  const out = new Uint32Array(bits * strideWords);
  for (let r = 0; r < rowCount; r++) {
    for (let k = 0; k < bits; k++) {
      const at = firstBit + k;
      const bit = (rows[r * rowBytes + Math.floor(at / 8)] >> (at % 8)) & 1;
      if (bit === 1) out[k * strideWords + Math.floor(r / 32)] += 2 ** (r % 32);
    }
  }
  return out;
}

/** Rows with every bit outside the sliced range cleared. */
function keepSliced(rows: Uint8Array, { rowBytes, firstBit, bits }: SliceLayout): Uint8Array {
  return rows.map((byte, at) => {
    let kept = 0;
    for (let b = 0; b < 8; b++) {
      const bit = (at % rowBytes) * 8 + b;
      if (bit >= firstBit && bit < firstBit + bits) kept |= byte & (1 << b);
    }
    return kept;
  });
}

const layouts: SliceLayout[] = [];
for (const rowCount of [0, 1, 31, 32, 33, 64, 100]) {
  for (const [rowBytes, firstBit, bits] of [
    [1, 0, 8],
    [1, 3, 5],
    [1, 7, 1],
    [8, 0, 64],
    [9, 0, 72],
    [9, 5, 32],
    [9, 1, 63],
    [12, 17, 70],
    [5, 8, 32],
    [5, 7, 33],
    [16, 127, 1],
    [16, 0, 128],
    [3, 4, 0],
  ]) {
    layouts.push({ rowBytes, rowCount, firstBit, bits, strideWords: sliceWords(rowCount) + (rowCount % 3) });
  }
}

describe(`bit slices (seed ${SEED})`, () => {
  it.each(layouts)('toSlices equals the bit-by-bit oracle when %o', (layout) => {
    const rows = prg.bytes(layout.rowBytes * layout.rowCount);
    expect(finish(toSlices(rows, layout))).toEqual(slicesBitByBit(rows, layout));
  });

  it.each(layouts)('fromSlices undoes toSlices and clears the other bits when %o', (layout) => {
    const rows = prg.bytes(layout.rowBytes * layout.rowCount);
    expect(finish(fromSlices(slicesBitByBit(rows, layout), layout))).toEqual(keepSliced(rows, layout));
  });

  it('fromSlices ignores what lies beyond the last row', () => {
    const layout = { rowBytes: 2, rowCount: 5, firstBit: 2, bits: 9, strideWords: 3 };
    const full = new Uint32Array(27).fill(0xffffffff);
    expect(finish(fromSlices(full, layout))).toEqual(keepSliced(new Uint8Array(10).fill(255), layout));
  });

  it('the oracle differs when one bit differs (positive control)', () => {
    const layout = { rowBytes: 9, rowCount: 70, firstBit: 3, bits: 40, strideWords: 3 };
    const rows = prg.bytes(630);
    const sliced = finish(toSlices(rows, layout));
    rows[9 * 69 + 5] ^= 1 << 2; // Bit 42 of the last row: slice 39.
    expect(slicesBitByBit(rows, layout)).not.toEqual(sliced);
  });

  it('toSlices and fromSlices pause when there are many blocks', () => {
    const layout = { rowBytes: 1, rowCount: 32 * 5000, firstBit: 0, bits: 8, strideWords: 5000 };
    const rows = prg.bytes(layout.rowCount);
    const pauses = [...toSlices(rows, layout)].length;
    expect(pauses).toBe(2);
    expect([...fromSlices(finish(toSlices(rows, layout)), layout)].length).toBe(2);
    expect(finish(fromSlices(finish(toSlices(rows, layout)), layout))).toEqual(rows);
  });

  const valid: SliceLayout = { rowBytes: 2, rowCount: 40, firstBit: 3, bits: 13, strideWords: 2 };
  it.each([
    ['bits beyond the row', { ...valid, bits: 14 }],
    ['a stride shorter than the rows', { ...valid, strideWords: 1 }],
    ['a negative first bit', { ...valid, firstBit: -1 }],
    ['half a bit', { ...valid, bits: 0.5 }],
    ['another row count', { ...valid, rowCount: 39 }],
  ])('toSlices throws when given %s', (_, layout) => {
    expect(() => finish(toSlices(new Uint8Array(80), layout))).toThrow(RangeError);
  });

  it('fromSlices throws when the slices have another length', () => {
    expect(() => finish(fromSlices(new Uint32Array(25), valid))).toThrow(RangeError);
    expect(finish(fromSlices(new Uint32Array(26), valid)).length).toBe(80);
  });
});
