import { chacha20, chacha8 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { asBytes, asWords, firstIntegers } from './bytes.ts';
import { decodeOkvs, okvsShape } from './okvs.ts';
import {
  type OpprfEntries,
  type OpprfQuery,
  opprfShape,
  type OpprfShape,
  opprfTableBytes,
  referenceOpprf,
  targetWords,
} from './opprf.ts';
import { pickRows } from './rows.ts';
import { finish } from './steps.ts';
import { opprfEntries } from '../../test/support/opprf-entries.ts';

const BINS = 500;

const entriesOf = (count: number, shape: OpprfShape, seed: number): OpprfEntries =>
  opprfEntries(count, shape, { seed, bins: BINS });

/** Each record in its bin number `slotOf(i)`. */
function queryOf(entries: OpprfEntries, table: Uint8Array, slotOf: (record: number) => number): OpprfQuery {
  const { rowSalt, maskSalt, records, bins, oprfValues } = entries;
  const count = records.length / 32;
  const slots = Uint8Array.from({ length: count }, (_, i) => slotOf(i));
  const own = new Uint8Array(16 * count);
  for (let i = 0; i < count; i++)
    own.set(oprfValues.subarray(16 * (3 * i + slots[i]), 16 * (3 * i + slots[i] + 1)), 16 * i);
  return {
    rowSalt,
    maskSalt,
    records,
    slots,
    bins: Uint32Array.from(slots, (slot, i) => bins[3 * i + slot]),
    oprfValues: own,
    table,
  };
}

/** What was programmed for a record in its bin number `slot`: valueBytes, then zeros. */
function programmed(
  { bins, targets, added }: OpprfEntries,
  shape: OpprfShape,
  record: number,
  slot: number,
): Uint8Array {
  const words = targetWords(shape);
  const out = new Uint8Array(16);
  const bin = bins[3 * record + slot];
  for (let k = 0; k < shape.valueBytes; k++) {
    const shift = 8 * (k & 3);
    const word = targets[bin * words + (k >> 2)] ^ added[record * words + (k >> 2)];
    out[k] = word >>> shift;
  }
  return out;
}

/** The value by the definition: big integers, and another ChaCha. */
function readByDefinition(shape: OpprfShape, query: OpprfQuery, i: number): Uint8Array {
  const { columns, valueBytes } = shape;
  const key = query.records.slice(32 * i, 32 * i + 16);
  const row = chacha8(query.rowSalt, key.slice(4), new Uint8Array(64), undefined, asWords(key.slice(0, 4))[0]);
  const view = new DataView(row.buffer);
  const fraction = (BigInt(view.getUint32(32, true)) << 32n) | BigInt(view.getUint32(36, true));
  const start = Number((fraction * BigInt(columns - 255)) >> 64n);
  const salt = query.maskSalt.slice();
  const saltView = new DataView(salt.buffer);
  saltView.setUint32(28, saltView.getUint32(28, true) ^ query.bins[i], true);
  const z = query.oprfValues.slice(16 * i, 16 * i + 16);
  const mask = chacha20(salt, z.slice(4), new Uint8Array(64), undefined, asWords(z.slice(0, 4))[0]);
  const out = new Uint8Array(16);
  for (let k = 0; k < valueBytes; k++) {
    out[k] = mask[k];
    for (let bit = 0; bit < 256; bit++) {
      if (((row[bit >> 3] >> (bit & 7)) & 1) === 0) continue;
      out[k] ^= query.table[valueBytes * (query.slots[i] * columns + start + bit) + k];
    }
  }
  return out;
}

/** Of the bytes against the uniform distribution: 255 degrees of freedom. */
function chiSquareOf(bytes: ArrayLike<number>): number {
  const counts = new Float64Array(256);
  for (let i = 0; i < bytes.length; i++) counts[bytes[i]]++;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Exceeded by uniform bytes with probability below 10^-6. */
const CHI_SQUARE_LIMIT = 378;

const rowsOf = (bytes: Uint8Array): string[] =>
  Array.from({ length: bytes.length / 16 }, (_, i) => Buffer.from(bytes.subarray(16 * i, 16 * i + 16)).toString('hex'));

describe('referenceOpprf', () => {
  it.each([
    [0, 64, 9],
    [1, 1, 1],
    [64, 64, 4],
    [192, 192, 16],
    [193, 193, 9],
    [400, 1000, 11],
    [1000, 1000, 9],
  ])(
    'gives each of %i records (capacity %i, %i bytes) what was programmed in each of its bins',
    (count, capacity, bytes) => {
      const shape = opprfShape(capacity, bytes);
      const entries = entriesOf(count, shape, 1);
      const table = finish(referenceOpprf.programme(shape, entries));
      expect(table.length).toBe(opprfTableBytes(shape));
      for (const slot of [0, 1, 2]) {
        const read = finish(
          referenceOpprf.read(
            shape,
            queryOf(entries, table, () => slot),
          ),
        );
        const expected = Array.from({ length: count }, (_, i) => programmed(entries, shape, i, slot));
        expect(rowsOf(read)).toEqual(expected.map((value) => Buffer.from(value).toString('hex')));
      }
    },
  );

  it('follows the definition on records in and not in a table', () => {
    const shape = opprfShape(300, 9);
    const entries = entriesOf(300, shape, 2);
    const table = finish(referenceOpprf.programme(shape, entries));
    for (const from of [entries, entriesOf(300, shape, 3)]) {
      const query = queryOf({ ...from, rowSalt: entries.rowSalt, maskSalt: entries.maskSalt }, table, (i) => i % 3);
      const read = finish(referenceOpprf.read(shape, query));
      for (let i = 0; i < 30; i++) {
        expect(read.subarray(16 * i, 16 * i + 16)).toEqual(readByDefinition(shape, query, i));
      }
    }
  });

  it('shows nothing of a record in one bin to who has its value of another, or another bin’s number', () => {
    const shape = opprfShape(300, 9);
    const entries = entriesOf(300, shape, 4);
    const table = finish(referenceOpprf.programme(shape, entries));
    const query = queryOf(entries, table, () => 0);
    const other = queryOf(entries, table, () => 1);
    const wrong: readonly OpprfQuery[] = [
      { ...query, oprfValues: other.oprfValues },
      { ...query, bins: query.bins.map((bin) => bin + 1) },
      { ...query, slots: other.slots },
      { ...query, maskSalt: entries.rowSalt },
      { ...query, rowSalt: entries.maskSalt },
    ];
    const own = rowsOf(finish(referenceOpprf.read(shape, query)));
    const all = wrong.flatMap((changed) => rowsOf(finish(referenceOpprf.read(shape, changed))));
    expect(new Set(all).size).toBe(5 * 300);
    expect(all.filter((row, i) => row === own[i % 300])).toHaveLength(0);
  });

  it('masks each value of each record with one of its own: none shows without', () => {
    const shape = opprfShape(300, 8);
    const entries = entriesOf(300, shape, 8);
    const nothing = { targets: new Uint32Array(2 * BINS), added: new Uint32Array(2 * 300) };
    const table = finish(referenceOpprf.programme(shape, { ...entries, ...nothing }));
    const okvs = okvsShape(300, 2);
    const keys = pickRows(entries.records, firstIntegers(300), { stride: 32, width: 16 });
    const bare = [0, 1, 2].flatMap((slot) => {
      const own = asWords(table.slice(slot * 8 * shape.columns, (slot + 1) * 8 * shape.columns));
      return [...asBytes(finish(decodeOkvs(okvs, { salt: entries.rowSalt, keys, table: own })))];
    });
    const values = Array.from({ length: 900 }, (_, i) => bare.slice(8 * i, 8 * i + 8).join());
    expect(new Set(values).size).toBe(900);
    expect(chiSquareOf(bare)).toBeLessThan(CHI_SQUARE_LIMIT);
    // They are the masks: with them nothing is left.
    const read = finish(
      referenceOpprf.read(
        shape,
        queryOf(entries, table, () => 1),
      ),
    );
    expect(read.every((byte) => byte === 0)).toBe(true);
  });

  it('fills columns that no record needs at random', () => {
    const shape = opprfShape(1000, 8);
    for (const count of [0, 3, 1000]) {
      const table = finish(referenceOpprf.programme(shape, entriesOf(count, shape, 5)));
      expect(chiSquareOf(table)).toBeLessThan(CHI_SQUARE_LIMIT);
    }
    const zeros = { rng: (length: number): Uint8Array => new Uint8Array(length) };
    const table = finish(referenceOpprf.programme(shape, { ...entriesOf(3, shape, 5), ...zeros }));
    expect(chiSquareOf(table)).toBeGreaterThan(2 * CHI_SQUARE_LIMIT);
  });

  it('refuses equal records, too many, and what does not fit', () => {
    const shape = opprfShape(64, 9);
    const entries = entriesOf(64, shape, 6);
    const programme = (changed: Partial<OpprfEntries>) => () =>
      finish(referenceOpprf.programme(shape, { ...entries, ...changed }));
    const twice = entries.records.slice();
    twice.copyWithin(32, 0, 16);
    expect(programme({ records: twice })).toThrow(expect.objectContaining({ code: 'duplicate-item' }));
    expect(programme(entriesOf(65, shape, 7))).toThrow(expect.objectContaining({ code: 'too-many-items' }));
    expect(programme({ records: entries.records.subarray(1) })).toThrow(RangeError);
    expect(programme({ oprfValues: entries.oprfValues.subarray(16) })).toThrow(RangeError);
    expect(programme({ added: entries.added.subarray(1) })).toThrow(RangeError);
    expect(programme({ maskSalt: new Uint8Array(31) })).toThrow(RangeError);
    expect(programme({ bins: entries.bins.map(() => BINS) })).toThrow(/no target/);
    const query = queryOf(entries, finish(referenceOpprf.programme(shape, entries)), () => 2);
    const read = (changed: Partial<OpprfQuery>) => () => finish(referenceOpprf.read(shape, { ...query, ...changed }));
    expect(read({})).not.toThrow();
    expect(read({ slots: query.slots.map(() => 3) })).toThrow(RangeError);
    expect(read({ slots: query.slots.subarray(1) })).toThrow(RangeError);
    expect(read({ bins: query.bins.subarray(1) })).toThrow(RangeError);
    expect(read({ table: query.table.subarray(1) })).toThrow(RangeError);
    expect(() => finish(referenceOpprf.read({ ...shape, valueBytes: 17 }, query))).toThrow(RangeError);
  });
});
