/**
 * How another library's CPU time compares with this package's, out of the samples of all.
 *
 * Where somebody else makes a core slower for a while, he does so for a yardstick between runs too: the time of a library, or of this package,
 * is the mean proportion to the yardstick, times what the yardstick took when it was quickest. A library's is in its own process, on its
 * core; that of this package's parties is on all cores at once, where it may take longer for that alone, so each kind has a quickest time of its
 * own. (Not an average: a single core is quiet more often than all of them are.) On a loud core the yardstick is slower by another factor than
 * what is measured, so of runs those count that had quiet cores, where there is one such. Of rounds the middle half counts: now and then the
 * engine of a process compiles something so that it is slower by a third for as long as the process lives.
 */
import { isQuiet } from '../../src/measure/quiet-runs.ts';
import { mean, rounded, spread, sum } from '../../src/measure/statistics.ts';
import { middleHalf, type Ratio } from '../ratio.ts';

/** CPU time of every run of a round, and what the yardstick took about that time. */
export interface RoundSamples {
  readonly cpu: readonly number[];
  readonly yardstick?: readonly number[];
  /** It was measured on all cores at once, and not in the process of what is measured. */
  readonly onAllCores?: true;
}

export interface PeerMeasurement {
  readonly task: string;
  readonly library: string;
  /** Of one run. */
  readonly items: number;
  /** By round. */
  readonly samplesMs: readonly RoundSamples[];
}

/** Over rounds. */
export type PeerRatio = Omit<Ratio, 'of' | 'samplesMs'>;

/** Standard error of the mean of the middle half of rounds, of the mean, from which on it is known well enough; of a ratio it is 1.4 times that. */
const PRECISE = 0.018;

export function isOwn({ library }: Pick<PeerMeasurement, 'library'>): boolean {
  return library.startsWith('blindflag');
}

/** How many times the time of each of this package's contenders at its task a library takes for an item; of this package none. */
export function peerRatios(row: PeerMeasurement, rows: readonly PeerMeasurement[]): readonly PeerRatio[] {
  if (isOwn(row)) return [];
  const quickestMs = { here: quickestYardstickMs(rows, false), onAllCores: quickestYardstickMs(rows, true) };
  const quickestOf = (round: RoundSamples): number => (isOnAllCores(round) ? quickestMs.onAllCores : quickestMs.here);
  const perItem = ({ items, samplesMs }: PeerMeasurement): readonly number[] => {
    const quiet = samplesMs.map((round) => onQuietCores(round, quickestOf(round))).filter(({ cpu }) => cpu.length > 0);
    return (quiet.length > 0 ? quiet : samplesMs).map((round) => timeOf(round, quickestOf(round)) / items);
  };
  return rows
    .filter((other) => other.task === row.task && isOwn(other))
    .map((own) => {
      const [theirs, ours] = [perItem(row), perItem(own)];
      // They need not take part in as many.
      const rounds = Math.min(theirs.length, ours.length);
      return {
        baseline: own.library,
        pairs: rounds,
        times: rounded(mean(middleHalf(theirs)) / mean(middleHalf(ours)), 3),
        ...spread(
          Array.from({ length: rounds }, (_, round) => theirs[round] / ours[round]),
          3,
        ),
      };
    });
}

/** Of two rounds or more: the error of a trimmed mean is that of what is trimmed brought to its edges (Tukey, McLaughlin, 1963). */
export function isPrecise(samplesMs: readonly RoundSamples[]): boolean {
  const rounds = samplesMs.map((round) => timeOf(round, 1));
  const middle = middleHalf(rounds);
  const edged = rounds.map((each) => Math.min(Math.max(each, middle[0]), middle[middle.length - 1]));
  const average = mean(edged);
  const variance = sum(edged.map((each) => (each - average) ** 2)) / (rounds.length - 1);
  const kept = middle.length / rounds.length;
  return Math.sqrt(variance / rounds.length) / kept <= PRECISE * mean(middle);
}

/** Of all rounds of its kind; infinite where there is none. */
function quickestYardstickMs(rows: readonly PeerMeasurement[], onAllCores: boolean): number {
  const rounds = rows.flatMap(({ samplesMs }) => samplesMs.filter((round) => isOnAllCores(round) === onAllCores));
  return Math.min(...rounds.flatMap(({ yardstick = [] }) => yardstick));
}

function isOnAllCores({ onAllCores }: RoundSamples): boolean {
  return onAllCores === true;
}

/** The runs of a round whose cores were quiet; all of them where there was no yardstick. */
function onQuietCores(round: RoundSamples, quickestMs: number): RoundSamples {
  const { cpu, yardstick } = round;
  if (yardstick === undefined) return round;
  const isCounted = (_: number, run: number): boolean => isQuiet(yardstick[run], quickestMs);
  return { ...round, cpu: cpu.filter(isCounted), yardstick: yardstick.filter(isCounted) };
}

/** CPU time of a run, the mean of a round, as it would be were the yardstick's always `quickestMs`. */
function timeOf({ cpu, yardstick }: RoundSamples, quickestMs: number): number {
  return yardstick === undefined ? mean(cpu) : quickestMs * mean(cpu.map((ms, k) => ms / yardstick[k]));
}
