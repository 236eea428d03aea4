import { describe, expect, it } from 'vitest';
import { loadPage } from '../page/page-results.ts';
import { disturbedAmong, quieterOf } from './attempts.ts';
import type { PartiesRow } from './parties-report.ts';

const [{ allAsk: _, samplesMs: __, ...some }] = loadPage().parties.rows;

function rowOf(id: string, yardstick: readonly number[], more: Partial<PartiesRow> = {}): PartiesRow {
  const settings = { question: 'overlap', engine: 'vole', accounts: 1024, institutions: 2 };
  return { ...some, id, settings, samplesMs: { cpu: yardstick.map(() => 1), yardstick }, ...more };
}
const allAsk = (ms: number, yardstickMs: number) => ({ wallMs: { median: ms, min: ms, max: ms }, yardstickMs });
const namesOf = (rows: readonly PartiesRow[]): readonly string[] => rows.map(({ id }) => id);

describe('disturbedAmong', () => {
  it('finds questions whose runs that count had slower cores than others, or whose askers in turn had', () => {
    const rows = [
      rowOf('quiet', [10, 10.5, 10]),
      rowOf('quiet three times', [10, 10.5, 10, 16, 16, 16]),
      rowOf('quiet once', [10, 14, 14]),
      rowOf('all in turn', [10, 10, 10], { allAsk: allAsk(1, 12) }),
      { ...some, id: 'without yardstick' },
    ];
    expect(namesOf(disturbedAmong(rows))).toEqual(['quiet once', 'all in turn', 'without yardstick']);
  });

  it('leaves out what takes too long for any attempt to be quiet', () => {
    const large = (accounts: number): PartiesRow =>
      rowOf('large', [16], { settings: { ...some.settings, accounts, institutions: 5 } });
    const sizes = [2 ** 20, 2 ** 22].map((accounts) => disturbedAmong([rowOf('quiet', [10]), large(accounts)]).length);
    expect(sizes).toEqual([1, 0]);
  });
});

describe('quieterOf', () => {
  it('keeps of two attempts the one with the quicker yardstick, whatever it measured', () => {
    const first = [rowOf('a', [12]), rowOf('b', [10]), rowOf('c', [15])];
    const second = [rowOf('b', [11]), rowOf('a', [11], { runs: 7 })];
    const rows = quieterOf(first, second);
    expect(namesOf(rows)).toEqual(['a', 'b', 'c']);
    expect(rows.map(({ samplesMs }) => samplesMs?.yardstick)).toEqual([[11], [10], [15]]);
    expect(rows[0].runs).toBe(7);
  });

  it('chooses for askers in turn by their own yardstick', () => {
    const first = [rowOf('a', [12], { allAsk: allAsk(1, 10) }), rowOf('b', [10], { allAsk: allAsk(1, 12) })];
    const second = [rowOf('a', [10], { allAsk: allAsk(2, 11) }), rowOf('b', [12], { allAsk: allAsk(2, 11) })];
    const rows = quieterOf(first, second);
    expect(rows.map(({ samplesMs }) => samplesMs?.yardstick)).toEqual([[10], [10]]);
    expect(rows.map((row) => row.allAsk?.wallMs.median)).toEqual([1, 2]);
  });
});
