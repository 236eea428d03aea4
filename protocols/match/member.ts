/** A committee member's part of a match. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { type BitShares, sliceShares } from '../../src/crypto/bit-shares.ts';
import { fillFromDraw, type PrgDraw, xorDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import {
  allZero,
  type CommitteeMember,
  compareInputs,
  type InputDraws,
  inputComponents,
  inputDraws,
  maskSlices,
  receiveDeal,
  SEED_COMPONENTS,
  type WordComponent,
  wordComponents,
} from '../committee/index.ts';
import { sliceCount } from './asker.ts';
import type { MatchPlan } from './plan.ts';

/** Slices between two pauses. */
const SLICES_PER_STEP = 16;

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

  const targets = fromContributors.map((input) => inputDraws(input, bits * laneWords));
  const difference = await io.compute(differenceJob, {
    received: inputComponents(fromAsker, member, askerWords),
    targets,
    laneWords,
  });
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

/** w ⊕ r and u ⊕ s of all contributors: [bit][contributor][lane]; `targets` are streams [bit][lane] of one each. */
export const differenceJob: Job<
  {
    readonly received: { readonly first: WordComponent; readonly second: WordComponent };
    readonly targets: readonly InputDraws[];
    readonly laneWords: number;
  },
  BitShares
> = defineJob(
  'match/difference',
  function* ({ received, targets, laneWords }): Steps<BitShares> {
    return {
      first: yield* combine(received.first, { draws: targets.map(({ first }) => first), laneWords }),
      second: yield* combine(received.second, { draws: targets.map(({ second }) => second), laneWords }),
    };
  },
  { inPlace: () => true },
);

function* combine(
  received: WordComponent,
  { draws, laneWords }: { readonly draws: readonly PrgDraw[]; readonly laneWords: number },
): Steps<Uint32Array> {
  const chacha20 = chacha20Kernel();
  const isDrawn = !(received instanceof Uint32Array);
  const out = isDrawn ? new Uint32Array(received.length / 4) : received.slice();
  for (let slice = 0; slice * laneWords < out.length; slice++) {
    const lanes = asBytes(out.subarray(slice * laneWords, (slice + 1) * laneWords));
    if (isDrawn) fillFromDraw(received, 4 * laneWords * slice, lanes, chacha20);
    xorDraw(draws[slice % draws.length], 4 * laneWords * Math.floor(slice / draws.length), lanes, chacha20);
    if (slice % SLICES_PER_STEP === SLICES_PER_STEP - 1) yield;
  }
  return out;
}
