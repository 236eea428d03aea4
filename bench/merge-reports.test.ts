import { describe, expect, it } from 'vitest';
import { madeUpReport } from './made-up-report.ts';
import { joinReports, mergeReports } from './merge-reports.ts';
import { type Ratio, ratioOf } from './ratio.ts';
import type { CaseResult } from './results.ts';

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

const ratio = (times: number): Ratio => ratioOf('a/b/base', 'middle', { own: [1, 2], baseline: [times, 4 * times] });

describe('mergeReports', () => {
  it('takes medians of figures, extremes of extremes, sums of counts and ratios of all pairs', () => {
    const passes = [4, 2, 10].map((ms, pass) =>
      madeUpReport([result('a/b/base', 1), result('a/b/c', ms, { cpuMs: ms + 1, speedup: ratio([5, 9, 6][pass]) })]),
    );
    expect(mergeReports(passes).cases[1]).toEqual(
      result('a/b/c', 4, {
        iterations: 15,
        minMs: 1,
        maxMs: 20,
        cpuMs: 5,
        speedup: ratioOf('a/b/base', 'middle', { own: [1, 2, 1, 2, 1, 2], baseline: [5, 20, 9, 36, 6, 24] }),
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

describe('joinReports', () => {
  it('has the cases of all and the machine of the first', () => {
    const first = madeUpReport([result('a/b/c', 4)]);
    const second = { ...madeUpReport([result('a/b/d', 3)]), date: '2026-11-24T13:00:00.000Z' };
    expect(joinReports([first, second])).toEqual({ ...first, cases: [...first.cases, ...second.cases] });
  });
});
