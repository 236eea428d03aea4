/**
 * Random band oblivious key-value store: a table from which every key decodes to a value, the programmed value for a
 * programmed key and a pseudorandom one for any other.
 *
 * Source: Bienstock, Patel, Seo, Yeo, "Near-Optimal Oblivious Key-Value Stores for Efficient PSI, PSU and
 * Volume-Hiding Multi-Maps" (USENIX Security 2023, eprint 2023/903), with band width 256 and epsilon 0.1. A key's row
 * is one ChaCha block of 8 rounds of (salt, key), which hides nothing. Keys have to be fixed before the salt is known, or be
 * hash outputs themselves: whoever could choose keys for a known salt could make them dependent.
 *
 * Free columns are filled from the CSPRNG while the system is solved, so the table is a uniform one of all tables
 * that decode the programmed keys to their values; with uniform values it is uniform, and shows neither the keys nor
 * how many there are. It does not hide a key whose value the reader already knows.
 *
 * Encoding branches on the encoder's own keys (local attacker only). Decoding does the same work for every key: a
 * masked XOR over the whole band; only the place it reads from depends on the decoder's own key.
 */
import { InternalError, UsageError } from '../errors.ts';
import { asWords, equalBytes, firstIntegers } from './bytes.ts';
import { CHACHA_BLOCK_WORDS } from './chacha-block.ts';
import {
  BAND_BITS,
  BAND_WORDS,
  backSubstitute,
  eliminate,
  expandRow,
  expandRows,
  KEY_WORDS,
  type BandRows,
  type BandSystem,
} from './okvs-band.ts';
import { RECORD_BYTES } from './record.ts';
import { pickRows } from './rows.ts';
import type { Rng } from './rng.ts';
import { wiping } from './secrets.ts';
import type { Steps } from './steps.ts';

export const OKVS_KEY_BYTES: number = 4 * KEY_WORDS;
export const OKVS_SALT_BYTES = 32;

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

/** What encodeOkvs programmes. */
export interface OkvsEntries {
  /** 32-byte public salt. */
  readonly salt: Uint8Array;
  /** n x 16 bytes, row-major, all different, n <= keyCapacity. */
  readonly keys: Uint8Array;
  /** n x valueWords. */
  readonly values: Uint32Array;
  readonly rng: Rng;
}

/** What decodeOkvs reads. */
export interface OkvsQuery {
  /** 32-byte public salt. */
  readonly salt: Uint8Array;
  /** columns x valueWords. */
  readonly table: Uint32Array;
  /** m x 16 bytes, row-major. */
  readonly keys: Uint8Array;
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

/** The keys of records that are hashes (n x 32): the first 16 bytes of each. */
export function keysOfRecords(records: Uint8Array): Uint8Array {
  const numbers = firstIntegers(records.length / RECORD_BYTES);
  return pickRows(records, numbers, { stride: RECORD_BYTES, width: OKVS_KEY_BYTES });
}

/** The shape for up to `keyCapacity` keys with values of `valueWords` 32-bit words. */
export function okvsShape(keyCapacity: number, valueWords: number): OkvsShape {
  if (!Number.isSafeInteger(valueWords) || valueWords < 1) {
    throw new UsageError('Cannot size OKVS: value words is not a positive integer', { code: 'bad-parameter' });
  }
  return { keyCapacity, columns: okvsColumns(keyCapacity), valueWords };
}

/**
 * A table (columns x valueWords, the caller's) that decodes every key to its value.
 * @throws UsageError `duplicate-item` for equal keys, `too-many-items` beyond the capacity; InternalError
 * `encoding-failed` with the probability of okvsFailureLog2.
 */
export function* encodeOkvs(shape: OkvsShape, entries: OkvsEntries): Steps<Uint32Array> {
  const { columns, valueWords } = shape;
  const count = checkEntries(shape, entries);
  const rows = yield* expandRows({ salt: asWords(entries.salt), columns }, asWords(entries.keys));
  const system = yield* eliminate(rows, entries.values, valueWords);
  if (system.dependentRow >= 0) throw dependencyError(entries.keys, rows, system);
  return yield* wiping(function* (secrets): Steps<Uint32Array> {
    const free = secrets.hold(yield* freeValues(shape, count, entries.rng));
    return yield* backSubstitute(system, free, valueWords);
  });
}

/** The values (m x valueWords, the caller's) that `table` holds for the keys. */
export function* decodeOkvs(shape: OkvsShape, query: OkvsQuery): Steps<Uint32Array> {
  const { columns, valueWords } = shape;
  const { table } = query;
  const count = checkQuery(shape, query);
  const source = { salt: asWords(query.salt), columns };
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

/**
 * A random value for every column that none of `count` independent rows has as its pivot; beside the table they show which
 * columns keys have, so whoever has used them wipes them.
 */
export function* freeValues(
  { columns, valueWords }: Pick<OkvsShape, 'columns' | 'valueWords'>,
  count: number,
  rng: Rng,
): Steps<Uint32Array> {
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
function dependencyError(keys: Uint8Array, rows: BandRows, system: BandSystem): UsageError | InternalError {
  const { dependentRow, order } = system;
  const last = order[dependentRow];
  for (let row = dependentRow - 1; row >= 0 && rows.starts[order[row]] === rows.starts[last]; row--) {
    if (equalBytes(keyAt(keys, order[row]), keyAt(keys, last))) {
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

function checkEntries({ keyCapacity, valueWords }: OkvsShape, { salt, keys, values }: OkvsEntries): number {
  const count = checkedCount(salt, keys);
  if (count > keyCapacity) throw tooManyKeys(count, keyCapacity);
  if (values.length !== count * valueWords) throw new RangeError('Cannot encode OKVS: values are not one row per key');
  return count;
}

function checkQuery({ columns, valueWords }: OkvsShape, { salt, keys, table }: OkvsQuery): number {
  if (table.length !== columns * valueWords) throw new RangeError('Cannot decode OKVS: table has another shape');
  return checkedCount(salt, keys);
}

export function tooManyKeys(count: number, capacity: number): UsageError {
  return new UsageError(`Cannot encode OKVS: ${count} keys exceed the capacity of ${capacity}`, {
    code: 'too-many-items',
  });
}

function checkedCount(salt: Uint8Array, keys: Uint8Array): number {
  if (salt.length !== OKVS_SALT_BYTES) throw new RangeError('Cannot use OKVS salt: not 32 bytes');
  if (keys.length % OKVS_KEY_BYTES !== 0) throw new RangeError('Cannot use OKVS keys: not a multiple of 16 bytes');
  return keys.length / OKVS_KEY_BYTES;
}
