import { describe, expect, it } from 'vitest';
import type { PartySummary } from '../../src/measure/measure-question.ts';
import { disturbedAmong, isDisturbed, quieterOf, requireSame } from './attempts.ts';
import type { PartiesReport, PartiesRow } from './parties-report.ts';

const PARTY: PartySummary = {
  party: 'bank-0',
  roles: [],
  cpuMs: 1,
  peakRssBytes: 100,
  sentBytes: 1,
  receivedBytes: 1,
  mostToOneBytes: 1,
};
const TIMES = { median: 1, min: 1, max: 1 };
const ROW: PartiesRow = {
  id: 'some',
  node: 'v20.0.0',
  link: 'loopback',
  settings: { question: 'overlap', engine: 'vole', accounts: 1024, institutions: 2 },
  state: 'warm',
  baseTransfers: 'kept',
  threads: 0,
  runs: 3,
  correct: true,
  protocol: 'p',
  securityModel: 's',
  rounds: 1,
  failureLog2: -40,
  wallMs: TIMES,
  cpuMs: TIMES,
  bytes: 1,
  parties: [PARTY],
};

/** Of runs beside which the slowest core took so long, where its quickest time is 10. */
function rowOf(id: string, slowest: readonly number[], more: Partial<PartiesRow> = {}): PartiesRow {
  const samplesMs = { cpu: slowest.map(() => 1), yardstick: slowest, slowest, quickestMs: 10 };
  const counted = slowest.toSorted((a, b) => a - b).slice(0, 3);
  const proportion = counted.every((ms) => ms <= 11) ? { proportion: 0.1 } : {};
  return { ...ROW, id, samplesMs, ...proportion, ...more };
}
const allAsk = (ms: number, slowestMs: number) => ({
  wallMs: { median: ms, min: ms, max: ms },
  slowestMs,
  quickestMs: 10,
});
const namesOf = (rows: readonly PartiesRow[]): readonly string[] => rows.map(({ id }) => id);

describe('disturbedAmong', () => {
  it('finds questions that had a core that was not quiet beside a run that counts, or whose askers in turn had', () => {
    const rows = [
      rowOf('quiet', [10, 10.5, 10]),
      rowOf('quiet three times', [10, 10.5, 10, 16, 16, 16]),
      rowOf('quiet twice', [10, 10, 12.9]),
      rowOf('all in turn', [10, 10, 10], { allAsk: allAsk(1, 12) }),
      rowOf('quiet in turn', [10, 10, 10], { allAsk: allAsk(1, 11) }),
    ];
    expect(namesOf(disturbedAmong(rows))).toEqual(['quiet twice', 'all in turn']);
    expect(namesOf(rows.filter(isDisturbed))).toEqual(['quiet twice']);
  });

  it('leaves out what takes too long for any attempt to be quiet', () => {
    const large = (accounts: number): PartiesRow =>
      rowOf('large', [16], { settings: { ...ROW.settings, accounts, institutions: 5 } });
    const sizes = [2 ** 20, 2 ** 22].map((accounts) => disturbedAmong([large(accounts)]).length);
    expect(sizes).toEqual([1, 0]);
  });
});

describe('quieterOf', () => {
  it('keeps of two attempts the one with quieter cores, whatever it measured, and sets the other aside', () => {
    const first = [rowOf('a', [10, 10, 12]), rowOf('b', [10]), rowOf('c', [15])];
    const second = [rowOf('b', [11]), rowOf('a', [11, 11, 11, 19], { runs: 7 })];
    const rows = quieterOf(first, second);
    expect(namesOf(rows)).toEqual(['a', 'b', 'c']);
    expect(rows.map(({ samplesMs }) => samplesMs?.slowest)).toEqual([[11, 11, 11, 19], [10], [15]]);
    expect(rows.map(({ setAside }) => setAside?.slowest)).toEqual([[10, 10, 12], [11], undefined]);
    expect(rows[0].runs).toBe(7);
  });

  it('keeps the larger memory, and adds what was not asked before', () => {
    const first = [rowOf('a', [12])];
    const second = [rowOf('a', [10], { parties: [{ ...PARTY, peakRssBytes: 40 }] }), rowOf('new', [10])];
    const rows = quieterOf(first, second);
    expect(namesOf(rows)).toEqual(['a', 'new']);
    expect(rows[0].samplesMs?.slowest).toEqual([10]);
    expect(rows[0].parties[0].peakRssBytes).toBe(100);
  });

  it('chooses for askers in turn by their own yardstick', () => {
    const first = [rowOf('a', [12], { allAsk: allAsk(1, 10) }), rowOf('b', [10], { allAsk: allAsk(1, 12) })];
    const second = [rowOf('a', [10], { allAsk: allAsk(2, 11) }), rowOf('b', [12], { allAsk: allAsk(2, 11) })];
    const rows = quieterOf(first, second);
    expect(rows.map(({ samplesMs }) => samplesMs?.slowest)).toEqual([[10], [10]]);
    expect(rows.map((row) => row.allAsk?.wallMs.median)).toEqual([1, 2]);
  });
});

describe('requireSame', () => {
  it('refuses to ask again at another commit, Node or machine, or in another mode', () => {
    const same = { commit: 'c', dirty: false, node: 'v20.0.0', cpu: 'some', short: false };
    const first = { ...same, rows: [] } as unknown as PartiesReport;
    expect(() => requireSame(first, same)).not.toThrow();
    for (const other of [{ commit: 'd' }, { dirty: true }, { node: 'v20.0.1' }, { cpu: 'other' }, { short: true }]) {
      expect(() => requireSame(first, { ...same, ...other })).toThrow(/again/);
    }
  });
});
