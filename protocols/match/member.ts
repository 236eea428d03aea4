/** A committee member's part of a match. */
import { type BitShares, sliceShares, xorInto } from '../../src/crypto/bit-shares.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import {
  allZero,
  type CommitteeMember,
  compareInputs,
  expandInput,
  maskSlices,
  receiveDeal,
  SEED_COMPONENTS,
  wordComponents,
} from '../committee/index.ts';
import { sliceCount } from './asker.ts';
import type { MatchPlan } from './plan.ts';

/** Shares of the result; nobody holds it in clear. */
export interface SharedMatches {
  /** [contributor][lane words]: 1 where the contributor holds the bin's item. */
  readonly matches: BitShares;
  /** [bit][contributor][lane words]: its score where it does, else 0. */
  readonly scores: BitShares;
}

/** Receives all inputs and computes b = [w = r] and b ∧ (u ⊕ s) for every bin and contributor. */
export async function matchMember(io: Io, plan: MatchPlan, self: CommitteeMember): Promise<SharedMatches> {
  const { member, committee } = self;
  const { asker, contributors, laneWords, targetBits, scoreBits } = plan;
  const bits = sliceCount(plan);
  const askerWords = bits * contributors.length * laneWords;
  const receive = (dealer: typeof asker, seeds: boolean) => () =>
    receiveDeal(io.sub(`input:${dealer}`), member, dealer, seeds ? SEED_COMPONENTS : wordComponents(askerWords));
  const [fromAsker, fromContributors] = await io.all([
    receive(asker, false),
    () => io.all(contributors.map((contributor) => receive(contributor, true))),
  ]);
  await compareInputs(io.sub('compare'), member, committee, [fromAsker, ...fromContributors]);
  io.progress(1, 3);

  const [received, targets] = await io.all([
    () => expandInput(fromAsker, member, 'two-seeds-and-words', askerWords),
    () => io.all(fromContributors.map((input) => () => expandInput(input, member, 'seeds', bits * laneWords))),
  ]);
  const difference = await io.compute(differenceJob, { received, targets, laneWords });
  const width = contributors.length * laneWords;
  const gates = self.gates(io.sub('gates'));
  const matches = await allZero(gates, sliceShares(difference, 0, targetBits * width), {
    bits: targetBits,
    laneWords: width,
  });
  io.progress(2, 3);
  const masked = sliceShares(difference, targetBits * width, bits * width);
  const scores = await maskSlices(gates, matches, masked, { bits: scoreBits, laneWords: width });
  io.progress(3, 3);
  return { matches, scores };
}

/** w ⊕ r and u ⊕ s of all contributors: [bit][contributor][lane]. */
export const differenceJob: Job<
  { readonly received: BitShares; readonly targets: readonly BitShares[]; readonly laneWords: number },
  BitShares
> = defineJob('match/difference', function* ({ received, targets, laneWords }): Steps<BitShares> {
  const combine = function* (words: Uint32Array, streams: readonly Uint32Array[]): Steps<Uint32Array> {
    const out = words.slice();
    for (const [index, own] of streams.entries()) {
      // [bit][lane] of one contributor onto [bit][contributor][lane] of all.
      for (let bit = 0; bit * laneWords < own.length; bit++) {
        const slice = own.subarray(bit * laneWords, (bit + 1) * laneWords);
        xorInto(out, slice, (bit * streams.length + index) * laneWords);
      }
      yield;
    }
    return out;
  };
  return {
    first: yield* combine(
      received.first,
      targets.map((target) => target.first),
    ),
    second: yield* combine(
      received.second,
      targets.map((target) => target.second),
    ),
  };
});
