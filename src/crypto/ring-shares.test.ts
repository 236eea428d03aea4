import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { Prg } from './prg.ts';
import {
  addPublicRing,
  addRing,
  type AllRingShares,
  multiplyLocalInto,
  reconstructRing,
  type RingShares,
  scaleRing,
  shareRing,
  sliceRing,
  subtractRing,
  zeroRingShares,
} from './ring-shares.ts';
import type { Rng } from './rng.ts';

const SEED = 21;
const MODULUS = 2n ** 64n;

function seededRng(label: string): Rng {
  const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('ring-shares.test'), label);
  return (length) => prg.bytes(length);
}

/** The oracle: BigInt arithmetic with an explicit modulus. */
function modulo(value: bigint): bigint {
  return ((value % MODULUS) + MODULUS) % MODULUS;
}

function each(f: (i: 0 | 1 | 2) => RingShares): AllRingShares {
  return [f(0), f(1), f(2)];
}

describe(`ring shares (seed ${SEED})`, () => {
  const rng = seededRng('operations');
  const random = new BigUint64Array(rng(8 * 40).slice().buffer);
  const edges = [0n, 1n, 2n ** 63n, MODULUS - 1n];
  const a = BigUint64Array.from([...edges, ...edges, ...random.subarray(0, 20)]);
  const b = BigUint64Array.from([...edges, ...edges.toReversed(), ...random.subarray(20, 40)]);
  const [x, y] = [shareRing(a, rng), shareRing(b, rng)];
  const oracle = (f: (p: bigint, q: bigint) => bigint): BigUint64Array => a.map((value, k) => modulo(f(value, b[k])));

  it('reconstructRing returns the elements that shareRing was given', () => {
    expect(reconstructRing(x)).toEqual(a);
  });

  it('reconstructRing throws when two holders of one component differ', () => {
    const forged = x[2].second.slice();
    forged[3] ^= 1n;
    expect(() => reconstructRing([x[0], x[1], { first: x[2].first, second: forged }])).toThrow(RangeError);
  });

  it('addRing and subtractRing share sum and difference when they wrap', () => {
    expect(reconstructRing(each((i) => addRing(x[i], y[i])))).toEqual(oracle((p, q) => p + q));
    expect(reconstructRing(each((i) => subtractRing(x[i], y[i])))).toEqual(oracle((p, q) => p - q));
  });

  it('addPublicRing shares the sum with public elements', () => {
    expect(reconstructRing(each((i) => addPublicRing(i, x[i], b)))).toEqual(oracle((p, q) => p + q));
  });

  it('addPublicRing done by one member as if it were another is noticed', () => {
    expect(() => reconstructRing(each((i) => addPublicRing(0, x[i], b)))).toThrow(RangeError);
  });

  it.each([0n, 1n, -1n, 12345678901234567890n, MODULUS + 3n])('scaleRing shares %s times the value', (factor) => {
    expect(reconstructRing(each((i) => scaleRing(x[i], factor)))).toEqual(oracle((p) => factor * p));
  });

  it('multiplyLocalInto shares the product', () => {
    const own = zeroRingShares(a.length, rng).map((zero, i) => {
      multiplyLocalInto(zero, x[i], y[i], zero);
      return zero;
    });
    const product = each((i) => ({ first: own[i], second: own[(i + 1) % 3] }));
    expect(reconstructRing(product)).toEqual(oracle((p, q) => p * q));
  });

  it('multiplyLocalInto adds the zero share to what leaves the member', () => {
    const [zero] = zeroRingShares(a.length, rng);
    const bare = new BigUint64Array(a.length);
    multiplyLocalInto(bare, x[0], y[0], new BigUint64Array(a.length));
    const masked = new BigUint64Array(a.length);
    multiplyLocalInto(masked, x[0], y[0], zero);
    expect(masked).toEqual(bare.map((value, k) => modulo(value + zero[k])));
    expect(masked).not.toEqual(bare);
  });

  it('multiplyLocalInto throws when lengths differ', () => {
    const short = sliceRing(x[0], 0, 5);
    expect(() => multiplyLocalInto(new BigUint64Array(5), short, y[0], new BigUint64Array(5))).toThrow(RangeError);
  });

  it('sliceRing gives views', () => {
    expect(sliceRing(x[0], 2, 6).first).toEqual(x[0].first.slice(2, 6));
    expect(sliceRing(x[0], 2, 6).second.buffer).toBe(x[0].second.buffer);
  });

  it('zeroRingShares add up to zero', () => {
    const [p, q, r] = zeroRingShares(50, rng);
    expect(p.map((value, k) => value + q[k] + r[k])).toEqual(new BigUint64Array(50));
    expect(p).not.toEqual(new BigUint64Array(50));
  });

  it('shareRing gives members components that do not depend on the value when the randomness is the same', () => {
    // Components x_0 and x_1 are drawn before the value is looked at, so member 0 sees the same whatever is shared.
    const one = shareRing(a, seededRng('same'));
    const other = shareRing(b, seededRng('same'));
    expect(one[0]).toEqual(other[0]);
    expect(one[1].second).not.toEqual(other[1].second);
  });
});
