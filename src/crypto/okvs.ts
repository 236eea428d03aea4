/**
 * Random band oblivious key-value store: a table from which every key decodes to a value, the programmed value for a
 * programmed key and a pseudorandom one for any other.
 *
 * Source: Bienstock, Patel, Seo, Yeo, "Near-Optimal Oblivious Key-Value Stores for Efficient PSI, PSU and
 * Volume-Hiding Multi-Maps" (USENIX Security 2023, eprint 2023/903), with band width 256 and epsilon 0.1. A key's row
 * is one ChaCha block of (salt, key), so keys have to be fixed before the salt is known or be hash outputs
 * themselves: whoever could choose keys for a known salt could make them dependent.
 *
 * Free columns are filled from the CSPRNG while the system is solved, so the table is a uniform one of all tables
 * that decode the programmed keys to their values; with uniform values it is uniform, and shows neither the keys nor
 * how many there are. It does not hide a key whose value the reader already knows.
 *
 * Encoding branches on the encoder's own keys (local attacker only). Decoding does the same work for every key: a
 * masked XOR over the whole band; only the place it reads from depends on the decoder's own key.
 */
import { InternalError, UsageError } from '../errors.ts';
import { asWords, equalBytes } from './bytes.ts';
import { CHACHA_BLOCK_WORDS, type ChaChaRounds } from './chacha-block.ts';
import {
  addMasks,
  BAND_BITS,
  BAND_WORDS,
  backSubstitute,
  eliminate,
  expandRow,
  expandRows,
  KEY_WORDS,
  MAX_MASK_WORDS,
  type BandRows,
  type BandSystem,
} from './okvs-band.ts';
import type { Rng } from './rng.ts';
import { wiping } from './secrets.ts';
import type { Steps } from './steps.ts';

export const OKVS_KEY_BYTES: number = 4 * KEY_WORDS;
export const OKVS_SEED_BYTES = 32;

/** Columns beyond one per key where a tenth of the keys is fewer: fully random rows are then dependent with 2^-64. */
const MIN_SPARE_COLUMNS = 64;
/** Keys between two pauses: 1 to 2 ms of work. */
const DECODE_SLICE = 1024;
const FILL_SLICE = 65_536;

/** The public measures of a table. */
export interface OkvsShape {
  readonly keyCapacity: number;
  readonly columns: number;
  /** 32-bit words of one value. */
  readonly valueWords: number;
}

/** How keys are used; the same in encoding and decoding. */
export interface OkvsKeying {
  /** 32-byte public salt. */
  readonly seed: Uint8Array;
  /** One word for each key, hashed with it: equal keys with different labels have nothing in common. Default: none. */
  readonly labels?: Uint32Array | undefined;
  /**
   * Has each key mask its value too, so that a secret key hides what is programmed under it: the table then is one of
   * values ^ masks, with masks of the same hash as the rows. Up to six words. Default: false.
   */
  readonly masked?: boolean;
}

/** What encodeOkvs programmes. */
export interface OkvsEntries extends OkvsKeying {
  /** n x 16 bytes, row-major, all different, n <= keyCapacity. */
  readonly keys: Uint8Array;
  /** n x valueWords. */
  readonly values: Uint32Array;
  readonly rng: Rng;
}

/** What decodeOkvs reads. */
export interface OkvsQuery extends OkvsKeying {
  /** columns x valueWords. */
  readonly table: Uint32Array;
  /** m x 16 bytes, row-major. */
  readonly keys: Uint8Array;
}

/** Encoding and decoding: here by the reference, in src/kernels by a twin that gives the same tables and values. */
export interface Okvs {
  encode(shape: OkvsShape, entries: OkvsEntries): Steps<Uint32Array>;
  decode(shape: OkvsShape, query: OkvsQuery): Steps<Uint32Array>;
}

/** Columns of a table for up to `keyCapacity` keys: max(ceil(1.1 n), n + 64, 256). */
export function okvsColumns(keyCapacity: number): number {
  if (!Number.isSafeInteger(keyCapacity) || keyCapacity < 0) {
    throw new UsageError('Cannot size OKVS: key capacity is not a non-negative integer', { code: 'bad-parameter' });
  }
  return Math.max(keyCapacity + Math.ceil(keyCapacity / 10), keyCapacity + MIN_SPARE_COLUMNS, BAND_BITS);
}

