import { describe, expect, it } from 'vitest';
import { asBytes, asWords } from '../crypto/bytes.ts';
import { type Okvs, type OkvsEntries, okvsShape, referenceOkvs } from '../crypto/okvs.ts';
import { Prg } from '../crypto/prg.ts';
import type { Rng } from '../crypto/rng.ts';
import { finish } from '../crypto/steps.ts';
import { okvsWasm } from './generated/okvs-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { okvsFromModule, OkvsJob, okvsKernel, type OkvsModule, okvsOnPool } from './okvs.ts';
import { itLeavesNothing, OwnMemory } from '../../test/support/own-memory.ts';

function seededRng(seed: number): Rng {
  const prg = new Prg(new Uint8Array(32).fill(seed), new Uint8Array(), 'okvs kernel test');
  return (length) => prg.bytes(length);
}

function entriesOf(count: number, valueWords: number, seed: number): OkvsEntries {
  const rng = seededRng(seed);
  return {
    seed: rng(32),
    keys: rng(16 * count),
    values: asWords(rng(4 * count * valueWords)),
    rng: seededRng(seed + 100),
  };
}

const encode = (okvs: Okvs, capacity: number, count: number, valueWords: number, seed: number): Uint32Array =>
  finish(okvs.encode(okvsShape(capacity, valueWords), entriesOf(count, valueWords, seed)));

/** [keys, capacity]: none, one, around multiples of four and of a step, one dense band, full, and mostly free. */
const CASES: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1000],
  [1, 1],
  [1, 1000],
  [3, 4],
  [5, 192],
  [191, 192],
  [192, 192],
  [193, 193],
  [640, 640],
  [1001, 1002],
  [16_383, 16_384],
  [16_385, 20_000],
  [40_003, 40_003],
];

