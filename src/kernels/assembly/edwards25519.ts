/**
 * The twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 for two points at a time, in extended coordinates (Hisil, Wong,
 * Carter, Dawson 2008). A point is four slots X, Y, Z, T with x = X/Z, y = Y/Z, x y = T/Z. A *cached* point, ready to be
 * added, is Y+X, Y-X, 2Z, 2dT. The formulas are complete for this curve: no input is exceptional.
 *
 * Constant time: the schedule is fixed, tables are read whole and selected from by masks.
 */
import { SLOT } from './field25519';
import {
  add, copy, multiply, negate, ONE, select, square, subtract, TWO_D, twiceSquareMinus,
} from './generated/field25519-unrolled';

/** Bytes of a point or a cached point. */
export const POINT: usize = 4 * 80;
const DIGITS: i32 = 64;
/** A cached table holds 1 P .. 8 P. */
const TABLE_POINTS: usize = 8;

const slots: usize = memory.data(4 * 80, 16);
const e: usize = slots;
const f: usize = slots + 80;
const g: usize = slots + 2 * 80;
const h: usize = slots + 3 * 80;
const selected: usize = memory.data(4 * 80, 16);
const multiple: usize = memory.data(4 * 80, 16);
const table: usize = memory.data(8 * 4 * 80, 16);
/** A signed digit of both scalars per vector, lanes as in a slot. */
const digits: usize = memory.data(64 * 16, 16);

@inline export function X(point: usize): usize { return point; }
@inline export function Y(point: usize): usize { return point + SLOT; }
@inline export function Z(point: usize): usize { return point + 2 * SLOT; }
@inline export function T(point: usize): usize { return point + 3 * SLOT; }

/** Zeroes the temporaries of this file. */
export function wipeEdwards(): void {
  memory.fill(slots, 0, 4 * SLOT);
  memory.fill(selected, 0, POINT);
  memory.fill(multiple, 0, POINT);
  memory.fill(table, 0, TABLE_POINTS * POINT);
  memory.fill(digits, 0, <usize>DIGITS * 16);
}

/** r = E F, G H, F G: a sum or a double without its T. */
@inline function projective(r: usize): void {
  multiply(X(r), e, f);
  multiply(Y(r), h, g);
  multiply(Z(r), f, g);
}

/** Leaves in e, f, g, h what makes 2 p (dbl-2008-hwcd, signs of e..h as in ref10). Coordinates of p within 1u. */
@inline function double(p: usize): void {
  const xx = f;
  square(xx, X(p));
  square(g, Y(p));
  add(h, g, xx); // Y^2 + X^2, 2u
  subtract(g, g, xx); // Y^2 - X^2, 2u
  add(e, X(p), Y(p));
  square(e, e);
  subtract(e, e, h); // 2 X Y, 3u
  twiceSquareMinus(f, Z(p), g); // 2 Z^2 - G, 1u
}

/** r = p + q for a cached q (add-2008-hwcd-4). */
function addCached(r: usize, p: usize, q: usize, withT: bool): void {
  subtract(e, Y(p), X(p));
  add(f, Y(p), X(p));
  multiply(e, e, Y(q)); // (Y-X)(Y'-X')
  multiply(h, f, X(q)); // (Y+X)(Y'+X')
  multiply(f, T(p), T(q));
  multiply(g, Z(p), Z(q));
  const a = selected; // free again once q has been used
  copy(a, e);
  subtract(e, h, a);
  add(h, h, a);
  const c = a;
  copy(c, f);
  subtract(f, g, c);
  add(g, g, c);
  projective(r);
  if (withT) multiply(T(r), e, h);
}

/** r = p + q. */
export function addPoints(r: usize, p: usize, q: usize): void {
  toCached(multiple, q);
  addCached(r, p, multiple, true);
}

/** r = p, cached. */
function toCached(r: usize, p: usize): void {
  add(X(r), Y(p), X(p)); // 2u
  subtract(Y(r), Y(p), X(p)); // 2u
  add(Z(r), Z(p), Z(p)); // 2u
  multiply(T(r), T(p), TWO_D);
}

/** The table of 1 p .. 8 p, cached. */
function fillTable(p: usize): void {
  toCached(table, p);
  for (let c: usize = 0; c < 4; c++) copy(multiple + c * SLOT, p + c * SLOT);
  for (let i: usize = 1; i < TABLE_POINTS; i++) {
    addCached(multiple, multiple, table, true);
    toCached(table + i * POINT, multiple);
  }
}

/** Scalars below 2^253 to 64 digits in -8..8, least first: digit i stands for 16^i. */
function recode(scalars: usize): void {
  let up = i32x4.splat(0);
  for (let i: i32 = 0; i < DIGITS; i++) {
    const at = scalars + (i >> 1);
    const shift = (i & 1) << 2;
    const first = (<i32>load<u8>(at) >> shift) & 15;
    const second = (<i32>load<u8>(at + 32) >> shift) & 15;
    let digit = i32x4.splat(first);
    digit = i32x4.replace_lane(i32x4.replace_lane(digit, 1, second), 3, second);
    digit = i32x4.add(digit, up);
    up = i32x4.shr_s(i32x4.add(digit, i32x4.splat(8)), 4);
    v128.store(digits + 16 * i, i32x4.sub(digit, i32x4.shl(up, 4)));
  }
}

/** selected = digit times p, cached; every table entry is read. */
function selectMultiple(digit: v128): void {
  const magnitude = i32x4.abs(digit);
  copy(X(selected), ONE);
  copy(Y(selected), ONE);
  add(Z(selected), ONE, ONE);
  memory.fill(T(selected), 0, SLOT);
  for (let i: usize = 0; i < TABLE_POINTS; i++) {
    const wanted = i32x4.eq(magnitude, i32x4.splat(<i32>i + 1));
    const entry = table + i * POINT;
    select(X(selected), wanted, X(entry), X(selected));
    select(Y(selected), wanted, Y(entry), Y(selected));
    select(Z(selected), wanted, Z(entry), Z(selected));
    select(T(selected), wanted, T(entry), T(selected));
  }
  // -(x, y) = (-x, y): Y+X and Y-X change places, T changes sign.
  const negative = i32x4.lt_s(digit, i32x4.splat(0));
  copy(e, X(selected));
  select(X(selected), negative, Y(selected), e);
  select(Y(selected), negative, e, Y(selected));
  negate(e, T(selected));
  select(T(selected), negative, e, T(selected));
}

/** r = scalar times p for the two scalars (32 bytes each, below 2^253) at `scalars`. r is not p. */
export function multiplyPoints(r: usize, p: usize, scalars: usize): void {
  fillTable(p);
  recode(scalars);
  memory.fill(r, 0, POINT);
  copy(Y(r), ONE);
  copy(Z(r), ONE);
  for (let i: i32 = DIGITS - 1; i >= 0; i--) {
    if (i < DIGITS - 1) {
      for (let k = 0; k < 4; k++) {
        double(r);
        projective(r);
      }
      multiply(T(r), e, h); // only an addition needs T
    }
    selectMultiple(v128.load(digits + 16 * i));
    addCached(r, r, selected, i === 0);
  }
}
