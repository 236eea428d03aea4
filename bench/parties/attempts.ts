/**
 * Whoever works beside this machine's owner does so for minutes. What was measured while no core was quiet is asked again, later, and of two
 * attempts that one stays whose yardstick was quicker. Only the yardstick decides, never what was measured.
 */
import { QUIET, quietRuns } from '../../src/measure/quiet-runs.ts';
import { mean } from '../../src/measure/statistics.ts';
import type { PartiesRow } from './parties-report.ts';

/** Accounts of all institutions above which a question runs for so long that it has quiet cores in no attempt. */
const TOO_LONG: number = 2 ** 23;

/** Which questions are to be asked again. */
export function disturbedAmong(rows: readonly PartiesRow[]): readonly PartiesRow[] {
  const limitMs = QUIET * Math.min(...rows.flatMap(({ samplesMs }) => samplesMs?.yardstick ?? []));
  return rows.filter(
    (row) =>
      row.settings.accounts * row.settings.institutions <= TOO_LONG &&
      Math.max(yardstickMsOf(row), row.allAsk?.yardstickMs ?? 0) > limitMs,
  );
}

/** The rows of a first attempt, with what a second one has of it beside a quicker yardstick. */
export function quieterOf(first: readonly PartiesRow[], second: readonly PartiesRow[]): readonly PartiesRow[] {
  const again = new Map(second.map((row) => [row.id, row]));
  return first.map((row) => {
    const other = again.get(row.id);
    if (other === undefined) return row;
    const quieter = yardstickMsOf(other) < yardstickMsOf(row) ? other : row;
    const allAsk = [row.allAsk, other.allAsk]
      .flatMap((each) => each ?? [])
      .toSorted((a, b) => a.yardstickMs - b.yardstickMs);
    return allAsk.length === 0 ? quieter : { ...quieter, allAsk: allAsk[0] };
  });
}

/** Beside the runs that count. */
function yardstickMsOf({ samplesMs }: PartiesRow): number {
  if (samplesMs === undefined) return Infinity;
  const { yardstick } = samplesMs;
  return mean(quietRuns(yardstick).map((run) => yardstick[run]));
}
