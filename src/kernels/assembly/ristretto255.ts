/**
 * ristretto255 (RFC 9496) in WebAssembly SIMD: up to 64 elements a call, two at a time. The host writes the inputs at
 * the exported addresses, calls, reads `encodings`, and calls `wipe`.
 *
 * Constant time: nothing here branches on, or addresses by, an element or a scalar; the status bits of `multiply`
 * and `add` say only whether all encodings and all scalars of the call were valid.
 */
import {
  decode, derive, doubleEncode, encode, HALF_ENCODED, prepareDoubleEncode, wipeEncoding,
} from './encoding';
import {
  addBoth, addPoints, multiplyBase as multiplyBasePoint, multiplyPoints, negatePoint, POINT, putTerm, setBase,
  setIdentity, sumTerms, TERMS, wipeEdwards,
} from './edwards25519';
import { wipeField } from './field25519';
import { halve, isBelowOrder, isNonZero } from './scalar';

export { isExact } from './field25519';

/** Elements a call takes at most; an odd number is made even by a copy of any valid one. */
export const CHUNK: i32 = 64;
/** Pairs that addToSum takes at most. */
export const SUM_PAIRS: i32 = <i32>TERMS;
/** 64 x 32 bytes in and out. */
export const encodings: usize = memory.data(64 * 32, 16);
/** 64 x 32 bytes; destroyed by a call. */
export const scalars: usize = memory.data(64 * 32, 16);
/** 64 x 64 bytes; for `add` 64 x 32 bytes of second operands. */
export const uniform: usize = memory.data(64 * 64, 16);

/** RFC 9496 §4.5, twice. */
const generator: usize = memory.data<u64>([
  0x714ebc6a0aaef2e2, 0x5f5100c561a984a8, 0x8ddd82a56a0be358, 0x762d8de04559a6b6,
  0x714ebc6a0aaef2e2, 0x5f5100c561a984a8, 0x8ddd82a56a0be358, 0x762d8de04559a6b6,
], 16);
const point: usize = memory.data(4 * 80, 16);
const product: usize = memory.data(4 * 80, 16);
const total: usize = memory.data(4 * 80, 16);
const halves: usize = memory.data(128, 16);
const states: usize = memory.data(32 * 6 * 80, 16);

/** Once after the start: the tables of the generator. */
export function prepare(): void {
  decode(point, generator);
  setBase(point);
  wipe();
}

/** 2 unless both scalars are in 1..l-1; they are halved, since the encoding doubles and so needs no square root. */
@inline function takeScalars(own: usize): i32 {
  const valid = isBelowOrder(own) & isBelowOrder(own + 32) & isNonZero(own) & isNonZero(own + 32);
  halve(own);
  halve(own + 32);
  return (1 ^ valid) << 1;
}

/** Each encoding becomes that of its scalar multiple. Status: 1 bad encoding or identity, 2 bad scalar, or both. */
export function multiply(pairs: i32): i32 {
  let status = 0;
  for (let i: usize = 0; i < <usize>pairs; i++) {
    status |= 1 ^ i32(i32x4.all_true(decode(point, encodings + 64 * i)));
    status |= takeScalars(scalars + 64 * i);
    multiplyPoints(product, point, scalars + 64 * i);
    prepareDoubleEncode(states + i * HALF_ENCODED, product);
  }
  doubleEncode(encodings, states, pairs);
  return status;
}

/** Leaves the encodings of the generator's multiples. Status: 2 bad scalar. */
export function multiplyBase(pairs: i32): i32 {
  let status = 0;
  for (let i: usize = 0; i < <usize>pairs; i++) {
    status |= takeScalars(scalars + 64 * i);
    multiplyBasePoint(product, scalars + 64 * i);
    prepareDoubleEncode(states + i * HALF_ENCODED, product);
  }
  doubleEncode(encodings, states, pairs);
  return status;
}

/** Starts a sum of products. */
export function beginSum(): void {
  setIdentity(total);
}

/** Adds up to SUM_PAIRS pairs of products. Status as of `multiply`, but a scalar may be zero. */
export function addToSum(pairs: i32): i32 {
  let status = 0;
  for (let i: usize = 0; i < <usize>pairs; i++) {
    const own = scalars + 64 * i;
    status |= 1 ^ i32(i32x4.all_true(decode(point, encodings + 64 * i)));
    status |= (1 ^ (isBelowOrder(own) & isBelowOrder(own + 32))) << 1;
    putTerm(i, point, own);
  }
  sumTerms(product, pairs);
  addPoints(total, total, product);
  return status;
}

/** Leaves the sum in the first encoding; it may be the identity. */
export function endSum(): void {
  addBoth(total);
  encode(encodings, total);
}

/** Each encoding becomes that of its sum with, or difference to, the element in `uniform`. Status: 1 bad encoding. */
export function add(pairs: i32, minus: bool): i32 {
  let status = 0;
  for (let i: usize = 0; i < <usize>pairs; i++) {
    const leftValid = i32x4.all_true(decode(point, encodings + 64 * i));
    const rightValid = i32x4.all_true(decode(product, uniform + 64 * i));
    status |= 1 ^ (i32(leftValid) & i32(rightValid));
    if (minus) negatePoint(product);
    addPoints(point, point, product);
    encode(encodings + 64 * i, point);
  }
  return status;
}

/** Each 64 bytes of `uniform` become an element in `encodings`. */
export function fromUniform(pairs: i32): void {
  for (let i: usize = 0; i < <usize>pairs; i++) {
    const from = uniform + 128 * i;
    memory.copy(halves, from, 32);
    memory.copy(halves + 32, from + 64, 32);
    memory.copy(halves + 64, from + 32, 32);
    memory.copy(halves + 96, from + 96, 32);
    derive(point, halves);
    encode(encodings + 64 * i, point);
  }
}

/** Zeroes inputs, outputs and every temporary. */
export function wipe(): void {
  memory.fill(encodings, 0, 64 * 32);
  memory.fill(scalars, 0, 64 * 32);
  memory.fill(uniform, 0, 64 * 64);
  memory.fill(point, 0, POINT);
  memory.fill(product, 0, POINT);
  memory.fill(total, 0, POINT);
  memory.fill(halves, 0, 128);
  memory.fill(states, 0, 32 * HALF_ENCODED);
  wipeField();
  wipeEdwards();
  wipeEncoding();
}
