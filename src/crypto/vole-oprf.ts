/**
 * An oblivious PRF of many records out of one VOLE (Raghuraman, Rindal, CCS 2022, eprint 2022/320). Sums are XORs:
 *
 *   VOLE         C = A Δ + K, one row per column of a table        receiver A, C      holder Δ, K
 *   table        P with Decode(P, x) = h(x) for every record x of the receiver: 𝔹, m columns
 *   difference   D = A + P                                         receiver to holder
 *   holder       K' = K + D Δ = C + P Δ
 *   value        z(y) = Decode(K', y) + h(y) Δ = Decode(C, y) + (Decode(P, y) + h(y)) Δ
 *
 * which is Decode(C, x) for y = x, since Decode of okvs.ts is linear over GF(2). A, P, D, h are over 𝔹, the rest over
 * GF(2^128). Under z there must be a hash that takes the record too: z alone is linear in what the receiver sends.
 *
 * A record is a digest of 32 bytes; its first 16 are the key of its row, and the block that gives the row under the salt
 * also gives h: a ChaCha block of 8 rounds, as both hide nothing, and whoever guesses an account may know them. With a salt that
 * is random when the records are fixed they are those of a PRF; published attacks on it reach 7.25 rounds in 2^224 steps, and part
 * of one more, with inputs of their choice (Xu, Xu, Tan, Qi, ToSC 2024(2)). Of whoever knows the salt and departs from the protocol the assumption is that it finds digests
 * with dependent rows and hashes by no better way than to try accounts: the 16 bytes that go in are a hash's. Free columns of P
 * are zero: A hides all of P.
 *
 * Products with Δ are look-ups in tables of its multiples, addressed by what the holder received or by its own records,
 * never by Δ. Encoding branches on the receiver's own records (local attacker only); see okvs.ts.
 */
import { asBytes, asWords } from './bytes.ts';
import { fieldBytes, GF128_BYTES, referenceGf2, type VoleField } from './gf2.ts';
import { hashKeys } from './okvs-band.ts';
import { decodeOkvs, encodeOkvs, keysOfRecords, okvsColumns, okvsShape } from './okvs.ts';
import { RECORD_BYTES } from './record.ts';
import type { Steps } from './steps.ts';

/** Hashes h that whoever makes a table is taken to try at most, and how rarely it then gets more answers, both as log2. */
const TRIED_LOG2 = 64;
const MORE_ANSWERED_LOG2 = -40;
const WIDE_WORDS: number = GF128_BYTES / 4;

/** The public measures. */
export interface VoleOprfShape {
  /** Records that the receiver's table has room for. */
  readonly rowCount: number;
  readonly field: VoleField;
}

/** Records under a salt. */
export interface Records {
  /** 32-byte public salt. */
  readonly salt: Uint8Array;
  /** n x 32. */
  readonly records: Uint8Array;
}

/** Records with their rows, where those were made before. */
export interface ExpandedRecords extends Records {
  /** What `expandRows` of the same implementation gave for them; absent: nothing. */
  readonly expandedRows?: Uint8Array | undefined;
}

/** The receiver's records: all different in their first 16 bytes, n <= rowCount. */
export type EncodeInput = ExpandedRecords;

export interface DecodeInput extends EncodeInput {
  /** C: columns x 16. */
  readonly c: Uint8Array;
}

/** The holder's part: any number of records. */
export interface EvaluateInput extends ExpandedRecords {
  /** columns x 16. */
  readonly k: Uint8Array;
  /** D. */
  readonly differences: Uint8Array;
  /** Δ, 16 bytes. */
  readonly delta: Uint8Array;
}

/**
 * Both parts: here by the reference, in src/kernels by a twin that gives the same bytes. The receiver's has two halves, of
 * which the first needs no VOLE and the second is not needed for D: so it can work while the holder does.
 */
export interface VoleOprf {
  /**
   * What all that is done with these records begins with, for who does more than one thing with them, or has time before it
   * can: their rows in order, or nothing. Only the implementation that made it reads it. As secret as the records.
   */
  expandRows(shape: VoleOprfShape, input: Records): Steps<Uint8Array | undefined>;
  /**
   * P: columns x 8 or 16. The receiver's own: D = A + P hides it.
   * @throws UsageError `duplicate-item`; InternalError `encoding-failed` with the probability of okvsFailureLog2
   */
  encode(shape: VoleOprfShape, input: EncodeInput): Steps<Uint8Array>;
  /** z of the receiver's records: n x 16. */
  decode(shape: VoleOprfShape, input: DecodeInput): Steps<Uint8Array>;
  /** z of the records: m x 16. */
  evaluate(shape: VoleOprfShape, input: EvaluateInput): Steps<Uint8Array>;
}

