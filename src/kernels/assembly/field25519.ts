/**
 * The field modulo p = 2^255 - 19 for two points at a time: what is not unrolled. Slots, units and the bounds of
 * products are explained in ../field25519-generator.mjs; "2u" in a comment means limbs of up to two units.
 *
 * Masks are vectors whose lanes follow the slots: all ones or all zeros in both lanes of a point. No branch and no
 * address depends on an element.
 */
import { carry, multiply, negate, ONE, select, square, SQRT_M1, subtract } from './generated/field25519-unrolled';

/** Bytes of a slot: ten limbs of two points. */
export const SLOT: usize = 80;
const LIMBS: usize = 10;

const frozen: usize = memory.data(80, 16);
const difference: usize = memory.data(80, 16);
const powers: usize = memory.data(4 * 80, 16);
const roots: usize = memory.data(6 * 80, 16);

/** Zeroes the temporaries of this file. */
export function wipeField(): void {
  memory.fill(frozen, 0, SLOT);
  memory.fill(difference, 0, SLOT);
  memory.fill(powers, 0, 4 * SLOT);
  memory.fill(roots, 0, 6 * SLOT);
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

/** Where a = b. Together up to 4u. */
function isEqual(a: usize, b: usize): v128 {
  subtract(difference, a, b);
  return isZero(difference);
}

/** r = |a|: a or -a, whichever is not negative. */
export function absolute(r: usize, a: usize): void {
  const negative = isNegative(a);
  negate(difference, a);
  select(r, negative, difference, a);
}

/** r = a^(2^n). r may be a; a up to 2u. */
function squareTimes(r: usize, a: usize, n: i32): void {
  square(r, a);
  for (let i = 1; i < n; i++) square(r, r);
}

/** r = a^(2^250 - 1), and a11 = a^11. a up to 2u; neither is a. */
function power250(r: usize, a11: usize, a: usize): void {
  const t = powers;
  const u = powers + SLOT;
  const v = powers + 2 * SLOT;
  squareTimes(t, a, 1); // 2
  squareTimes(u, t, 2); // 8
  multiply(u, a, u); // 9
  multiply(a11, t, u); // 11
  squareTimes(t, a11, 1); // 22
  multiply(u, t, u); // 2^5 - 1
  squareTimes(t, u, 5);
  multiply(u, t, u); // 2^10 - 1
  squareTimes(t, u, 10);
  multiply(v, t, u); // 2^20 - 1
  squareTimes(t, v, 20);
  multiply(t, t, v); // 2^40 - 1
  squareTimes(t, t, 10);
  multiply(u, t, u); // 2^50 - 1
  squareTimes(t, u, 50);
  multiply(v, t, u); // 2^100 - 1
  squareTimes(t, v, 100);
  multiply(t, t, v); // 2^200 - 1
  squareTimes(t, t, 50);
  multiply(r, t, u); // 2^250 - 1
}

/** r = 1 / a, or 0 for 0: a^(p-2) with p - 2 = 2^5 (2^250 - 1) + 11. a up to 2u, not r. */
export function invert(r: usize, a: usize): void {
  const a11 = powers + 3 * SLOT;
  power250(r, a11, a);
  squareTimes(r, r, 5);
  multiply(r, r, a11);
}

/** r = a^((p-5)/8) with (p-5)/8 = 2^2 (2^250 - 1) + 1. a up to 2u, not r. */
function powerForRoot(r: usize, a: usize): void {
  power250(r, powers + 3 * SLOT, a);
  squareTimes(r, r, 2);
  multiply(r, a, r);
}

/**
 * SQRT_RATIO_M1 of RFC 9496 §4.2: r = +sqrt(u / v) where that exists, else +sqrt(SQRT_M1 u / v); tells where it does.
 * u and v up to 2u, neither is r.
 */
export function sqrtRatio(r: usize, u: usize, v: usize): v128 {
  const v3 = roots;
  const uv3 = roots + SLOT;
  const uv7 = roots + 2 * SLOT;
  const check = roots + 3 * SLOT;
  const minusU = roots + 4 * SLOT;
  const t = roots + 5 * SLOT;
  square(t, v);
  multiply(v3, v, t);
  square(t, v3);
  multiply(t, t, v);
  multiply(uv7, u, t);
  multiply(uv3, u, v3);
  powerForRoot(t, uv7);
  multiply(r, uv3, t);

  square(t, r);
  multiply(check, t, v);
  negate(minusU, u);
  const correct = isEqual(check, u);
  const flipped = isEqual(check, minusU);
  multiply(t, minusU, SQRT_M1);
  const flippedI = isEqual(check, t);

  multiply(t, r, SQRT_M1);
  select(r, v128.or(flipped, flippedI), t, r);
  absolute(r, r);
  return v128.or(correct, flipped);
}

/** r = +1 / sqrt(v), or as sqrtRatio says. v up to 2u. */
export function inverseRoot(r: usize, v: usize): v128 {
  return sqrtRatio(r, ONE, v);
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
