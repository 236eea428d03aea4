/**
 * The ideal functionality as an engine: a trusted third party that all parties of one process share. For tests, where
 * it makes everything after the OPRF quick and real. NOT SECURE: whoever holds the object can evaluate everything.
 */
import { asBytes, asWords, firstIntegers, utf8 } from '../../src/crypto/bytes.ts';
import { RecordHash } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { type OprfEngine, RECORD_BYTES } from './engine.ts';

/** 128 bits: what the VOLE engine's values will have. */
const VALUE_BYTES = 16;

interface EvaluateInput {
  readonly secret: Uint8Array;
  readonly context: readonly Uint8Array[];
  readonly bins: Uint32Array | undefined;
  readonly records: Uint8Array;
}

const idealJob: Job<EvaluateInput, Uint8Array> = defineJob('oprf/ideal', function* (input): Steps<Uint8Array> {
  const hash = new RecordHash('ideal-oprf', {
    widths: [4, RECORD_BYTES],
    context: [input.secret, ...input.context],
    blake2s: blake2sKernel(),
  });
  const bins = input.bins ?? firstIntegers(input.records.length / RECORD_BYTES);
  const out = new Uint32Array((bins.length * VALUE_BYTES) / 4);
  yield* hash.batches([asBytes(bins), input.records], (digests, from) => {
    const words = asWords(digests);
    for (let at = 0, to = from * 4; at < words.length; at += 8, to += 4) {
      for (let k = 0; k < 4; k++) out[to + k] = words[at + k];
    }
  });
  return asBytes(out);
});

/** One trusted party for all institutions of one process; `secret` is its key. */
export function insecureIdealOprf(secret: Uint8Array): OprfEngine {
  return {
    id: 'ideal',
    valueBytes: VALUE_BYTES,
    securityModel: 'none: a trusted party in the same process, for tests',
    rounds: () => 0,
    collisionLog2: -8 * VALUE_BYTES,
    receive: (io, holders, records) =>
      io.all(
        holders.map((holder) => () => {
          const context = [io.sid, utf8(io.phase), utf8(holder)];
          return io.compute(idealJob, { secret, context, bins: undefined, records });
        }),
      ),
    hold: (io) => ({
      answer: () => Promise.resolve(),
      evaluate: (bins, records) => {
        const context = [io.sid, utf8(io.phase), utf8(io.self)];
        return io.compute(idealJob, { secret, context, bins, records });
      },
    }),
    flow: () => [],
  };
}
