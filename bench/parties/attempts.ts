/**
 * Whoever works beside this machine's owner does so for minutes. What was measured while cores were not quiet is asked again, later, and of
 * two attempts that one stays whose cores were quieter. Only the yardstick decides, never what was measured.
 */
import { isQuiet, slowestCounted } from '../../src/measure/quiet-runs.ts';
import type { PartiesReport, PartiesRow } from './parties-report.ts';

/** Accounts of all institutions above which a run is so long that it has quiet cores in no attempt. */
const TOO_LONG: number = 2 ** 23;

/** Which questions are to be asked again. */
export function disturbedAmong(rows: readonly PartiesRow[]): readonly PartiesRow[] {
  return rows.filter((row) => {
    const { settings, allAsk } = row;
    if (settings.accounts * settings.institutions > TOO_LONG) return false;
    return isDisturbed(row) || (allAsk !== undefined && !isQuiet(allAsk.slowestMs, allAsk.quickestMs));
  });
}

/** Whether a core was not quiet beside some run that counts. */
export function isDisturbed({ samplesMs, proportion }: PartiesRow): boolean {
  return samplesMs !== undefined && proportion === undefined;
}

/** The rows of a first attempt, with what a second one has of it with quieter cores, and what it has besides. */
export function quieterOf(first: readonly PartiesRow[], second: readonly PartiesRow[]): readonly PartiesRow[] {
  const again = new Map(second.map((row) => [row.id, row]));
  const known = new Set(first.map(({ id }) => id));
  const rows = first.map((row) => {
    const other = again.get(row.id);
    return other === undefined ? row : quieter(row, other);
  });
  return [...rows, ...second.filter(({ id }) => !known.has(id))];
}

function quieter(row: PartiesRow, other: PartiesRow): PartiesRow {
  const [chosen, left] = slownessOf(other) < slownessOf(row) ? [other, row] : [row, other];
  const [allAsk] = [row.allAsk, other.allAsk]
    .flatMap((each) => each ?? [])
    .toSorted((a, b) => a.slowestMs / a.quickestMs - b.slowestMs / b.quickestMs);
  return {
    ...chosen,
    ...(allAsk === undefined ? {} : { allAsk }),
    ...(left.samplesMs === undefined ? {} : { setAside: left.samplesMs }),
    // What processes had before does not make them smaller.
    parties: chosen.parties.map((party, index) => ({
      ...party,
      peakRssBytes: Math.max(party.peakRssBytes, left.parties[index].peakRssBytes),
    })),
  };
}

/** How many times the quickest yardstick the slowest beside a run that counts was. */
function slownessOf({ samplesMs }: PartiesRow): number {
  if (samplesMs === undefined) return Infinity;
  const { slowest, quickestMs } = samplesMs;
  return slowestCounted(slowest, quickestMs) / quickestMs;
}

/** @throws RangeError where a second attempt would be of something else than the first one */
export function requireSame(
  first: PartiesReport,
  now: Pick<PartiesReport, 'commit' | 'dirty' | 'node' | 'cpu' | 'short'>,
): void {
  for (const field of ['commit', 'dirty', 'node', 'cpu', 'short'] as const) {
    if (first[field] === now[field]) continue;
    throw new RangeError(
      `Cannot ask again: ${field} is ${now[field]}, and ${first[field]} in the file; measure all of it`,
    );
  }
}
