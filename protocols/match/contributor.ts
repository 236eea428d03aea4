/** A contributor's part of a match. */
import { asWords } from '../../src/crypto/bytes.ts';
import type { SliceLayout } from '../../src/crypto/bit-slices.ts';
import {
  OPRF_VALUE_BYTES,
  OPPRF_SLOTS,
  type OpprfSalts,
  type OpprfShape,
  targetWords,
} from '../../src/crypto/opprf.ts';
import { fillFromDraw, fillInSteps, Prg, type PrgDraw, SEED_BYTES } from '../../src/crypto/prg.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import { sharedBytes } from '../../src/crypto/shared-bytes.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { bitSlicesKernel } from '../../src/kernels/bit-slices.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { cuckooKernel } from '../../src/kernels/cuckoo.ts';
import { opprfKernel } from '../../src/kernels/opprf.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';
import { heldDraw } from '../../src/kit/held-draw.ts';
import type { Io } from '../../src/kit/io.ts';
import { deal, expandSeeds, seedComponents } from '../committee/index.ts';
import type { OprfHolder } from '../oprf/index.ts';
import { TargetTable, tableBytes, tableSalts } from './messages.ts';
import type { MatchPlan } from './plan.ts';

/** Items of one contributor: distinct digests and their scores. */
export interface ScoredDigests {
  /** n x 32. */
  readonly digests: Uint8Array;
  readonly scores: Uint32Array;
}

/**
 * Draws a target and a score mask per bin, deals their seeds to the committee and programmes them for each own item in
 * its three bins. Learns nothing.
 */
export async function matchContributor(io: Io, plan: MatchPlan, items: ScoredDigests): Promise<void> {
  const { engine, asker, committee } = plan;
  const secrets = new Secrets();
  const holder = engine.hold(io.sub('oprf'), asker, plan.oprfSize);
  const input = io.sub(`input:${io.self}`);
  const seed = (): Uint8Array => secrets.hold(io.rng(SEED_BYTES));
  const seeds = [seed(), seed(), seed()] as const;
  try {
    await io.all([
      () => holder.answer(),
      () => deal(input, committee, seedComponents(seeds)),
      async () => {
        const targets = await targetRows(input, plan, { seeds, secrets });
        io.progress(1, 4);
        await sendTable(io, plan, { items, holder, targets, secrets });
      },
    ]);
  } finally {
    holder.end();
    secrets.end();
  }
}

interface OwnTable {
  readonly items: ScoredDigests;
  readonly holder: OprfHolder;
  /** bins x value words. */
  readonly targets: Uint32Array;
  readonly secrets: Secrets;
}

/** Evaluates the own items, and sends the targets of their bins under the values. */
async function sendTable(io: Io, plan: MatchPlan, { items, holder, targets, secrets }: OwnTable): Promise<void> {
  const { asker, bins } = plan;
  const index = plan.contributors.indexOf(io.self);
  const capacity = plan.contributorCapacities[index];
  // Fillers bring the number of evaluations up to the capacity, so that its duration tells nothing of the own size.
  const fillers = heldDraw(io, 'fillers', { bytes: capacity * RECORD_BYTES, secrets });
  const own = await io.compute(ownRecordsJob, { digests: items.digests, capacity, fillers, bins });
  secrets.hold(own.records);
  const values = secrets.hold(await holder.evaluate(own.bins, own.records));
  io.progress(2, 4);
  const table = await io.compute(programmeJob, {
    shape: plan.opprfShapes[index],
    salts: tableSalts(io, io.self),
    fillSeed: secrets.hold(io.rng(SEED_BYTES)),
    records: own.records,
    bins: own.bins,
    oprfValues: values,
    targets,
    targetBits: plan.targetBits,
    scores: items.scores,
  });
  secrets.wipe(own.records);
  io.progress(3, 4);
  // With this table, its own seeds and one more member's words a member that pools with the asker can open an answer.
  await io.opening();
  await io.sub('targets').to(asker).send(TargetTable, table, tableBytes(plan, index));
  io.progress(4, 4);
}

/**
 * (target, score mask) of every bin, bins x value words: the XOR of three streams that are read as bit slices. The bits
 * that round a score up to bytes are random too: the mask cancels where the asker decodes a match, so any bit that
 * were fixed there would tell matches from others. Members read a prefix of the same streams.
 */
