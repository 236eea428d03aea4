/** How one thing's time compares with another's: what is measured in turn, and which figure speaks for it. */
import { mean, rounded, spread, type Spread } from '../src/measure/statistics.ts';

/**
 * Whoever shares a core makes work slower by a half for some seconds, and then for none. Blocks of milliseconds meet both: the
 * fastest tenth of many has nothing of it (`fastest`). A run of seconds is a mixture, and so is the total of many (`total`).
 */
export type RatioOf = 'fastest' | 'total';

export interface Ratio extends Spread {
  readonly baseline: string;
  readonly of: RatioOf;
  readonly pairs: number;
  /** How many times less time an item takes than the baseline's. The spread is that of pairs. */
  readonly times: number;
  readonly samplesMs: PairSamples;
}

/** Milliseconds of an item, of every pair. */
export interface PairSamples {
  readonly own: readonly number[];
  readonly baseline: readonly number[];
}

/** Of the samples that speak for a `fastest` ratio. */
const FASTEST_SHARE = 0.1;

export function ratioOf(baseline: string, of: RatioOf, samples: PairSamples): Ratio {
  return {
    baseline,
    of,
    pairs: samples.own.length,
    times: rounded(timeOf(samples.baseline, of) / timeOf(samples.own, of), 3),
    ...spread(
      samples.own.map((ms, pair) => samples.baseline[pair] / ms),
      3,
    ),
    samplesMs: {
      own: samples.own.map((ms) => rounded(ms)),
      baseline: samples.baseline.map((ms) => rounded(ms)),
    },
  };
}

function timeOf(samples: readonly number[], of: RatioOf): number {
  if (of === 'total') return mean(samples);
  return mean(samples.toSorted((a, b) => a - b).slice(0, Math.ceil(FASTEST_SHARE * samples.length)));
}
