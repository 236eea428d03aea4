/** Factorials, binomial coefficients and sums of probabilities as base-2 logarithms. */

/** To be added to a sum that serves as a bound: more than the rounding of doubles in it, for counts up to 2^28. */
export const ROUNDING_LOG2: number = 2 ** -16;
/** Terms may be left out that are this far below the sum, in bits: up to 2^28 of them change it by less than rounding does. */
export const NEGLIGIBLE_BITS = 60;

const SMALL = 32;
const smallLog2: readonly number[] = logFactorialsBelow(SMALL);

function logFactorialsBelow(limit: number): number[] {
  const out = [0];
  let product = 1;
  // 31! < 2^113: rounding of the product stays below 2^-47 in relative terms.
  for (let n = 1; n < limit; n++) {
    product *= n;
    out.push(Math.log2(product));
  }
  return out;
}

/**
 * log2(n!) by Stirling's series (DLMF 5.11.1): from n = 32 on the first term left out, 1 / (1188 n^9), is below 2^-55;
 * what remains is the rounding of doubles, about 2^-52 of the result.
 */
export function log2Factorial(n: number): number {
  if (n < SMALL) return smallLog2[n];
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (n + 0.5) * Math.log2(n) + (0.5 * Math.log(2 * Math.PI) - n + series) * Math.LOG2E;
}

/** log2 of the binomial coefficient; -Infinity where it is zero. */
export function log2Choose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity;
  return log2Factorial(n) - log2Factorial(k) - log2Factorial(n - k);
}

/** log2(2^a + 2^b). */
export function log2Add(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === -Infinity) return -Infinity;
  return high + Math.log1p(2 ** (Math.min(a, b) - high)) * Math.LOG2E;
}
