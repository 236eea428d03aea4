import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { proportionOf } from '../../src/measure/measure-question.ts';
import { quietRuns } from '../../src/measure/quiet-runs.ts';
import { spread } from '../../src/measure/statistics.ts';
import { growthsOf, outOfBounds } from '../growth.ts';
import { installedVersion } from '../own-package.ts';
import { peerRatios } from '../peers/peer-ratios.ts';
import { ratioOf } from '../ratio.ts';
import { loadReports } from '../results.ts';
import { compareResults } from './compare.ts';
import { drawPlot, plotMark } from './draw.ts';
import { loadPage } from './page-results.ts';
import { PLOT_NAMES, plotSpecs } from './plots.ts';
import { questionsTable } from './questions-table.ts';
import { knownQuantities, quotedIn } from './quoted-numbers.ts';
import { renderPage } from './render-page.ts';

const PAGE = 'bench/RESULTS.md';
const results = loadPage();
const specs = plotSpecs(results.parties);

describe('RESULTS.md', () => {
  it('says so when it rests on a short run', () => {
    const said = (short: boolean): boolean =>
      renderPage({
        ...results,
        parties: { ...results.parties, short },
        peers: { ...results.peers, short: false },
      }).includes('**Of a short run: questions and committee.**');
    expect([true, false].map(said)).toEqual([true, false]);
  });

  it('is what the stored results say, to the last digit', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(renderPage(results));
  });

  it('would differ if one number in it were another', () => {
    const [row, ...rest] = results.parties.rows;
    const changed = { ...row, wallMs: { ...row.wallMs, median: 2 * row.wallMs.median } };
    const page = renderPage({ ...results, parties: { ...results.parties, rows: [changed, ...rest] } });
    expect(page).not.toBe(readFileSync(PAGE, 'utf8'));
  });

  it('has a table of every part, and names no plot that is not there', () => {
    const page = readFileSync(PAGE, 'utf8');
    for (const heading of [
      'overlap',
      'flag',
      'Links',
      'Committee',
      'Other libraries',
      'cryptographic core',
      'Growth',
    ]) {
      expect(page).toMatch(new RegExp(`^## .*${heading}`, 'm'));
    }
    for (const [, file] of page.matchAll(/\]\((plots\/[^)]+)\)/g)) expect(existsSync(`bench/${file}`), file).toBe(true);
  });
});

describe('ratios of the stored results', () => {
  it('are what their samples give', () => {
    const { core, otherCore, peers, parties } = results;
    const speedups = [core, otherCore].flatMap((report) =>
      (report?.cases ?? []).flatMap(({ speedup }) => speedup ?? []),
    );
    expect(speedups.length).toBeGreaterThan(30);
    for (const speedup of speedups) {
      expect(ratioOf(speedup.baseline, speedup.of, speedup.samplesMs)).toEqual(speedup);
    }
    for (const row of peers.rows) expect(peerRatios(row, peers.rows), row.library).toEqual(row.ratios);
    const sampled = parties.rows.flatMap((row) =>
      row.samplesMs === undefined ? [] : [{ ...row, samplesMs: row.samplesMs }],
    );
    expect(sampled.length).toBeGreaterThan(30);
    for (const { id, samplesMs, runs, cpuMs, proportion } of sampled) {
      const counted = quietRuns(samplesMs.slowest, samplesMs.quickestMs);
      expect([id, runs, proportion]).toEqual([id, counted.length, proportionOf(samplesMs)]);
      expect(spread(counted.map((run) => samplesMs.cpu[run]))).toEqual(cpuMs);
    }
  });
});

