/** The asker's part of a match. */
import { asBytes, asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { CUCKOO_DIGEST_BYTES } from '../../src/crypto/cuckoo.ts';
import { OKVS_KEY_BYTES, type OkvsShape } from '../../src/crypto/okvs.ts';
import { fillInSteps, Prg, type PrgDraw, SEED_BYTES } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { bitSlicesKernel } from '../../src/kernels/bit-slices.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { cuckooKernel } from '../../src/kernels/cuckoo.ts';
import { okvsKernel } from '../../src/kernels/okvs.ts';
import { rowsKernel } from '../../src/kernels/rows.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput, isSmallOutput } from '../../src/kit/small-input.ts';
import type { Io } from '../../src/kit/io.ts';
import { deal, roomForWords, shareWords } from '../committee/index.ts';
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

  const oprfValues = await engine.receive(io.sub('oprf'), contributors, { records, size: plan.oprfSize });
  io.progress(2, 4);

  const slices = roomForWords(sliceCount(plan) * contributors.length * plan.laneWords);
  await io.all(
    contributors.map((contributor, index) => async () => {
      const body = await io.sub('targets').from(contributor).recv(TargetTable, tableBytes(plan, index));
      const own = await io.compute(decodeJob, {
        shape: plan.okvsShapes[index],
        seed: tableSeed(io, contributor),
        keys: oprfValues[index],
        body,
        valueBytes: plan.valueBytes,
        bits: sliceCount(plan),
        laneWords: plan.laneWords,
      });
      interleave(slices.words, own, { index, of: contributors.length, laneWords: plan.laneWords });
    }),
  );
  io.progress(3, 4);

  const input = io.sub(`input:${io.self}`);
  await deal(input, committee, await shareWords(input, slices));
  io.progress(4, 4);
  return itemOfBin;
}

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
  /** bins x 32: an item's digest, or random bytes, which are no item's. */
  readonly records: Uint8Array;
}

export const placeJob: Job<{ readonly digests: Uint8Array; readonly bins: number; readonly fillers: PrgDraw }, Placed> =
  defineJob(
    'match/place',
    function* ({ digests, bins, fillers }): Steps<Placed> {
      const cuckoo = cuckooKernel();
      const itemOfBin = yield* cuckoo.insert(yield* cuckoo.positions(digests, bins), bins);
      const records = new Uint8Array(bins * CUCKOO_DIGEST_BYTES);
      yield* fillInSteps(fillers, records, chacha20Kernel());
      yield* cuckoo.writeDigests(records, { digests, itemOfBin });
      return { itemOfBin, records };
    },
    { inPlace: ({ bins }) => isSmallOutput(bins, CUCKOO_DIGEST_BYTES) },
  );

interface DecodeInput {
  readonly shape: OkvsShape;
  readonly seed: Uint8Array;
  /** bins x 16: the OPRF's values, the keys of the table. */
  readonly keys: Uint8Array;
  /** columns x valueBytes, as received. */
  readonly body: Uint8Array;
  readonly valueBytes: number;
  readonly bits: number;
  readonly laneWords: number;
}

/** Decodes each bin's key in one contributor's table and turns the values into bit slices. */
export const decodeJob: Job<DecodeInput, Uint32Array> = defineJob(
  'match/decode',
  function* (input): Steps<Uint32Array> {
    const { shape, seed, keys, body, valueBytes } = input;
    const { valueWords } = shape;
    const table = asWords(yield* rowsKernel().resize(body, { from: valueBytes, to: 4 * valueWords }));
    const rowCount = keys.length / OKVS_KEY_BYTES;
    const values = yield* okvsKernel().decode(shape, {
      seed,
      table,
      keys,
      labels: firstIntegers(rowCount),
      masked: true,
    });
    return yield* bitSlicesKernel().toSlices(asBytes(values), {
      rowBytes: 4 * valueWords,
      rowCount,
      firstBit: 0,
      bits: input.bits,
      strideWords: input.laneWords,
    });
  },
  { consumes: ['keys', 'body'], inPlace: isSmallInput },
);
