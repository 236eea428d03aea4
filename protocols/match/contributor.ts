/** A contributor's part of a match. */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import type { SliceLayout } from '../../src/crypto/bit-slices.ts';
import { CUCKOO_DIGEST_BYTES, cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { OKVS_KEY_BYTES, type OkvsShape } from '../../src/crypto/okvs.ts';
import { fillFromDraw, Prg, type PrgDraw, SEED_BYTES } from '../../src/crypto/prg.ts';
import { resizeRows } from '../../src/crypto/rows.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { bitSlicesKernel } from '../../src/kernels/bit-slices.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { okvsKernel } from '../../src/kernels/okvs.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { type Components, deal, expandSeeds } from '../committee/index.ts';
import { FILLER_TAG, ITEM_TAG, RECORD_BYTES } from '../oprf/index.ts';
import { deriveKeys, type KeyInput, MASK_WORDS } from './keys.ts';
import { TargetTable, tableBytes, tableSeed } from './messages.ts';
import type { MatchPlan } from './plan.ts';

/** Items of one contributor: distinct digests and their scores. */
export interface ScoredDigests {
  /** n x 32. */
  readonly digests: Uint8Array;
  readonly scores: Uint32Array;
}

/**
 * Draws a target and a score mask per bin, deals their seeds to the committee and programmes them, masked, under the
 * three keys of each own item. Learns nothing.
 */
export async function matchContributor(io: Io, plan: MatchPlan, items: ScoredDigests): Promise<void> {
  const { engine, asker, bins, committee } = plan;
  const index = plan.contributors.indexOf(io.self);
  const capacity = plan.contributorCapacities[index];
  const holder = engine.hold(io.sub('oprf'), asker, bins);
  const input = io.sub(`input:${io.self}`);
  const seeds: Components = [io.rng(SEED_BYTES), io.rng(SEED_BYTES), io.rng(SEED_BYTES)];

  await io.all([
    () => holder.answer(),
    () => deal(input, committee, seeds),
    async () => {
      const targets = await targetRows(input, plan, seeds);
      io.progress(1, 4);
      // Fillers bring the number of evaluations up to the capacity, so that its duration tells nothing of the own size.
      const fillers = new Prg(io.rng(SEED_BYTES), io.sid, `${io.phase} fillers`).draw(capacity * CUCKOO_DIGEST_BYTES);
      const own = await io.compute(queriesJob, { digests: items.digests, capacity, fillers, bins });
      const oprfValues = await holder.evaluate(own.bins, own.records);
      io.progress(2, 4);
      const table = await io.compute(programmeJob, {
        shape: plan.okvsShapes[index],
        seed: tableSeed(io, io.self),
        fillSeed: io.rng(SEED_BYTES),
        targets,
        targetBytes: plan.targetBits / 8,
        valueBytes: plan.valueBytes,
        scores: items.scores,
        keyInput: {
          sid: io.sid,
          phase: io.phase,
          contributor: io.self,
          bins: own.bins,
          records: own.records,
          oprfValues,
          oprfValueBytes: engine.valueBytes,
        },
      });
      io.progress(3, 4);
      await io.sub('targets').to(asker).send(TargetTable, table, tableBytes(plan, index));
      io.progress(4, 4);
    },
  ]);
}

/**
 * (target, score mask) of every bin, bins x value words: the XOR of three streams that are read as bit slices. The bits
 * that round a score up to bytes are random too: the mask of F cancels where the asker decodes a match, so any bit that
 * were fixed there would tell matches from others. Members read a prefix of the same streams.
 */
async function targetRows(io: Io, plan: MatchPlan, seeds: Components): Promise<Uint32Array> {
  const bits = 8 * plan.valueBytes;
  const words = bits * plan.laneWords;
  return io.compute(joinRowsJob, {
    slices: await expandSeeds(io, seeds, words),
    layout: {
      rowBytes: 4 * plan.okvsShapes[0].valueWords,
      rowCount: plan.bins,
      firstBit: 0,
      bits,
      strideWords: plan.laneWords,
    },
  });
}

export const joinRowsJob: Job<{ readonly slices: Uint32Array; readonly layout: SliceLayout }, Uint32Array> = defineJob(
  'match/target-rows',
  function* ({ slices, layout }): Steps<Uint32Array> {
    return asWords(yield* bitSlicesKernel().fromSlices(slices, layout));
  },
);

/** Items between two pauses of loops that do little for each. */
const ITEMS_PER_STEP = 8192;
/** Bytes of fillers between two pauses. */
const FILL_BYTES = 524_288;

interface OwnQueries {
  /** 3 x capacity. */
  readonly bins: Uint32Array;
  /** (3 x capacity) x 33. */
  readonly records: Uint8Array;
}

/** Every own item in each of its three bins; fillers, which are never programmed, up to the capacity. */
export const queriesJob: Job<
  { readonly digests: Uint8Array; readonly capacity: number; readonly fillers: PrgDraw; readonly bins: number },
  OwnQueries
> = defineJob('match/queries', function* ({ digests, capacity, fillers, bins }): Steps<OwnQueries> {
  const all = new Uint8Array(capacity * CUCKOO_DIGEST_BYTES);
  for (let from = 0; from < all.length; from += FILL_BYTES) {
    fillFromDraw(fillers, from, all.subarray(from, from + FILL_BYTES), chacha20Kernel());
    yield;
  }
  all.set(digests);
  const positions = yield* cuckooPositions(all, bins);
  const records = new Uint8Array(3 * capacity * RECORD_BYTES);
  const itemCount = digests.length / CUCKOO_DIGEST_BYTES;
  for (let from = 0; from < capacity; from += ITEMS_PER_STEP) {
    writeThrice(records, all, itemCount, { from, to: Math.min(capacity, from + ITEMS_PER_STEP) });
    yield;
  }
  return { bins: positions, records };
});

/** The records of digests [from, to), three of each; the first `itemCount` are items. */
function writeThrice(
  records: Uint8Array,
  digests: Uint8Array,
  itemCount: number,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let i = from; i < to; i++) {
    const [first, second, third] = [3 * i * RECORD_BYTES, (3 * i + 1) * RECORD_BYTES, (3 * i + 2) * RECORD_BYTES];
    records[first] = records[second] = records[third] = i < itemCount ? ITEM_TAG : FILLER_TAG;
    for (let k = 0; k < CUCKOO_DIGEST_BYTES; k++) {
      const byte = digests[i * CUCKOO_DIGEST_BYTES + k];
      records[first + 1 + k] = records[second + 1 + k] = records[third + 1 + k] = byte;
    }
  }
}

