import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FlagProtocol } from '../protocols/flag/index.ts';
import { type BenchCase, CASE_ID, requireEqual, selectCases, WrongResult } from './bench-case.ts';
import { sampleMs } from './benny-suite.ts';
import { flagCase, ideal } from './cases/flag.ts';
import { allCases } from './cases/index.ts';
import { parseCommand, runBench } from './command.ts';
import { measure } from './driver.ts';
import { readLargeList } from './experiments/large-list.ts';
import { fittedSlope, observeFailures } from './experiments/okvs-failure.ts';
import { madeUpReport } from './made-up-report.ts';
import { measuredIds, measuredTable } from './measured-table.ts';
import { type BenchReport, type CaseResult, loadReports } from './results.ts';
import { quantile } from '../src/measure/statistics.ts';
import { formatMs, formatRate } from './text-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'blindflag-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Doubling {
  readonly kind?: BenchCase['kind'];
  readonly result?: (run: number) => number;
  readonly close?: () => Promise<void>;
}

/** A case that doubles 21; `result` may plant a wrong answer in run number n, counted from 1. */
function doubling(id: string, { kind = 'micro', result = () => 42, close }: Doubling = {}): BenchCase {
  return {
    id,
    kind,
    securityModel: 'none',
    unit: 'number',
    items: 1,
    selection: 'short',
    repetitions: 2,
    setUp() {
      let runs = 0;
      let given = 0;
      const compute = (): void => {
        runs++;
        given = result(runs);
      };
      return Promise.resolve({
        run: kind === 'micro' ? compute : () => Promise.resolve().then(compute),
        check: () => requireEqual([given], [42], 'double of 21'),
        facts: () => ({ bytes: 8, rounds: 3 }),
        ...(close === undefined ? {} : { close }),
      });
    },
  };
}

