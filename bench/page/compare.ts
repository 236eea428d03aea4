/** Whether a second run of the page agrees with the one before: by ratios of CPU time, which outlast a change of machine best. */
import type { PageResults } from './page-results.ts';

/** How far two runs may be apart in a ratio. */
export const TOLERANCE = 0.1;

export interface Difference {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

export interface Comparison {
  readonly compared: number;
  readonly different: readonly Difference[];
}

/**
 * All ratios of CPU time in the results: kernels to their references, other libraries to this package, and each question to the mean of all
 * questions (by logarithms), which a faster or busier machine moves together.
 */
export function cpuRatios({
  core,
  parties,
  peers,
}: Pick<PageResults, 'core' | 'parties' | 'peers'>): ReadonlyMap<string, number> {
  const ratios = new Map<string, number>();
  for (const { id, speedup } of core.cases) {
    // Of a macro case the wall times are compared, for its threads.
    if (speedup !== undefined && !id.includes('/threads/')) ratios.set(`core ${id}`, speedup.median);
  }
  for (const { task, library, ratios: own } of peers.rows) {
    for (const { baseline, median } of own) ratios.set(`peers ${task}: ${library} / ${baseline}`, median);
  }
  const logs = parties.rows.map(({ cpuMs }) => Math.log(cpuMs.median));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  for (const { id, cpuMs } of parties.rows) ratios.set(`parties ${id}`, cpuMs.median / mean);
  return ratios;
}

/** Of the ratios that both have. */
export function compareRatios(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Comparison {
  const both = [...after].flatMap(([name, value]): Difference[] => {
    const earlier = before.get(name);
    return earlier === undefined ? [] : [{ name, before: earlier, after: value }];
  });
  const different = both.filter((pair) => Math.abs(Math.log(pair.after / pair.before)) > Math.log(1 + TOLERANCE));
  return { compared: both.length, different };
}
