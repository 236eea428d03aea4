/**
 * Values of records in bins under the keys that a VOLE's holder has (protocols/oprf says what they are for):
 *
 *   z_j(y) = K_j + H(y) Δ + G(y)     H(y): the last 8 or 16 bytes of the record, G(y): its first 16; sums are XORs
 *
 * Products with Δ are look-ups in tables of its multiples, addressed by own records (a local attacker's view), never by Δ.
 */
import { asBytes, asWords, firstIntegers } from './bytes.ts';
import { fieldBytes, GF128_BYTES, referenceGf2, scaleRows, type VoleField } from './gf2.ts';
import { RECORD_BYTES } from './record.ts';
import { pickRows } from './rows.ts';
import { ranges, type Steps } from './steps.ts';

/** Of a value, and of a bin's key. */
export const BIN_VALUE_BYTES: number = GF128_BYTES;

const VALUE_WORDS: number = BIN_VALUE_BYTES / 4;
const SLICE = 16_384;

export interface BinRecords {
  readonly field: VoleField;
  /** n x 32. */
  readonly records: Uint8Array;
  /** The bins of each record, n x k. */
  readonly bins: Uint32Array;
  /** One for each bin that there is, 16 bytes each. */
  readonly keys: Uint8Array;
  /** Δ, 16 bytes. */
  readonly delta: Uint8Array;
}

/** The reference, or its twin in src/kernels that gives the same bytes. */
export interface BinValues {
  /** n x k x 16, the caller's. */
  evaluate(input: BinRecords): Steps<Uint8Array>;
}

/** How many records there are, and bins of each. @throws RangeError */
export function checkBinRecords({ records, bins, keys, delta }: BinRecords): {
  readonly count: number;
  readonly share: number;
} {
  const count = records.length / RECORD_BYTES;
  const share = count === 0 ? 0 : bins.length / count;
  if (!Number.isInteger(count) || !Number.isInteger(share) || (count === 0 && bins.length > 0)) {
    throw new RangeError('Cannot evaluate: bins are not as many for each record');
  }
  if (delta.length !== GF128_BYTES) throw new RangeError('Cannot evaluate: factor is not 16 bytes');
  let largest = -1;
  for (let i = 0; i < bins.length; i++) largest = Math.max(largest, bins[i]);
  if ((largest + 1) * BIN_VALUE_BYTES > keys.length) throw new RangeError('Cannot evaluate: a bin has no key');
  return { count, share };
}

/** The plain implementation. */
export const referenceBinValues: BinValues = {
  *evaluate(input) {
    const { count, share } = checkBinRecords(input);
    const { field, records, bins, delta } = input;
    const width = fieldBytes(field);
    const ends = { stride: RECORD_BYTES, from: RECORD_BYTES - width, width };
    const products = asWords(
      yield* scaleRows(referenceGf2, { field, rows: pickRows(records, firstIntegers(count), ends), delta }),
    );
    const [own, keys] = [asWords(records), asWords(input.keys)];
    const out = new Uint32Array(bins.length * VALUE_WORDS);
    for (const [from, to] of ranges(bins.length, SLICE)) {
      for (let i = from; i < to; i++) {
        const record = Math.floor(i / share);
        for (let v = 0; v < VALUE_WORDS; v++) {
          const added = products[record * VALUE_WORDS + v] ^ own[(record * RECORD_BYTES) / 4 + v];
          out[i * VALUE_WORDS + v] = keys[bins[i] * VALUE_WORDS + v] ^ added;
        }
      }
      yield;
    }
    products.fill(0);
    return asBytes(out);
  },
};
