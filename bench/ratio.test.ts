import { describe, expect, it } from 'vitest';
import { ratioOf } from './ratio.ts';

describe('ratioOf', () => {
  const own = Array.from({ length: 20 }, () => 1);
  const baseline = Array.from({ length: 20 }, () => 5);
  /** As if somebody else shared the core for a part of the pairs. */
  const shared = (samples: readonly number[], pairs: readonly number[]): readonly number[] =>
    samples.map((ms, pair) => (pairs.includes(pair) ? 1.5 * ms : ms));
  const most = own.map((_, pair) => pair).filter((pair) => pair % 8 !== 0);

  it('says how many times less time an item takes, and how far pairs are apart', () => {
    const samples = { own: [2, 1, 5], baseline: [6, 8, 5] };
    const spreadOfPairs = { pairs: 3, median: 3, min: 1, max: 8, samplesMs: samples };
    expect(ratioOf('a/b/base', 'total', samples)).toEqual({
      baseline: 'a/b/base',
      of: 'total',
      times: 2.38,
      ...spreadOfPairs,
    });
    expect(ratioOf('a/b/base', 'fastest', samples)).toEqual({
      baseline: 'a/b/base',
      of: 'fastest',
      times: 5,
      ...spreadOfPairs,
    });
  });

  it('of the fastest is the same where most samples of one are slower for a while', () => {
    const times = ratioOf('a/b/base', 'fastest', { own: shared(own, most), baseline }).times;
    expect(times).toBe(5);
    expect(ratioOf('a/b/base', 'fastest', { own: own.map((ms) => 2 * ms), baseline }).times).toBe(2.5);
  });

  it('of totals is the same where both have as large a part of slow samples, whichever they are', () => {
    const [even, odd] = [0, 1].map((rest) => most.filter((pair) => pair % 2 === rest).slice(0, 7));
    const samples = { own: shared(own, even), baseline: shared(baseline, odd) };
    expect(ratioOf('a/b/base', 'total', samples).times).toBe(5);
  });

  it('of proportions is the same where a slow sample meets a slow yardstick, whose times it keeps', () => {
    const yardstick = own.map(() => 10);
    const samples = { own: shared(own, most), baseline };
    const yardsticks = { own: shared(yardstick, most), baseline: yardstick };
    const { times, min, max, yardsticksMs } = ratioOf('a/b/base', 'proportion', samples, yardsticks);
    expect({ times, min, max, yardsticksMs }).toEqual({ times: 5, min: 5, max: 5, yardsticksMs: yardsticks });
    expect(ratioOf('a/b/base', 'total', samples).times).toBeLessThan(4);
  });
});
