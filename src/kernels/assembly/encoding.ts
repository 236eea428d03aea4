/** Encodings of ristretto255 (RFC 9496 §4.3) for two elements at a time; names follow the RFC. */
import { addPoints, POINT, T, X, Y, Z } from './edwards25519';
import {
  absolute, add, carry, copy, D, D_MINUS_ONE_SQ, forBoth, fromBytes, inverseRoot, invert, INVSQRT_A_MINUS_D, isNegative,
  isZero, multiply, negate, ONE, ONE_MINUS_D_SQ, select, SLOT, sqrtRatio, square, SQRT_AD_MINUS_ONE, SQRT_M1, subtract,
  toBytes,
} from './field25519';

const slots: usize = memory.data(12 * 80, 16);
const s: usize = slots;
const s2: usize = slots + 80;
const u1: usize = slots + 2 * 80;
const u2: usize = slots + 3 * 80;
const v: usize = slots + 4 * 80;
const root: usize = slots + 5 * 80;
const den1: usize = slots + 6 * 80;
const den2: usize = slots + 7 * 80;
const t: usize = slots + 8 * 80;
const n: usize = slots + 9 * 80;
const x: usize = slots + 10 * 80;
const y: usize = slots + 11 * 80;
const first: usize = memory.data(4 * 80, 16);
const second: usize = memory.data(4 * 80, 16);
const bytes: usize = memory.data(64, 16);

/** What the encoding of 2 P needs of P, while a chunk waits for its common inversion: e, f, g, h, e g, f h. */
export const HALF_ENCODED: usize = 6 * 80;
const MAX_PAIRS: usize = 32;
const prefixes: usize = memory.data(32 * 80, 16);

/** Zeroes the temporaries of this file. */
export function wipeEncoding(): void {
  memory.fill(slots, 0, 12 * SLOT);
  memory.fill(first, 0, POINT);
  memory.fill(second, 0, POINT);
  memory.fill(bytes, 0, 64);
  memory.fill(prefixes, 0, MAX_PAIRS * SLOT);
}

/** Where the 2 x 32 bytes at `a` and `b` are the same. */
function sameBytes(a: usize, b: usize): v128 {
  const one = v128.and(i8x16.eq(v128.load(a), v128.load(b)), i8x16.eq(v128.load(a, 16), v128.load(b, 16)));
  const two = v128.and(i8x16.eq(v128.load(a, 32), v128.load(b, 32)), i8x16.eq(v128.load(a, 48), v128.load(b, 48)));
  return forBoth(-i32(i8x16.all_true(one)), -i32(i8x16.all_true(two)));
}

/** §4.3.1: decodes two encodings; tells where they are valid and not the identity. */
export function decode(point: usize, encodings: usize): v128 {
  fromBytes(s, encodings);
  toBytes(bytes, s);
  let valid = v128.andnot(sameBytes(bytes, encodings), isNegative(s));
  square(s2, s);
  subtract(u1, ONE, s2);
  add(u2, ONE, s2);
  carry(u1, u1);
  carry(u2, u2);
  square(n, u2);
  square(t, u1);
  multiply(v, t, D);
  negate(v, v);
  subtract(v, v, n); // 2u
  multiply(t, n, v);
  valid = v128.and(valid, inverseRoot(root, t));
  multiply(den1, u2, root); // den_x
  multiply(den2, den1, root); // den_y = root den_x v
  multiply(den2, den2, v);
  add(s2, s, s);
  multiply(x, s2, den1);
  absolute(X(point), x);
  multiply(Y(point), u1, den2);
  copy(Z(point), ONE);
  multiply(T(point), X(point), Y(point));
  const wrong = v128.or(isNegative(T(point)), isZero(Y(point)));
  // RFC 9497 §3.3 wants the identity, whose only encoding is s = 0, rejected as well.
  return v128.andnot(valid, v128.or(wrong, isZero(s)));
}

/** §4.3.2: encodes two points. */
export function encode(encodings: usize, point: usize): void {
  add(s, Z(point), Y(point));
  subtract(s2, Z(point), Y(point));
  carry(s2, s2);
  multiply(u1, s, s2);
  multiply(u2, X(point), Y(point));
  square(t, u2);
  multiply(t, t, u1);
  inverseRoot(root, t);
  multiply(den1, root, u1);
  multiply(den2, root, u2);
  const zInverse = v;
  multiply(zInverse, den1, den2);
  multiply(zInverse, zInverse, T(point));
  multiply(t, T(point), zInverse);
  const rotate = isNegative(t);
  multiply(x, Y(point), SQRT_M1);
  multiply(y, X(point), SQRT_M1);
  select(x, rotate, x, X(point));
  select(y, rotate, y, Y(point));
  multiply(t, den1, INVSQRT_A_MINUS_D);
  select(den2, rotate, t, den2);
  multiply(t, x, zInverse);
  const flip = isNegative(t);
  negate(t, y);
  select(y, flip, t, y);
  subtract(t, Z(point), y);
  multiply(s, t, den2);
  absolute(s, s);
  toBytes(encodings, s);
}

