/** A committee member's part of a match. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { type BitShares, invertShares, type Member, sliceShares } from '../../src/crypto/bit-shares.ts';
import { fillFromDraw, type PrgDraw, xorDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import {
  allOnes,
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

/** Slices between two pauses, of both components. */
const SLICES_PER_STEP = 8;

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
  const compared = await io.compute(differenceJob, {
    member,
    into: inputComponents(fromAsker, member, askerWords),
    targets,
    targetBits,
    laneWords,
  });
  const width = contributors.length * laneWords;
  const gates = self.gates(io.sub('gates'));
  const matches = await allOnes(gates, sliceShares(compared, 0, targetBits * width), {
    bits: targetBits,
    laneWords: width,
  });
  io.progress(2, 3);
  const masked = sliceShares(compared, targetBits * width, bits * width);
  const scores = await maskSlices(gates, matches, masked, { bits: scoreBits, laneWords: width });
  io.progress(3, 3);
  return { matches, scores };
}

export interface DifferenceInput {
  readonly member: Member;
  /** The asker's w ‖ u, [bit][contributor][lane]: words, where the result goes, or a stream, which gets room here. */
  readonly into: { readonly first: WordComponent; readonly second: WordComponent };
  /** Streams r ‖ s, [bit][lane], of one contributor each. */
  readonly targets: readonly InputDraws[];
  readonly targetBits: number;
  readonly laneWords: number;
}

/**
 * NOT (w ⊕ r), which is 1 where a bit of the target is met, and u ⊕ s of all contributors: [bit][contributor][lane].
 * Overwrites words of `into` and gives them: the job always runs in its caller's thread.
 */
export const differenceJob: Job<DifferenceInput, BitShares> = defineJob(
  'match/difference',
  function* ({ member, into, targets, targetBits, laneWords }): Steps<BitShares> {
    const first = componentOf(
      into.first,
      targets.map((target) => target.first),
    );
    const second = componentOf(
      into.second,
      targets.map((target) => target.second),
    );
    const out: BitShares = { first: first.out, second: second.out };
    for (let slice = 0; slice * laneWords < out.first.length; slice++) {
      const lanes = sliceShares(out, slice * laneWords, (slice + 1) * laneWords);
      addStreams(asBytes(lanes.first), slice, first);
      addStreams(asBytes(lanes.second), slice, second);
      if (slice < targetBits * targets.length) invertShares(member, lanes);
      if (slice % SLICES_PER_STEP === SLICES_PER_STEP - 1) yield;
    }
    return out;
  },
  { inPlace: () => true },
);

interface Component {
  readonly out: Uint32Array;
  /** What the asker dealt, where that is no words. */
  readonly dealt: PrgDraw | undefined;
  readonly targets: readonly PrgDraw[];
}

function componentOf(into: WordComponent, targets: readonly PrgDraw[]): Component {
  return into instanceof Uint32Array
    ? { out: into, dealt: undefined, targets }
    : { out: new Uint32Array(into.length / 4), dealt: into, targets };
}

/** One slice of a component: what the asker dealt, and a slice of its contributor's stream. */
function addStreams(lanes: Uint8Array, slice: number, { dealt, targets }: Component): void {
  const chacha20 = chacha20Kernel();
  if (dealt !== undefined) fillFromDraw(dealt, slice * lanes.length, lanes, chacha20);
  xorDraw(targets[slice % targets.length], Math.floor(slice / targets.length) * lanes.length, lanes, chacha20);
}
