/**
 * ristretto255 (RFC 9496) in batches: the plain reference, on @noble/curves. Elements travel as n x 32-byte canonical
 * encodings, row-major; scalars as n x 32-byte little-endian integers below the group order.
 *
 * Not protected: noble's BigInt arithmetic is not constant time. A twin under `kernels/` is; both give the same bytes.
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import type { Rng } from './rng.ts';

export const ELEMENT_BYTES = 32;
export const SCALAR_BYTES = 32;
export const UNIFORM_BYTES = 64;

/** The order of the group, l = 2^252 + 27742317777372353535851937790883648493 (RFC 9496 §4.4). */
export const GROUP_ORDER: bigint = ristretto255.Point.Fn.ORDER;

/** Batch operations on ristretto255. Implementations give identical bytes. */
export interface Group {
  /** The element derivation of RFC 9496 §4.3.4: n x 64 uniform bytes to n x 32-byte elements. */
  fromUniform(uniform: Uint8Array): Uint8Array;
  /**
   * n elements, each times its own scalar: `points` n x 32, `scalars` n x 32, result n x 32. Returns undefined when any
   * encoding is not canonical or is the identity (RFC 9497 §3.3: reject both), having told nothing about which.
   */
  multiply(points: Uint8Array, scalars: Uint8Array): Uint8Array | undefined;
  /** n multiples of the generator, by `scalars` n x 32 in 1..l-1. */
  multiplyBase(scalars: Uint8Array): Uint8Array;
  /**
   * The sum of n products, one element: `points` n x 32, `scalars` n x 32, below l. Undefined as `multiply` is. The sum
   * may be the identity.
   */
  sumOfProducts(points: Uint8Array, scalars: Uint8Array): Uint8Array | undefined;
  /** n sums of a row of `left` and one of `right`; undefined as `multiply` is. A sum may be the identity. */
  add(left: Uint8Array, right: Uint8Array): Uint8Array | undefined;
  /** n differences, a row of `left` less one of `right`, as `add`. */
  subtract(left: Uint8Array, right: Uint8Array): Uint8Array | undefined;
}

/** The plain reference on noble. */
export const referenceGroup: Group = {
  fromUniform(uniform) {
    const n = uniform.length / UNIFORM_BYTES;
    const out = new Uint8Array(n * ELEMENT_BYTES);
    for (let i = 0; i < n; i++) {
      const point = ristretto255_hasher.deriveToCurve?.(uniform.subarray(64 * i, 64 * i + 64));
      if (point === undefined) throw new TypeError('Cannot derive element: noble lacks deriveToCurve');
      out.set(point.toBytes(), ELEMENT_BYTES * i);
    }
    return out;
  },
  multiply(points, scalars) {
    const n = points.length / ELEMENT_BYTES;
    const out = new Uint8Array(n * ELEMENT_BYTES);
    for (let i = 0; i < n; i++) {
      const point = decodePoint(points, i);
      if (point === undefined) return undefined;
      out.set(point.multiply(scalarFromBytes(scalars.subarray(32 * i, 32 * i + 32))).toBytes(), ELEMENT_BYTES * i);
    }
    return out;
  },
  multiplyBase(scalars) {
    const out = new Uint8Array(scalars.length);
    for (let at = 0; at < scalars.length; at += SCALAR_BYTES) {
      const scalar = scalarFromBytes(scalars.subarray(at, at + SCALAR_BYTES));
      out.set(ristretto255.Point.BASE.multiply(scalar).toBytes(), at);
    }
    return out;
  },
  sumOfProducts(points, scalars) {
    if (points.length !== scalars.length) throw new RangeError('Cannot multiply: points and scalars differ in number');
    let sum = ristretto255.Point.ZERO;
    for (let i = 0; i * ELEMENT_BYTES < points.length; i++) {
      const point = decodePoint(points, i);
      if (point === undefined) return undefined;
      const scalar = ristretto255.Point.Fn.fromBytes(scalars.subarray(SCALAR_BYTES * i, SCALAR_BYTES * (i + 1)));
      sum = sum.add(point.multiplyUnsafe(scalar));
    }
    return sum.toBytes();
  },
  add: (left, right) => combine(left, right, (a, b) => a.add(b)),
  subtract: (left, right) => combine(left, right, (a, b) => a.subtract(b)),
};

type Point = InstanceType<typeof ristretto255.Point>;

/** Element number `index`, or undefined where its encoding is not canonical or is the identity. */
function decodePoint(points: Uint8Array, index: number): Point | undefined {
  try {
    const point = ristretto255.Point.fromBytes(points.subarray(ELEMENT_BYTES * index, ELEMENT_BYTES * (index + 1)));
    return point.is0() ? undefined : point;
  } catch {
    return undefined;
  }
}

function combine(
  left: Uint8Array,
  right: Uint8Array,
  operation: (a: Point, b: Point) => Point,
): Uint8Array | undefined {
  if (left.length !== right.length) throw new RangeError('Cannot combine elements: rows differ in number');
  const out = new Uint8Array(left.length);
  for (let i = 0; i * ELEMENT_BYTES < left.length; i++) {
    const [a, b] = [decodePoint(left, i), decodePoint(right, i)];
    if (a === undefined || b === undefined) return undefined;
    out.set(operation(a, b).toBytes(), ELEMENT_BYTES * i);
  }
  return out;
}

/** Reads a scalar; it must be in 1..l-1. */
export function scalarFromBytes(bytes: Uint8Array): bigint {
  const scalar = ristretto255.Point.Fn.fromBytes(bytes);
  if (scalar === 0n) throw new RangeError('Cannot use scalar: zero');
  return scalar;
}

/** A uniform nonzero scalar from 64 random bytes reduced modulo l (bias below 2^-250). */
export function randomScalar(rng: Rng): Uint8Array {
  const uniform = rng(64);
  const scalar = scalarFromUniform(uniform);
  uniform.fill(0);
  return scalar;
}

/** Reduces 64 uniform bytes modulo l; zero (probability 2^-252) becomes one. */
export function scalarFromUniform(bytes: Uint8Array): Uint8Array {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  const reduced = value % GROUP_ORDER;
  return ristretto255.Point.Fn.toBytes(reduced === 0n ? 1n : reduced);
}

/** The inverse of a nonzero scalar. */
export function invertScalar(bytes: Uint8Array): Uint8Array {
  const { Fn } = ristretto255.Point;
  return Fn.toBytes(Fn.inv(scalarFromBytes(bytes)));
}

/** A message's 64 uniform bytes by expand_message_xmd with SHA-512 (RFC 9380 §5.3.1). */
export function expandMessage(message: Uint8Array, domain: Uint8Array): Uint8Array {
  return expand_message_xmd(message, domain, UNIFORM_BYTES, sha512);
}

/** Many messages of one length, `messageBytes`, row-major, to n x 64 uniform bytes. Implementations give identical bytes. */
export type ExpandMessages = (messages: Uint8Array, messageBytes: number, domain: Uint8Array) => Uint8Array;

/** The plain reference on noble. */
export const referenceExpandMessages: ExpandMessages = (messages, messageBytes, domain) => {
  const count = messages.length / messageBytes;
  if (!Number.isInteger(count)) throw new RangeError('Cannot expand messages: no whole number of rows');
  const out = new Uint8Array(count * UNIFORM_BYTES);
  for (let i = 0; i < count; i++) {
    const message = messages.subarray(i * messageBytes, (i + 1) * messageBytes);
    out.set(expandMessage(message, domain), i * UNIFORM_BYTES);
  }
  return out;
};