/** MAP of §4.3.4: two field elements in s to two points. */
function mapToCurve(point: usize): void {
  const r = s2;
  square(t, s);
  multiply(r, t, SQRT_M1);
  add(t, r, ONE);
  multiply(u1, t, ONE_MINUS_D_SQ); // u
  multiply(v, r, D);
  add(v, v, ONE);
  negate(v, v); // 2u
  add(t, r, D);
  carry(t, t);
  multiply(v, v, t);
  const wasSquare = sqrtRatio(root, u1, v);
  multiply(t, root, s);
  absolute(t, t);
  negate(t, t); // s' = -|s t|
  select(root, wasSquare, root, t);
  negate(t, ONE);
  select(u2, wasSquare, t, r); // c
  subtract(t, r, ONE); // 2u
  multiply(n, u2, t);
  multiply(n, n, D_MINUS_ONE_SQ);
  subtract(n, n, v); // 2u
  add(t, root, root);
  multiply(t, t, v); // w0
  multiply(n, n, SQRT_AD_MINUS_ONE); // w1
  square(s2, root);
  subtract(u1, ONE, s2); // w2, 2u
  add(u2, ONE, s2); // w3, 2u
  multiply(X(point), t, u2);
  multiply(Y(point), n, u1);
  multiply(Z(point), n, u2);
  multiply(T(point), t, u1);
}

/** §4.3.4: 2 x 64 uniform bytes, laid out as two first halves and two second halves, to two points. */
export function derive(point: usize, halves: usize): void {
  fromBytes(s, halves);
  mapToCurve(first);
  fromBytes(s, halves + 64);
  mapToCurve(second);
  addPoints(point, first, second);
}

/**
 * Encoding 2 P needs no square root, and the inversion it needs can be shared (batch double-and-encode, as in
 * curve25519-dalek). 2 P = (e h : f g : f h : e g) with what is kept here.
 */
export function prepareDoubleEncode(state: usize, point: usize): void {
  const e = state;
  const f = state + SLOT;
  const g = state + 2 * SLOT;
  const h = state + 3 * SLOT;
  add(t, Y(point), Y(point));
  multiply(e, X(point), t);
  square(f, Z(point));
  square(t, T(point));
  multiply(t, t, D);
  subtract(h, f, t);
  add(f, f, t);
  square(g, Y(point));
  square(t, X(point));
  add(g, g, t);
  carry(f, f);
  carry(g, g);
  carry(h, h);
  multiply(state + 4 * SLOT, e, g);
  multiply(state + 5 * SLOT, f, h);
}

/** Encodes 2 P for `pairs` prepared pairs of points with one inversion (Montgomery's trick). */
export function doubleEncode(encodings: usize, states: usize, pairs: usize): void {
  copy(prefixes, ONE);
  copy(n, ONE);
  for (let i: usize = 0; i < pairs; i++) {
    const state = states + i * HALF_ENCODED;
    copy(prefixes + i * SLOT, n);
    multiply(u1, state + 4 * SLOT, state + 5 * SLOT);
    multiply(n, n, u1);
  }
  const rest = den1; // the inverse of the product up to pair i
  invert(rest, n);
  for (let i: usize = pairs; i-- > 0; ) {
    const state = states + i * HALF_ENCODED;
    multiply(u1, state + 4 * SLOT, state + 5 * SLOT);
    multiply(u2, rest, prefixes + i * SLOT);
    multiply(rest, rest, u1);
    finishDoubleEncode(encodings + 64 * i, state, u2);
  }
}

/** The encoding of 2 P from its prepared state and the inverse of e f g h: §4.3.2 with the roots cancelled. */
function finishDoubleEncode(encodings: usize, state: usize, inverse: usize): void {
  const e = state;
  const f = state + SLOT;
  const g = state + 2 * SLOT;
  const h = state + 3 * SLOT;
  const eg = state + 4 * SLOT;
  const fh = state + 5 * SLOT;
  multiply(s, eg, inverse); // 1 / (f h) = 1 / Z
  multiply(s2, fh, inverse); // 1 / (e g) = 1 / T
  multiply(t, eg, s);
  const rotate = isNegative(t);
  negate(t, e);
  multiply(root, f, SQRT_M1);
  select(x, rotate, g, e); // e'
  select(y, rotate, t, g); // g'
  select(v, rotate, root, h); // h'
  select(n, rotate, SQRT_M1, INVSQRT_A_MINUS_D);
  multiply(t, v, x);
  multiply(t, t, s);
  const flip = isNegative(t);
  negate(t, y);
  select(y, flip, t, y);
  subtract(t, v, y); // h' - g', 2u
  multiply(root, y, s2);
  multiply(root, root, n);
  multiply(s, t, root);
  absolute(s, s);
  toBytes(encodings, s);
}
