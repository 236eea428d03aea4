/**
 * Field elements of two points in portable SIMD: what depends on the limbs and is not unrolled. Slots, units and the
 * bounds of products are explained in ../field25519-generator.mjs; "2u" in a comment means limbs of up to two units.
 * limbs25519-fma.ts has the same functions on other limbs; the build puts one of the two under field25519.ts.
 */
import { add, carry, copy, multiply, square, subtract } from './generated/field25519-unrolled';

export * from './generated/field25519-unrolled';

/** Bytes of a slot: ten limbs of two points. */
export const SLOT: usize = 80;
const LIMBS: usize = 10;

const frozen: usize = memory.data(80, 16);

/** Zeroes the temporaries of this file. */
export function wipeLimbs(): void {
  memory.fill(frozen, 0, SLOT);
}

/** A vector that holds one value for each point, in lanes that follow the slots. */
@inline export function forBoth(first: i32, second: i32): v128 {
  return i32x4(first, second, first, second);
}

/** Whether the engine computes as the bounds assume; integers leave it no choice. */
export function isExact(): bool {
  return true;
}

/** A wide value is a product whose carry is put off; here it is an ordinary value of one unit. */
@inline export function multiplyWide(w: usize, a: usize, b: usize): void {
  multiply(w, a, b);
}

@inline export function squareWide(w: usize, a: usize): void {
  square(w, a);
}

@inline export function narrow(r: usize, w: usize): void {
  copy(r, w);
}

/** plus = v + w and minus = v - w, 2u; neither is v or w. */
@inline export function narrowSumAndDifference(plus: usize, minus: usize, v: usize, w: usize): void {
  add(plus, v, w);
  subtract(minus, v, w);
}

/** e = 2 x y, 3u, where h = x^2 + y^2 is known and x and y are within 1u: (x + y)^2 - h. */
@inline export function twiceProduct(e: usize, x: usize, y: usize, h: usize): void {
  add(e, x, y);
  square(e, e);
  subtract(e, e, h);
}

/** r = a + b, fit for a right operand: 2u for a and b of 1u. */
@inline export function addReduced(r: usize, a: usize, b: usize): void {
  add(r, a, b);
}

/** r = a - b, fit for a right operand: 2u for a and b of 1u. */
@inline export function subtractReduced(r: usize, a: usize, b: usize): void {
  subtract(r, a, b);
}

@inline function bitsOfLimb(k: usize): i32 {
  return 26 - <i32>(k & 1);
}

/**
 * r = the limbs of a in 0..p-1, unsigned, for a of up to 4u. As in Bernstein's ref10: with h the integer in the limbs,
 * floor(h / p) = floor(2^-255 (h + 19 * 2^-25 h9 + 1/2)) as long as |h| < 2^400, and all steps fit 32 bits.
 */
export function freeze(r: usize, a: usize): void {
  const top = v128.load64_zero(a + 8 * (LIMBS - 1));
  let quotient = i32x4.shr_s(i32x4.add(i32x4.mul(top, i32x4.splat(19)), i32x4.splat(1 << 24)), 25);
  for (let k: usize = 0; k < LIMBS; k++) {
    quotient = i32x4.shr_s(i32x4.add(v128.load64_zero(a + 8 * k), quotient), bitsOfLimb(k));
  }
  // h - p q = h + 19 q - 2^255 q: add 19 q below, drop the carry that leaves at the top.
  let above = i32x4.mul(quotient, i32x4.splat(19));
  for (let k: usize = 0; k < LIMBS; k++) {
    const bits = bitsOfLimb(k);
    const limb = i32x4.add(v128.load64_zero(a + 8 * k), above);
    above = i32x4.shr_s(limb, bits);
    v128.store64_lane(r + 8 * k, i32x4.sub(limb, i32x4.shl(above, bits)), 0);
  }
}

/** Where a is negative in the sense of RFC 9496 §3.1: the canonical representative is odd. a up to 4u. */
export function isNegative(a: usize): v128 {
  freeze(frozen, a);
  return i32x4.neg(v128.and(v128.load64_splat(frozen), i32x4.splat(1)));
}

/** Where a is zero modulo p. a up to 4u. */
export function isZero(a: usize): v128 {
  freeze(frozen, a);
  let bits = v128.load64_splat(frozen);
  for (let k: usize = 1; k < LIMBS; k++) bits = v128.or(bits, v128.load64_splat(frozen + 8 * k));
  return i32x4.eq(bits, i32x4.splat(0));
}

/** Where limb k starts in the 255-bit integer. */
@inline function weightOfLimb(k: usize): usize {
  return (51 * k + 1) >> 1;
}

/** Reads two 32-byte little-endian integers, one below the other; the top bit of each is ignored. */
export function fromBytes(r: usize, bytes: usize): void {
  for (let point: usize = 0; point < 2; point++) {
    for (let k: usize = 0; k < LIMBS; k++) {
      // The last three limbs are read from the last word, so that nothing behind the 32 bytes is touched.
      const start = weightOfLimb(k);
      const at = min<usize>(start >> 3, 24);
      const word = load<u64>(bytes + 32 * point + at) >> (start - 8 * at);
      store<i32>(r + 8 * k + 4 * point, <i32>word & ((1 << bitsOfLimb(k)) - 1));
    }
  }
  carry(r, r);
}

/** Writes both elements as 32-byte canonical encodings, one below the other. a up to 4u. */
export function toBytes(bytes: usize, a: usize): void {
  freeze(frozen, a);
  memory.fill(bytes, 0, 64);
  for (let point: usize = 0; point < 2; point++) {
    const to = bytes + 32 * point;
    for (let k: usize = 0; k < LIMBS; k++) {
      const start = weightOfLimb(k);
      const at = min<usize>(start >> 3, 24);
      const limb = <u64>load<u32>(frozen + 8 * k + 4 * point);
      store<u64>(to + at, load<u64>(to + at) | (limb << (start - 8 * at)));
    }
  }
}
