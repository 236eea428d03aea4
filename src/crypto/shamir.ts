/**
 * Shamir's secret sharing (Communications of the ACM 22, 1979) over the scalar field of ristretto255: a secret is the
 * value at 0 of a random polynomial of degree threshold - 1, a share its value at a nonzero index.
 *
 * Fewer shares than the threshold say nothing about the secret. Not protected: a wrong share gives a wrong secret
 * unnoticed (verifiable sharing adds commitments), and BigInt arithmetic is not constant time.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { UsageError } from '../errors.ts';
import { GROUP_ORDER, scalarFromUniform, UNIFORM_BYTES } from './group.ts';
import type { Rng } from './rng.ts';

const { Fn } = ristretto255.Point;

/** One holder's share of a scalar. */
export interface ScalarShare {
  /** Where the polynomial is taken: 1..l-1, different for every holder. */
  readonly index: bigint;
  /** The polynomial there: 32 bytes little-endian, below l. */
  readonly value: Uint8Array;
}

export interface SplitOptions {
  /** How many shares give the secret back: at least 2 (with 1 every share is the secret), at most all. */
  readonly threshold: number;
  readonly indices: readonly bigint[];
  readonly rng: Rng;
}

/** Shares of `secret` (a 32-byte scalar, zero allowed), one per index. @throws UsageError 'bad-parameter' */
export function splitScalar(secret: Uint8Array, { threshold, indices, rng }: SplitOptions): ScalarShare[] {
  requireIndices(indices);
  if (!Number.isSafeInteger(threshold) || threshold < 2 || threshold > indices.length) {
    throw new UsageError('Cannot split scalar: threshold out of range', { code: 'bad-parameter' });
  }
  const coefficients = [readScalar(secret)];
  // The leading coefficient is as random as the others: excluding zero there would exclude secrets.
  while (coefficients.length < threshold) {
    coefficients.push(Fn.fromBytes(scalarFromUniform(rng(UNIFORM_BYTES))));
  }
  return indices.map((index) => ({ index, value: Fn.toBytes(evaluate(coefficients, index)) }));
}

/** The secret from at least `threshold` shares; all that are given are used. @throws UsageError 'bad-parameter' */
export function combineScalars(shares: readonly ScalarShare[], threshold: number): Uint8Array {
  if (!(shares.length >= threshold)) {
    throw new UsageError('Cannot combine shares: too few', { code: 'bad-parameter' });
  }
  const weights = lagrangeAtZero(shares.map(({ index }) => index));
  let secret = 0n;
  for (const [k, { value }] of shares.entries()) {
    secret = Fn.add(secret, Fn.mul(Fn.fromBytes(weights[k]), readScalar(value)));
  }
  return Fn.toBytes(secret);
}

/**
 * The Lagrange coefficients at 0, as 32-byte scalars: the polynomial at 0 is the sum of coefficient k times its value at
 * index k. Indices are public. @throws UsageError 'bad-parameter'
 */
export function lagrangeAtZero(indices: readonly bigint[]): Uint8Array[] {
  requireIndices(indices);
  return indices.map((own) => {
    let numerator = 1n;
    let denominator = 1n;
    for (const other of indices) {
      if (other === own) continue;
      numerator = Fn.mul(numerator, other);
      denominator = Fn.mul(denominator, Fn.sub(other, own));
    }
    return Fn.toBytes(Fn.mul(numerator, Fn.inv(denominator)));
  });
}

/** Horner's rule; coefficients from the constant term up. */
function evaluate(coefficients: readonly bigint[], index: bigint): bigint {
  let value = 0n;
  for (let k = coefficients.length - 1; k >= 0; k--) value = Fn.add(Fn.mul(value, index), coefficients[k]);
  return value;
}

/**
 * Index 0 would be the secret itself, and two indices equal modulo l one share counted twice. Only the canonical range
 * is accepted, where different integers are different modulo l.
 */
function requireIndices(indices: readonly bigint[]): void {
  if (indices.length === 0) throw new UsageError('Cannot use indices: none', { code: 'bad-parameter' });
  if (indices.some((index) => index < 1n || index >= GROUP_ORDER)) {
    throw new UsageError('Cannot use index: outside 1..l-1', { code: 'bad-parameter' });
  }
  if (new Set(indices).size !== indices.length) {
    throw new UsageError('Cannot use indices: duplicate', { code: 'bad-parameter' });
  }
}

function readScalar(bytes: Uint8Array): bigint {
  try {
    return Fn.fromBytes(bytes);
  } catch {
    // The cause is left out: its text holds the value.
    throw new UsageError('Cannot read scalar: not 32 bytes below the group order', { code: 'bad-parameter' });
  }
}
