/**
 * The mathematics of the VOLE engine (Raghuraman, Rindal, CCS 2022, eprint 2022/320, without an OKVS on the receiver's
 * side, since every bin has one record), as jobs over packed rows: of 16 bytes in 𝔽 = GF(2^128), and of 8 or 16 in 𝔹,
 * which is GF(2^64) or 𝔽 itself:
 *
 *   VOLE         C_j = A_j Δ + K_j          receiver A, C      holder Δ, K
 *   difference   D_j = A_j + H(x_j)         receiver to holder
 *   holder       K'_j = K_j + D_j Δ = C_j + H(x_j) Δ
 *   value        z_j(y) = K'_j + H(y) Δ + G(y)     which is C_j + G(x_j) for y = x_j
 *
 * A, D and H are in 𝔹, the rest in 𝔽. H(x) is the end of the record, which is a hash of the item under the run id already,
 * and G(x) its first 16 bytes: with a Δ of zero, which a holder may choose, values are of the record all the same. Sums are
 * XORs. Products with Δ are look-ups in tables of its multiples, addressed by what the holder received or by its own records
 * (a local attacker's view), never by Δ.
 */
import type { BinRecords } from '../../src/crypto/bin-values.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, type VoleField } from '../../src/crypto/gf2.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { binValuesKernel } from '../../src/kernels/bin-values.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';

const ROW_WORDS: number = GF128_BYTES / 4;
const RECORD_WORDS: number = RECORD_BYTES / 4;
/** Where G of a record is. */
const BEGINNING = { from: 0, width: ROW_WORDS } as const;
const ROWS_PER_STEP = 65_536;

export interface DifferencesInput {
  readonly field: VoleField;
  /** A, n x 8 or 16 bytes: where D goes. */
  readonly into: Uint8Array;
  /** x_j: n x 32. */
  readonly records: Uint8Array;
}

/** D_j. Overwrites `into` and gives it: the job always runs in its caller's thread. */
export const differencesJob: Job<DifferencesInput, Uint8Array> = defineJob(
  'oprf/vole-differences',
  function* ({ field, into, records }): Steps<Uint8Array> {
    const width = fieldBytes(field) / 4;
    yield* addParts(asWords(into), asWords(records), { from: RECORD_WORDS - width, width });
    return into;
  },
  { inPlace: () => true },
);

export interface ValuesInput {
  /** C, n x 16 bytes: where the values go. */
  readonly into: Uint8Array;
  /** x_j: n x 32. */
  readonly records: Uint8Array;
}

/** The receiver's z_j(x_j). Overwrites `into` and gives it: the job always runs in its caller's thread. */
export const valuesJob: Job<ValuesInput, Uint8Array> = defineJob(
  'oprf/vole-values',
  function* ({ into, records }): Steps<Uint8Array> {
    yield* addParts(asWords(into), asWords(records), BEGINNING);
    return into;
  },
  { inPlace: () => true },
);

/** Adds `width` words of each record, two or four, from its word `from` on, to its row of as many. */
function* addParts(
  sum: Uint32Array,
  records: Uint32Array,
  { from, width }: { readonly from: number; readonly width: number },
): Steps<void> {
  for (const [first, end] of ranges(sum.length / width, ROWS_PER_STEP)) {
    for (let row = first, at = from + first * RECORD_WORDS; row < end; row++, at += RECORD_WORDS) {
      const to = row * width;
      sum[to] ^= records[at];
      sum[to + 1] ^= records[at + 1];
      if (width === 2) continue;
      sum[to + 2] ^= records[at + 2];
      sum[to + 3] ^= records[at + 3];
    }
    yield;
  }
}

/** z of own records: n x k x 16 bytes. */
export const voleEvaluateJob: Job<BinRecords, Uint8Array> = defineJob(
  'oprf/vole-evaluate',
  function* (input): Steps<Uint8Array> {
    const values = binValuesKernel();
    // The first use of a kernel compiles and self-tests it: a turn of its own.
    yield;
    return yield* values.evaluate(input);
  },
  { inPlace: isSmallInput },
);
