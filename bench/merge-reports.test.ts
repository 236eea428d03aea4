import { describe, expect, it } from 'vitest';
import { madeUpReport } from './made-up-report.ts';
import { mergeReports } from './merge-reports.ts';
import type { CaseResult, Ratio } from './results.ts';

function result(id: string, medianMs: number, rest: Partial<CaseResult> = {}): CaseResult {
  return {
    id,
    securityModel: 'none',
    unit: 'thing',
    items: 10,
    iterations: 5,
    medianMs,
    minMs: medianMs / 2,
    maxMs: 2 * medianMs,
    p95Ms: medianMs,
    opsPerSecond: 1000 / medianMs,
    nsPerItem: 1e5 * medianMs,
    bytes: 8,
    ...rest,
  };
}

const ratio = (median: number): Ratio => ({
  baseline: 'a/b/base',
  pairs: 11,
  median,
  min: median - 1,
  max: median + 1,
  samplesMs: { own: [1, 2], baseline: [median, median] },
});

describe('mergeReports', () => {
  it('takes medians of figures, extremes of extremes and sums of counts', () => {
    const passes = [4, 2, 10].map((ms, pass) =>
      madeUpReport([result('a/b/base', 1), result('a/b/c', ms, { cpuMs: ms + 1, speedup: ratio([5, 9, 6][pass]) })]),
    );
    expect(mergeReports(passes).cases[1]).toEqual(
      result('a/b/c', 4, {
        iterations: 15,
        minMs: 1,
        maxMs: 20,
        cpuMs: 5,
        speedup: {
          baseline: 'a/b/base',
          pairs: 33,
          median: 6,
          min: 4,
          max: 10,
          samplesMs: { own: [1, 2, 1, 2, 1, 2], baseline: [5, 5, 9, 9, 6, 6] },
        },
      }),
    );
  });

  it('keeps the first pass as it is when there is no other, and its date when there are', () => {
    const first = madeUpReport([result('a/b/c', 4, { addedCpuMs: 2, speedup: ratio(3) })]);
    expect(mergeReports([first])).toEqual(first);
    const later = { ...first, date: '2026-11-24T13:00:00.000Z' };
    expect(mergeReports([first, later]).date).toBe(first.date);
  });

  it('has no figure that no pass has, and refuses passes over other cases', () => {
    const merged = mergeReports([madeUpReport([result('a/b/c', 3)])]);
    expect(Object.keys(merged.cases[0])).not.toContain('cpuMs');
    expect(() => mergeReports([madeUpReport([result('a/b/c', 3)]), madeUpReport([result('a/b/d', 3)])])).toThrow(
      RangeError,
    );
    expect(() => mergeReports([madeUpReport([result('a/b/c', 3)]), madeUpReport([])])).toThrow(RangeError);
  });
});
