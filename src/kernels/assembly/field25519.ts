/**
 * The field modulo p = 2^255 - 19 for two points at a time: what does not depend on the limbs. Operands are written for
 * the stricter of the two representations: units of a times those of b at most 3, one unit in a square.
 *
 * Masks are vectors whose lanes follow the slots: all ones or all zeros in all lanes of a point. No branch and no
 * address depends on an element.
 */
import {
  isNegative, isZero, multiply, negate, ONE, select, SLOT, square, SQRT_M1, subtract, wipeLimbs,
} from './limbs25519';

export * from './limbs25519';

const difference: usize = memory.data(80, 16);
const powers: usize = memory.data(4 * 80, 16);
const roots: usize = memory.data(6 * 80, 16);

/** Zeroes the temporaries of this file and of the limbs. */
export function wipeField(): void {
  wipeLimbs();
  memory.fill(difference, 0, SLOT);
  memory.fill(powers, 0, 4 * SLOT);
  memory.fill(roots, 0, 6 * SLOT);
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

/** r = a^(2^n). r may be a; a within 1u. */
function squareTimes(r: usize, a: usize, n: i32): void {
  square(r, a);
  for (let i = 1; i < n; i++) square(r, r);
}

/** r = a^(2^250 - 1), and a11 = a^11. a within 1u; neither is a. */
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

/** r = 1 / a, or 0 for 0: a^(p-2) with p - 2 = 2^5 (2^250 - 1) + 11. a within 1u, not r. */
export function invert(r: usize, a: usize): void {
  const a11 = powers + 3 * SLOT;
  power250(r, a11, a);
  squareTimes(r, r, 5);
  multiply(r, r, a11);
}

/** r = a^((p-5)/8) with (p-5)/8 = 2^2 (2^250 - 1) + 1. a within 1u, not r. */
function powerForRoot(r: usize, a: usize): void {
  power250(r, powers + 3 * SLOT, a);
  squareTimes(r, r, 2);
  multiply(r, a, r);
}

/**
 * SQRT_RATIO_M1 of RFC 9496 §4.2: r = +sqrt(u / v) where that exists, else +sqrt(SQRT_M1 u / v); tells where it does.
 * u up to 3u, v within 1u, neither is r.
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

/** r = +1 / sqrt(v), or as sqrtRatio says. v within 1u. */
export function inverseRoot(r: usize, v: usize): v128 {
  return sqrtRatio(r, ONE, v);
}
