/** Rows of bits to bit slices and back. */
import { fromSlices, type SliceLayout, sliceWords, toSlices } from '../../src/crypto/bit-slices.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, type PreparedCase, ran, requireEqual } from '../bench-case.ts';
import { microCase } from './micro-case.ts';

const ROW_COUNT = 16_384;
/** 64-bit rows; a stride that is no power of two. */
const LAYOUT: SliceLayout = {
  rowBytes: 8,
  rowCount: ROW_COUNT,
  firstBit: 0,
  bits: 64,
  strideWords: sliceWords(ROW_COUNT) + 16,
};
const ROWS = {
  units: 'rows',
  items: ROW_COUNT,
  securityModel: 'layout alone; no branch or address depends on content',
};

export const bitSliceCases: readonly BenchCase[] = [
  microCase({ operation: 'bit-slices/to-slices', ...ROWS }, toSlicesCase),
  microCase({ operation: 'bit-slices/from-slices', ...ROWS }, fromSlicesCase),
];

function toSlicesCase(): PreparedCase {
  const rows = insecureSeededRng('bench', 'rows')(8 * ROW_COUNT);
  let slices: Uint32Array | undefined;
  return {
    run() {
      slices = finish(toSlices(rows, LAYOUT));
    },
    check() {
      const given = ran(slices);
      for (let row = 0; row < ROW_COUNT; row++) {
        const bit = row % 64;
        const sliced = (given[bit * LAYOUT.strideWords + (row >>> 5)] >>> (row & 31)) & 1;
        requireEqual([sliced], [(rows[8 * row + (bit >>> 3)] >>> (bit & 7)) & 1], 'sliced bit');
      }
    },
  };
}

function fromSlicesCase(): PreparedCase {
  const rows = insecureSeededRng('bench', 'rows')(8 * ROW_COUNT);
  const slices = finish(toSlices(rows, LAYOUT));
  let joined: Uint8Array | undefined;
  return {
    run() {
      joined = finish(fromSlices(slices, LAYOUT));
    },
    check: () => requireEqual(ran(joined), rows, 'rows'),
  };
}
