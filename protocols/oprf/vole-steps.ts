/**
 * The mathematics of the VOLE engine (Raghuraman, Rindal, CCS 2022, eprint 2022/320, without an OKVS on the receiver's
 * side, since every bin has one record), as jobs over packed rows of 16 bytes in 𝔹 = 𝔽 = GF(2^128):
 *
 *   VOLE         C_j = A_j Δ + K_j          receiver A, C      holder Δ, K
 *   difference   D_j = A_j + H(x_j)         receiver to holder
 *   holder       K'_j = K_j + D_j Δ = C_j + H(x_j) Δ
 *   value        z_j(y) = K'_j + H(y) Δ     which is C_j for y = x_j
 *
 * Sums are XORs. Products with Δ are look-ups in tables of its multiples, addressed by what the holder received or by its
 * own records (a local attacker's view), never by Δ.
 */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { RecordHash, HASH_BYTES } from '../../src/crypto/hash.ts';
import { GF128_BYTES } from '../../src/crypto/gf2.ts';
import { resizeRows } from '../../src/crypto/rows.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { gf2Kernel } from '../../src/kernels/gf2.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { RECORD_BYTES } from './engine.ts';

const ROW_WORDS: number = GF128_BYTES / 4;
const ROWS_PER_STEP = 65_536;

/** H: records of one run and channel to 𝔹. */
function hashRecords(records: Uint8Array, context: readonly Uint8Array[]): Steps<Uint8Array> {
  const hash = new RecordHash('oprf-vole', { widths: [RECORD_BYTES], context, blake2s: blake2sKernel() });
  return hashedTo(hash.digests(records));
}

function* hashedTo(digests: Steps<Uint8Array>): Steps<Uint8Array> {
  return yield* resizeRows(yield* digests, { from: HASH_BYTES, to: GF128_BYTES });
}

/** H(x_j), once for all holders: n x 33 to n x 16 bytes. */
export const hashRecordsJob: Job<
  { readonly records: Uint8Array; readonly context: readonly Uint8Array[] },
  Uint8Array
> = defineJob('oprf/vole-hash', ({ records, context }) => hashRecords(records, context));

/** D_j: n x 16 bytes. */
export const differencesJob: Job<{ readonly a: Uint8Array; readonly hashes: Uint8Array }, Uint8Array> = defineJob(
  'oprf/vole-differences',
  function* ({ a, hashes }): Steps<Uint8Array> {
    const sum = asWords(a.slice());
    const added = asWords(hashes);
    for (let from = 0; from < sum.length; from += ROWS_PER_STEP) {
      for (let k = from; k < Math.min(sum.length, from + ROWS_PER_STEP); k++) sum[k] ^= added[k];
      yield;
    }
    return asBytes(sum);
  },
);

export interface VoleEvaluation {
  readonly records: Uint8Array;
  /** Bin of each record. */
  readonly bins: Uint32Array;
  readonly context: readonly Uint8Array[];
  /** K'. */
  readonly keys: Uint8Array;
  readonly delta: Uint8Array;
}

/** z of own records: n x 16 bytes. */
export const voleEvaluateJob: Job<VoleEvaluation, Uint8Array> = defineJob(
  'oprf/vole-evaluate',
  function* ({ records, bins, context, keys, delta }): Steps<Uint8Array> {
    const rows = yield* hashRecords(records, context);
    const values = new Uint32Array(bins.length * ROW_WORDS);
    const source = asWords(keys);
    for (let from = 0; from < bins.length; from += ROWS_PER_STEP) {
      for (let i = from; i < Math.min(bins.length, from + ROWS_PER_STEP); i++) {
        for (let k = 0; k < ROW_WORDS; k++) values[ROW_WORDS * i + k] = source[ROW_WORDS * bins[i] + k];
      }
      yield;
    }
    yield* gf2Kernel().addScaledRows(asBytes(values), { field: 'gf128', rows, delta });
    return asBytes(values);
  },
);