/**
 * The most records x with Decode(P, x) = h(x) that each of `tables` of m `columns` over GF(2^128) has, however they were made,
 * after 2^64 hashes, and except with 2^-40 for all of them together. A given P has n of q records with probability C(q, n) 2^-128n at most, and there are 2^128m
 * of them: C(q, n) 2^(-128 (n - m)), with C(q, n) < (e q / n)^n (Pinkas, Rosulek, Trieu, Yanai, EUROCRYPT 2020, eprint 2020/193,
 * on overfitting). That is 1.79 m at 256 columns and 1.54 m at 2^20; it is no attack. Known is a 191st more than m, by linear
 * algebra over some 385 m hashes, and more for a longer search: see protocols/overlap/README.md.
 */
export function mostAnswered(columns: number, tables: number): number {
  const bits = 8 * GF128_BYTES;
  const rarely = MORE_ANSWERED_LOG2 - Math.log2(tables);
  const isExcluded = (records: number): boolean =>
    records * (TRIED_LOG2 + Math.LOG2E - Math.log2(records)) - bits * (records - columns) <= rarely;
  let [most, excluded] = [columns, 2 * columns];
  while (excluded - most > 1) {
    const middle = Math.floor((most + excluded) / 2);
    if (isExcluded(middle)) excluded = middle;
    else most = middle;
  }
  return most;
}

/** The plain implementation. */
export const referenceVoleOprf: VoleOprf = {
  // oxlint-disable-next-line require-yield -- it has nothing to do
  *expandRows() {
    return undefined;
  },
  *encode({ rowCount, field }, input): Steps<Uint8Array> {
    checkEncoding({ rowCount, field }, input);
    const keys = keysOfRecords(input.records);
    const shape = okvsShape(rowCount, fieldBytes(field) / 4);
    const { columns, valueWords } = shape;
    const values = yield* hashKeys({ salt: asWords(input.salt), columns }, asWords(keys), valueWords);
    const rng = (length: number): Uint8Array => new Uint8Array(length);
    return asBytes(yield* encodeOkvs(shape, { salt: input.salt, keys, values, rng }));
  },
  *decode({ rowCount, field }, input): Steps<Uint8Array> {
    checkDecoding({ rowCount, field }, input);
    const { salt, c } = input;
    const keys = keysOfRecords(input.records);
    const wide = okvsShape(rowCount, WIDE_WORDS);
    return asBytes(yield* decodeOkvs(wide, { salt, keys, table: asWords(c) }));
  },
  *evaluate({ rowCount, field }, input): Steps<Uint8Array> {
    checkEvaluation({ rowCount, field }, input);
    const { salt, delta } = input;
    const keys = keysOfRecords(input.records);
    const table = new Uint8Array(input.k);
    yield* referenceGf2.addScaledRows(table, { field, rows: input.differences, delta });
    const wide = okvsShape(rowCount, WIDE_WORDS);
    const values = asBytes(yield* decodeOkvs(wide, { salt, keys, table: asWords(table) }));
    const source = { salt: asWords(salt), columns: wide.columns };
    const hashes = yield* hashKeys(source, asWords(keys), fieldBytes(field) / 4);
    yield* referenceGf2.addScaledRows(values, { field, rows: asBytes(hashes), delta });
    return values;
  },
};

/** The number of records. @throws RangeError */
export function checkRecords({ salt, records }: Records): number {
  if (salt.length !== 32) throw new RangeError('Cannot use salt: not 32 bytes');
  const count = records.length / RECORD_BYTES;
  if (!Number.isInteger(count)) throw new RangeError('Cannot use records: half a one');
  return count;
}

/** The number of records, checked against the shape. @throws RangeError */
export function checkEncoding({ rowCount }: VoleOprfShape, input: EncodeInput): number {
  const count = checkRecords(input);
  if (count > rowCount) throw new RangeError('Cannot ask: too many records');
  return count;
}

/** The number of records, checked against the shape. @throws RangeError */
export function checkDecoding(shape: VoleOprfShape, input: DecodeInput): number {
  if (input.c.length !== okvsColumns(shape.rowCount) * GF128_BYTES) {
    throw new RangeError('Cannot ask: VOLE has another length');
  }
  return checkEncoding(shape, input);
}

/** The number of records, checked against the shape. @throws RangeError */
export function checkEvaluation({ rowCount, field }: VoleOprfShape, input: EvaluateInput): number {
  const columns = okvsColumns(rowCount);
  const count = checkRecords(input);
  if (input.k.length !== columns * GF128_BYTES || input.differences.length !== columns * fieldBytes(field)) {
    throw new RangeError('Cannot evaluate: VOLE has another length');
  }
  if (input.delta.length !== GF128_BYTES) throw new RangeError('Cannot evaluate: factor is not 16 bytes');
  return count;
}