describe('questionsTable', () => {
  const parties = { ...results.parties, node: 'v20.0.0' };
  const [stored] = results.parties.rows;
  // With quiet cores, whichever it had.
  const some = { ...stored, proportion: 1 };
  const rowOf = (changes: Partial<typeof some>, settings: Partial<typeof some.settings>): typeof some => ({
    ...some,
    link: 'loopback',
    node: parties.node,
    state: 'warm',
    baseTransfers: 'kept',
    threads: 0,
    ...changes,
    settings: { ...some.settings, engine: 'vole', ...settings },
  });
  const wall = (ms: number): Partial<typeof some> => ({ wallMs: { median: ms, min: ms, max: ms } });
  const overlap = { question: 'overlap', institutions: 2, security: 'semi-honest' } as const;
  const flag = { question: 'flag', engine: 'vole', institutions: 5 };
  const flagRow = (accounts: number, ms: number): typeof some => ({
    ...rowOf(wall(ms), {}),
    settings: { ...flag, accounts },
  });
  const rows = [
    rowOf(wall(1), { ...overlap, accounts: 2 ** 16 }),
    rowOf({ ...wall(99), baseTransfers: 'fresh' }, { ...overlap, accounts: 2 ** 20 }),
    rowOf({ ...wall(99), threads: 2 }, { ...overlap, accounts: 2 ** 20 }),
    rowOf(wall(2), { ...overlap, accounts: 2 ** 20 }),
    rowOf(wall(3), { ...overlap, accounts: 2 ** 20, security: 'malicious' }),
    rowOf(wall(4), { ...overlap, accounts: 2 ** 22 }),
    flagRow(100_000, 5),
    flagRow(2 ** 20, 6),
    flagRow(2 ** 22, 7),
  ];
  const ratio = (baseline: string, times: number) => ({ baseline, pairs: 1, times, median: 1, min: 1, max: 1 });
  const peers = {
    ...results.peers,
    rows: results.peers.rows.slice(0, 1).map((row) => ({
      ...row,
      task: 'overlap-65536',
      library: 'another',
      ratios: [ratio('blindflag, base transfers kept', 42), ratio('blindflag, base transfers fresh', 24)],
    })),
  };

  it('shows warm questions with kept base transfers, and others beside the same one', () => {
    const lines = questionsTable({ parties: { ...parties, rows }, peers })
      .split('\n')
      .slice(2, 9);
    expect(lines.map((line) => line.split(' | ')[1])).toEqual([1, 2, 3, 4, 5, 6, 7].map((ms) => `${ms} ms`));
    expect(lines.map((line) => line.includes('another 42 ×'))).toEqual([true, ...Array(6).fill(false)]);
  });

  it('names a question that was not measured', () => {
    expect(() => questionsTable({ parties: { ...parties, rows: rows.slice(0, -1) }, peers })).toThrow(/5 × 4,194,304/);
  });
});

describe('plots', () => {
  it.each(PLOT_NAMES)('%s shows the stored results', (name) => {
    const svg = readFileSync(`bench/plots/${name}.svg`, 'utf8');
    expect(svg.startsWith(plotMark(specs[name]))).toBe(true);
    expect(svg).toContain('</svg>');
  });

  it('are marked otherwise when a number in them is another', () => {
    const text = JSON.stringify(specs['overlap-scaling']).replace(/"seconds":[\d.]+/, '"seconds":1234');
    expect(plotMark(JSON.parse(text))).not.toBe(plotMark(specs['overlap-scaling']));
  });

  // Vega is installed by npm run bench:page, and by nothing else.
  it.runIf(installedVersion('page', 'vega') !== undefined)('can be drawn where Vega is installed', async () => {
    expect(await drawPlot(specs['flag-bytes'])).toBe(readFileSync('bench/plots/flag-bytes.svg', 'utf8'));
  });
});

describe('numbers in prose', () => {
  const known = knownQuantities([results, loadReports()]);
  /** Generated parts are compared whole with what makes them. */
  const proseOf = (file: string): string =>
    readFileSync(file, 'utf8').replace(/<!-- begin: ([a-z0-9 -]+) -->[\s\S]*?<!-- end: \1 -->/g, '');

  it('of README.md are in the results', () => {
    expect(quotedIn(proseOf('README.md')).filter((quoted) => !known.has(quoted))).toEqual([]);
  });

  it('are found when they are not', () => {
    const [row] = results.parties.rows;
    // The tables write three digits.
    const invented = 'It takes 987.65 ms and 4321 MB, 31.4159 × the reference, at 76.54 M/s.';
    expect(quotedIn(invented)).toEqual(['987.65 ms', '4321 MB', '31.4159 ×', '76.54 M/s']);
    expect(quotedIn(invented).filter((quoted) => !known.has(quoted))).toHaveLength(4);
    expect(known.has(`${Number((row.bytes / 1e3).toPrecision(3))} kB`) || row.bytes >= 1e6).toBe(true);
    expect(quotedIn('five times 3 × 4 in `9 ms` of node 20')).toEqual([]);
  });
});

