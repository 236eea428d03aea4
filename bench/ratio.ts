/** How one thing's time compares with another's: what is measured in turn, and which figure speaks for it. */
import { mean, rounded, spread, type Spread } from '../src/measure/statistics.ts';

/**
 * Whoever shares a core makes work slower by a third to two thirds for some seconds, and then not at all. The two halves of a pair of blocks of milliseconds
 * mostly meet the same; where they do not, the pair is far from the others: what the middle half of all pairs say on average (`middle`) has
 * nothing of it. A run of seconds is a mixture, and so is the total of many (`total`).
 */
export type RatioOf = 'middle' | 'total';

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

export function ratioOf(baseline: string, of: RatioOf, samples: PairSamples): Ratio {
  const pairs = samples.own.map((ms, pair) => samples.baseline[pair] / ms);
  return {
    baseline,
    of,
    pairs: pairs.length,
    times: rounded(of === 'total' ? mean(samples.baseline) / mean(samples.own) : middleOf(pairs), 3),
    ...spread(pairs, 3),
    samplesMs: {
      own: samples.own.map((ms) => rounded(ms)),
      baseline: samples.baseline.map((ms) => rounded(ms)),
    },
  };
}

/** The geometric mean of the middle half. */
function middleOf(pairs: readonly number[]): number {
  return Math.exp(mean(middleHalf(pairs).map(Math.log)));
}

/** Without the least and the greatest quarter; of fewer than four, all. */
export function middleHalf(values: readonly number[]): readonly number[] {
  const cut = Math.floor(values.length / 4);
  return values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
}
