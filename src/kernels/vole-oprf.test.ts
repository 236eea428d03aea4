import { describe, expect, it } from 'vitest';
import { fieldBytes, type VoleField } from '../crypto/gf2.ts';
import { okvsColumns } from '../crypto/okvs.ts';
import { Prg } from '../crypto/prg.ts';
import { finish, type Steps } from '../crypto/steps.ts';
import { type DecodeInput, referenceVoleOprf, type VoleOprf, type VoleOprfShape } from '../crypto/vole-oprf.ts';
import { voleOprfWasm } from './generated/vole-oprf-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { voleOprfFromModule, voleOprfKernel } from './vole-oprf.ts';
import { VoleOprfJob, type VoleOprfModule } from './vole-oprf-job.ts';
import { passesVoleOprfSelfTest } from './vole-oprf-self-test.ts';
import { BAND_CASES } from '../../test/support/band-cases.ts';
import { itLeavesNothing, OwnMemory } from '../../test/support/own-memory.ts';

interface Case extends DecodeInput {
  readonly a: Uint8Array;
  readonly delta: Uint8Array;
}

function caseOf(count: number, capacity: number, field: VoleField): Case {
  const prg = new Prg(new Uint8Array(32).fill(count), new Uint8Array(), `vole-oprf kernel test ${field}`);
  const columns = okvsColumns(capacity);
  return {
    salt: prg.bytes(32),
    records: prg.bytes(32 * count),
    a: prg.bytes(columns * fieldBytes(field)),
    c: prg.bytes(16 * columns),
    delta: prg.bytes(16),
  };
}

