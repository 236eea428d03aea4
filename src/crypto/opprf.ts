/**
 * Oblivious programmable PRF for bins (Kolesnikov, Matania, Pinkas, Rosulek, Trieu, CCS 2017, eprint 2017/799; in bins: Pinkas,
 * Schneider, Tkachenko, Yanai, eprint 2019/241). A record has three bins. Whoever has the OPRF's value z of a record in one of them
 * reads there what a table was given for that bin; without it, or of another record, it reads what looks random.
 *
 *   row        public: the OKVS's row of its first 16 bytes under the row salt
 *   mask       F(bin, z): the first bytes of the ChaCha20 block (RFC 8439 §2.3) whose key is the mask salt with `bin` added to its
 *              last word, and whose counter and nonce are z
 *   table      an OKVS with three values a record, one for each of its bins in their order: target of the bin + what is added for
 *              the record + F(bin, z). Sums are XORs
 *
 * So a record takes one row for all of its bins, and its three values have masks of their own: z of one bin unmasks none of the
 * other two. Where masks are unknown or targets uniform and read once, every value is uniform, hence the table; see okvs.ts.
 *
 * Encoding branches on the own records (local attacker only). Reading is addressed by the own records, slots and bins.
 */
import { asBytes, asWords, firstIntegers } from './bytes.ts';
import { CHACHA_BLOCK_WORDS, chachaBlockInto } from './chacha-block.ts';
import { CUCKOO_POSITIONS } from './cuckoo.ts';
import {
  decodeOkvs,
  encodeOkvs,
  keysOfRecords,
  OKVS_SALT_BYTES,
  okvsColumns,
  type OkvsShape,
  okvsShape,
  tooManyKeys,
} from './okvs.ts';
import { RECORD_BYTES } from './record.ts';
import { pickRows, resizeRows } from './rows.ts';
import type { Rng } from './rng.ts';
import { wiping } from './secrets.ts';
import { ranges, type Steps } from './steps.ts';

/** Bytes of each value that `read` returns: the table's `valueBytes`, then zeros. */
export const OPPRF_VALUE_BYTES = 16;
/** Bytes of the PRF's output for a record in a bin. */
export const OPRF_VALUE_BYTES = 16;
/** Values of a record. */
export const OPPRF_SLOTS: number = CUCKOO_POSITIONS;

const OPRF_VALUE_WORDS = OPRF_VALUE_BYTES / 4;
/** Masks between two pauses: about 1 ms of work. */
const SLICE = 1024;

/** The public measures of a table. */
export interface OpprfShape {
  readonly recordCapacity: number;
  readonly columns: number;
  /** 1 to 16. */
  readonly valueBytes: number;
}

/** Public salts, 32 bytes each. */
export interface OpprfSalts {
  readonly rowSalt: Uint8Array;
  readonly maskSalt: Uint8Array;
}

/** What a table is made of. */
export interface OpprfEntries extends OpprfSalts {
  /** n x 32, hashes that are all different in their first 16 bytes, n <= recordCapacity. */
  readonly records: Uint8Array;
  /** n x 3, three different ones for each record: one bin with one z twice would have one mask twice. */
  readonly bins: Uint32Array;
  /** z of each record in each of its bins: n x 3 x 16. */
  readonly oprfValues: Uint8Array;
  /** One for each bin that there is, in whole words each. */
  readonly targets: Uint32Array;
  /** Of each record in whole words: added in all of its bins. */
  readonly added: Uint32Array;
  readonly rng: Rng;
}

/** Records whose rows are needed for reading. */
export interface OpprfRecords {
  readonly rowSalt: Uint8Array;
  /** m x 32. */
  readonly records: Uint8Array;
  /** m: the number, among the record's three, of the bin that it is asked about in. */
  readonly slots: Uint8Array;
}

/** What is read. */
export interface OpprfQuery extends OpprfRecords, OpprfSalts {
  /** m. */
  readonly bins: Uint32Array;
  /** z of each record in its bin: m x 16. */
  readonly oprfValues: Uint8Array;
  /** See `Opprf.programme`. */
  readonly table: Uint8Array;
  /** What `expandRows` of the same implementation gave for these records; absent: nothing. */
  readonly expandedRows?: Uint8Array | undefined;
}

