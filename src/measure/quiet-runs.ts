/**
 * Which runs count where others share the machine. Beside every run a yardstick was measured; whoever works on the other half of a core makes
 * both slower, but not by the same factor. So those count whose cores were quiet: only the yardstick decides, never what was measured.
 */

/** How many times its quickest time a yardstick takes on a quiet core at most: it is 1.02 there, and 1.4 to 1.7 elsewhere. */
const QUIET = 1.1;
/** So many count in any case: those with the quietest cores. */
const LEAST = 3;

/** Numbers of the runs that count, in order. `slowestMs`: the yardstick on the slowest core beside each; `quickestMs`: the quickest that it ever was. */
export function quietRuns(slowestMs: readonly number[], quickestMs: number): readonly number[] {
  const byQuiet = slowestMs.map((_, run) => run).toSorted((a, b) => slowestMs[a] - slowestMs[b]);
  return byQuiet.filter((run, rank) => rank < LEAST || isQuiet(slowestMs[run], quickestMs)).toSorted((a, b) => a - b);
}

/** The longest that the yardstick took beside a run that counts. */
export function slowestCounted(slowestMs: readonly number[], quickestMs: number): number {
  return Math.max(...quietRuns(slowestMs, quickestMs).map((run) => slowestMs[run]));
}

export function isQuiet(slowestMs: number, quickestMs: number): boolean {
  return slowestMs <= QUIET * quickestMs;
}