/** D = A + P. */
function differencesOf(by: VoleOprf, shape: VoleOprfShape, input: Case): Uint8Array {
  const { a } = input;
  return finish(by.encode(shape, input)).map((byte, k) => byte ^ a[k]);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe.each(['gf64', 'gf128'] as const)('voleOprfKernel over %s', (field) => {
  it.each(BAND_CASES)('gives the bytes of the reference for %i records of capacity %i', (count, capacity) => {
    const shape = { rowCount: capacity, field };
    const input = caseOf(count, capacity, field);
    const run = (by: VoleOprf): readonly string[] => {
      const differences = differencesOf(by, shape, input);
      const values = finish(by.decode(shape, input));
      const held = { ...input, k: input.c, differences };
      const strangers = caseOf(37, capacity, field).records;
      const own = finish(by.evaluate(shape, held));
      return [differences, values, own, finish(by.evaluate(shape, { ...held, records: strangers }))].map(hex);
    };
    expect(run(voleOprfKernel())).toEqual(run(referenceVoleOprf));
  });

  it.each(BAND_CASES)(
    'gives the same from rows that it expanded before, for %i records of capacity %i',
    (count, capacity) => {
      const shape = { rowCount: capacity, field };
      const input = caseOf(count, capacity, field);
      const kernel = voleOprfKernel();
      const run = (expandedRows: Uint8Array | undefined): readonly string[] => {
        const differences = differencesOf(kernel, shape, { ...input, expandedRows });
        const values = finish(kernel.decode(shape, { ...input, expandedRows }));
        return [
          differences,
          values,
          finish(kernel.evaluate(shape, { ...input, k: input.c, differences, expandedRows })),
        ].map(hex);
      };
      const expandedRows = finish(kernel.expandRows(shape, input));
      expect(expandedRows).toBeDefined();
      expect(run(expandedRows)).toEqual(run(undefined));
    },
  );
});

describe('voleOprfKernel', () => {
  it('is the module, not the reference', () => {
    expect(voleOprfKernel()).not.toBe(referenceVoleOprf);
  });

  it('has room wherever rows start, and solves all tables itself', () => {
    const pool = new ModulePool<VoleOprfModule>(voleOprfWasm);
    for (const [count, capacity] of [...BAND_CASES, [4000, 30_000], [100_000, 100_000], [262_144, 262_144]] as const) {
      const job = new VoleOprfJob(pool, { rowCount: capacity, field: 'gf64' }, { count, gives: 'table' });
      expect(finish(job.encode(caseOf(count, capacity, 'gf64')))).toBeDefined();
    }
  });

  it('evaluates a list that has one record many times, so that most rows start in one place', () => {
    // Two parts, with room for 16,385 rows in one.
    const shape = { rowCount: 20_000, field: 'gf64' as const };
    const input = caseOf(20_000, 20_000, 'gf64');
    const differences = differencesOf(referenceVoleOprf, shape, input);
    const records = input.records.slice();
    for (let row = 100; row < 19_500; row++) records.copyWithin(32 * row, 32 * 99, 32 * 100);
    const held = { ...input, records, k: input.c, differences };
    const expandedRows = finish(voleOprfKernel().expandRows(shape, held));
    const expected = hex(finish(referenceVoleOprf.evaluate(shape, held)));
    for (const rows of [undefined, expandedRows]) {
      expect(hex(finish(voleOprfKernel().evaluate(shape, { ...held, expandedRows: rows })))).toBe(expected);
    }
  });

  it('refuses rows of another number of records', () => {
    const shape = { rowCount: 1000, field: 'gf64' as const };
    const expandedRows = finish(voleOprfKernel().expandRows(shape, caseOf(999, 1000, 'gf64')));
    expect(() => finish(voleOprfKernel().encode(shape, { ...caseOf(1000, 1000, 'gf64'), expandedRows }))).toThrow(
      RangeError,
    );
  });

  it('works on two exchanges by turns', () => {
    const shape = { rowCount: 30_000, field: 'gf64' as const };
    const inputs = [30_000, 29_999].map((count) => caseOf(count, 30_000, 'gf64'));
    const runs = inputs.flatMap((input) => [
      voleOprfKernel().encode(shape, input),
      voleOprfKernel().decode(shape, input),
    ]);
    const made = new Map<number, string>();
    while (made.size < runs.length) {
      for (const [i, run] of runs.entries()) {
        const step = run.next();
        if (step.done && step.value !== undefined) made.set(i, hex(step.value));
      }
    }
    for (const [i, input] of inputs.entries()) {
      expect(made.get(2 * i)).toBe(hex(finish(referenceVoleOprf.encode(shape, input))));
      expect(made.get(2 * i + 1)).toBe(hex(finish(referenceVoleOprf.decode(shape, input))));
    }
  });

  it('names a record that is there twice, also after it has been used', () => {
    const input = caseOf(3000, 3000, 'gf64');
    input.records.copyWithin(32 * 2999, 32 * 17, 32 * 18);
    const shape = { rowCount: 3000, field: 'gf64' as const };
    expect(() => finish(voleOprfKernel().encode(shape, input))).toThrow(
      expect.objectContaining({ code: 'duplicate-item' }),
    );
    const other = caseOf(2999, 3000, 'gf64');
    expect(hex(finish(voleOprfKernel().encode(shape, other)))).toBe(
      hex(finish(referenceVoleOprf.encode(shape, other))),
    );
  });

  it('refuses what the reference refuses', () => {
    const shape = { rowCount: 10, field: 'gf64' as const };
    const input = caseOf(10, 10, 'gf64');
    const held = { ...input, k: input.c, differences: input.a };
    for (const by of [voleOprfKernel(), referenceVoleOprf]) {
      for (const wrong of [
        { records: new Uint8Array(32 * 11) },
        { records: new Uint8Array(33) },
        { salt: new Uint8Array(31) },
      ]) {
        expect(() => finish(by.encode(shape, { ...input, ...wrong }))).toThrow(RangeError);
        expect(() => finish(by.decode(shape, { ...input, ...wrong }))).toThrow(RangeError);
      }
      expect(() => finish(by.decode(shape, { ...input, c: input.c.subarray(16) }))).toThrow(RangeError);
      for (const wrong of [
        { records: new Uint8Array(31) },
        { k: held.k.subarray(16) },
        { differences: held.differences.subarray(8) },
        { delta: new Uint8Array(15) },
      ]) {
        expect(() => finish(by.evaluate(shape, { ...held, ...wrong }))).toThrow(RangeError);
      }
    }
  });
});

describe('VoleOprfJob', () => {
  const pool = new ModulePool<VoleOprfModule>(voleOprfWasm);
  const own = new OwnMemory(pool);
  const shape = { rowCount: 2000, field: 'gf128' as const };
  const input = caseOf(2000, 2000, 'gf128');
  const held = { ...input, k: input.c, differences: differencesOf(referenceVoleOprf, shape, input) };
  const job = (gives: 'table' | 'values'): VoleOprfJob => new VoleOprfJob(pool, shape, { count: 2000, gives });
  const expanding = (): Steps<Uint8Array> =>
    new VoleOprfJob(pool, shape, { count: 2000, gives: 'rows' }).expandRows(input);
  const jobOnRows = (gives: 'table' | 'values'): VoleOprfJob =>
    new VoleOprfJob(pool, shape, { count: 2000, gives, expandedRows: finish(expanding()) });
  const computations = [
    ['encoded', () => job('table').encode(input)],
    ['decoded', () => job('values').decode(input)],
    ['evaluated', () => job('values').evaluate(held)],
    ['encoded expanded rows', () => jobOnRows('table').encode(input)],
    ['decoded expanded rows', () => jobOnRows('values').decode(input)],
    ['evaluated expanded rows', () => jobOnRows('values').evaluate(held)],
  ] as const;

  itLeavesNothing(own, computations);

  it('leaves nothing in the module’s own memory when it has expanded rows, or some of them', () => {
    finish(expanding());
    expect(own.changed).toBe(0);
    const steps = expanding();
    steps.next();
    expect(own.changed).toBeGreaterThan(0);
    steps.return(new Uint8Array(0));
    expect(own.changed).toBe(0);
  });
});

describe('passesVoleOprfSelfTest', () => {
  it('takes the reference, and nothing that gives another value', () => {
    expect(passesVoleOprfSelfTest(referenceVoleOprf)).toBe(true);
    const wrong: VoleOprf = {
      ...referenceVoleOprf,
      evaluate: (shape, input) => referenceVoleOprf.evaluate(shape, { ...input, delta: new Uint8Array(16) }),
    };
    expect(passesVoleOprfSelfTest(wrong)).toBe(false);
  });
});

describe('voleOprfFromModule', () => {
  it('gives nothing for bytes that are no module, and for a module whose code was changed', () => {
    expect(voleOprfFromModule(voleOprfWasm)).toBeDefined();
    expect(voleOprfFromModule('AGFzbQEAAAA=')).toBeUndefined();
    const bytes = Buffer.from(voleOprfWasm, 'base64');
    // The rotation by 12 of ChaCha becomes one by 11: valid code, wrong rows.
    const at = bytes.indexOf(Buffer.from([0x41, 12, 0xfd, 0xab, 0x01]));
    expect(at).toBeGreaterThan(0);
    bytes[at + 1] = 11;
    expect(voleOprfFromModule(bytes.toString('base64'))).toBeUndefined();
  });
});
