import { describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { compareTimes } from './welch.ts';

const SEED = 'welch';

/** Times around 1000 with noise of about 20, and one in twenty disturbed, up to thirtyfold. */
function times(label: string, count: number, shift = 0): number[] {
  const bytes = insecureSeededRng(SEED, label)(count * 8);
  return Array.from({ length: count }, (_, i) => {
    const [a, b, c, d, rare, size] = bytes.subarray(8 * i, 8 * i + 6);
    const disturbed = rare < 13 ? 100 * size : 0;
    return 1000 + (a + b + c + d - 510) / 8 + disturbed + shift;
  });
}

describe(`compareTimes (seed ${SEED})`, () => {
  it('finds nothing when both classes are of one distribution', () => {
    const found = Array.from({ length: 100 }, (_, i) => compareTimes(times(`a${i}`, 500), times(`b${i}`, 500)).t);
    expect(found.filter((t) => t > 4.5)).toEqual([]);
    expect(Math.max(...found)).toBeGreaterThan(1.5);
  });

  it('finds a difference far below the disturbances when one class is half a percent slower', () => {
    const { t, difference } = compareTimes(times('a', 5000), times('b', 5000, 5));
    expect(t).toBeGreaterThan(10);
    expect(difference).toBeCloseTo(0.005, 3);
  });

  it('is the textbook value when nothing can be cropped', () => {
    const [a, b] = [0, 1].map((mean) => Array.from({ length: 200 }, (_, i) => mean + (i % 2 === 0 ? 2 : -2)));
    // Both variances are 4 * 200 / 199, so t = 1 / sqrt(2 * 4 / 199).
    expect(compareTimes(a, b).t).toBeGreaterThanOrEqual(1 / Math.sqrt(8 / 199) - 1e-9);
  });

  it('throws when a class is too small', () => {
    expect(() => compareTimes(times('a', 99), times('b', 500))).toThrow(RangeError);
  });
});