/** Both sides: here by the reference, in src/kernels by a twin that gives the same bytes. */
export interface Opprf {
  /**
   * 3 x columns x valueBytes: what is first in each record, then what is second, then what is third.
   * @throws UsageError `duplicate-item`, `too-many-items`; InternalError `encoding-failed` with the probability of okvsFailureLog2
   */
  programme(shape: OpprfShape, entries: OpprfEntries): Steps<Uint8Array>;
  /**
   * Expands the rows of these records once, for `read` in several tables of this many columns; undefined where an implementation
   * shares nothing. Only for the implementation that made it, with the same salt, records and slots. As secret as the records.
   */
  expandRows(shape: OpprfShape, records: OpprfRecords): Steps<Uint8Array | undefined>;
  /** m x 16: what the table has for each record in its bin, with zeros behind. */
  read(shape: OpprfShape, query: OpprfQuery): Steps<Uint8Array>;
}

/** The shape for up to `recordCapacity` records. */
export function opprfShape(recordCapacity: number, valueBytes: number): OpprfShape {
  return { recordCapacity, columns: okvsColumns(recordCapacity), valueBytes };
}

/** Bytes of a table. */
export function opprfTableBytes({ columns, valueBytes }: OpprfShape): number {
  return OPPRF_SLOTS * columns * valueBytes;
}

/** 32-bit words of a target, or of what is added to one. */
export function targetWords({ valueBytes }: OpprfShape): number {
  return Math.ceil(valueBytes / 4);
}

/** The plain implementation. */
export const referenceOpprf: Opprf = {
  *programme(shape, entries) {
    checkEntries(shape, entries);
    return yield* wiping(function* (secrets): Steps<Uint8Array> {
      const { rowSalt, records, rng } = entries;
      const values = secrets.hold(yield* maskedValues(shape, entries));
      const wide = okvsShape(shape.recordCapacity, OPPRF_SLOTS * targetWords(shape));
      const table = yield* encodeOkvs(wide, { salt: rowSalt, keys: keysOfRecords(records), values, rng });
      return yield* slotBySlot(shape, asBytes(table));
    });
  },

  // oxlint-disable-next-line require-yield -- it has nothing to do
  *expandRows() {
    return undefined;
  },

  *read(shape, query) {
    const count = checkQuery(shape, query);
    const { rowSalt, maskSalt, records, slots, bins, oprfValues } = query;
    const words = targetWords(shape);
    const okvs: OkvsShape = okvsShape(shape.recordCapacity, words);
    const keys = keysOfRecords(records);
    const tables = asWords(yield* resizeRows(query.table, { from: shape.valueBytes, to: 4 * words }));
    const out = yield* masks({ maskSalt, bins, oprfValues });
    const outWords = asWords(out);
    for (let slot = 0; slot < OPPRF_SLOTS; slot++) {
      const table = tables.subarray(slot * okvs.columns * words, (slot + 1) * okvs.columns * words);
      const read = yield* decodeOkvs(okvs, { salt: rowSalt, keys, table });
      for (let i = 0; i < count; i++) {
        if (slots[i] !== slot) continue;
        for (let v = 0; v < words; v++) outWords[(i * OPPRF_VALUE_BYTES) / 4 + v] ^= read[i * words + v];
      }
    }
    for (let i = 0; i < count; i++) {
      out.fill(0, i * OPPRF_VALUE_BYTES + shape.valueBytes, (i + 1) * OPPRF_VALUE_BYTES);
    }
    return out;
  },
};

/** F of each bin and value, m x 16: the caller's. */
function* masks({
  maskSalt,
  bins,
  oprfValues,
}: Pick<OpprfQuery, 'maskSalt' | 'bins' | 'oprfValues'>): Steps<Uint8Array> {
  const salt = asWords(new Uint8Array(maskSalt));
  const inputs = asWords(oprfValues);
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  const out = new Uint32Array(bins.length * OPRF_VALUE_WORDS);
  const [last] = salt.subarray(-1);
  for (const [from, to] of ranges(bins.length, SLICE)) {
    for (let i = from; i < to; i++) {
      salt[salt.length - 1] = last ^ bins[i];
      chachaBlockInto(block, salt, inputs, i * OPRF_VALUE_WORDS);
      for (let v = 0; v < OPRF_VALUE_WORDS; v++) out[i * OPRF_VALUE_WORDS + v] = block[v];
    }
    yield;
  }
  block.fill(0);
  return asBytes(out);
}

