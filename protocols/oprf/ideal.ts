/**
 * The ideal functionality as an engine: a trusted third party that all parties of one process share. For tests, where
 * it makes everything after the OPRF quick and real. NOT SECURE: whoever holds the object can evaluate everything.
 */
import { firstIntegers, utf8 } from '../../src/crypto/bytes.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { type OprfEngine, VALUE_BYTES } from './engine.ts';
import { hashValues } from './values.ts';

interface EvaluateInput {
  readonly secret: Uint8Array;
  readonly context: readonly Uint8Array[];
  readonly bins: Uint32Array | undefined;
  readonly records: Uint8Array;
}

const idealJob: Job<EvaluateInput, Uint8Array> = defineJob('oprf/ideal', function* (input): Steps<Uint8Array> {
  const { records, secret, context } = input;
  const bins = input.bins ?? firstIntegers(records.length / RECORD_BYTES);
  return yield* hashValues('ideal-oprf', { bins, records, context: [secret, ...context] });
});

/** One trusted party for all institutions of one process; `secret` is its key. */
export function insecureIdealOprf(secret: Uint8Array): OprfEngine {
  return {
    id: 'ideal',
    securityModel: 'none: a trusted party in the same process, for tests',
    rounds: () => 0,
    collisionLog2: () => -8 * VALUE_BYTES,
    receive: (io, holders, { records }) =>
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
      end: () => undefined,
    }),
    flow: () => [],
  };
}
