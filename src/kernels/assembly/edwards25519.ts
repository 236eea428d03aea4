/**
 * The twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 for two points at a time, in extended coordinates (Hisil, Wong,
 * Carter, Dawson 2008). A point is four slots X, Y, Z, T with x = X/Z, y = Y/Z, x y = T/Z. A *cached* point, ready to be
 * added, is Y+X, Y-X, 2Z, 2dT. The formulas are complete for this curve: no input is exceptional.
 *
 * Constant time: the schedule is fixed, tables are read whole and selected from by masks.
 */
import {
  add, addReduced, copy, forBoth, multiply, multiplyWide, narrowSumAndDifference, negate, ONE, select, SLOT, squareWide,
  subtract, subtractReduced, swapBoth, TWO_D, twiceProduct, twiceSquareMinus,
} from './field25519';

/** Bytes of a point or a cached point. */
export const POINT: usize = 4 * 80;
const DIGITS: i32 = 64;
const DIGIT_BYTES: usize = 64 * 16;
/** A cached table holds 1 P .. 8 P. */
const TABLE_POINTS: usize = 8;
const TABLE: usize = 8 * 4 * 80;
const BASE_TABLES: usize = 32;
/** Pairs of points whose sum is formed at once. */
export const TERMS: usize = 16;

const slots: usize = memory.data(4 * 80, 16);
const e: usize = slots;
const f: usize = slots + 80;
const g: usize = slots + 2 * 80;
const h: usize = slots + 3 * 80;
const wides: usize = memory.data(2 * 80, 16);
const selected: usize = memory.data(4 * 80, 16);
const multiple: usize = memory.data(4 * 80, 16);
const power: usize = memory.data(4 * 80, 16);
/** A cached table for each term of a sum; alone, a product uses the first. */
const tables: usize = memory.data(16 * 8 * 4 * 80, 16);
/** Signed digits of both scalars of a term, one in each vector, lanes as in a slot. */
const digits: usize = memory.data(16 * 64 * 16, 16);
/** Public. */
const baseTables: usize = memory.data(32 * 8 * 4 * 80, 16);

@inline export function X(point: usize): usize { return point; }
@inline export function Y(point: usize): usize { return point + SLOT; }
@inline export function Z(point: usize): usize { return point + 2 * SLOT; }
@inline export function T(point: usize): usize { return point + 3 * SLOT; }

/** Zeroes the temporaries of this file. */
export function wipeEdwards(): void {
  memory.fill(slots, 0, 4 * SLOT);
  memory.fill(wides, 0, 2 * SLOT);
  memory.fill(selected, 0, POINT);
  memory.fill(multiple, 0, POINT);
  memory.fill(power, 0, POINT);
  memory.fill(tables, 0, TERMS * TABLE);
  memory.fill(digits, 0, TERMS * DIGIT_BYTES);
}

/** r = p. */
@inline export function copyPoint(r: usize, p: usize): void {
  for (let c: usize = 0; c < 4; c++) copy(r + c * SLOT, p + c * SLOT);
}

/** r = the identity, twice. */
export function setIdentity(r: usize): void {
  memory.fill(r, 0, POINT);
  copy(Y(r), ONE);
  copy(Z(r), ONE);
}

/** r = E F, G H, F G: a sum or a double without its T. */
@inline function projective(r: usize): void {
  multiply(X(r), e, f);
  multiply(Y(r), h, g);
  multiply(Z(r), f, g);
}

/** Leaves in e, f, g, h what makes 2 p (dbl-2008-hwcd, signs of e..h as in ref10). Coordinates of p within 1u. */
@inline function double(p: usize): void {
  const v = wides;
  const w = wides + SLOT;
  squareWide(v, Y(p));
  squareWide(w, X(p));
  narrowSumAndDifference(h, g, v, w); // Y^2 + X^2, Y^2 - X^2
  twiceProduct(e, X(p), Y(p), h);
  twiceSquareMinus(f, Z(p), g); // 2 Z^2 - G
}

/** r = p + q for a cached q (add-2008-hwcd-4). */
function addCached(r: usize, p: usize, q: usize, withT: bool): void {
  const v = wides;
  const w = wides + SLOT;
  add(f, Y(p), X(p));
  multiplyWide(v, f, X(q)); // (Y+X)(Y'+X')
  subtract(e, Y(p), X(p));
  multiplyWide(w, e, Y(q)); // (Y-X)(Y'-X')
  narrowSumAndDifference(h, e, v, w);
  multiplyWide(v, Z(q), Z(p));
  multiplyWide(w, T(p), T(q));
  narrowSumAndDifference(g, f, v, w);
  projective(r);
  if (withT) multiply(T(r), e, h);
}

