import { describe, expect, it } from 'vitest';
import { ratioOf } from './ratio.ts';

describe('ratioOf', () => {
  const own = Array.from({ length: 20 }, () => 1);
  const baseline = Array.from({ length: 20 }, () => 5);
  /** As if somebody else shared the core for a part of the pairs. */
  const shared = (samples: readonly number[], pairs: readonly number[]): readonly number[] =>
    samples.map((ms, pair) => (pairs.includes(pair) ? 1.5 * ms : ms));

  it('says how many times less time an item takes, and how far pairs are apart', () => {
    const samples = { own: [2, 1, 5, 1], baseline: [6, 8, 5, 4] };
    const spreadOfPairs = { pairs: 4, median: 3.5, min: 1, max: 8, samplesMs: samples };
    expect(ratioOf('a/b/base', 'total', samples)).toEqual({
      baseline: 'a/b/base',
      of: 'total',
      times: 2.56,
      ...spreadOfPairs,
    });
    expect(ratioOf('a/b/base', 'middle', samples)).toEqual({
      baseline: 'a/b/base',
      of: 'middle',
      times: 3.46,
      ...spreadOfPairs,
    });
  });

  it('of the middle is the same where both are slower for a while, and where one is in up to a quarter of the pairs', () => {
    const slow = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const both = { own: shared(own, slow), baseline: shared(baseline, slow) };
    expect(ratioOf('a/b/base', 'middle', both).times).toBe(5);
    const one = { own: shared(own, [0, 7, 13, 18, 19]), baseline: shared(baseline, [1, 2, 3, 4, 5]) };
    expect(ratioOf('a/b/base', 'middle', one).times).toBe(5);
    expect(ratioOf('a/b/base', 'middle', { own: own.map((ms) => 2 * ms), baseline }).times).toBe(2.5);
  });

  it('of totals is the same where both have as large a part of slow samples, whichever they are', () => {
    const samples = { own: shared(own, [0, 2, 4, 6]), baseline: shared(baseline, [1, 3, 5, 7]) };
    expect(ratioOf('a/b/base', 'total', samples).times).toBe(5);
  });
});
