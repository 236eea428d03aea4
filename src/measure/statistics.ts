/** Order statistics of samples. */

/** The q-quantile by linear interpolation between the two nearest samples; q from 0 to 1. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError('Cannot take quantile: no samples');
  const sorted = Float64Array.from(samples).sort();
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function mean(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('Cannot take mean: no samples');
  return sum(samples) / samples.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A number at the precision that a measurement has. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(samples: readonly number[], digits?: number): Spread {
  return {
    median: rounded(median(samples), digits),
    min: rounded(Math.min(...samples), digits),
    max: rounded(Math.max(...samples), digits),
  };
}
