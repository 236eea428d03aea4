import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { GROUP_ORDER } from './group.ts';
import { Prg } from './prg.ts';
import type { Rng } from './rng.ts';
import { combineScalars, lagrangeAtZero, type ScalarShare, splitScalar } from './shamir.ts';

const SEED = 24;

function seededRng(label: string): Rng {
  const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('shamir.test'), label);
  return (length) => prg.bytes(length);
}

function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function toBigint(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function modulo(value: bigint): bigint {
  return ((value % GROUP_ORDER) + GROUP_ORDER) % GROUP_ORDER;
}

/** Fermat: independent of the field arithmetic under test. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, modulo(value)];
  for (let exponent = GROUP_ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = modulo(result * base);
    base = modulo(base * base);
  }
  return result;
}

/** The oracle: the interpolating polynomial at `at`. */
function interpolate(shares: readonly ScalarShare[], at: bigint): bigint {
  return shares.reduce((sum, { index, value }) => {
    const others = shares.filter((share) => share.index !== index);
    const weight = others.reduce((w, other) => modulo(w * (at - other.index) * inverse(index - other.index)), 1n);
    return modulo(sum + weight * toBigint(value));
  }, 0n);
}

function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, k) => subsets(items.slice(k + 1), size - 1).map((rest) => [item, ...rest]));
}

const badParameter: unknown = expect.objectContaining({ name: 'UsageError', code: 'bad-parameter' });

describe(`shamir (seed ${SEED})`, () => {
  const rng = seededRng('shares');
  const secrets: [string, bigint][] = [
    ['zero', 0n],
    ['one', 1n],
    ['the largest scalar', GROUP_ORDER - 1n],
    ['a random scalar', modulo(toBigint(rng(64)))],
  ];
  const indices = [1n, 2n, 3n, 7n, GROUP_ORDER - 1n];

  it.each(secrets)('combineScalars returns %s from every subset that reaches the threshold', (_, secret) => {
    for (const threshold of [2, 3, 5]) {
      const shares = splitScalar(toBytes(secret), { threshold, indices, rng });
      expect(shares.map(({ index }) => index)).toEqual(indices);
      for (let size = threshold; size <= 5; size++) {
        for (const subset of subsets(shares, size)) {
          expect(toBigint(combineScalars(subset, threshold))).toBe(secret);
          expect(interpolate(subset, 0n)).toBe(secret);
        }
      }
    }
  });

  it('splitScalar gives values of one polynomial of degree threshold - 1', () => {
    const shares = splitScalar(toBytes(5n), { threshold: 3, indices, rng });
    expect(interpolate(shares.slice(0, 3), indices[3])).toBe(toBigint(shares[3].value));
    expect(interpolate(shares.slice(0, 2), indices[3])).not.toBe(toBigint(shares[3].value));
  });

  it('splitScalar lets fewer shares than the threshold fit every secret', () => {
    const shares = splitScalar(toBytes(5n), { threshold: 3, indices, rng });
    // Two shares and any claimed value at 0 lie on one polynomial of degree 2; its value at a third index decides.
    const claimed = { index: 0n, value: toBytes(99n) };
    const third = interpolate([claimed, shares[0], shares[1]], 3n);
    const forged = [shares[0], shares[1], { index: 3n, value: toBytes(third) }];
    expect(toBigint(combineScalars(forged, 3))).toBe(99n);
  });

  it('combineScalars gives another secret when one share is wrong', () => {
    const shares = splitScalar(toBytes(5n), { threshold: 2, indices, rng });
    const wrong = { index: shares[0].index, value: toBytes(modulo(toBigint(shares[0].value) + 1n)) };
    expect(toBigint(combineScalars([wrong, shares[1]], 2))).not.toBe(5n);
  });

  it('lagrangeAtZero weighs 3, -3, 1 at indices 1, 2, 3', () => {
    expect(lagrangeAtZero([1n, 2n, 3n]).map(toBigint)).toEqual([3n, GROUP_ORDER - 3n, 1n]);
  });

  it('lagrangeAtZero weighs a single index with one', () => {
    expect(lagrangeAtZero([9n]).map(toBigint)).toEqual([1n]);
  });

  it.each([
    ['index 0', [0n, 1n, 2n]],
    ['an index that is 0 modulo the order', [1n, 2n, GROUP_ORDER]],
    ['a negative index', [1n, 2n, -3n]],
    ['a duplicate index', [1n, 2n, 1n]],
    ['a duplicate modulo the order', [1n, 2n, GROUP_ORDER + 1n]],
    ['no index', []],
  ])('splitScalar, combineScalars and lagrangeAtZero refuse %s', (_, bad) => {
    expect(() => splitScalar(toBytes(5n), { threshold: 2, indices: bad, rng })).toThrow(badParameter);
    expect(() => lagrangeAtZero(bad)).toThrow(badParameter);
    const shares = bad.map((index) => ({ index, value: toBytes(1n) }));
    expect(() => combineScalars(shares, 0)).toThrow(badParameter);
  });

  it.each([0, 1, -1, 2.5, 6, Number.NaN])('splitScalar refuses threshold %s of 5', (threshold) => {
    expect(() => splitScalar(toBytes(5n), { threshold, indices, rng })).toThrow(badParameter);
  });

  it('combineScalars refuses too few shares', () => {
    const shares = splitScalar(toBytes(5n), { threshold: 3, indices, rng });
    expect(() => combineScalars(shares.slice(0, 2), 3)).toThrow(badParameter);
    expect(() => combineScalars(shares, Number.NaN)).toThrow(badParameter);
  });

  it.each([
    ['the group order', toBytes(GROUP_ORDER)],
    ['all ones', new Uint8Array(32).fill(255)],
    ['31 bytes', new Uint8Array(31)],
    ['33 bytes', new Uint8Array(33)],
  ])('splitScalar and combineScalars refuse a scalar that is %s, without its value in the error', (_, bad) => {
    expect(() => splitScalar(bad, { threshold: 2, indices, rng })).toThrow(badParameter);
    const good = { index: 1n, value: toBytes(1n) };
    expect(() => combineScalars([good, { index: 2n, value: bad }], 2)).toThrow(badParameter);
    expect(() => combineScalars([good, { index: 2n, value: bad }], 2)).toThrow(
      expect.not.objectContaining({ cause: expect.anything() }),
    );
  });

  it('splitScalar gives equal shares for equal randomness and others for fresh', () => {
    const split = (label: string): ScalarShare[] =>
      splitScalar(toBytes(5n), { threshold: 2, indices, rng: seededRng(label) });
    expect(split('a')).toEqual(split('a'));
    expect(split('a')).not.toEqual(split('b'));
  });
});
