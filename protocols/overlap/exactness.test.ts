/** Whole runs over full buckets against the plaintext: few of them by default, many seeds in the long suite. */
import { describe, expect, it } from 'vitest';
import { insecureSeededRng, runInMemory, succeeded } from '../../src/testing.ts';
import { HOLDER, RECEIVER } from '../../test/support/overlap-run.ts';
import { memoryBaseOtStore } from '../vole/index.ts';
import { keepingOverlap, overlapParameters, type OverlapSecurity } from './index.ts';

const long = process.env['BLINDFLAG_LONG'] !== undefined;
const protocol = keepingOverlap(memoryBaseOtStore());

interface Lists {
  readonly asked: readonly string[];
  readonly held: readonly string[];
  readonly common: Uint8Array;
}

/** Full buckets, the holder's in another order; each account of the receiver is common with a probability of the seed's. */
function drawLists(seed: number, count: number): Lists {
  const rng = insecureSeededRng('exactness', seed);
  const [share] = rng(1);
  const common = rng(count).map((byte) => (byte <= share ? 1 : 0));
  const asked = Array.from({ length: count }, (_, k) => `iban:${seed}-${k * 7919}`);
  const held = asked.map((account, k) => (common[k] === 1 ? account : `other:${seed}-${k}`)).toReversed();
  return { asked, held, common };
}

async function expectExact(seed: number, count: number, security: OverlapSecurity): Promise<void> {
  const { asked, held, common } = drawLists(seed, count);
  const parameters = overlapParameters({
    receiver: RECEIVER,
    holder: HOLDER,
    mode: 'receiver',
    receiverItems: count,
    holderItems: count,
    acknowledged: ['receiver-learns-row-level-overlap'],
    engine: 'vole',
    security,
  });
  const inputs = new Map([
    [RECEIVER, { accounts: [{ accounts: asked }] }],
    [HOLDER, { accounts: [{ accounts: held }] }],
  ]);
  const { output, report } = succeeded(await runInMemory(protocol, { parameters, inputs, initiator: RECEIVER })).get(
    RECEIVER,
  ) ?? { output: undefined, report: undefined };
  expect(report?.failureLog2, `seed ${seed}`).toBeLessThanOrEqual(-40);
  const answers = output?.kind === 'rows' ? output.held : new Uint8Array(0);
  expect(answers.length, `seed ${seed}`).toBe(count);
  expect(wrongAnswers(common, answers), `seed ${seed}`).toBe(0);
}

function wrongAnswers(common: Uint8Array, answers: Uint8Array): number {
  return common.reduce((sum, bit, k) => sum + Math.abs(bit - answers[k]), 0);
}

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k + 1);
const SIZES = [
  [2 ** 12, long ? 200 : 4],
  [2 ** 20, long ? 20 : 0],
] as const;

describe('overlap equals the plaintext', () => {
  for (const [count, seedCount] of SIZES) {
    it.runIf(seedCount > 0)(
      `for all of ${seedCount} seeds, in both variants by turns, with ${count} accounts a side`,
      async () => {
        for (const seed of seeds(seedCount)) {
          await expectExact(seed, count, seed % 2 === 0 ? 'malicious' : 'semi-honest');
        }
      },
      3_600_000,
    );
  }

  it('would be caught where one answer differs', () => {
    const { common } = drawLists(1, 64);
    expect(
      wrongAnswers(
        common,
        common.map((bit, k) => (k === 5 ? 1 - bit : bit)),
      ),
    ).toBe(1);
  });
});
