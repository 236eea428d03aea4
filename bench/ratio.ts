/** How one thing's time compares with another's: what is measured in turn, and which figure speaks for it. */
import { mean, rounded, spread, type Spread } from '../src/measure/statistics.ts';

/**
 * Whoever shares a core makes work slower by a half for some seconds, and then for none. Blocks of milliseconds meet both: the
 * fastest tenth of many has nothing of it (`fastest`). A longer run is a mixture: its time is set against that of a yardstick about the
 * same time (`proportion`; see compute-yardstick.ts). Wall times are compared as they are (`total`).
 */
export type RatioOf = 'fastest' | 'proportion' | 'total';

export interface Ratio extends Spread {
  readonly baseline: string;
  readonly of: RatioOf;
  readonly pairs: number;
  /** How many times less time an item takes than the baseline's. The spread is that of pairs. */
  readonly times: number;
  readonly samplesMs: PairSamples;
  /** Of `proportion`: of the yardstick about the time of every sample. */
  readonly yardsticksMs?: PairSamples;
}

/** Milliseconds, of every pair; of samples those of an item. */
export interface PairSamples {
  readonly own: readonly number[];
  readonly baseline: readonly number[];
}

/** Of the samples that speak for a `fastest` ratio. */
const FASTEST_SHARE = 0.1;

export function ratioOf(baseline: string, of: RatioOf, samplesMs: PairSamples, yardsticksMs?: PairSamples): Ratio {
  const own = samplesMs.own.map((ms, pair) => ms / (yardsticksMs?.own[pair] ?? 1));
  const others = samplesMs.baseline.map((ms, pair) => ms / (yardsticksMs?.baseline[pair] ?? 1));
  return {
    baseline,
    of,
    pairs: own.length,
    times: rounded(timeOf(others, of) / timeOf(own, of), 3),
    ...spread(
      own.map((time, pair) => others[pair] / time),
      3,
    ),
    samplesMs: roundedSamples(samplesMs),
    ...(yardsticksMs === undefined ? {} : { yardsticksMs: roundedSamples(yardsticksMs) }),
  };
}

function roundedSamples({ own, baseline }: PairSamples): PairSamples {
  return { own: own.map((ms) => rounded(ms)), baseline: baseline.map((ms) => rounded(ms)) };
}

function timeOf(samples: readonly number[], of: RatioOf): number {
  if (of !== 'fastest') return mean(samples);
  return mean(samples.toSorted((a, b) => a - b).slice(0, Math.ceil(FASTEST_SHARE * samples.length)));
}
