import { describe, expect, it } from 'vitest';
import { type BinRecords, referenceBinValues } from '../crypto/bin-values.ts';
import type { VoleField } from '../crypto/gf2.ts';
import { finish } from '../crypto/steps.ts';
import { binValuesFromModule, binValuesKernel, type BinValuesModule, binValuesOnPool } from './bin-values.ts';
import { binValuesWasm } from './generated/bin-values-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { binRecords } from '../../test/support/bin-records.ts';
import { OwnMemory } from '../../test/support/own-memory.ts';

const BINS = 1000;

const inputOf = (field: VoleField, count: number, share: number, seed = 1): BinRecords =>
  binRecords(field, { count, share, bins: BINS, seed });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe.each<VoleField>(['gf64', 'gf128'])('binValuesKernel in %s', (field) => {
  /** None, one, around a step of the kernel, several steps, and more bins than a step has. */
  it.each([
    [0, 3],
    [1, 1],
    [5, 3],
    [10_921, 3],
    [10_922, 3],
    [10_923, 3],
    [40_000, 3],
    [32_769, 1],
    [2, 40_000],
  ])('gives the bytes of the reference for %i records of %i bins each', (count, share) => {
    const input = inputOf(field, count, share);
    const expected = finish(referenceBinValues.evaluate(input));
    expect(Buffer.compare(finish(binValuesKernel().evaluate(input)), expected)).toBe(0);
  });

  it('gives them for records, keys and factors of all zeros and all ones', () => {
    for (const [record, key, factor] of [0, 1, 2, 3, 4, 5, 6, 7].map((k) => [k & 1, (k >> 1) & 1, k >> 2])) {
      const input = {
        field,
        records: new Uint8Array(96).fill(-record),
        bins: Uint32Array.of(0, 1, 0),
        keys: new Uint8Array(32).fill(-key),
        delta: new Uint8Array(16).fill(-factor),
      };
      expect(hex(finish(binValuesKernel().evaluate(input)))).toBe(hex(finish(referenceBinValues.evaluate(input))));
    }
  });

  it('works on two lists by turns', () => {
    const inputs = [1, 2].map((seed) => inputOf(field, 40_000, 3, seed));
    const runs = inputs.map((input) => binValuesKernel().evaluate(input));
    for (let turn = 0; turn < 3; turn++) for (const run of runs) run.next();
    for (const [k, run] of runs.entries()) {
      expect(Buffer.compare(finish(run), finish(referenceBinValues.evaluate(inputs[k])))).toBe(0);
    }
  });

  it('leaves no multiple of the factor between two steps, nor at the end', () => {
    const pool = new ModulePool<BinValuesModule>(binValuesWasm);
    const own = new OwnMemory(pool);
    for (const _ of binValuesOnPool(pool).evaluate(inputOf(field, 40_000, 3))) expect(own.changed).toBe(0);
    expect(own.changed).toBe(0);
  });

  it('refuses a bin without a key', () => {
    const input = inputOf(field, 4, 3);
    const wrong = { ...input, bins: input.bins.with(7, BINS) };
    expect(() => finish(binValuesKernel().evaluate(wrong))).toThrow(/no key/);
  });
});

describe('binValuesFromModule', () => {
  it('gives the kernel that runs here', () => {
    expect(binValuesKernel()).not.toBe(referenceBinValues);
    expect(binValuesFromModule(binValuesWasm)).toBeDefined();
  });

  it('gives nothing for a module that is cut off, or that reads the table of another byte', () => {
    expect(binValuesFromModule(binValuesWasm.slice(0, 200))).toBeUndefined();
    // The offset 4096 of the second byte's table, as LEB128, becomes 8192.
    const wrong = atob(binValuesWasm).replaceAll('\x80\x20', '\x80\x40');
    expect(wrong).not.toBe(atob(binValuesWasm));
    expect(binValuesFromModule(btoa(wrong))).toBeUndefined();
  });
});
