import { describe, expect, it } from 'vitest';
import { isPrecise, type PeerMeasurement, peerRatios, type RoundSamples } from './peer-ratios.ts';

describe('peerRatios', () => {
  const row = (library: string, samplesMs: readonly RoundSamples[], items = 1): PeerMeasurement => ({
    task: 'task',
    library,
    items,
    samplesMs,
  });
  /** The yardstick takes a millisecond at its quickest, and this library 20 of it. */
  const other = row('other', [
    { cpu: [10], yardstick: [1] },
    { cpu: [33], yardstick: [1.1] },
    { cpu: [15, 25], yardstick: [1, 1] },
  ]);
  const parties = row('blindflag', [{ cpu: [1, 3] }, { cpu: [2] }], 2);

  it('takes what has a yardstick as if that were always at its quickest, and all else by its mean, for an item', () => {
    expect(peerRatios(other, [parties, other])).toEqual([
      { baseline: 'blindflag', pairs: 2, times: 20, median: 20, min: 10, max: 30 },
    ]);
  });

  it('takes a kernel of this package by the yardstick in its process, as a library', () => {
    const kernel = row('blindflag', [{ cpu: [4], yardstick: [2] }]);
    expect(peerRatios(other, [kernel, other])[0]).toMatchObject({ pairs: 1, times: 10 });
  });

  it('takes parties by the quickest time of their own yardstick, which may be longer on all cores at once', () => {
    const own = row('blindflag', [
      { cpu: [4], yardstick: [20], onAllCores: true },
      { cpu: [4.4], yardstick: [22], onAllCores: true },
    ]);
    // 4 ms where their yardstick takes 20.
    expect(peerRatios(other, [own, other])[0]).toMatchObject({ pairs: 2, times: 5 });
  });

  it('counts runs of quiet cores alone, where there are such, and else all by the yardstick', () => {
    const rounds = (...loud: readonly number[]): readonly RoundSamples[] => [
      { cpu: [4, 9], yardstick: [1, loud[0]] },
      { cpu: [9, 9], yardstick: [loud[1], loud[2]] },
    ];
    const own = row('blindflag', rounds(1.5, 1.5, 1.5));
    expect(peerRatios(other, [own, other])[0]).toMatchObject({ pairs: 1, times: 5 });
    const none = row('blindflag', [{ cpu: [9], yardstick: [1.5] }]);
    expect(peerRatios(other, [none, other])[0]).toMatchObject({ pairs: 1, times: 3.33 });
  });

  it('has nothing of a round that is far from the others', () => {
    const rounds = [90, 10, 12, 14].map((cpu): RoundSamples => ({ cpu: [cpu] }));
    expect(peerRatios(row('other', rounds), [row('blindflag', [{ cpu: [1] }])])[0].times).toBe(13);
  });

  it('sets a library against all that this package has at its task, and this package against nothing', () => {
    const rows = [parties, { ...parties, library: 'blindflag, kept' }, { ...parties, task: 'another' }, other];
    expect(peerRatios(other, rows).map(({ baseline }) => baseline)).toEqual(['blindflag', 'blindflag, kept']);
    expect(peerRatios(parties, rows)).toEqual([]);
  });
});

describe('isPrecise', () => {
  it('knows a mean of rounds that hardly differ, by the yardstick, and of many that do', () => {
    const rounds = (count: number, spreadMs: number): readonly RoundSamples[] =>
      Array.from({ length: count }, (_, k) => ({ cpu: [100 + (k % 2) * spreadMs] }));
    // (100, 105, 100, 105, ...): the error of the middle half is 2.0 % of it after five rounds, 1.6 % after six.
    expect([rounds(5, 0), rounds(5, 5), rounds(6, 5)].map(isPrecise)).toEqual([true, false, true]);
    const oneApart = [100, 100, 100, 100, 133].map((ms) => ({ cpu: [ms] }));
    expect(isPrecise(oneApart)).toBe(true);
    expect(isPrecise([1, 2, 3].map((ms) => ({ cpu: [7 * ms], yardstick: [ms] })))).toBe(true);
  });
});
