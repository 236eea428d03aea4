/** The asker's part of a match. */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { CUCKOO_DIGEST_BYTES, cuckooInsert, cuckooPositions } from '../../src/crypto/cuckoo.ts';
import type { OkvsShape } from '../../src/crypto/okvs.ts';
import { fillFromDraw, Prg, type PrgDraw, SEED_BYTES } from '../../src/crypto/prg.ts';
import { resizeRows } from '../../src/crypto/rows.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { bitSlicesKernel } from '../../src/kernels/bit-slices.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
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
  const fillers = new Prg(io.rng(SEED_BYTES), io.sid, `${io.phase} fillers`).draw(bins * CUCKOO_DIGEST_BYTES);
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

export const placeJob: Job<{ readonly digests: Uint8Array; readonly bins: number; readonly fillers: PrgDraw }, Placed> =
  defineJob('match/place', function* ({ digests, bins, fillers }): Steps<Placed> {
    const positions = yield* cuckooPositions(digests, bins);
    const itemOfBin = yield* cuckooInsert(positions, bins);
    const records = new Uint8Array(bins * RECORD_BYTES);
    const own = new Uint8Array(Math.min(bins, ROWS_PER_STEP) * CUCKOO_DIGEST_BYTES);
    for (let from = 0; from < bins; from += ROWS_PER_STEP) {
      const to = Math.min(bins, from + ROWS_PER_STEP);
      const part = own.subarray(0, (to - from) * CUCKOO_DIGEST_BYTES);
      fillFromDraw(fillers, from * CUCKOO_DIGEST_BYTES, part, chacha20Kernel());
      writeRecords(records, { itemOfBin, digests, fillers: part }, { from, to });
      yield;
    }
    return { itemOfBin, records };
  });

/** The records of bins [from, to): digests are by item, fillers by bin from `from` on. */
function writeRecords(
  records: Uint8Array,
  table: { readonly itemOfBin: Int32Array; readonly digests: Uint8Array; readonly fillers: Uint8Array },
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let bin = from; bin < to; bin++) {
    const item = table.itemOfBin[bin];
    const source = item >= 0 ? table.digests : table.fillers;
    const at = (item >= 0 ? item : bin - from) * CUCKOO_DIGEST_BYTES;
    records[bin * RECORD_BYTES] = item >= 0 ? ITEM_TAG : FILLER_TAG;
    for (let k = 0; k < CUCKOO_DIGEST_BYTES; k++) records[bin * RECORD_BYTES + 1 + k] = source[at + k];
  }
}

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
      xorMasks(values, masks, valueWords, { from, to: Math.min(rowCount, from + ROWS_PER_STEP) });
      yield;
    }
    return yield* bitSlicesKernel().toSlices(asBytes(values), {
      rowBytes: 4 * valueWords,
      rowCount,
      firstBit: 0,
      bits: input.bits,
      strideWords: input.laneWords,
    });
  },
);

/** values[row][k] ^= masks[row][k] for rows [from, to); a mask has words to spare. */
function xorMasks(
  values: Uint32Array,
  masks: Uint32Array,
  valueWords: number,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let row = from; row < to; row++) {
    for (let k = 0; k < valueWords; k++) values[row * valueWords + k] ^= masks[row * MASK_WORDS + k];
  }
}
