import { describe, expect, it } from 'vitest';
import { asBytes } from '../crypto/bytes.ts';
import { type GatheredRows, referenceRows } from '../crypto/rows.ts';
import { finish } from '../crypto/steps.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { rowsWasm } from './generated/rows-wasm.ts';
import { rowsFromModule, rowsKernel } from './rows.ts';

const rng = insecureSeededRng('rows kernel', 1);

/** None, one, around a step of the kernel, and several steps. */
const COUNTS = [0, 1, 3, 8191, 8192, 8193, 20_000];

function gathered(words: number, share: number, groups: number): GatheredRows {
  const rows = new Uint32Array(rng(4 * words * 1000).slice().buffer);
  const numbers = new Uint32Array(rng(4 * share * groups).slice().buffer).map((number) => number % 1000);
  return { words, rows, numbers, added: new Uint32Array(rng(4 * words * groups).slice().buffer) };
}

const equal = (a: Uint32Array, b: Uint32Array): boolean => Buffer.compare(asBytes(a), asBytes(b)) === 0;

describe('rowsKernel', () => {
  it('rowsKernel is the module, not the reference', () => {
    expect(rowsKernel()).not.toBe(referenceRows);
  });

  it.each([
    [9, 12, 0],
    [12, 9, 0],
    [32, 16, 0],
    [32, 8, 24],
    [5, 16, 3],
    [40, 24, 1],
    [7, 7, 7],
  ])('resizes rows of %i bytes to %i from byte %i on as the reference does', (from, to, skip) => {
    for (const count of COUNTS) {
      const rows = rng(count * from);
      const expected = finish(referenceRows.resize(rows, { from, to, skip }));
      expect(Buffer.compare(finish(rowsKernel().resize(rows, { from, to, skip })), expected)).toBe(0);
    }
  });

  it.each([
    [1, 1],
    [2, 3],
    [3, 3],
    [4, 3],
    [5, 2],
    [3, 9000],
  ])('gathers rows of %i words, %i for each added one, as the reference does', (words, share) => {
    for (const groups of share > 8192 ? [0, 2] : COUNTS) {
      const input = gathered(words, share, groups);
      expect(equal(finish(rowsKernel().gather(input)), finish(referenceRows.gather(input)))).toBe(true);
    }
  });

  it('refuses a part of a row, numbers that do not fit, and a row that is not there', () => {
    const input = gathered(3, 3, 10);
    const outside = input.numbers.with(17, 1000);
    for (const rows of [rowsKernel(), referenceRows]) {
      expect(() => finish(rows.resize(new Uint8Array(10), { from: 9, to: 12 }))).toThrow(RangeError);
      expect(() => finish(rows.resize(new Uint8Array(18), { from: 9, to: 12, skip: 10 }))).toThrow(RangeError);
      expect(() => finish(rows.gather({ ...input, numbers: input.numbers.subarray(1) }))).toThrow(RangeError);
      expect(() => finish(rows.gather({ ...input, added: new Uint32Array(0) }))).toThrow(RangeError);
      expect(() => finish(rows.gather({ ...input, numbers: outside }))).toThrow(RangeError);
    }
  });

  it('serves two computations by turns', () => {
    const inputs = [gathered(4, 3, 9000), gathered(3, 3, 9000)];
    const [first, second] = inputs.map((input) => rowsKernel().gather(input));
    for (let turn = 0; turn < 3; turn++) {
      first.next();
      second.next();
    }
    for (const [k, run] of [first, second].entries()) {
      expect(equal(finish(run), finish(referenceRows.gather(inputs[k])))).toBe(true);
    }
  });
});

describe('rowsFromModule', () => {
  it('gives nothing for a module that is cut off, or that gives wrong answers', () => {
    expect(rowsFromModule(rowsWasm.slice(0, 200))).toBeUndefined();
    const bytes = Uint8Array.from(atob(rowsWasm), (character) => character.charCodeAt(0));
    // v128.xor in place of v128.and, and the other way round.
    for (let at = 0; at + 1 < bytes.length; at++) {
      if (bytes[at] === 0xfd && (bytes[at + 1] === 0x4e || bytes[at + 1] === 0x51)) bytes[at + 1] ^= 0x1f;
    }
    expect(rowsFromModule(btoa(String.fromCharCode(...bytes)))).toBeUndefined();
  });
});