describe('allCases', () => {
  it('have ids of the form area/op/params, none of them twice', () => {
    const ids = allCases.map(({ id }) => id);
    expect(ids.filter((id) => !CASE_ID.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(40);
  });

  it('name only baselines that are cases themselves', () => {
    const ids = new Set(allCases.map(({ id }) => id));
    const baselines = allCases.flatMap(({ baseline }) => (baseline === undefined ? [] : [baseline]));
    expect(baselines.length).toBeGreaterThan(0);
    expect(baselines.filter((id) => !ids.has(id))).toEqual([]);
  });

  it.each(['', 'group', 'group/multiply', 'a/b/c/d', 'A/b/c', 'a/b_c/d', 'a//c', 'a/b/c-'])(
    'CASE_ID refuses %j',
    (id) => {
      expect(CASE_ID.test(id)).toBe(false);
    },
  );

  it('give right results when all small ones run in short mode', async () => {
    const out = join(folder, 'short.json');
    const written: string[] = [];
    const report = await runBench(allCases, { only: [], short: true, out }, (text) => written.push(text));
    const expected = selectCases(allCases, { short: true }).map(({ id }) => id);
    expect(report.cases.map(({ id }) => id)).toEqual(expected);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(report);
    expect(written.join('')).toContain('flag/dh/4x1000');
    report.cases.forEach(expectCompleteResult);
  });
});

describe('check', () => {
  it.each(selectCases(allCases, { short: true }))('of $id refuses when nothing was run', async (bench) => {
    const prepared = await bench.setUp();
    if ('skipped' in prepared) throw new TypeError('Cannot check: a small case needs no data from elsewhere');
    expect(() => prepared.check()).toThrow(WrongResult);
    await prepared.close?.();
  });

  it('of a flag run refuses when one account of the answer is wrong', async () => {
    const faulty: FlagProtocol = {
      ...ideal,
      async run(io, parameters, items) {
        const answer = await ideal.run(io, parameters, items);
        return answer && { ...answer, flagged: answer.flagged.map((bit, row) => (row === 77 ? 1 - bit : bit)) };
      },
    };
    const size = { engine: 'ideal', institutions: 4, accounts: 100, repetitions: 1, selection: 'short' } as const;
    await expect(measure([flagCase({ ...size, protocol: faulty })], { short: true })).rejects.toThrow(WrongResult);
    await expect(measure([flagCase(size)], { short: true })).resolves.toBeDefined();
  });
});

function expectCompleteResult(result: CaseResult): void {
  const times = [result.medianMs, result.minMs, result.maxMs, result.p95Ms, result.opsPerSecond, result.nsPerItem];
  expect(times.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
  expect(result.iterations).toBeGreaterThanOrEqual(1);
  expect(result.items).toBeGreaterThanOrEqual(1);
  expect(result.securityModel.length).toBeGreaterThan(10);
  if (!result.id.startsWith('flag/')) return;
  for (const value of [result.bytes, result.bytesPerItem, result.rounds, result.peakRssBytes, result.cpuMs]) {
    expect(value).toBeGreaterThan(0);
  }
  expect(result.failureLog2).toBeLessThan(-40);
  expect(result.longestHoldMs).toBeGreaterThan(0);
  expect(result.longestHoldCpuMs).toBeLessThanOrEqual(result.longestHoldMs ?? 0);
}

describe('runBench', () => {
  it('writes date, commit, machine and every case', async () => {
    const out = join(folder, 'named.json');
    await runBench([doubling('a/b/c')], { only: [], short: true, out }, () => undefined);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual({
      format: 'blindflag-bench/1',
      name: 'named',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      commit: expect.stringMatching(/^([0-9a-f]{40}|unknown)$/),
      dirty: expect.any(Boolean),
      node: process.version,
      cpu: expect.any(String),
      cores: expect.any(Number),
      memoryBytes: expect.any(Number),
      loadAverage: expect.any(Number),
      short: true,
      skipped: [],
      cases: [expect.objectContaining({ id: 'a/b/c', bytes: 8, bytesPerItem: 8, rounds: 3 })],
    });
    expect(loadReports(folder).map(({ name }) => name)).toContain('named');
  });

  it('refuses a pattern that finds nothing', async () => {
    const options = { only: ['nothing-like-it'], short: true, out: undefined };
    await expect(runBench([doubling('a/b/c')], options, () => undefined)).rejects.toThrow('no case');
  });

  it('lists a case that cannot run here as skipped, with the reason', async () => {
    const skipping: BenchCase = { ...doubling('a/b/c'), setUp: () => Promise.resolve({ skipped: 'no data' }) };
    const written: string[] = [];
    const options = { only: [], short: true, out: undefined };
    const report = await runBench([skipping, doubling('a/b/d')], options, (text) => written.push(text));
    expect(report.skipped).toEqual([{ id: 'a/b/c', reason: 'no data' }]);
    expect(written.join('')).toContain('SKIPPED a/b/c: no data');
  });
});

describe('measure', () => {
  it.each(['micro', 'macro'] as const)('fails when a %s case is wrong from the first run on', async (kind) => {
    await expect(measure([doubling('a/b/c', { kind, result: () => 43 })], { short: true })).rejects.toThrow(
      WrongResult,
    );
  });

  it.each(['micro', 'macro'] as const)('fails when a %s case turns wrong in its second run', async (kind) => {
    const turning = doubling('a/b/c', { kind, result: (run) => (run === 1 ? 42 : 43) });
    await expect(measure([turning], { short: kind === 'micro' })).rejects.toThrow(WrongResult);
  });

  it('fails with the error of a case that throws while it is timed', async () => {
    const throwing = doubling('a/b/c', {
      result: (run) => {
        if (run > 2) throw new RangeError('planted');
        return 42;
      },
    });
    await expect(measure([throwing], { short: true })).rejects.toThrow('planted');
  });

  it('reports a speedup against the baseline when a case names one', async () => {
    const burn = (rounds: number) => (): number => {
      let sum = 0;
      for (let k = 0; k < rounds; k++) sum += Math.sqrt(k);
      return sum > 0 ? 42 : 0;
    };
    // A single pair, and CPU time is that of the engine's threads too: what they do meanwhile must not weigh.
    const slow = doubling('a/b/slow', { result: burn(20_000_000) });
    const fast: BenchCase = { ...doubling('a/b/fast', { result: burn(20_000) }), baseline: slow.id };
    const { results } = await measure([slow, fast], { short: true });
    expect(results[1].speedup).toMatchObject({ baseline: 'a/b/slow', pairs: 1 });
    expect(results[1].speedup?.median).toBeGreaterThan(1);
    expect(results[0].speedup).toBeUndefined();
  });

  it('reports a speedup by rounds when a macro case names a baseline', async () => {
    const waiting = (id: string, ms: number, baseline?: string): BenchCase => ({
      ...doubling(id, { kind: 'macro' }),
      items: ms === 30 ? 1 : 2,
      ...(baseline === undefined ? {} : { baseline }),
      setUp: () =>
        Promise.resolve({ run: () => new Promise((resolve) => setTimeout(resolve, ms)), check: () => undefined }),
    });
    const { results } = await measure([waiting('a/b/slow', 30), waiting('a/b/fast', 10, 'a/b/slow')]);
    expect(results[0].speedup).toBeUndefined();
    expect(results[1].speedup).toMatchObject({ baseline: 'a/b/slow', pairs: 2 });
    // By item: three times as long for half as many.
    expect(results[1].speedup?.median).toBeGreaterThan(1);
  });

  it('closes every macro case once, after its last repetition', async () => {
    let closed = 0;
    const close = (): Promise<void> => {
      closed++;
      return Promise.resolve();
    };
    const { results } = await measure([doubling('a/b/c', { kind: 'macro', close })]);
    expect(results[0].iterations).toBe(2);
    expect(closed).toBe(1);
  });
});

describe('sampleMs', () => {
  it('rejects with the error itself when the function throws', async () => {
    let calls = 0;
    const run = (): void => {
      if (++calls > 3) throw new RangeError('planted');
    };
    await expect(sampleMs('x', run, { maxTime: 0.01, minSamples: 1, minTime: 0.001 })).rejects.toThrow(RangeError);
  });
});

describe('selectCases', () => {
  const cases: readonly BenchCase[] = [
    { ...doubling('a/b/small'), selection: 'short' },
    { ...doubling('a/b/large'), selection: 'default' },
    { ...doubling('a/b/huge'), selection: 'on-request' },
  ];
  const idsOf = (options?: Parameters<typeof selectCases>[1]): string[] =>
    selectCases(cases, options).map(({ id }) => id.slice(4));

  it('takes all but on-request cases when nothing is said', () => {
    expect(idsOf()).toEqual(['small', 'large']);
  });
  it('takes small cases alone when short', () => {
    expect(idsOf({ short: true })).toEqual(['small']);
  });
  it('takes what a pattern finds, and an on-request case by its whole id alone', () => {
    expect(idsOf({ only: ['large|huge'] })).toEqual(['large']);
    expect(idsOf({ only: ['a/b/huge'] })).toEqual(['huge']);
  });
  it('takes nothing else when a whole id is said, be it the beginning of another', () => {
    const longer: BenchCase = { ...doubling('a/b/small-2'), selection: 'default' };
    expect(selectCases([...cases, longer], { only: ['a/b/small'] })).toHaveLength(1);
    expect(selectCases([...cases, longer], { only: ['a/b/sm'] })).toHaveLength(2);
  });
});

describe('parseCommand', () => {
  it('reads all options, and refuses others', () => {
    const command = parseCommand(['--only', 'flag', '--only', 'opprf', '--short', '--out', 'x.json']);
    expect(command).toEqual({ only: ['flag', 'opprf'], short: true, out: 'x.json', list: false });
    expect(() => parseCommand(['--fast'])).toThrow(TypeError);
  });
});

describe('quantile', () => {
  it('interpolates between sorted samples', () => {
    expect([0, 0.25, 0.5, 1].map((q) => quantile([10, 2, 9], q))).toEqual([2, 5.5, 9, 10]);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('formatMs', () => {
  it('chooses the unit and keeps three digits', () => {
    expect([12_345, 1.5, 0.01234, 0.0000042].map(formatMs)).toEqual(['12.3 s', '1.5 ms', '12.3 µs', '4.2 ns']);
    expect([2.5e9, 1234, 12].map(formatRate)).toEqual(['2.5 G/s', '1.23 k/s', '12 /s']);
  });
});

describe('measuredTable', () => {
  const resultOf = (id: string): CaseResult => ({
    id,
    securityModel: 'none',
    unit: 'thing',
    items: 1000,
    iterations: 1,
    medianMs: 1500,
    minMs: 1500,
    maxMs: 1500,
    p95Ms: 1500,
    opsPerSecond: 2 / 3,
    nsPerItem: 1.5e6,
    bytes: 378_000,
    bytesPerItem: 378,
  });
  const report = (ids: readonly string[], short = false): BenchReport => madeUpReport(ids.map(resultOf), { short });
  const without = (id: string): string[] => measuredIds.filter((known) => known !== id);

  it('rests on cases of a default run alone', () => {
    const ids = new Set(selectCases(allCases).map(({ id }) => id));
    expect(measuredIds.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('has a row for each case, and says when and where', () => {
    const table = measuredTable([report(measuredIds)]);
    for (const id of measuredIds) expect(table).toContain(`| \`${id}\` |`);
    expect(table).toContain('1.5 s, 378 kB sent (378 B per account)');
    expect(table).toContain('Measured 2026-11-24 on 2 cores of a processor, Node 20.20.2, commit 0123456789ab;');
  });

  it('can be made from the stored results', () => {
    expect(measuredTable(loadReports())).toContain('flag/vole/5x100000');
  });

  it('leaves out AMLSim where its data was absent, and refuses results that lack another case', () => {
    expect(measuredTable([report(without('flag/amlsim/vole-4x5000'))])).not.toContain('amlsim');
    expect(() => measuredTable([report(without('opprf/programme/records-4096'))])).toThrow(RangeError);
  });

  it('refuses results of short mode, and a case that two reports hold', () => {
    expect(() => measuredTable([report(measuredIds, true)])).toThrow(RangeError);
    expect(() => measuredTable([report(measuredIds), report(measuredIds)])).toThrow(RangeError);
  });
});

describe('readLargeList', () => {
  it('finds the accounts of the text that it makes, and leaves nothing on disk', async () => {
    const spill = join(folder, 'spill');
    expect(await readLargeList(10_001, spill)).toMatchObject({ rows: 10_001, distinct: 9_801, diskBytes: 440_044 });
    expect(readdirSync(spill)).toEqual([]);
  });
});

describe('observeFailures (seed okvs-failure)', () => {
  it('sees a narrow band fail about as often as the formula says, and a wide one never', () => {
    const narrow = observeFailures(32, 1024, 60);
    expect(narrow.failures).toBeGreaterThan(0);
    expect(narrow.failures).toBeLessThan(60);
    expect(observeFailures(256, 1024, 20)).toMatchObject({ failures: 0, trials: 20 });
  });

  it('gives an interval that holds the measured rate', () => {
    const { measuredBits = NaN, lowestBits = NaN, highestBits = NaN } = observeFailures(32, 1024, 60);
    expect(lowestBits).toBeLessThan(measuredBits);
    expect(highestBits).toBeGreaterThan(measuredBits);
  });
});

describe('fittedSlope', () => {
  it('finds the slope of rates on a line, and none from a single rate', () => {
    const at = (bandBits: number, measuredBits: number) => ({
      bandBits,
      measuredBits,
      keys: 1,
      columns: 1,
      trials: 100,
      failures: 50,
      expectedBits: 0,
    });
    expect(fittedSlope([at(40, 1), at(48, 3), at(56, 5)])).toBe(0.25);
    expect(fittedSlope([at(40, 1)])).toBeUndefined();
  });
});
