/**
 * X25519 (RFC 7748 §5) in WebAssembly SIMD: up to 64 products a call, two at a time. The host writes the inputs at the
 * exported addresses, calls, reads `points`, and calls `wipe`.
 *
 * The Montgomery ladder is kept in sums and differences, (x2 + z2, x2 - z2) and (x3 + z3, x3 - z3): the values that the
 * next step multiplies, so that each is formed on wide values and carried once. The divisions by z of a call share one
 * inversion (Montgomery's trick).
 *
 * Constant time: nothing here branches on, or addresses by, a scalar or a point; the status says only whether some
 * result of the call is zero.
 */
import {
  add, addMultiple121665, carry, copy, forBoth, fromBytes, invert, isZero, multiply, multiplyWide, narrow,
  narrowSumAndDifference, ONE, select, SLOT, square, squareWide, subtract, toBytes, wipeField,
} from './field25519';

export { isExact } from './field25519';

/** Products a call takes at most; an odd number is made even by a copy of any. */
export const CHUNK: i32 = 64;
/** 64 x 32 bytes: u-coordinates in and out. */
export const points: usize = memory.data(64 * 32, 16);
/** 64 x 32 bytes; destroyed by a call. */
export const scalars: usize = memory.data(64 * 32, 16);

const MAX_PAIRS: usize = 32;
const xs: usize = memory.data(32 * 80, 16);
const zs: usize = memory.data(32 * 80, 16);
const prefixes: usize = memory.data(32 * 80, 16);

const slots: usize = memory.data(12 * 80, 16);
/** Sum and difference of x2 and z2, and of x3 and z3, one after the other. */
const sum2: usize = slots;
const difference2: usize = slots + 80;
const sum3: usize = slots + 2 * 80;
const difference3: usize = slots + 3 * 80;
const v: usize = slots + 4 * 80;
const w: usize = slots + 5 * 80;
const aa: usize = slots + 6 * 80;
const bb: usize = slots + 7 * 80;
const e: usize = slots + 8 * 80;
const f: usize = slots + 9 * 80;
const x1: usize = slots + 10 * 80;
const t: usize = slots + 11 * 80;

/** Zeroes inputs, outputs and every temporary. */
export function wipe(): void {
  memory.fill(points, 0, 64 * 32);
  memory.fill(scalars, 0, 64 * 32);
  memory.fill(xs, 0, MAX_PAIRS * SLOT);
  memory.fill(zs, 0, MAX_PAIRS * SLOT);
  memory.fill(prefixes, 0, MAX_PAIRS * SLOT);
  memory.fill(slots, 0, 12 * SLOT);
  wipeField();
}

/** (x2, z2) and (x3, z3) change places where the mask is set. */
@inline function swapWhere(mask: v128): void {
  for (let at: usize = 0; at < 2 * SLOT; at += 16) {
    const a = v128.load(sum2 + at);
    const b = v128.load(sum3 + at);
    const change = v128.and(v128.xor(a, b), mask);
    v128.store(sum2 + at, v128.xor(a, change));
    v128.store(sum3 + at, v128.xor(b, change));
  }
}

/** The body of the loop in RFC 7748 §5; its names, x1 included. */
function step(): void {
  multiplyWide(v, difference3, sum2); // D A
  multiplyWide(w, sum3, difference2); // C B
  narrowSumAndDifference(e, f, v, w);
  squareWide(v, e); // x3 = (DA + CB)^2
  square(f, f);
  multiplyWide(w, f, x1); // z3 = x1 (DA - CB)^2
  narrowSumAndDifference(sum3, difference3, v, w);
  squareWide(v, sum2);
  squareWide(w, difference2);
  narrow(aa, v);
  narrow(bb, w);
  subtract(e, aa, bb); // E = AA - BB, 2u
  addMultiple121665(f, v, e); // AA + a24 E
  multiplyWide(v, aa, bb); // x2
  multiplyWide(w, e, f); // z2
  narrowSumAndDifference(sum2, difference2, v, w);
}

/** x and z of the products of x1 with the two scalars at `own`. */
function ladder(x: usize, z: usize, own: usize): void {
  // (x2, z2) = (1, 0) and (x3, z3) = (x1, 1).
  copy(sum2, ONE);
  copy(difference2, ONE);
  add(sum3, x1, ONE);
  subtract(difference3, x1, ONE);
  carry(sum3, sum3);
  carry(difference3, difference3);
  let swapped = i32x4.splat(0);
  for (let i: i32 = 254; i >= 0; i--) {
    const from = own + (i >> 3);
    const first = (<i32>load<u8>(from) >> (i & 7)) & 1;
    const second = (<i32>load<u8>(from + 32) >> (i & 7)) & 1;
    const wanted = forBoth(-first, -second);
    swapWhere(v128.xor(swapped, wanted));
    swapped = wanted;
    step();
  }
  swapWhere(swapped);
  // Twice x2 and z2: the quotient is the same.
  add(x, sum2, difference2);
  subtract(z, sum2, difference2);
  carry(x, x);
  carry(z, z);
}

/** decodeScalar25519 of §5. */
@inline function clamp(scalar: usize): void {
  store<u8>(scalar, load<u8>(scalar) & 248);
  store<u8>(scalar, (load<u8>(scalar, 31) & 127) | 64, 31);
}

/** Each point becomes its product with its scalar. Status: 1 when a result is zero (the points of small order). */
export function multiplyPoints(pairs: i32): i32 {
  let zeros = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>pairs; i++) {
    const own = scalars + 64 * i;
    const x = xs + i * SLOT;
    const z = zs + i * SLOT;
    clamp(own);
    clamp(own + 32);
    fromBytes(x1, points + 64 * i);
    ladder(x, z, own);
    // x / 0 is 0 there (§5: z^(p-2)); put as 0 / 1, so that it leaves the common product alone.
    const zero = isZero(z);
    zeros = v128.or(zeros, zero);
    select(z, zero, ONE, z);
    memory.fill(t, 0, SLOT);
    select(x, zero, t, x);
  }
  divide(<usize>pairs);
  return i32(v128.any_true(zeros));
}

/** points = x / z for all pairs, with one inversion. */
function divide(pairs: usize): void {
  const product = e;
  const inverse = f;
  copy(product, ONE);
  for (let i: usize = 0; i < pairs; i++) {
    copy(prefixes + i * SLOT, product);
    multiply(product, product, zs + i * SLOT);
  }
  invert(inverse, product);
  for (let i: usize = pairs; i-- > 0; ) {
    multiply(t, inverse, prefixes + i * SLOT);
    multiply(inverse, inverse, zs + i * SLOT);
    multiply(t, t, xs + i * SLOT);
    toBytes(points + 64 * i, t);
  }
}
