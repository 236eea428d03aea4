/**
 * ristretto255 (RFC 9496) in WebAssembly SIMD: up to 64 elements a call, two at a time. The host writes the inputs at
 * the exported addresses, calls, reads `encodings`, and calls `wipe`.
 *
 * Constant time: nothing here branches on, or addresses by, an element or a scalar; the two status bits of `multiply`
 * say only whether all encodings and all scalars of the call were valid.
 */
import {
  decode, derive, doubleEncode, encode, HALF_ENCODED, prepareDoubleEncode, wipeEncoding,
} from './encoding';
import { multiplyPoints, POINT, wipeEdwards } from './edwards25519';
import { wipeField } from './field25519';
import { halve, isValidScalar } from './scalar';

/** Elements a call takes at most; an odd number is made even by a copy of any valid one. */
export const CHUNK: i32 = 64;
/** 64 x 32 bytes in and out. */
export const encodings: usize = memory.data(64 * 32, 16);
/** 64 x 32 bytes; destroyed by a call. */
export const scalars: usize = memory.data(64 * 32, 16);
/** 64 x 64 bytes. */
export const uniform: usize = memory.data(64 * 64, 16);

const point: usize = memory.data(4 * 80, 16);
const product: usize = memory.data(4 * 80, 16);
const halves: usize = memory.data(128, 16);
const states: usize = memory.data(32 * 6 * 80, 16);

/** Each encoding becomes that of its scalar multiple. Status: 1 bad encoding or identity, 2 bad scalar, or both. */
export function multiply(pairs: i32): i32 {
  let status = 0;
  for (let i: usize = 0; i < <usize>pairs; i++) {
    const own = scalars + 64 * i;
    const scalarsValid = isValidScalar(own) & isValidScalar(own + 32);
    const pointsValid = i32x4.all_true(decode(point, encodings + 64 * i));
    status |= (1 ^ i32(pointsValid)) | ((1 ^ scalarsValid) << 1);
    // The encoding doubles, so that it needs no square root.
    halve(own);
    halve(own + 32);
    multiplyPoints(product, point, own);
    prepareDoubleEncode(states + i * HALF_ENCODED, product);
  }
  doubleEncode(encodings, states, pairs);
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
  memory.fill(halves, 0, 128);
  memory.fill(states, 0, 32 * HALF_ENCODED);
  wipeField();
  wipeEdwards();
  wipeEncoding();
}
