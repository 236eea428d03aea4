/** The asker's part of a match. */
import { asBytes, asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { CUCKOO_DIGEST_BYTES } from '../../src/crypto/cuckoo.ts';
import { OKVS_KEY_BYTES, type OkvsShape } from '../../src/crypto/okvs.ts';
import { fillInSteps, type PrgDraw } from '../../src/crypto/prg.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { bitSlicesKernel } from '../../src/kernels/bit-slices.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { cuckooKernel } from '../../src/kernels/cuckoo.ts';
import { okvsKernel } from '../../src/kernels/okvs.ts';
import { rowsKernel } from '../../src/kernels/rows.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput, isSmallOutput } from '../../src/kit/small-input.ts';
import { heldDraw } from '../../src/kit/held-draw.ts';
import type { Io } from '../../src/kit/io.ts';
import { deal, roomForWords, shareWords, type WordsToShare } from '../committee/index.ts';
import { TargetTable, tableBytes, tableSeed } from './messages.ts';
import type { MatchPlan } from './plan.ts';

/**
 * Places `digests` (n x 32, distinct) in bins, obtains one value per bin and contributor and deals all of them to the
 * committee. Returns the item in each bin, -1 where there is none. The asker learns nothing else.
 */
export async function matchAsker(io: Io, plan: MatchPlan, digests: Uint8Array): Promise<Int32Array> {
  const { engine, contributors, committee, bins } = plan;
  const secrets = new Secrets();
  try {
    const fillers = heldDraw(io, 'fillers', { bytes: bins * CUCKOO_DIGEST_BYTES, secrets });
    const { itemOfBin, records } = await io.compute(placeJob, { digests, bins, fillers });
    secrets.hold(records);
    io.progress(1, 4);

    const values = await engine.receive(io.sub('oprf'), contributors, { records, size: plan.oprfSize });
    for (const ofContributor of values) secrets.hold(ofContributor);
    secrets.wipe(records);
    io.progress(2, 4);

    const slices = await decodeTables(io, plan, { values, secrets });
    io.progress(3, 4);

    const input = io.sub(`input:${io.self}`);
    await deal(input, committee, await shareWords(input, slices));
    io.progress(4, 4);
    return itemOfBin;
  } finally {
    secrets.end();
  }
}

interface ReceivedValues {
  /** By contributor: bins x 16. */
  readonly values: readonly Uint8Array[];
  readonly secrets: Secrets;
}

/** What the values give in the contributors' tables: [bit][contributor][lane]. */
async function decodeTables(io: Io, plan: MatchPlan, { values, secrets }: ReceivedValues): Promise<WordsToShare> {
  const { contributors, laneWords } = plan;
  const bits = sliceCount(plan);
  const slices = roomForWords(bits * contributors.length * laneWords);
  secrets.hold(slices.component);
  await io.all(
    contributors.map((contributor, index) => async () => {
      const body = await io.sub('targets').from(contributor).recv(TargetTable, tableBytes(plan, index));
      const input = {
        shape: plan.okvsShapes[index],
        seed: tableSeed(io, contributor),
        keys: values[index],
        body,
        valueBytes: plan.valueBytes,
        bits,
        laneWords,
      };
      const own = secrets.hold(await io.compute(decodeJob, input));
      interleave(slices.words, own, { index, of: contributors.length, laneWords });
      secrets.wipe(own);
    }),
  );
  return slices;
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
