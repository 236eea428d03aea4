/** A contributor's part of a match. */
import { asBytes, concatBytes } from '../../src/crypto/bytes.ts';
import { fromSlices } from '../../src/crypto/bit-slices.ts';
import { CUCKOO_DIGEST_BYTES, cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { encodeOkvs, type OkvsShape } from '../../src/crypto/okvs.ts';
import { Prg, SEED_BYTES } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { type Components, deal, expandSeed } from '../committee/index.ts';
import { FILLER_TAG, ITEM_TAG, RECORD_BYTES } from '../oprf/index.ts';
import { deriveKeys, type KeyInput, MASK_BYTES } from './keys.ts';
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
      const fillers = io.rng(capacity * CUCKOO_DIGEST_BYTES);
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
 * (target, score mask) of every bin, bins x valueBytes: the XOR of three streams that are read as bit slices. The bits
 * that round a score up to bytes are random too: the mask of F cancels where the asker decodes a match, so any bit that
 * were fixed there would tell matches from others. Members read a prefix of the same streams.
 */
async function targetRows(io: Io, plan: MatchPlan, seeds: Components): Promise<Uint8Array> {
  const bits = 8 * plan.valueBytes;
  const words = bits * plan.laneWords;
  const streams = await io.all(seeds.map((seed) => () => expandSeed(io, seed, words)));
  return io.compute(joinRowsJob, {
    streams,
    layout: {
      rowBytes: plan.valueBytes,
      rowCount: plan.bins,
      firstBit: 0,
      bits,
      strideWords: plan.laneWords,
    },
  });
}

export const joinRowsJob: Job<
  { readonly streams: readonly Uint32Array[]; readonly layout: Parameters<typeof fromSlices>[1] },
  Uint8Array
> = defineJob('match/target-rows', function* ({ streams, layout }): Steps<Uint8Array> {
  const slices = new Uint32Array(streams[0].length);
  for (const stream of streams) {
    for (let k = 0; k < slices.length; k++) slices[k] ^= stream[k];
    yield;
  }
  return yield* fromSlices(slices, layout);
});

interface OwnQueries {
  /** 3 x capacity. */
  readonly bins: Uint32Array;
  /** (3 x capacity) x 33. */
  readonly records: Uint8Array;
}

/** Every own item in each of its three bins; fillers, which are never programmed, up to the capacity. */
export const queriesJob: Job<
  { readonly digests: Uint8Array; readonly capacity: number; readonly fillers: Uint8Array; readonly bins: number },
  OwnQueries
> = defineJob('match/queries', function* ({ digests, capacity, fillers, bins }): Steps<OwnQueries> {
  const count = digests.length / CUCKOO_DIGEST_BYTES;
  const all = concatBytes(digests, fillers.subarray(digests.length));
  const positions = yield* cuckooPositions(all, bins);
  const records = new Uint8Array(3 * capacity * RECORD_BYTES);
  for (let i = 0; i < capacity; i++) {
    const digest = all.subarray(i * CUCKOO_DIGEST_BYTES, (i + 1) * CUCKOO_DIGEST_BYTES);
    for (let k = 3 * i; k < 3 * i + 3; k++) {
      records[k * RECORD_BYTES] = i < count ? ITEM_TAG : FILLER_TAG;
      records.set(digest, k * RECORD_BYTES + 1);
    }
    if (i % 4096 === 4095) yield;
  }
  return { bins: positions, records };
});

interface ProgrammeInput {
  readonly shape: OkvsShape;
  readonly seed: Uint8Array;
  readonly fillSeed: Uint8Array;
  /** bins x valueBytes. */
  readonly targets: Uint8Array;
  readonly targetBytes: number;
  readonly valueBytes: number;
  /** One per own item; the first 3 x that many rows of `keyInput` are theirs. */
  readonly scores: Uint32Array;
  readonly keyInput: KeyInput;
}

export const programmeJob: Job<ProgrammeInput, Uint8Array> = defineJob(
  'match/programme',
  function* (input): Steps<Uint8Array> {
    const { shape, seed, valueBytes, targetBytes, targets, scores, keyInput } = input;
    const { keys, masks } = yield* deriveKeys(keyInput);
    const rowCount = 3 * scores.length;
    const values = new Uint32Array(rowCount * shape.valueWords);
    const valueView = asBytes(values);
    for (let i = 0; i < rowCount; i++) {
      const at = i * 4 * shape.valueWords;
      const bin = keyInput.bins?.[i] ?? 0;
      for (let k = 0; k < valueBytes; k++) valueView[at + k] = targets[bin * valueBytes + k];
      // Score bytes follow the target, lowest first.
      let score = scores[Math.floor(i / 3)];
      for (let k = targetBytes; k < valueBytes; k++, score >>>= 8) valueView[at + k] ^= score;
      for (let k = 0; k < 4 * shape.valueWords; k++) valueView[at + k] ^= masks[i * MASK_BYTES + k];
      if (i % 4096 === 4095) yield;
    }
    const fill = new Prg(input.fillSeed, seed, 'okvs free positions');
    const table = yield* encodeOkvs(shape, {
      seed,
      keys: keys.subarray(0, rowCount * 16),
      values,
      rng: (length) => fill.bytes(length),
    });
    return yield* pack(asBytes(table), 4 * shape.valueWords, valueBytes);
  },
);

/** The first `kept` bytes of every row of `rowBytes`. */
function* pack(rows: Uint8Array, rowBytes: number, kept: number): Steps<Uint8Array> {
  const count = rows.length / rowBytes;
  const out = new Uint8Array(count * kept);
  for (let i = 0; i < count; i++) {
    out.set(rows.subarray(i * rowBytes, i * rowBytes + kept), i * kept);
    if (i % 8192 === 8191) yield;
  }
  return out;
}
