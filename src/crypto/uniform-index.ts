/** Uniform indices from uniform bits. */

const DIGIT = 1 / 0x1_0000;

/**
 * floor(f * bound) for the 64-bit fraction f = (high * 2^32 + low) / 2^64 and `bound` <= 2^32, exactly. With uniform
 * words the distance of the result from uniform is below bound / 2^64.
 */
export function uniformIndex(high: number, low: number, bound: number): number {
  // Long multiplication by 16-bit digits: every intermediate value stays below 2^49, so doubles are exact.
  let carry = Math.floor((low & 0xffff) * bound * DIGIT);
  carry = Math.floor(((low >>> 16) * bound + carry) * DIGIT);
  carry = Math.floor(((high & 0xffff) * bound + carry) * DIGIT);
  return Math.floor(((high >>> 16) * bound + carry) * DIGIT);
}
