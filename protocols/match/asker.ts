/** The asker's part of a match. */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { CUCKOO_DIGEST_BYTES, cuckooInsert, cuckooPositions } from '../../src/crypto/cuckoo.ts';
import type { OkvsShape } from '../../src/crypto/okvs.ts';
import { toSlices } from '../../src/crypto/bit-slices.ts';
import { resizeRows } from '../../src/crypto/rows.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { okvsKernel } from '../../src/kernels/okvs.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { deal, shareWords } from '../committee/index.ts';
import { FILLER_TAG, ITEM_TAG, RECORD_BYTES } from '../oprf/index.ts';
import { deriveKeys, type KeyInput, MASK_WORDS } from './keys.ts';
import { TargetTable, tableBytes, tableSeed } from './messages.ts';
import type { MatchPlan } from './plan.ts';

/**
 * Places `digests` (n x 32, distinct) in bins, obtains one value per bin and contributor and deals all of them to the
 * committee. Returns the item in each bin, -1 where there is none. The asker learns nothing else.
 */
export async function matchAsker(io: Io, plan: MatchPlan, digests: Uint8Array): Promise<Int32Array> {
  const { engine, contributors, committee, bins } = plan;
  const fillers = io.rng(bins * (RECORD_BYTES - 1));
  const { itemOfBin, records } = await io.compute(placeJob, { digests, bins, fillers });
  io.progress(1, 4);

  const oprfValues = await engine.receive(io.sub('oprf'), contributors, records);
  io.progress(2, 4);

  const slices = new Uint32Array(sliceCount(plan) * contributors.length * plan.laneWords);
  await io.all(
    contributors.map((contributor, index) => async () => {
      const body = await io.sub('targets').from(contributor).recv(TargetTable, tableBytes(plan, index));
      const own = await io.compute(decodeJob, {
        shape: plan.okvsShapes[index],
        seed: tableSeed(io, contributor),
        body,
        valueBytes: plan.valueBytes,
        bits: sliceCount(plan),
        laneWords: plan.laneWords,
        keyInput: {
          sid: io.sid,
          phase: io.phase,
          contributor,
          bins: undefined,
          records,
          oprfValues: oprfValues[index],
          oprfValueBytes: engine.valueBytes,
        },
      });
      interleave(slices, own, { index, of: contributors.length, laneWords: plan.laneWords });
    }),
  );
  io.progress(3, 4);

  const input = io.sub(`input:${io.self}`);
  await deal(input, committee, await shareWords(input, slices));
  io.progress(4, 4);
  return itemOfBin;
}

/** Rows between two pauses of loops that do little for each. */
const ROWS_PER_STEP = 16_384;

/** Bits per bin and contributor: target and score. */
export function sliceCount(plan: Pick<MatchPlan, 'targetBits' | 'scoreBits'>): number {
  return plan.targetBits + plan.scoreBits;
}

/** Writes one contributor's slices [bit][lane] into all contributors' [bit][contributor][lane]. */
export function interleave(
  out: Uint32Array,
  own: Uint32Array,
  { index, of, laneWords }: { readonly index: number; readonly of: number; readonly laneWords: number },
): void {
  for (let bit = 0; bit * laneWords < own.length; bit++) {
    out.set(own.subarray(bit * laneWords, (bit + 1) * laneWords), (bit * of + index) * laneWords);
  }
}

interface Placed {
  readonly itemOfBin: Int32Array;
  /** bins x 33: an item's digest, or a filler outside the domain of items. */
  readonly records: Uint8Array;
}

export const placeJob: Job<
  { readonly digests: Uint8Array; readonly bins: number; readonly fillers: Uint8Array },
  Placed
> = defineJob('match/place', function* ({ digests, bins, fillers }): Steps<Placed> {
  const positions = yield* cuckooPositions(digests, bins);
  const itemOfBin = yield* cuckooInsert(positions, bins);
  const records = new Uint8Array(bins * RECORD_BYTES);
  for (let bin = 0; bin < bins; bin++) {
    const item = itemOfBin[bin];
    const [tag, source, row] = item >= 0 ? [ITEM_TAG, digests, item] : [FILLER_TAG, fillers, bin];
    records[bin * RECORD_BYTES] = tag;
    records.set(source.subarray(row * CUCKOO_DIGEST_BYTES, (row + 1) * CUCKOO_DIGEST_BYTES), bin * RECORD_BYTES + 1);
    if (bin % 8192 === 8191) yield;
  }
  return { itemOfBin, records };
});

interface DecodeInput {
  readonly shape: OkvsShape;
  readonly seed: Uint8Array;
  /** columns x valueBytes, as received. */
  readonly body: Uint8Array;
  readonly valueBytes: number;
  readonly bits: number;
  readonly laneWords: number;
  readonly keyInput: KeyInput;
}

/** Decodes each bin's key in one contributor's table and turns the values into bit slices. */
export const decodeJob: Job<DecodeInput, Uint32Array> = defineJob(
  'match/decode',
  function* (input): Steps<Uint32Array> {
    const { shape, seed, body, valueBytes } = input;
    const { keys, masks } = yield* deriveKeys(input.keyInput);
    const { valueWords } = shape;
    const table = asWords(yield* resizeRows(body, { from: valueBytes, to: 4 * valueWords }));
    const values = yield* okvsKernel().decode(shape, { seed, table, keys });
    const rowCount = values.length / valueWords;
    for (let from = 0; from < rowCount; from += ROWS_PER_STEP) {
      for (let row = from; row < Math.min(rowCount, from + ROWS_PER_STEP); row++) {
        for (let k = 0; k < valueWords; k++) values[row * valueWords + k] ^= masks[row * MASK_WORDS + k];
      }
      yield;
    }
    return yield* toSlices(asBytes(values), {
      rowBytes: 4 * valueWords,
      rowCount,
      firstBit: 0,
      bits: input.bits,
      strideWords: input.laneWords,
    });
  },
);