/**
 * log2 of the probability, at most, that `keyCapacity` keys cannot be encoded.
 *
 * - One band over all columns (n <= 192): n rows of 256 random bits are dependent with probability below 2^-(256-n).
 * - Otherwise the paper's fit for epsilon = 0.1 at n = 2^20, 0.2691 w - 15.21, which is empirical. It agrees with a
 *   model: columns serve a queue of rows, 1/1.1 of them arriving per column at random, and a row is lost where the
 *   queue outgrows its band. Queues longer than w then have probability e^-tw, (e^t - 1) / 1.1 = t: 0.2698 bits per
 *   band bit. Losses add up over the columns, so log2(n / 2^20) is subtracted above 2^20; below, nothing is added.
 *   Small tables, which lose rows for want of spare columns at the end rather than of band, stay within it: the same
 *   queue, computed exactly with a union bound over columns, gives least at n = 640, 2^-56.
 */
export function okvsFailureLog2(keyCapacity: number): number {
  if (okvsColumns(keyCapacity) === BAND_BITS) return keyCapacity - BAND_BITS;
  return -(0.2691 * BAND_BITS - 15.21 - Math.max(0, Math.log2(keyCapacity / 2 ** 20)));
}

/** The shape for up to `keyCapacity` keys with values of `valueWords` 32-bit words. */
export function okvsShape(keyCapacity: number, valueWords: number): OkvsShape {
  if (!Number.isSafeInteger(valueWords) || valueWords < 1) {
    throw new UsageError('Cannot size OKVS: value words is not a positive integer', { code: 'bad-parameter' });
  }
  return { keyCapacity, columns: okvsColumns(keyCapacity), valueWords };
}

/**
 * A table (columns x valueWords, the caller's) that decodes every key to its value. `rounds` are those of ChaCha: 8 where
 * keys and masks are no secrets.
 * @throws UsageError `duplicate-item` for equal keys, `too-many-items` beyond the capacity; InternalError
 * `encoding-failed` with the probability of okvsFailureLog2.
 */
export function* encodeOkvs(shape: OkvsShape, entries: OkvsEntries, rounds?: ChaChaRounds): Steps<Uint32Array> {
  const { columns, valueWords } = shape;
  const count = countEntries(shape, entries);
  const source = { salt: asWords(entries.seed), columns, labels: entries.labels, rounds };
  const keys = asWords(entries.keys);
  const values = entries.values.slice();
  if (entries.masked === true) yield* addMasks(source, keys, values);
  const rows = yield* expandRows(source, keys);
  const system = yield* eliminate(rows, values, valueWords);
  if (system.dependentRow >= 0) throw dependencyError(entries, rows, system);
  return yield* wiping(function* (secrets): Steps<Uint32Array> {
    const free = secrets.hold(yield* freeValues(shape, count, entries.rng));
    return yield* backSubstitute(system, free, valueWords);
  });
}

/** The values (m x valueWords, the caller's) that `table` holds for the keys; `rounds` as in `encodeOkvs`. */
export function* decodeOkvs(shape: OkvsShape, query: OkvsQuery, rounds?: ChaChaRounds): Steps<Uint32Array> {
  const { columns, valueWords } = shape;
  const { table } = query;
  const count = countQuery(shape, query);
  const source = { salt: asWords(query.seed), columns, labels: query.labels, rounds };
  const keys = asWords(query.keys);
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  const out = new Uint32Array(count * valueWords);
  for (let from = 0; from < count; from += DECODE_SLICE) {
    for (let i = from; i < Math.min(from + DECODE_SLICE, count); i++) {
      const start = expandRow(source, keys, i * KEY_WORDS, block);
      for (let v = 0; v < valueWords; v++) {
        out[i * valueWords + v] = maskedSum(block, table, start * valueWords + v, valueWords);
      }
    }
    yield;
  }
  if (query.masked === true) yield* addMasks(source, keys, out);
  return out;
}

