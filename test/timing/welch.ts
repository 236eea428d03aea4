/**
 * Welch's t-test on two classes of times (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", DATE 2017).
 * Interrupts and garbage collection only ever lengthen a measurement, so the test is made on all times and again on those
 * below each of some quantiles of both classes together; the largest |t| counts.
 */

/** Shares of all times that the crops keep, from 29 % on: the fast end, where a measurement was least disturbed. */
const CROPS = Array.from({ length: 12 }, (_, i) => 1 - 0.5 ** ((i + 1) / 2));
/** A class smaller than this says nothing. */
const FEWEST = 100;

export interface Comparison {
  /** Largest |t| of all crops; for equal classes rarely above 4. */
  readonly t: number;
  /** Median of the second class less that of the first, by the first. */
  readonly difference: number;
}

/** Compares two classes of times. @throws RangeError when a class has fewer than 100 */
export function compareTimes(first: ArrayLike<number>, second: ArrayLike<number>): Comparison {
  if (Math.min(first.length, second.length) < FEWEST) throw new RangeError('Cannot compare times: too few');
  const all = Float64Array.from([...Array.from(first), ...Array.from(second)]).sort();
  const limits = [Number.POSITIVE_INFINITY, ...CROPS.map((share) => all[Math.floor(share * (all.length - 1))])];
  const statistics = limits.map((limit) => welch(momentsBelow(first, limit), momentsBelow(second, limit)));
  const [a, b] = [median(first), median(second)];
  return { t: Math.max(...statistics), difference: (b - a) / a };
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

function momentsBelow(times: ArrayLike<number>, limit: number): Moments {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < times.length; i++) {
    if (times[i] > limit) continue;
    // Welford: one pass, no cancellation.
    const fromOld = times[i] - mean;
    mean += fromOld / ++count;
    squares += fromOld * (times[i] - mean);
  }
  return { count, mean, variance: count > 1 ? squares / (count - 1) : 0 };
}

function welch(a: Moments, b: Moments): number {
  if (Math.min(a.count, b.count) < FEWEST) return 0;
  const error = Math.sqrt(a.variance / a.count + b.variance / b.count);
  return error === 0 ? 0 : Math.abs(a.mean - b.mean) / error;
}

/** The upper median. */
export function median(times: ArrayLike<number>): number {
  const sorted = Float64Array.from(times).sort();
  return sorted[sorted.length >> 1];
}
