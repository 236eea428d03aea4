import { describe, expect, it } from 'vitest';
import { log2Add, log2Choose, log2Factorial, ROUNDING_LOG2 } from './log-probability.ts';

/** log2 of a big integer from its leading 53 bits. */
function log2Big(value: bigint): number {
  const length = value.toString(2).length;
  const shift = Math.max(0, length - 53);
  return Math.log2(Number(value >> BigInt(shift))) + shift;
}

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product;
}

describe('log-probability', () => {
  it.each([0, 1, 2, 5, 30, 31, 32, 33, 100, 1000, 3000])('log2Factorial equals the big integer at n = %i', (n) => {
    expect(Math.abs(log2Factorial(n) - log2Big(factorial(n)))).toBeLessThan(1e-10);
  });

  it('log2Choose equals the big integer for all k at n = 70', () => {
    let row = 1n;
    for (let k = 0; k <= 70; k++) {
      expect(Math.abs(log2Choose(70, k) - log2Big(row))).toBeLessThan(1e-10);
      row = (row * BigInt(70 - k)) / BigInt(k + 1);
    }
  });

  it('log2Choose is minus infinity where the coefficient is zero', () => {
    expect([log2Choose(5, 6), log2Choose(5, -1)]).toEqual([-Infinity, -Infinity]);
  });

  it('log2Add adds in the log domain, also with nothing', () => {
    expect(log2Add(3, 3)).toBeCloseTo(4, 12);
    expect(log2Add(Math.log2(5), Math.log2(11))).toBeCloseTo(4, 12);
    expect(log2Add(-Infinity, -7)).toBe(-7);
    expect(log2Add(-Infinity, -Infinity)).toBe(-Infinity);
  });

  it('ROUNDING_LOG2 exceeds the error of a difference of factorials at 2^24', () => {
    // C(n, 1) = n is known without factorials.
    expect(Math.abs(log2Choose(2 ** 24, 1) - 24)).toBeLessThan(ROUNDING_LOG2 / 16);
  });
});
