/** One report of several passes over the same cases, each in a process of its own. */
import { median, rounded } from '../src/measure/statistics.ts';
import { type Ratio, ratioOf } from './ratio.ts';
import type { BenchReport, CaseResult } from './results.ts';

/**
 * Figures are medians of the passes'; least, greatest, ratios and numbers of samples are those of all together. Machine, commit and date are
 * the first pass's, which also names what was skipped.
 *
 * @throws RangeError when a pass lacks a case that another has
 */
export function mergeReports(passes: readonly BenchReport[]): BenchReport {
  const [first] = passes;
  const ids = first.cases.map(({ id }) => id).join(' ');
  if (passes.some(({ cases }) => cases.map(({ id }) => id).join(' ') !== ids)) {
    throw new RangeError('Cannot merge reports: they are of different cases');
  }
  return { ...first, cases: first.cases.map((_, index) => mergeResults(passes.map(({ cases }) => cases[index]))) };
}

/** One report of several, each of other cases. Machine, commit and date are the first one's. */
export function joinReports(reports: readonly BenchReport[]): BenchReport {
  const [first] = reports;
  return {
    ...first,
    cases: reports.flatMap(({ cases }) => cases),
    skipped: reports.flatMap(({ skipped }) => skipped),
  };
}

/** What is timed, in every pass anew; bytes, rounds and the like do not change. */
const TIMED = [
  'p95Ms',
  'cpuMs',
  'peakRssBytes',
  'rssBytes',
  'longestHoldMs',
  'longestHoldCpuMs',
  'addedCpuMs',
  'addedColdCpuMs',
] as const;

function mergeResults(results: readonly CaseResult[]): CaseResult {
  const [first] = results;
  const medianMs = median(results.map((result) => result.medianMs));
  const timed = TIMED.flatMap((name) => {
    const values = results.flatMap((result) => result[name] ?? []);
    return values.length === 0 ? [] : [[name, rounded(median(values))] as const];
  });
  const ratios = results.flatMap(({ speedup }) => speedup ?? []);
  return {
    ...first,
    iterations: results.reduce((sum, { iterations }) => sum + iterations, 0),
    medianMs: rounded(medianMs),
    minMs: Math.min(...results.map(({ minMs }) => minMs)),
    maxMs: Math.max(...results.map(({ maxMs }) => maxMs)),
    opsPerSecond: rounded(1000 / medianMs),
    nsPerItem: rounded((1e6 * medianMs) / first.items),
    ...Object.fromEntries(timed),
    ...(ratios.length === 0 ? {} : { speedup: mergeRatios(ratios) }),
  };
}

function mergeRatios(ratios: readonly Ratio[]): Ratio {
  const [{ baseline, of }] = ratios;
  return ratioOf(baseline, of, {
    own: ratios.flatMap(({ samplesMs }) => samplesMs.own),
    baseline: ratios.flatMap(({ samplesMs }) => samplesMs.baseline),
  });
}
