/**
 * Field elements of two points in doubles, for engines with fused multiply-add: what depends on the limbs and is not
 * unrolled. Slots, units, wide values and the proof are in ../field25519-fma-generator.mjs; "2u" in a comment means limbs
 * of up to two units. The same functions as limbs25519.ts.
 */
import {
  add, carry, multiplyWide, narrow, narrowTwice, squareWide, subtract,
} from './generated/field25519-fma-unrolled';

export * from './generated/field25519-fma-unrolled';

/** Bytes of a slot: five limbs of two points. */
export const SLOT: usize = 80;
const LIMBS: usize = 5;
const BITS: i32 = 51;
const MASK: u64 = (1 << 51) - 1;

const wide: usize = memory.data(80, 16);
const frozen: usize = memory.data(80, 16);

/** Zeroes the temporaries of this file. */
export function wipeLimbs(): void {
  memory.fill(wide, 0, SLOT);
  memory.fill(frozen, 0, SLOT);
}

/** A vector that holds one value for each point, in lanes that follow the slots. */
@inline export function forBoth(first: i32, second: i32): v128 {
  return i32x4(first, first, second, second);
}

const probe: usize = memory.data<f64>([134217729.0, 134217729.0, -18014398777917440.0, -18014398777917440.0], 16);

/**
 * Whether multiply-add rounds once here, which the engine is free to decide. (2^27 + 1)^2 = 2^54 + 2^28 + 1 needs 55
 * bits: less 2^54 + 2^28, one rounding leaves 1 and two leave 0. The operands are read, so no compiler folds them.
 */
export function isExact(): bool {
  const factor = v128.load(probe);
  const rest = f64x2.relaxed_madd(factor, factor, v128.load(probe, 16));
  return i64x2.all_true(f64x2.eq(rest, f64x2.splat(1.0)));
}

/** r = a b, 1u; the units of a times those of b are at most 3. */
@inline export function multiply(r: usize, a: usize, b: usize): void {
  multiplyWide(wide, a, b);
  narrow(r, wide);
}

/** r = a^2, 1u, for a of 1u. */
@inline export function square(r: usize, a: usize): void {
  squareWide(wide, a);
  narrow(r, wide);
}

/** r = 2 a^2 - g, 2u, for a and g of 1u. r is not g. */
@inline export function twiceSquareMinus(r: usize, a: usize, g: usize): void {
  squareWide(wide, a);
  narrowTwice(r, wide);
  subtract(r, r, g);
}

/** e = 2 x y, 1u, for x and y of 1u; the square of x + y would be beyond the limits. h is for the other limbs. */
@inline export function twiceProduct(e: usize, x: usize, y: usize, _h: usize): void {
  add(e, x, x);
  multiply(e, e, y);
}

/** r = a + b, 1u, for a and b of 1u. */
@inline export function addReduced(r: usize, a: usize, b: usize): void {
  add(r, a, b);
  carry(r, r);
}

/** r = a - b, 1u, for a and b of 1u. */
@inline export function subtractReduced(r: usize, a: usize, b: usize): void {
  subtract(r, a, b);
  carry(r, r);
}

/** Limb k of both points plus that of p as a positive integer, for limbs within one unit. */
@inline function integerLimb(a: usize, k: usize): v128 {
  const middle = f64x2.splat(6755399441055744.0); // 3 * 2^51: the double of integer + 3 * 2^51 ends in that integer
  const limbOfP: u64 = k === 0 ? MASK - 18 : MASK;
  const pattern = f64x2.add(v128.load(a + 16 * k), middle);
  return i64x2.sub(pattern, i64x2.splat(0x4338000000000000 - limbOfP));
}

/**
 * r = the limbs of a in 0..p-1 as 64-bit integers, for a of up to 4u. With limbs within one unit, a + p is positive and
 * below 1.6 * 2^255; a pass of carries leaves t below 2^255 + 19, and floor(t / p) is what t + 19 carries out.
 */
export function freeze(r: usize, a: usize): void {
  const mask = i64x2.splat(MASK);
  carry(r, a);
  let above = i64x2.splat(0);
  for (let k: usize = 0; k < LIMBS; k++) {
    const limb = i64x2.add(integerLimb(r, k), above);
    above = i64x2.shr_u(limb, BITS);
    v128.store(r + 16 * k, v128.and(limb, mask));
  }
  let quotient = i64x2.add(v128.load(r), i64x2.add(timesNineteen(above), i64x2.splat(19)));
  above = timesNineteen(above);
  for (let k: usize = 1; k < LIMBS; k++) {
    quotient = i64x2.add(v128.load(r + 16 * k), i64x2.shr_u(quotient, BITS));
  }
  // t - p q = t + 19 q - 2^255 q: add 19 q below, drop what leaves at the top.
  above = i64x2.add(above, timesNineteen(i64x2.shr_u(quotient, BITS)));
  for (let k: usize = 0; k < LIMBS; k++) {
    const limb = i64x2.add(v128.load(r + 16 * k), above);
    above = i64x2.shr_u(limb, BITS);
    v128.store(r + 16 * k, v128.and(limb, mask));
  }
}

@inline function timesNineteen(x: v128): v128 {
  return i64x2.add(i64x2.add(i64x2.shl(x, 4), i64x2.shl(x, 1)), x);
}

/** Where a is negative in the sense of RFC 9496 §3.1: the canonical representative is odd. a up to 4u. */
export function isNegative(a: usize): v128 {
  freeze(frozen, a);
  return i64x2.neg(v128.and(v128.load(frozen), i64x2.splat(1)));
}

/** Where a is zero modulo p. a up to 4u. */
export function isZero(a: usize): v128 {
  freeze(frozen, a);
  let bits = v128.load(frozen);
  for (let k: usize = 1; k < LIMBS; k++) bits = v128.or(bits, v128.load(frozen + 16 * k));
  return i64x2.eq(bits, i64x2.splat(0));
}

/** Reads two 32-byte little-endian integers, one below the other; the top bit of each is ignored. */
export function fromBytes(r: usize, bytes: usize): void {
  for (let point: usize = 0; point < 2; point++) {
    for (let k: usize = 0; k < LIMBS; k++) {
      // The last two limbs are read from the last words, so that nothing behind the 32 bytes is touched.
      const start = <usize>BITS * k;
      const at = min<usize>(start >> 3, 24);
      const limb = (load<u64>(bytes + 32 * point + at) >> (start - 8 * at)) & MASK;
      store<f64>(r + 16 * k + 8 * point, <f64>limb);
    }
  }
  carry(r, r);
}

/** Writes both elements as 32-byte canonical encodings, one below the other. a up to 4u. */
export function toBytes(bytes: usize, a: usize): void {
  freeze(frozen, a);
  for (let point: usize = 0; point < 2; point++) {
    const to = bytes + 32 * point;
    const from = frozen + 8 * point;
    const l1 = load<u64>(from, 16);
    const l2 = load<u64>(from, 32);
    const l3 = load<u64>(from, 48);
    store<u64>(to, load<u64>(from) | (l1 << 51));
    store<u64>(to, (l1 >> 13) | (l2 << 38), 8);
    store<u64>(to, (l2 >> 26) | (l3 << 25), 16);
    store<u64>(to, (l3 >> 39) | (load<u64>(from, 64) << 12), 24);
  }
}
