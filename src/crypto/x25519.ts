/**
 * X25519 (RFC 7748 §5) in batches: the plain reference, on @noble/curves. Scalars and u-coordinates travel as n x 32
 * bytes little-endian, row-major; scalars are clamped, the top bit of a u-coordinate is ignored, and u-coordinates that
 * are not canonical are accepted, all as the RFC says.
 *
 * Not protected: noble's BigInt arithmetic is not constant time; a twin under `kernels/` is. X25519 alone authenticates
 * nobody, and clamped scalars cannot be inverted, so it does not blind.
 */
import { x25519 } from '@noble/curves/ed25519.js';

export const X25519_BYTES = 32;

/** Batch Diffie-Hellman on Curve25519. Implementations give identical bytes. */
export interface X25519 {
  /**
   * n products: `points` n x 32, `scalars` n x 32, or 32 bytes for one scalar with every point; result n x 32. Returns
   * undefined when any product is zero, so the point is of small order and the result no secret (RFC 7748 §6.1), having
   * told nothing about which. @throws RangeError when lengths do not fit
   */
  multiply(scalars: Uint8Array, points: Uint8Array): Uint8Array | undefined;
}

/** The plain reference on noble. */
export const referenceX25519: X25519 = {
  multiply(scalars, points) {
    const { count, stride } = checkedX25519(scalars, points);
    const out = new Uint8Array(points.length);
    for (let i = 0; i < count; i++) {
      const scalar = scalars.subarray(stride * i, stride * i + X25519_BYTES);
      try {
        out.set(x25519.scalarMult(scalar, points.subarray(X25519_BYTES * i, X25519_BYTES * (i + 1))), X25519_BYTES * i);
      } catch {
        // Lengths are right, so the product is zero.
        return undefined;
      }
    }
    return out;
  },
};

/** How many points there are, and the bytes from one point's scalar to the next one's. @throws RangeError */
export function checkedX25519(scalars: Uint8Array, points: Uint8Array): { count: number; stride: number } {
  const count = points.length / X25519_BYTES;
  if (!Number.isInteger(count)) throw new RangeError('Cannot multiply: points are no rows of 32 bytes');
  if (scalars.length === X25519_BYTES) return { count, stride: 0 };
  if (scalars.length !== points.length) throw new RangeError('Cannot multiply: points and scalars differ in number');
  return { count, stride: X25519_BYTES };
}