describe('okvsKernel', () => {
  it('okvsKernel is the module, not the reference', () => {
    expect(okvsKernel()).not.toBe(referenceOkvs);
  });

  it.each(CASES)(
    'okvsKernel gives the table and the values of the reference for %i keys of capacity %i',
    (count, capacity) => {
      for (const valueWords of count > 10_000 ? [3] : [1, 2, 3, 4, 5]) {
        const shape = okvsShape(capacity, valueWords);
        const table = encode(okvsKernel(), capacity, count, valueWords, valueWords);
        expect(table).toEqual(encode(referenceOkvs, capacity, count, valueWords, valueWords));
        const entries = entriesOf(count, valueWords, valueWords);
        const strangers = seededRng(50)(16 * 37);
        const keys = new Uint8Array([...strangers, ...entries.keys.subarray(0, 16 * 5000)]);
        const query = { seed: entries.seed, table, keys };
        expect(finish(okvsKernel().decode(shape, query))).toEqual(finish(referenceOkvs.decode(shape, query)));
      }
    },
  );

  it.each(CASES)(
    'okvsKernel gives the table and the values of the reference for %i labelled keys of capacity %i, masked or not',
    (count, capacity) => {
      const valueWords = 3;
      const shape = okvsShape(capacity, valueWords);
      for (const masked of [true, false]) {
        const labels = asWords(seededRng(60)(4 * count));
        const entries = (): OkvsEntries => ({ ...entriesOf(count, valueWords, 9), labels, masked });
        const table = finish(okvsKernel().encode(shape, entries()));
        expect(table).toEqual(finish(referenceOkvs.encode(shape, entries())));
        const query = { ...entries(), table };
        const decoded = finish(okvsKernel().decode(shape, query));
        expect(decoded).toEqual(entries().values);
        expect(decoded).toEqual(finish(referenceOkvs.decode(shape, query)));
      }
    },
  );

  it('okvsKernel decodes every key of a large table to its value (seed 7)', () => {
    const shape = okvsShape(200_000, 3);
    const entries = entriesOf(200_000, 3, 7);
    const table = finish(okvsKernel().encode(shape, entries));
    const decoded = finish(okvsKernel().decode(shape, { seed: entries.seed, keys: entries.keys, table }));
    expect(Buffer.compare(asBytes(decoded), asBytes(entries.values))).toBe(0);
    table[100_000] ^= 1;
    const changed = finish(okvsKernel().decode(shape, { seed: entries.seed, keys: entries.keys, table }));
    expect(Buffer.compare(asBytes(changed), asBytes(entries.values))).not.toBe(0);
  });

  it('okvsKernel decodes keys at both ends of a table, whatever lies between (seed 8)', () => {
    const shape = okvsShape(100_000, 1);
    const { seed, keys, values, rng } = entriesOf(100_000, 1, 8);
    const table = finish(okvsKernel().encode(shape, { seed, keys, values, rng }));
    for (const few of [1, 2, 3, 6]) {
      const query = { seed, table, keys: keys.subarray(0, 16 * few) };
      expect(finish(okvsKernel().decode(shape, query))).toEqual(values.subarray(0, few));
    }
  });

  it('OkvsJob has room wherever rows start, and solves all tables itself', () => {
    const pool = new ModulePool<OkvsModule>(okvsWasm);
    for (const [count, capacity] of [...CASES, [4000, 30_000], [100_000, 100_000], [300_000, 300_000]] as const) {
      const job = new OkvsJob(pool, okvsShape(capacity, 1), { count, hasValues: false });
      expect(finish(job.encode(entriesOf(count, 1, count)))).toBeDefined();
    }
  });

  it('okvsKernel works on two tables by turns', () => {
    const shapes = [okvsShape(30_000, 2), okvsShape(30_000, 2)];
    const runs = shapes.map((shape, i) => okvsKernel().encode(shape, entriesOf(30_000, 2, 10 + i)));
    const tables: Uint32Array[] = [];
    while (tables.length < 2) {
      for (const [i, run] of runs.entries()) {
        const step = run.next();
        if (step.done && step.value !== undefined) tables[i] = step.value;
      }
    }
    expect(tables).toEqual([0, 1].map((i) => encode(referenceOkvs, 30_000, 30_000, 2, 10 + i)));
  });

  it('okvsKernel names a duplicate as the reference does, also after it has been used', () => {
    const entries = entriesOf(3000, 2, 20);
    entries.keys.copyWithin(16 * 2999, 16 * 17, 16 * 18);
    expect(() => finish(okvsKernel().encode(okvsShape(3000, 2), entries))).toThrow(
      expect.objectContaining({ code: 'duplicate-item' }),
    );
    expect(encode(okvsKernel(), 3000, 3000, 2, 21)).toEqual(encode(referenceOkvs, 3000, 3000, 2, 21));
  });

  it('okvsKernel refuses what the reference refuses', () => {
    const shape = okvsShape(10, 1);
    const entries = entriesOf(11, 1, 22);
    expect(() => finish(okvsKernel().encode(shape, entries))).toThrow(
      expect.objectContaining({ code: 'too-many-items' }),
    );
    const query = { seed: entries.seed, keys: entries.keys, table: new Uint32Array(shape.columns - 1) };
    expect(() => finish(okvsKernel().decode(shape, query))).toThrow(RangeError);
  });
});

describe('okvsOnPool', () => {
  const pool = new ModulePool<OkvsModule>(okvsWasm);
  const own = new OwnMemory(pool);
  const okvs = okvsOnPool(pool);
  const shape = okvsShape(2000, 4);
  const entries = entriesOf(2000, 4, 30);
  const query = { seed: entries.seed, keys: entries.keys, table: encode(referenceOkvs, 2000, 2000, 4, 30) };
  const computations = [
    ['encoded', () => okvs.encode(shape, entries)],
    ['decoded', () => okvs.decode(shape, query)],
  ] as const;

  itLeavesNothing(own, computations);
});

describe('okvsFromModule', () => {
  it('okvsFromModule gives nothing for bytes that are no module, and for a module whose code was changed', () => {
    expect(okvsFromModule(okvsWasm)).toBeDefined();
    expect(okvsFromModule('AGFzbQEAAAA=')).toBeUndefined();
    const bytes = Buffer.from(okvsWasm, 'base64');
    // The rotation by 12 of ChaCha20 becomes one by 11: valid code, wrong rows.
    const pattern = Buffer.from([0x41, 12, 0xfd, 0xab, 0x01]);
    const at = bytes.indexOf(pattern);
    expect(at).toBeGreaterThan(0);
    bytes[at + 1] = 11;
    expect(okvsFromModule(bytes.toString('base64'))).toBeUndefined();
  });
});