/** p = -p. */
export function negatePoint(p: usize): void {
  negate(X(p), X(p));
  negate(T(p), T(p));
}

/** r = p + q; r may be p. */
export function addPoints(r: usize, p: usize, q: usize): void {
  toCached(multiple, q);
  addCached(r, p, multiple, true);
}

/** p = the sum of the two points in p, in both places. */
export function addBoth(p: usize): void {
  for (let c: usize = 0; c < 4; c++) swapBoth(selected + c * SLOT, p + c * SLOT);
  addPoints(p, p, selected);
}

/** r = p, cached. */
function toCached(r: usize, p: usize): void {
  addReduced(X(r), Y(p), X(p));
  subtractReduced(Y(r), Y(p), X(p));
  add(Z(r), Z(p), Z(p)); // 2u
  multiply(T(r), T(p), TWO_D);
}

/** at = 1 p .. 8 p, cached: TABLE bytes. */
function fillTable(at: usize, p: usize): void {
  toCached(at, p);
  copyPoint(multiple, p);
  for (let i: usize = 1; i < TABLE_POINTS; i++) {
    addCached(multiple, multiple, at, true);
    toCached(at + i * POINT, multiple);
  }
}

/** Two scalars below 2^253 (32 bytes each) to 64 digits in -8..8, least first: digit i stands for 16^i. */
function recode(at: usize, scalars: usize): void {
  let up = i32x4.splat(0);
  for (let i: i32 = 0; i < DIGITS; i++) {
    const from = scalars + (i >> 1);
    const shift = (i & 1) << 2;
    const first = (<i32>load<u8>(from) >> shift) & 15;
    const second = (<i32>load<u8>(from + 32) >> shift) & 15;
    const digit = i32x4.add(forBoth(first, second), up);
    up = i32x4.shr_s(i32x4.add(digit, i32x4.splat(8)), 4);
    v128.store(at + 16 * i, i32x4.sub(digit, i32x4.shl(up, 4)));
  }
}

/** selected = digit times p, cached, from the table of p; every entry is read. */
function selectMultiple(table: usize, digit: v128): void {
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

/** r = r + digit i of the scalars at `at`, times the point of the table. */
@inline function addDigit(r: usize, table: usize, at: usize, i: i32, withT: bool): void {
  selectMultiple(table, v128.load(at + 16 * i));
  addCached(r, r, selected, withT);
}

/** r = 16 r. */
function timesSixteen(r: usize): void {
  for (let k = 0; k < 4; k++) {
    double(r);
    projective(r);
  }
  multiply(T(r), e, h); // only an addition needs T
}

/** r = scalar times p for the two scalars (32 bytes each, below 2^253) at `scalars`. r is not p. */
export function multiplyPoints(r: usize, p: usize, scalars: usize): void {
  fillTable(tables, p);
  recode(digits, scalars);
  setIdentity(r);
  for (let i: i32 = DIGITS - 1; i >= 0; i--) {
    if (i < DIGITS - 1) timesSixteen(r);
    addDigit(r, tables, digits, i, i === 0);
  }
}

/** Number `i` of the points of a sum, with its two scalars (32 bytes each, below 2^253; zero is allowed). */
export function putTerm(i: usize, p: usize, scalars: usize): void {
  fillTable(tables + i * TABLE, p);
  recode(digits + i * DIGIT_BYTES, scalars);
}

/** r = the sum of scalar times point over the first `terms` terms; the doublings are shared (Straus). */
export function sumTerms(r: usize, terms: usize): void {
  setIdentity(r);
  for (let i: i32 = DIGITS - 1; i >= 0; i--) {
    if (i < DIGITS - 1) timesSixteen(r);
    for (let k: usize = 0; k < terms; k++) addDigit(r, tables + k * TABLE, digits + k * DIGIT_BYTES, i, true);
  }
}

/** Makes the tables of 256^i p that multiplyBase reads, for i = 0..31; p is public and the same in both places. */
export function setBase(p: usize): void {
  copyPoint(power, p);
  for (let i: usize = 0; i < BASE_TABLES; i++) {
    fillTable(baseTables + i * TABLE, power);
    timesSixteen(power);
    timesSixteen(power);
  }
}

/** r = scalar times the base (as ref10): first the odd digits, times 16, then the even ones. */
export function multiplyBase(r: usize, scalars: usize): void {
  recode(digits, scalars);
  setIdentity(r);
  for (let i: i32 = 1; i < DIGITS; i += 2) addDigit(r, baseTables + (i >> 1) * TABLE, digits, i, true);
  timesSixteen(r);
  for (let i: i32 = 0; i < DIGITS; i += 2) addDigit(r, baseTables + (i >> 1) * TABLE, digits, i, true);
}