/** XOR of the table words from `at` on, `stride` apart, where the band has a one. */
function maskedSum(band: Uint32Array, table: Uint32Array, at: number, stride: number): number {
  let sum = 0;
  let place = at;
  for (let k = 0; k < BAND_WORDS; k++) {
    const word = band[k];
    for (let bit = 0; bit < 32; bit++) {
      sum ^= table[place] & -((word >>> bit) & 1);
      place += stride;
    }
  }
  return sum;
}

/** The plain implementation. */
export const referenceOkvs: Okvs = { encode: encodeOkvs, decode: decodeOkvs };

/**
 * A random value for every column that none of `count` independent rows has as its pivot; beside the table they show which
 * columns keys have, so whoever has used them wipes them.
 */
export function* freeValues({ columns, valueWords }: OkvsShape, count: number, rng: Rng): Steps<Uint32Array> {
  const words = (columns - count) * valueWords;
  const values = new Uint32Array(words);
  for (let from = 0; from < words; from += FILL_SLICE) {
    const drawn = rng(4 * Math.min(FILL_SLICE, words - from));
    values.set(asWords(drawn), from);
    drawn.fill(0);
    yield;
  }
  return values;
}

/** Equal keys have equal rows, so the later one always ends up as the dependent row. */
function dependencyError(
  { keys, labels }: OkvsEntries,
  rows: BandRows,
  system: BandSystem,
): UsageError | InternalError {
  const { dependentRow, order } = system;
  const last = order[dependentRow];
  for (let row = dependentRow - 1; row >= 0 && rows.starts[order[row]] === rows.starts[last]; row--) {
    if (labels?.[order[row]] === labels?.[last] && equalBytes(keyAt(keys, order[row]), keyAt(keys, last))) {
      return new UsageError('Cannot encode OKVS: two keys are equal', {
        code: 'duplicate-item',
        remedy: 'Remove duplicate items before the run.',
      });
    }
  }
  return new InternalError('Cannot encode OKVS: the rows of the keys are linearly dependent', {
    code: 'encoding-failed',
    remedy: 'Start a new run: its fresh run id gives other rows.',
  });
}

function keyAt(keys: Uint8Array, index: number): Uint8Array {
  return keys.subarray(index * OKVS_KEY_BYTES, (index + 1) * OKVS_KEY_BYTES);
}

/** The number of entries, checked against the shape. */
export function countEntries(shape: OkvsShape, entries: OkvsEntries): number {
  const { values } = entries;
  const count = checkedCount(shape, entries);
  if (count > shape.keyCapacity) {
    throw new UsageError(`Cannot encode OKVS: ${count} keys exceed the capacity of ${shape.keyCapacity}`, {
      code: 'too-many-items',
    });
  }
  if (values.length !== count * shape.valueWords) {
    throw new RangeError('Cannot encode OKVS: values are not one row per key');
  }
  return count;
}

/** The number of keys of a query, checked against the shape. */
export function countQuery(shape: OkvsShape, query: OkvsQuery): number {
  if (query.table.length !== shape.columns * shape.valueWords) {
    throw new RangeError('Cannot decode OKVS: table has another shape');
  }
  return checkedCount(shape, query);
}

function checkedCount(
  { valueWords }: OkvsShape,
  { seed, keys, labels, masked }: OkvsKeying & { readonly keys: Uint8Array },
): number {
  if (seed.length !== OKVS_SEED_BYTES) throw new RangeError('Cannot use OKVS seed: not 32 bytes');
  if (keys.length % OKVS_KEY_BYTES !== 0) throw new RangeError('Cannot use OKVS keys: not a multiple of 16 bytes');
  if (labels !== undefined && labels.length !== keys.length / OKVS_KEY_BYTES) {
    throw new RangeError('Cannot use OKVS labels: not one for each key');
  }
  if (masked === true && valueWords > MAX_MASK_WORDS) {
    throw new RangeError('Cannot mask OKVS values: longer than a mask');
  }
  return keys.length / OKVS_KEY_BYTES;
}