async function targetRows(
  io: Io,
  plan: MatchPlan,
  { seeds, secrets }: { readonly seeds: readonly Uint8Array[]; readonly secrets: Secrets },
): Promise<Uint32Array> {
  const bits = 8 * plan.valueBytes;
  const layout = {
    rowBytes: 4 * targetWords(plan.opprfShapes[0]),
    rowCount: plan.bins,
    firstBit: 0,
    bits,
    strideWords: plan.laneWords,
  };
  const slices = secrets.hold(new Uint32Array(bits * plan.laneWords));
  await expandSeeds(io, seeds, slices);
  const targets = secrets.hold(await io.compute(targetRowsJob, { slices, layout }));
  secrets.wipe(slices);
  return targets;
}

export const targetRowsJob: Job<{ readonly slices: Uint32Array; readonly layout: SliceLayout }, Uint32Array> =
  defineJob(
    'match/target-rows',
    function* ({ slices, layout }): Steps<Uint32Array> {
      return asWords(yield* bitSlicesKernel().fromSlices(slices, layout));
    },
    { inPlace: () => true },
  );

interface OwnRecords {
  /** 3 x capacity. */
  readonly bins: Uint32Array;
  /** capacity x 32. */
  readonly records: Uint8Array;
}

/** The three bins of every own item, and of fillers, which are never programmed, up to the capacity. */
export const ownRecordsJob: Job<
  { readonly digests: Uint8Array; readonly capacity: number; readonly fillers: PrgDraw; readonly bins: number },
  OwnRecords
> = defineJob(
  'match/queries',
  function* ({ digests, capacity, fillers, bins }): Steps<OwnRecords> {
    const records = sharedBytes(capacity * RECORD_BYTES);
    records.set(digests);
    yield* fillInSteps(fillers, records.subarray(digests.length), chacha20Kernel());
    return { bins: yield* cuckooKernel().positions(records, bins), records };
  },
  { inPlace: () => true },
);

interface ProgrammeInput {
  readonly shape: OpprfShape;
  readonly salts: OpprfSalts;
  readonly fillSeed: Uint8Array;
  /** Of each evaluated record, of which the first are the own items'. */
  readonly records: Uint8Array;
  readonly bins: Uint32Array;
  readonly oprfValues: Uint8Array;
  /** bins x target words. */
  readonly targets: Uint32Array;
  readonly targetBits: number;
  /** One per own item. */
  readonly scores: Uint32Array;
}

export const programmeJob: Job<ProgrammeInput, Uint8Array> = defineJob(
  'match/programme',
  function* ({ shape, salts, fillSeed, records, bins, oprfValues, targets, targetBits, scores }): Steps<Uint8Array> {
    const own = scores.length;
    const fill = new Prg(fillSeed, salts.maskSalt, 'opprf free columns');
    const opprf = opprfKernel();
    // The first use of a kernel compiles and self-tests it: a turn of its own.
    yield;
    return yield* opprf.programme(shape, {
      ...salts,
      records: records.subarray(0, own * RECORD_BYTES),
      bins: bins.subarray(0, own * OPPRF_SLOTS),
      oprfValues: oprfValues.subarray(0, own * OPPRF_SLOTS * OPRF_VALUE_BYTES),
      // Target and score ^ score mask, for each own item in each of its bins.
      targets,
      added: scoreRows(scores, targetWords(shape), targetBits),
      rng: (length) => fillFromDraw(fill.draw(length), 0, new Uint8Array(length), chacha20Kernel()),
    });
  },
  {
    consumes: ['oprfValues', 'targets'],
    inPlace: ({ bins, oprfValues, targets }) => isSmallInput({ bins, oprfValues, targets }),
  },
);

/** Scores where they lie in a value: behind the target, lowest bit first. */
function scoreRows(scores: Uint32Array, width: number, targetBits: number): Uint32Array {
  const rows = new Uint32Array(scores.length * width);
  const scoreWord = targetBits >>> 5;
  const shift = targetBits & 31;
  for (let item = 0; item < scores.length; item++) {
    const at = item * width + scoreWord;
    if (scoreWord < width) rows[at] = scores[item] << shift;
    // In two shifts: one by 32 - 0 would be no shift at all.
    if (scoreWord + 1 < width) rows[at + 1] = (scores[item] >>> 1) >>> (31 - shift);
  }
  return rows;
}
