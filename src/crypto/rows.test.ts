import { describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { pickRows, resizeRows } from './rows.ts';
import { finish } from './steps.ts';

const rng = insecureSeededRng('rows.test', 1);

describe('resizeRows', () => {
  it.each([
    [9, 12],
    [12, 9],
    [32, 16],
    [1, 16],
    [7, 7],
  ])('makes rows of %i bytes rows of %i bytes', (from, to) => {
    for (const count of [0, 1, 5, 4097]) {
      const rows = rng(count * from);
      const resized = finish(resizeRows(rows, { from, to }));
      expect(resized).toHaveLength(count * to);
      for (const row of [0, 1, count - 1].filter((k) => k >= 0 && k < count)) {
        const expected = new Uint8Array(to);
        expected.set(rows.subarray(row * from, row * from + Math.min(from, to)));
        expect(resized.subarray(row * to, (row + 1) * to)).toEqual(expected);
      }
    }
  });

  it('refuses a part of a row', () => {
    expect(() => finish(resizeRows(new Uint8Array(10), { from: 9, to: 12 }))).toThrow(RangeError);
  });
});

describe('pickRows', () => {
  const rows = Uint8Array.from({ length: 12 }, (_, i) => i);

  it('takes whole rows, and parts of rows, in the given order', () => {
    expect(pickRows(rows, Uint32Array.of(2, 0, 2), { stride: 4 })).toEqual(
      Uint8Array.of(8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11),
    );
    expect(pickRows(rows, Uint32Array.of(1, 2), { stride: 4, from: 1, width: 2 })).toEqual(Uint8Array.of(5, 6, 9, 10));
    expect(pickRows(rows, new Uint32Array(0), { stride: 4 })).toHaveLength(0);
  });

  it.each([3, 4, 10, 16])('takes parts of %i bytes from any address', (width) => {
    const all = rng(1 + 9 * 19).subarray(1);
    const numbers = Uint32Array.of(8, 0, 5);
    const expected = [...numbers].flatMap((row) => [...all.subarray(19 * row + 2, 19 * row + 2 + width)]);
    expect([...pickRows(all, numbers, { stride: 19, from: 2, width })]).toEqual(expected);
  });
});
