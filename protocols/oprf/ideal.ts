/**
 * The ideal functionality as an engine: a trusted third party that all parties of one process share. For tests, where
 * it makes everything after the OPRF quick and real. NOT SECURE: whoever holds the object can evaluate everything.
 */
import { utf8, writeU32le } from '../../src/crypto/bytes.ts';
import { RecordHash } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { type OprfEngine, RECORD_BYTES } from './engine.ts';

/** 128 bits: what the VOLE engine's values will have. */
const VALUE_BYTES = 16;
const ROWS_PER_STEP = 1024;

interface EvaluateInput {
  readonly secret: Uint8Array;
  readonly context: readonly Uint8Array[];
  readonly bins: Uint32Array | undefined;
  readonly records: Uint8Array;
}

const idealJob: Job<EvaluateInput, Uint8Array> = defineJob('oprf/ideal', function* (input): Steps<Uint8Array> {
  const count = input.records.length / RECORD_BYTES;
  const hash = new RecordHash('ideal-oprf', 4 + RECORD_BYTES, input.secret, ...input.context);
  const out = new Uint8Array(count * VALUE_BYTES);
  const record = new Uint8Array(4 + RECORD_BYTES);
  const digest = new Uint8Array(32);
  for (let i = 0; i < count; i++) {
    writeU32le(record, 0, input.bins?.[i] ?? i);
    record.set(input.records.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES), 4);
    hash.digestInto(record, digest, 0);
    out.set(digest.subarray(0, VALUE_BYTES), i * VALUE_BYTES);
    if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
  return out;
});

/** One trusted party for all institutions of one process; `secret` is its key. */
export function insecureIdealOprf(secret: Uint8Array): OprfEngine {
  return {
    id: 'ideal',
    valueBytes: VALUE_BYTES,
    securityModel: 'none: a trusted party in the same process, for tests',
    rounds: 0,
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
