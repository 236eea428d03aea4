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
      let point: InstanceType<typeof ristretto255.Point>;
      try {
        point = ristretto255.Point.fromBytes(points.subarray(32 * i, 32 * i + 32));
      } catch {
        return undefined;
      }
      if (point.is0()) return undefined;
      out.set(point.multiply(scalarFromBytes(scalars.subarray(32 * i, 32 * i + 32))).toBytes(), ELEMENT_BYTES * i);
    }
    return out;
  },
};

/** Reads a scalar; it must be in 1..l-1. */
export function scalarFromBytes(bytes: Uint8Array): bigint {
  const scalar = ristretto255.Point.Fn.fromBytes(bytes);
  if (scalar === 0n) throw new RangeError('Cannot use scalar: zero');
  return scalar;
}

/** A uniform nonzero scalar from 64 random bytes reduced modulo l (bias below 2^-250). */
export function randomScalar(rng: Rng): Uint8Array {
  return scalarFromUniform(rng(64));
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

/** n messages' 64 uniform bytes by expand_message_xmd with SHA-512 (RFC 9380 §5.3.1). */
export function expandMessage(message: Uint8Array, domain: Uint8Array): Uint8Array {
  return expand_message_xmd(message, domain, UNIFORM_BYTES, sha512);
}
