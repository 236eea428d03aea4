import { describe, expect, it } from 'vitest';
import { asBytes } from '../crypto/bytes.ts';
import {
  type Opprf,
  type OpprfEntries,
  type OpprfQuery,
  opprfShape,
  type OpprfShape,
  referenceOpprf,
} from '../crypto/opprf.ts';
import { pickRows } from '../crypto/rows.ts';
import { finish } from '../crypto/steps.ts';
import { opprfWasm } from './generated/opprf-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { type OpprfModule, ProgrammeJob } from './opprf-job.ts';
import { passesOpprfSelfTest } from './opprf-self-test.ts';
import { opprfFromModule, opprfKernel, opprfOnPool } from './opprf.ts';
import { BAND_CASES } from '../../test/support/band-cases.ts';
import { opprfEntries } from '../../test/support/opprf-entries.ts';
import { itLeavesNothing, OwnMemory } from '../../test/support/own-memory.ts';

const BINS = 999;

const entriesOf = (count: number, shape: OpprfShape, seed: number): OpprfEntries =>
  opprfEntries(count, shape, { seed, bins: BINS });

const programme = (by: Opprf, shape: OpprfShape, count: number, seed: number): Uint8Array =>
  finish(by.programme(shape, entriesOf(count, shape, seed)));

/** Strangers first, then up to 5,000 of the table's own records, each in one of its bins. */
function queryOf(shape: OpprfShape, count: number, seed: number, table: Uint8Array): OpprfQuery {
  const own = Math.min(count, 5000);
  const { rowSalt, maskSalt, records, bins, oprfValues } = entriesOf(count, shape, seed);
  const strangers = entriesOf(37, shape, 50);
  const slots = Uint8Array.from({ length: 37 + own }, (_, i) => (i * 7) % 3);
  const picked = Array.from({ length: own }, (_, i) => 3 * i + slots[37 + i]);
  return {
    rowSalt,
    maskSalt,
    records: new Uint8Array([...strangers.records, ...records.subarray(0, 32 * own)]),
    slots,
    bins: Uint32Array.from([...strangers.bins.subarray(0, 37), ...picked.map((at) => bins[at])]),
    oprfValues: new Uint8Array([
      ...strangers.oprfValues.subarray(0, 16 * 37),
      ...picked.flatMap((at) => [...oprfValues.subarray(16 * at, 16 * at + 16)]),
    ]),
    table,
  };
}

/** Around multiples of the four records of a block, and of the sixteen whose targets are read at once. */
const BATCHES: readonly (readonly [number, number])[] = [2, 15, 16, 17, 33, 34].map((count) => [count, 64]);
const CASES = [...BAND_CASES, ...BATCHES, [0, 0], [0, 1000], [191, 192], [40_003, 40_003]] as const;

