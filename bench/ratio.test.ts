import { describe, expect, it } from 'vitest';
import { ratioOf } from './ratio.ts';

describe('ratioOf', () => {
  const own = [1, 1.2, 1.1, 1, 1];
  const baseline = [5, 5, 5, 5.1, 5.5];

  it('sets the fastest samples against each other, whichever pairs they are of, and says how far pairs are apart', () => {
    expect(ratioOf('a/b/base', { own: [2, 1, 4], baseline: [6, 7, 5] })).toEqual({
      baseline: 'a/b/base',
      pairs: 3,
      fastest: 5,
      median: 3,
      min: 1.25,
      max: 7,
      samplesMs: { own: [2, 1, 4], baseline: [6, 7, 5] },
    });
  });

  it('does not change where most samples of one are slower for a while, as the median does', () => {
    const busy = ratioOf('a/b/base', { own: own.map((ms, pair) => (pair < 4 ? 1.5 * ms : ms)), baseline });
    const quiet = ratioOf('a/b/base', { own, baseline });
    expect(busy.fastest).toBe(quiet.fastest);
    expect(busy.median).toBeLessThan(0.8 * quiet.median);
  });

  it('changes where all samples are slower', () => {
    const slower = ratioOf('a/b/base', { own: own.map((ms) => 2 * ms), baseline });
    expect(slower.fastest).toBeCloseTo(ratioOf('a/b/base', { own, baseline }).fastest / 2, 9);
  });
});