/** n x 3 x target words. */
function* maskedValues(shape: OpprfShape, entries: OpprfEntries): Steps<Uint32Array> {
  const { bins, targets, added } = entries;
  const words = targetWords(shape);
  const out = new Uint32Array(bins.length * words);
  const own = asWords(yield* masks(entries));
  for (const [from, to] of ranges(bins.length, SLICE)) {
    for (let i = from; i < to; i++) {
      const record = Math.floor(i / OPPRF_SLOTS);
      for (let v = 0; v < words; v++) {
        out[i * words + v] = targets[bins[i] * words + v] ^ added[record * words + v] ^ own[i * OPRF_VALUE_WORDS + v];
      }
    }
    yield;
  }
  own.fill(0);
  return out;
}

/** From columns x 3 x whole words to 3 x columns x valueBytes. */
function* slotBySlot(shape: OpprfShape, table: Uint8Array): Steps<Uint8Array> {
  const { columns, valueBytes } = shape;
  const width = 4 * targetWords(shape);
  const out = new Uint8Array(opprfTableBytes(shape));
  for (let slot = 0; slot < OPPRF_SLOTS; slot++) {
    const part = { stride: OPPRF_SLOTS * width, from: slot * width, width: valueBytes };
    out.set(pickRows(table, firstIntegers(columns), part), slot * columns * valueBytes);
    yield;
  }
  return out;
}

/** The number of records, checked against the shape. @throws UsageError `too-many-items`; RangeError */
export function checkEntries(shape: OpprfShape, entries: OpprfEntries): number {
  const { bins, oprfValues, targets, added, maskSalt } = entries;
  const count = checkRecords(shape, entries);
  const words = targetWords(shape);
  if (count > shape.recordCapacity) throw tooManyKeys(count, shape.recordCapacity);
  checkSalt(maskSalt);
  if (bins.length !== count * OPPRF_SLOTS || oprfValues.length !== bins.length * OPRF_VALUE_BYTES) {
    throw new RangeError('Cannot programme OPPRF: not three bins and values of the OPRF for each record');
  }
  if (added.length !== count * words) throw new RangeError('Cannot programme OPPRF: not one row added for each record');
  let largest = -1;
  for (let i = 0; i < bins.length; i++) largest = Math.max(largest, bins[i]);
  if ((largest + 1) * words > targets.length) throw new RangeError('Cannot programme OPPRF: a bin has no target');
  return count;
}

/** The number of records, checked against the shape. @throws RangeError */
export function checkRead(shape: OpprfShape, records: OpprfRecords): number {
  const count = checkRecords(shape, records);
  const { slots } = records;
  let largest = 0;
  for (let i = 0; i < slots.length; i++) largest = Math.max(largest, slots[i]);
  if (slots.length !== count || largest >= OPPRF_SLOTS) {
    throw new RangeError('Cannot read OPPRF: not one slot of three for each record');
  }
  return count;
}

/** The number of records, checked against the shape. @throws RangeError */
export function checkQuery(shape: OpprfShape, query: OpprfQuery): number {
  const count = checkRead(shape, query);
  checkSalt(query.maskSalt);
  if (query.bins.length !== count || query.oprfValues.length !== count * OPRF_VALUE_BYTES) {
    throw new RangeError('Cannot read OPPRF: not one bin and value of the OPRF for each record');
  }
  if (query.table.length !== opprfTableBytes(shape)) throw new RangeError('Cannot read OPPRF: table has another shape');
  return count;
}

function checkRecords(
  { valueBytes }: OpprfShape,
  { rowSalt, records }: { readonly rowSalt: Uint8Array; readonly records: Uint8Array },
): number {
  checkSalt(rowSalt);
  if (!Number.isInteger(valueBytes) || valueBytes < 1 || valueBytes > OPPRF_VALUE_BYTES) {
    throw new RangeError('Cannot use OPPRF: values are not of 1 to 16 bytes');
  }
  const count = records.length / RECORD_BYTES;
  if (!Number.isInteger(count)) throw new RangeError('Cannot use OPPRF: half a record');
  return count;
}

function checkSalt(salt: Uint8Array): void {
  if (salt.length !== OKVS_SALT_BYTES) throw new RangeError('Cannot use OPPRF salt: not 32 bytes');
}
