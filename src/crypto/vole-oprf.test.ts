import { describe, expect, it } from 'vitest';
import { mostAnswered } from './vole-oprf.ts';

/** Whether C(2^64, n) 2^(-128 (n - m)), 2^tablesLog2 times, is above 2^-40, on big integers. */
function mayBeAnswered(records: number, columns: number, tablesLog2 = 0): boolean {
  let choices = 1n;
  let orders = 1n;
  for (let k = 0; k < records; k++) {
    choices *= 2n ** 64n - BigInt(k);
    orders *= BigInt(k + 1);
  }
  return choices << BigInt(40 + tablesLog2) > orders << BigInt(128 * (records - columns));
}

describe('mostAnswered', () => {
  it.each([256, 300, 704, 1127])('is a number behind which the exact bound says no more, for %i columns', (columns) => {
    const most = mostAnswered(columns, 1);
    expect(mayBeAnswered(most + 1, columns)).toBe(false);
    // It is no looser than the approximation of factorials in it.
    expect(mayBeAnswered(most - 1, columns)).toBe(true);
  });

  it('holds for all tables of a run together', () => {
    // At one of these numbers of columns the tables' ten bits are one record more.
    const columns = Array.from({ length: 64 }, (_, k) => 256 + k);
    const most = columns.map((count) => mostAnswered(count, 1024));
    expect(columns.some((count, k) => most[k] > mostAnswered(count, 1))).toBe(true);
    for (const [k, count] of columns.entries()) expect(mayBeAnswered(most[k] + 1, count, 10)).toBe(false);
  });

  it('is 1.79 times 256 columns, and falls to 1.54 times 2^20', () => {
    const ratios = [256, 2 ** 10, 2 ** 15, 2 ** 20, 2 ** 23].map((columns) => mostAnswered(columns, 1) / columns);
    expect(ratios[0].toFixed(2)).toBe('1.79');
    expect(ratios[3].toFixed(2)).toBe('1.54');
    expect(ratios.toSorted((a, b) => b - a)).toEqual(ratios);
    // A 191st more is known to be possible.
    expect(Math.min(...ratios)).toBeGreaterThan(192 / 191);
  });
});
