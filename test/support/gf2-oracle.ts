/** GF(2^64) and GF(2^128) by polynomial arithmetic on BigInt: shares nothing with src/crypto/gf2.ts but the definition. */

/** x^64 + x^4 + x^3 + x + 1. */
export const MODULUS: bigint = (1n << 64n) | 0b11011n;
/** y^2 = y + BETA. */
export const BETA: bigint = 1n << 61n;
const LOW = (1n << 64n) - 1n;

/** Product of two polynomials over GF(2). */
export function carrylessProduct(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let shifted = a, rest = b; rest > 0n; rest >>= 1n, shifted <<= 1n) if ((rest & 1n) === 1n) product ^= shifted;
  return product;
}

/** Remainder of a polynomial over GF(2). */
export function remainder(a: bigint, modulus: bigint): bigint {
  const degree = modulus.toString(2).length;
  let rest = a;
  for (let length = rest.toString(2).length; rest > 0n && length >= degree; length = rest.toString(2).length) {
    rest ^= modulus << BigInt(length - degree);
  }
  return rest;
}

export function product64(a: bigint, b: bigint, modulus: bigint = MODULUS): bigint {
  return remainder(carrylessProduct(a, b), modulus);
}

/** Elements a + b y as a + b 2^64. */
export function product128(a: bigint, b: bigint): bigint {
  const [a0, a1, b0, b1] = [a & LOW, a >> 64n, b & LOW, b >> 64n];
  const ones = product64(a0, b0);
  const squares = product64(a1, b1);
  const mixed = product64(a0, b1) ^ product64(a1, b0);
  return (ones ^ product64(squares, BETA)) | ((mixed ^ squares) << 64n);
}

/** Little-endian bytes. */
export function fromBytes(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/** The rows of a vector. */
export function elementsOf(vector: Uint8Array, rowBytes: number): bigint[] {
  return Array.from({ length: vector.length / rowBytes }, (_, i) =>
    fromBytes(vector.subarray(i * rowBytes, (i + 1) * rowBytes)),
  );
}