describe('opprfKernel', () => {
  it('is the module, not the reference', () => {
    expect(opprfKernel()).not.toBe(referenceOpprf);
  });

  it.each(CASES)('gives the table and the values of the reference for %i records of capacity %i', (count, capacity) => {
    for (const valueBytes of count > 10_000 ? [9] : [1, 4, 8, 9, 11, 15, 16]) {
      const shape = opprfShape(capacity, valueBytes);
      const table = programme(opprfKernel(), shape, count, valueBytes);
      expect(Buffer.compare(table, programme(referenceOpprf, shape, count, valueBytes))).toBe(0);
      const query = queryOf(shape, count, valueBytes, table);
      const read = finish(opprfKernel().read(shape, query));
      expect(Buffer.compare(read, finish(referenceOpprf.read(shape, query)))).toBe(0);
      const expandedRows = finish(opprfKernel().expandRows(shape, query));
      expect(Buffer.compare(read, finish(opprfKernel().read(shape, { ...query, expandedRows })))).toBe(0);
      const changed = table.map((byte) => byte ^ 1);
      expect(Buffer.compare(read, finish(opprfKernel().read(shape, { ...query, table: changed })))).not.toBe(0);
    }
  });

  it('gives each of 200,000 records what was programmed, in any of its bins (seed 7)', () => {
    const shape = opprfShape(200_000, 12);
    const entries = entriesOf(200_000, shape, 7);
    const { rowSalt, maskSalt, records, bins, oprfValues, targets, added } = entries;
    const table = finish(opprfKernel().programme(shape, entries));
    for (const slotOf of [(i: number) => (i * 7) % 3, () => 0, () => 2]) {
      const slots = Uint8Array.from({ length: 200_000 }, (_, i) => slotOf(i));
      const places = Uint32Array.from(slots, (slot, i) => 3 * i + slot);
      const own = places.map((place) => bins[place]);
      const query = {
        rowSalt,
        maskSalt,
        records,
        slots,
        bins: own,
        oprfValues: pickRows(oprfValues, places, { stride: 16 }),
        table,
      };
      const expected = new Uint32Array(4 * 200_000);
      for (let i = 0; i < 200_000; i++) {
        for (let v = 0; v < 3; v++) expected[4 * i + v] = targets[3 * own[i] + v] ^ added[3 * i + v];
      }
      expect(Buffer.compare(finish(opprfKernel().read(shape, query)), asBytes(expected))).toBe(0);
      const expandedRows = finish(opprfKernel().expandRows(shape, query));
      expect(Buffer.compare(finish(opprfKernel().read(shape, { ...query, expandedRows })), asBytes(expected))).toBe(0);
      const changed = table.slice();
      changed[12 * (slots[0] * shape.columns + 100_000)] ^= 1;
      const read = finish(opprfKernel().read(shape, { ...query, table: changed }));
      expect(Buffer.compare(read, asBytes(expected))).not.toBe(0);
    }
  });

  it.each([0, 1, 2, 3, 6])('reads %i records wherever their rows lie in a long table (seed 8)', (few) => {
    const shape = opprfShape(100_000, 4);
    const entries = entriesOf(few, shape, 8);
    const table = finish(opprfKernel().programme(shape, entries));
    const strangers = queryOf(shape, few, 8, table);
    for (const from of [37, 0]) {
      const query = {
        ...strangers,
        records: strangers.records.subarray(32 * from, 32 * (from + few)),
        slots: strangers.slots.subarray(from, from + few),
        bins: strangers.bins.subarray(from, from + few),
        oprfValues: strangers.oprfValues.subarray(16 * from, 16 * (from + few)),
      };
      const expandedRows = finish(opprfKernel().expandRows(shape, query));
      const expected = finish(referenceOpprf.read(shape, query));
      expect(finish(opprfKernel().read(shape, query))).toEqual(expected);
      expect(finish(opprfKernel().read(shape, { ...query, expandedRows }))).toEqual(expected);
    }
  });

  it('refuses rows that were expanded for more records', () => {
    const shape = opprfShape(1000, 9);
    const query = queryOf(shape, 1000, 5, programme(opprfKernel(), shape, 1000, 5));
    const expandedRows = finish(opprfKernel().expandRows(shape, query));
    const fewer = queryOf(shape, 999, 5, query.table);
    expect(() => finish(opprfKernel().read(shape, { ...fewer, expandedRows }))).toThrow(/rows/);
  });

  it('has room wherever rows start, and solves all tables itself', () => {
    const pool = new ModulePool<OpprfModule>(opprfWasm);
    for (const [count, capacity] of [...CASES, [4000, 30_000], [100_000, 100_000], [300_000, 300_000]] as const) {
      const shape = opprfShape(capacity, 4);
      const job = new ProgrammeJob(pool, shape, entriesOf(count, shape, count));
      expect(finish(job.table())).toBeDefined();
    }
  });

  it('works on two tables by turns', () => {
    const shape = opprfShape(30_000, 8);
    const runs = [10, 11].map((seed) => opprfKernel().programme(shape, entriesOf(30_000, shape, seed)));
    const tables: Uint8Array[] = [];
    while (tables.length < 2) {
      for (const [i, run] of runs.entries()) {
        const step = run.next();
        if (step.done && step.value !== undefined) tables[i] = step.value;
      }
    }
    for (const [i, table] of tables.entries()) {
      expect(Buffer.compare(table, programme(referenceOpprf, shape, 30_000, 10 + i))).toBe(0);
    }
  });

  it('names a duplicate as the reference does, also after it has been used', () => {
    const shape = opprfShape(3000, 8);
    const entries = entriesOf(3000, shape, 20);
    entries.records.copyWithin(32 * 2999, 32 * 17, 32 * 18);
    expect(() => finish(opprfKernel().programme(shape, entries))).toThrow(
      expect.objectContaining({ code: 'duplicate-item' }),
    );
    const after = programme(opprfKernel(), shape, 3000, 21);
    expect(Buffer.compare(after, programme(referenceOpprf, shape, 3000, 21))).toBe(0);
  });

  it('refuses what the reference refuses', () => {
    const shape = opprfShape(10, 4);
    expect(() => programme(opprfKernel(), shape, 11, 22)).toThrow(expect.objectContaining({ code: 'too-many-items' }));
    const query = queryOf(shape, 10, 23, programme(opprfKernel(), shape, 10, 23));
    const short = { ...query, table: query.table.subarray(1) };
    expect(() => finish(opprfKernel().read(shape, short))).toThrow(RangeError);
    const slots = query.slots.map(() => 3);
    expect(() => finish(opprfKernel().expandRows(shape, { ...query, slots }))).toThrow(RangeError);
  });
});

describe('opprfOnPool', () => {
  const pool = new ModulePool<OpprfModule>(opprfWasm);
  const own = new OwnMemory(pool);
  const opprf = opprfOnPool(pool);
  const shape = opprfShape(2000, 16);
  const query = queryOf(shape, 2000, 30, programme(referenceOpprf, shape, 2000, 30));

  itLeavesNothing(own, [
    ['programmed', () => opprf.programme(shape, entriesOf(2000, shape, 30))],
    ['read', () => opprf.read(shape, query)],
  ]);
});

describe('opprfFromModule', () => {
  it('gives nothing for bytes that are no module, and for a module whose code was changed', () => {
    expect(opprfFromModule(opprfWasm)).toBeDefined();
    expect(opprfFromModule('AGFzbQEAAAA=')).toBeUndefined();
    const bytes = Buffer.from(opprfWasm, 'base64');
    // A rotation by 12 of ChaCha becomes one by 11: valid code, wrong rows or masks.
    const pattern = Buffer.from([0x41, 12, 0xfd, 0xab, 0x01]);
    const at = bytes.indexOf(pattern);
    expect(at).toBeGreaterThan(0);
    bytes[at + 1] = 11;
    expect(opprfFromModule(bytes.toString('base64'))).toBeUndefined();
  });

  it('is tested by an answer that is the reference’s', () => {
    expect(passesOpprfSelfTest(referenceOpprf)).toBe(true);
  });
});
