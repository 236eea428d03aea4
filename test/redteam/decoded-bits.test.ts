/**
 * Every bit that the asker decodes in a matched bin must look random, also those that only round a score up to bytes: the
 * masks cancel there, so a fixed bit would tell matches from all others.
 */
import { describe, expect, it } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import { insecureIdealOprf, insecureSeededRng } from '../../src/testing.ts';
import { answerOf, CONTRIBUTORS, expectedFlags, type FlagCase, parametersFor, runFlag } from '../e2e/flag-run.ts';
import { AskerView } from './asker-view.ts';
import { recordingOprf } from './engines.ts';
import { Wiretap } from './wiretap.ts';

const ACCOUNTS = 600;

/** A third of the accounts at the first contributor, all with one score; the others list nothing of them. */
function oneHolder(score: number): FlagCase {
  const accounts = Array.from({ length: ACCOUNTS }, (_, k) => `id:${k}`);
  const held = accounts.filter((_, k) => k % 3 === 0).map((account) => [account, score] as const);
  return { accounts, evidence: [held, [], []] };
}

/** What each account decodes to at the first contributor, with the accounts that it lists. */
async function decoded(max: number): Promise<{ matched: Uint8Array[]; others: Uint8Array[]; bits: number }> {
  const engine = insecureIdealOprf(insecureSeededRng('decoded bits')(32));
  const { engine: recording, seen } = recordingOprf(engine);
  const data = oneHolder(max);
  const rule = { oprf: engine.id, score: { threshold: 1, max } };
  const tap = new Wiretap();
  const outcomes = await runFlag(data, {
    rule,
    protocol: createFlag([recording]),
    seed: `decoded bits ${max}`,
    intercept: tap.intercept,
  });
  expect(answerOf(outcomes)).toEqual(expectedFlags(data, rule));
  const view = new AskerView(parametersFor(data, rule), engine, seen, tap);
  const rows = view.ownTargets(CONTRIBUTORS[0]);
  const width = view.plan.valueBytes;
  const values = view.ownBins(data.accounts).map((bin) => rows.subarray(bin * width, (bin + 1) * width));
  return {
    matched: values.filter((_, k) => k % 3 === 0),
    others: values.filter((_, k) => k % 3 !== 0),
    bits: view.plan.targetBits + view.plan.scoreBits,
  };
}

/** Bit positions whose share of ones is further than five standard deviations from a half: by chance about 2^-20 each. */
function biasedBits(values: readonly Uint8Array[]): number[] {
  const biased: number[] = [];
  for (let bit = 0; bit < 8 * values[0].length; bit++) {
    const ones = values.filter((value) => ((value[bit >>> 3] >>> (bit & 7)) & 1) === 1).length;
    if (Math.abs(ones - values.length / 2) > 2.5 * Math.sqrt(values.length)) biased.push(bit);
  }
  return biased;
}

describe('what the asker decodes', () => {
  it.each([1, 2, 9, 100, 255, 977, 65_535, 100_000])(
    'has no biased bit, matched or not, when scores go to %i',
    async (max) => {
      const { matched, others } = await decoded(max);
      expect(matched.length).toBe(ACCOUNTS / 3);
      expect(biasedBits(matched)).toEqual([]);
      expect(biasedBits(others)).toEqual([]);
    },
  );

  it('is seen to tell matches when the bits that fill up a byte are fixed', async () => {
    const { matched, bits } = await decoded(9);
    const filling = 8 * matched[0].length - bits;
    expect(filling).toBeGreaterThan(0);
    // Cleared, as a contributor that draws target and score bits alone would leave them.
    const faulty = matched.map((value) => value.with(value.length - 1, value[value.length - 1] & (0xff >>> filling)));
    expect(biasedBits(faulty)).toHaveLength(filling);
  });
});
