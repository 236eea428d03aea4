/**
 * Whether a second run of the page agrees with the one before: by CPU time in proportion to other CPU time of the same run, which outlasts a
 * change of machine best. Compared is what several runs speak for; see README.md.
 */
import { median } from '../../src/measure/statistics.ts';
import type { PartiesRow } from '../parties/parties-report.ts';
import type { PageResults } from './page-results.ts';

/** How far two runs may be apart in a ratio. */
export const TOLERANCE = 0.1;

/** Runs that a median of a question needs at least: the one of a large question is a single sample. */
const LEAST_RUNS = 3;
/** CPU time of a question or a whole run at least: below it collections of garbage and timers, which fall where they fall, are a tenth of it and more. */
const LEAST_CPU_MS = 100;

export interface Difference {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

export interface Comparison {
  readonly compared: number;
  readonly different: readonly Difference[];
}

type Results = Pick<PageResults, 'core' | 'parties' | 'peers'>;

/** What both have, and neither from a short run. */
export function compareResults(before: Results, after: Results): Comparison {
  const both = [
    ...pairsOf(coreRatios(before.core), coreRatios(after.core)),
    ...(before.peers.short || after.peers.short ? [] : pairsOf(peerRatios(before.peers), peerRatios(after.peers))),
    ...(before.parties.short || after.parties.short ? [] : partyPairs(before.parties.rows, after.parties.rows)),
  ];
  const different = both.filter((pair) => Math.abs(Math.log(pair.after / pair.before)) > Math.log(1 + TOLERANCE));
  return { compared: both.length, different };
}

/** Kernels to their references, in pairs, and whole runs to others, in rounds; of threads the wall times are compared. */
function coreRatios({ cases }: Results['core']): ReadonlyMap<string, number> {
  const byId = new Map(cases.map((result) => [result.id, result]));
  // A kernel has no CPU time of one run: its pairs are blocks of many.
  const isLong = (id: string): boolean => (byId.get(id)?.cpuMs ?? Infinity) >= LEAST_CPU_MS;
  return new Map(
    cases.flatMap(({ id, speedup }) =>
      speedup === undefined || id.includes('/threads/') || !isLong(id) || !isLong(speedup.baseline)
        ? []
        : [[`core ${id}`, speedup.times] as const],
    ),
  );
}

/** Other libraries to this package, in rounds; a library so slow that it takes part in one has runs of seconds. */
function peerRatios({ rows }: Results['peers']): ReadonlyMap<string, number> {
  return new Map(
    rows.flatMap(({ task, library, ratios }) =>
      ratios.map(({ baseline, times }) => [`peers ${task}: ${library} / ${baseline}`, times] as const),
    ),
  );
}

/** Questions by the yardstick, in proportion to how all of them moved together: the processes that it was measured in this time are one sample of many. */
function partyPairs(before: readonly PartiesRow[], after: readonly PartiesRow[]): readonly Difference[] {
  const both = pairsOf(partyProportions(before), partyProportions(after));
  if (both.length === 0) return [];
  const moved = median(both.map((pair) => pair.after / pair.before));
  return both.map((pair) => ({ ...pair, after: pair.after / moved }));
}

function partyProportions(rows: readonly PartiesRow[]): ReadonlyMap<string, number> {
  return new Map(
    // First runs are as quick as compiling happens to be.
    rows.flatMap(({ id, state, runs, cpuMs, proportion }) =>
      state === 'warm' && runs >= LEAST_RUNS && cpuMs.median >= LEAST_CPU_MS && proportion !== undefined
        ? [[`parties ${id}, by the yardstick`, proportion] as const]
        : [],
    ),
  );
}

function pairsOf(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly Difference[] {
  return [...after].flatMap(([name, value]) => {
    const earlier = before.get(name);
    return earlier === undefined ? [] : [{ name, before: earlier, after: value }];
  });
}
