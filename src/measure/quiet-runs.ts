/**
 * Which runs count where others share the machine. Beside every run a yardstick was measured; whoever works on the other half of a core makes
 * both slower, but not by the same factor. So those count beside which it was quickest: only the yardstick decides, never what was measured.
 */

/** How many times the quickest time of a yardstick one takes on a quiet core at most: it is 1.02 there, and 1.4 to 1.7 elsewhere. */
export const QUIET = 1.1;
/** They count in any case, as a single one may have been quiet by chance. */
const LEAST = 3;

/** Numbers of the runs that count, in order, out of the yardstick's time beside each. */
export function quietRuns(yardstickMs: readonly number[]): readonly number[] {
  const byQuiet = yardstickMs.map((_, run) => run).toSorted((a, b) => yardstickMs[a] - yardstickMs[b]);
  const limitMs = QUIET * Math.min(...yardstickMs);
  return byQuiet.filter((run, rank) => rank < LEAST || yardstickMs[run] <= limitMs).toSorted((a, b) => a - b);
}
