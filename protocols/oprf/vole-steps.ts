/**
 * The mathematics of the VOLE engine (Raghuraman, Rindal, CCS 2022, eprint 2022/320, without an OKVS on the receiver's
 * side, since every bin has one record), as jobs over packed rows of 16 bytes in 𝔹 = 𝔽 = GF(2^128):
 *
 *   VOLE         C_j = A_j Δ + K_j          receiver A, C      holder Δ, K
 *   difference   D_j = A_j + H(x_j)         receiver to holder
 *   holder       K'_j = K_j + D_j Δ = C_j + H(x_j) Δ
 *   value        z_j(y) = K'_j + H(y) Δ     which is C_j for y = x_j
 *
 * H(x) is the first half of the record, which is a hash of the item under the run id already. Sums are XORs. Products
 * with Δ are look-ups in tables of its multiples, addressed by what the holder received or by its own records (a local
 * attacker's view), never by Δ.
 */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { GF128_BYTES, scaleRows } from '../../src/crypto/gf2.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { gf2Kernel } from '../../src/kernels/gf2.ts';
import { rowsKernel } from '../../src/kernels/rows.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { RECORD_BYTES } from './engine.ts';

const ROW_WORDS: number = GF128_BYTES / 4;
const ROWS_PER_STEP = 65_536;

/** D_j, n x 16 bytes, from A and the records x_j. */
export const differencesJob: Job<{ readonly a: Uint8Array; readonly records: Uint8Array }, Uint8Array> = defineJob(
  'oprf/vole-differences',
  function* ({ a, records }): Steps<Uint8Array> {
    const sum = asWords(a.slice());
    const added = asWords(records);
    for (const [from, to] of ranges(sum.length / ROW_WORDS, ROWS_PER_STEP)) {
      addHashes(sum, added, from, to);
      yield;
    }
    return asBytes(sum);
  },
);

/** Adds H of records [from, to) to their rows. */
function addHashes(sum: Uint32Array, records: Uint32Array, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    for (let k = 0; k < ROW_WORDS; k++) sum[row * ROW_WORDS + k] ^= records[(row * RECORD_BYTES) / 4 + k];
  }
}

export interface VoleEvaluation {
  /** n x 32. */
  readonly records: Uint8Array;
  /** The bins of each record, n x k. */
  readonly bins: Uint32Array;
  /** K'. */
  readonly keys: Uint8Array;
  readonly delta: Uint8Array;
}

/** z of own records: n x k x 16 bytes. */
export const voleEvaluateJob: Job<VoleEvaluation, Uint8Array> = defineJob(
  'oprf/vole-evaluate',
  function* ({ records, bins, keys, delta }): Steps<Uint8Array> {
    const rows = rowsKernel();
    const hashes = yield* rows.resize(records, { from: RECORD_BYTES, to: GF128_BYTES });
    const added = asWords(yield* scaleRows(gf2Kernel(), { field: 'gf128', rows: hashes, delta }));
    return asBytes(yield* rows.gather({ words: ROW_WORDS, rows: asWords(keys), numbers: bins, added }));
  },
);