interface ProgrammeInput {
  readonly shape: OkvsShape;
  readonly seed: Uint8Array;
  readonly fillSeed: Uint8Array;
  /** bins x value words. */
  readonly targets: Uint32Array;
  readonly targetBytes: number;
  readonly valueBytes: number;
  /** One per own item; the first 3 x that many rows of `keyInput` are theirs. */
  readonly scores: Uint32Array;
  readonly keyInput: KeyInput;
}

export const programmeJob: Job<ProgrammeInput, Uint8Array> = defineJob(
  'match/programme',
  function* (input): Steps<Uint8Array> {
    const { shape, seed, valueBytes, scores, keyInput } = input;
    const { keys, masks } = yield* deriveKeys(keyInput);
    const values = yield* maskedValues(input, masks);
    const fill = new Prg(input.fillSeed, seed, 'okvs free positions');
    const table = yield* okvsKernel().encode(shape, {
      seed,
      keys: keys.subarray(0, 3 * scores.length * OKVS_KEY_BYTES),
      values,
      rng: (length) => fillFromDraw(fill.draw(length), 0, new Uint8Array(length), chacha20Kernel()),
    });
    return yield* resizeRows(asBytes(table), { from: 4 * shape.valueWords, to: valueBytes });
  },
);

/** The programmed values: (target ‖ score ⊕ score mask) ⊕ the mask of F, for each own item in each of its bins. */
function* maskedValues(input: ProgrammeInput, masks: Uint32Array): Steps<Uint32Array> {
  const count = input.scores.length;
  const values = new Uint32Array(3 * count * input.shape.valueWords);
  for (let from = 0; from < count; from += ITEMS_PER_STEP) {
    maskItems(values, input, masks, { from, to: Math.min(count, from + ITEMS_PER_STEP) });
    yield;
  }
  return values;
}

function maskItems(
  values: Uint32Array,
  { shape, targets, targetBytes, scores, keyInput }: ProgrammeInput,
  masks: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const width = shape.valueWords;
  const bins = keyInput.bins ?? new Uint32Array(0);
  // Score bytes follow the target, lowest first.
  const scoreWord = targetBytes >>> 2;
  const shift = 8 * (targetBytes & 3);
  for (let item = from; item < to; item++) {
    const low = scores[item] << shift;
    // In two shifts: one by 32 - 0 would be no shift at all.
    const high = (scores[item] >>> 1) >>> (31 - shift);
    for (let row = 3 * item; row < 3 * item + 3; row++) {
      const at = row * width;
      for (let k = 0; k < width; k++) values[at + k] = targets[bins[row] * width + k] ^ masks[row * MASK_WORDS + k];
      if (scoreWord < width) values[at + scoreWord] ^= low;
      if (scoreWord + 1 < width) values[at + scoreWord + 1] ^= high;
    }
  }
}
