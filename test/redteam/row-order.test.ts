/** Where an item stands in what is sent says nothing of where it stood in the list. */
import { describe, expect, it } from 'vitest';
import { Prg } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';
import { runDigestJob } from '../../protocols/items/index.ts';
import { placeJob } from '../../protocols/match/asker.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { localDigest } from '../support/local-digest.ts';

const ITEMS = 4096;
const BINS = Math.ceil(1.24 * ITEMS);

/** Pearson's coefficient of the places of n pairs. */
function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (k: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[k], 0) / pairs.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (term: (dx: number, dy: number) => number): number =>
    pairs.reduce((total, [a, b]) => total + term(a - x, b - y), 0);
  return sum((dx, dy) => dx * dy) / Math.sqrt(sum((dx) => dx * dx) * sum((_, dy) => dy * dy));
}

/** The bin of each row of a list that is sorted by name, as a run places them. */
function placed(seed: string): readonly (readonly [number, number])[] {
  const rng = insecureSeededRng('row-order', seed);
  const sid = rng(32);
  const digests = new Uint8Array(32 * ITEMS);
  for (let k = 0; k < ITEMS; k++) digests.set(localDigest(`id:acct-${String(k).padStart(6, '0')}`), 32 * k);
  const underRun = finish(runDigestJob.run({ digests, sid }));
  const fillers = new Prg(rng(32), sid, 'fillers').draw(32 * BINS);
  const { itemOfBin } = finish(placeJob.run({ digests: underRun, bins: BINS, fillers }));
  return [...itemOfBin].flatMap((item, bin) => (item < 0 ? [] : [[item, bin] as const]));
}

describe('the order in which rows are sent', () => {
  it('has no correlation with the order of the list, and another one in every run', () => {
    const [one, other] = [placed('one'), placed('other')];
    expect(one.length).toBe(ITEMS);
    // Independent places give a coefficient of standard deviation 1/sqrt(n): six of them.
    for (const pairs of [one, other]) expect(Math.abs(correlation(pairs))).toBeLessThan(6 / Math.sqrt(ITEMS));
    const binOf = new Map(other);
    const between = one.map(([row, bin]) => [bin, binOf.get(row) ?? 0] as const);
    expect(Math.abs(correlation(between))).toBeLessThan(6 / Math.sqrt(ITEMS));
  });

  it('would be found to have one if rows were placed as they come: the control', () => {
    const inOrder = Array.from({ length: ITEMS }, (_, k) => [k, Math.floor(1.24 * k)] as const);
    expect(correlation(inOrder)).toBeGreaterThan(0.99);
    // Also where only a tenth of them keeps its place.
    const partly = placed('one').map(([row, bin], k) => [row, k % 10 === 0 ? row : bin] as const);
    expect(Math.abs(correlation(partly))).toBeGreaterThan(6 / Math.sqrt(ITEMS) / 2);
  });
});