describe('compareResults', () => {
  /** As if the yardstick had always taken a millisecond. */
  const rows = results.parties.rows.map((row) => ({ ...row, proportion: row.cpuMs.median }));
  const full = {
    ...results,
    peers: { ...results.peers, short: false },
    parties: { ...results.parties, rows, short: false },
  };
  /** Every question, by the yardstick, so many times what it was. */
  const timesOf = (factor: (id: string) => number): typeof full => ({
    ...full,
    parties: {
      ...full.parties,
      rows: rows.map((row) => ({ ...row, proportion: factor(row.id) * row.proportion })),
    },
  });

  it('finds the stored results equal to themselves, also with a yardstick that takes half the time', () => {
    const same = compareResults(full, full);
    expect(same.compared).toBeGreaterThan(30);
    expect(same.different).toEqual([]);
    const halved = timesOf(() => 2);
    expect(compareResults(full, halved)).toEqual(same);
  });

  it('finds one question that takes longer than before in proportion to the others, and one kernel', () => {
    const large = rows.find(({ state, runs, cpuMs }) => state === 'warm' && runs >= 3 && cpuMs.median > 100);
    const after = timesOf((id) => (id === large?.id ? 1.2 : 1));
    expect(compareResults(full, after).different.map(({ name }) => name)).toEqual([
      `parties ${large?.id}, by the yardstick`,
    ]);
    const cases = full.core.cases.map((result) =>
      result.id === 'group/multiply/portable-256' && result.speedup !== undefined
        ? { ...result, speedup: { ...result.speedup, times: 0.8 * result.speedup.times } }
        : result,
    );
    const slower = { ...full, core: { ...full.core, cases } };
    expect(compareResults(full, slower).different.map(({ name }) => name)).toEqual([
      'core group/multiply/portable-256',
    ]);
  });

  it('leaves out whole runs of the core below its least CPU time, and compares longer ones', () => {
    const [{ speedup: _, ...some }] = full.core.cases;
    const withRun = (cpuMs: number, times: number): typeof full => {
      const base = { ...some, id: 'a/run/base', cpuMs: 1000 };
      const speedup = ratioOf(base.id, 'total', { own: [1, 1], baseline: [times, times] });
      const run = { ...some, id: 'a/run/own', cpuMs, speedup };
      return { ...full, core: { ...full.core, cases: [base, run] } };
    };
    const different = (cpuMs: number): readonly string[] =>
      compareResults(withRun(cpuMs, 2), withRun(cpuMs, 3)).different.map(({ name }) => name);
    expect(different(99)).toEqual([]);
    expect(different(100)).toEqual(['core a/run/own']);
  });

  it('leaves out first runs of processes, and short runs', () => {
    expect(rows.filter(({ state, runs }) => state === 'cold' && runs >= 3).length).toBeGreaterThan(0);
    const cold = timesOf((id) => (id.includes('/cold-') ? 3 : 1));
    expect(compareResults(full, cold).different).toEqual([]);
    const short = { ...full, parties: { ...full.parties, short: true }, peers: { ...full.peers, short: true } };
    expect(compareResults(short, full).compared).toBeLessThan(compareResults(full, full).compared);
  });
});

// A short run has too few sizes to fit.
describe.skipIf(results.parties.short)('growth in the stored results', () => {
  it('is within its bounds', () => {
    const growths = growthsOf(results.parties.rows);
    expect(growths.length).toBeGreaterThan(0);
    expect(growths.flatMap(outOfBounds)).toEqual([]);
  });
});
