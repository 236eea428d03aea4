/** How one thing's time compares with another's. */
import { rounded, spread, type Spread } from '../src/measure/statistics.ts';

/** Over pairs measured in turn. */
export interface Ratio extends Spread {
  readonly baseline: string;
  readonly pairs: number;
  /** Of the fastest sample of each: whoever else uses the machine only adds to a time. The figure that is quoted and compared. */
  readonly fastest: number;
  readonly samplesMs: PairSamples;
}

/** Milliseconds of an item, of every pair. */
export interface PairSamples {
  readonly own: readonly number[];
  readonly baseline: readonly number[];
}

/** How many times less time an item takes than the baseline's. */
export function ratioOf(baseline: string, samples: PairSamples): Ratio {
  const ratios = samples.own.map((ms, pair) => samples.baseline[pair] / ms);
  return {
    baseline,
    pairs: ratios.length,
    fastest: rounded(Math.min(...samples.baseline) / Math.min(...samples.own), 3),
    ...spread(ratios, 3),
    samplesMs: {
      own: samples.own.map((ms) => rounded(ms)),
      baseline: samples.baseline.map((ms) => rounded(ms)),
    },
  };
}
