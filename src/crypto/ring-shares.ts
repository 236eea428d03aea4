/**
 * Replicated secret sharing over the ring of integers modulo 2^64 for three members: Araki et al., CCS 2016 (the
 * replicated form of §2.3 holds over any ring), as in ABY3 (Mohassel, Rindal, CCS 2018, eprint 2018/403, §3.1).
 *
 * x = x_0 + x_1 + x_2 mod 2^64, and member i holds (x_i, x_{i+1}). Sums and public factors are local. Product: member i
 * forms z_i = x_i y_i + x_i y_{i+1} + x_{i+1} y_i + zero_i, sends it to member i - 1 and receives z_{i+1} from member
 * i + 1; zero_0 + zero_1 + zero_2 = 0, fresh for every product.
 *
 * Security model and what is not protected: as in bit-shares.ts. Values wrap silently at 2^64: whoever plans a
 * computation proves that no sum or product of it reaches 2^64.
 *
 * Every result goes straight into a BigUint64Array, which wraps it: V8 then works on machine integers, and no operation
 * allocates a BigInt. These loops do not pause: hand over at most 2^20 elements at once.
 */
import type { Member } from './bit-shares.ts';
import type { Rng } from './rng.ts';

/** One member's part: `first` = x_i, `second` = x_{i+1}; equal lengths. */
export interface RingShares {
  readonly first: BigUint64Array;
  readonly second: BigUint64Array;
}

/** All three members' parts of one shared vector; no party of a run holds this. */
export type AllRingShares = readonly [RingShares, RingShares, RingShares];

/** x + y, local. */
export function addRing(x: RingShares, y: RingShares): RingShares {
  return { first: addElements(x.first, y.first), second: addElements(x.second, y.second) };
}

/** x - y, local. */
export function subtractRing(x: RingShares, y: RingShares): RingShares {
  return { first: subtractElements(x.first, y.first), second: subtractElements(x.second, y.second) };
}

/** x + public values, local. The component x_0 alone changes: member 0 holds it as `first`, member 2 as `second`. */
export function addPublicRing(member: Member, x: RingShares, values: BigUint64Array): RingShares {
  return {
    first: member === 0 ? addElements(x.first, values) : x.first,
    second: member === 2 ? addElements(x.second, values) : x.second,
  };
}

/** x times one public factor, taken modulo 2^64, local. */
export function scaleRing(x: RingShares, factor: bigint): RingShares {
  return { first: scaleElements(x.first, factor), second: scaleElements(x.second, factor) };
}

/** Elements [from, to) as views: they share memory with `x`. */
export function sliceRing(x: RingShares, from: number, to: number): RingShares {
  return { first: x.first.subarray(from, to), second: x.second.subarray(from, to) };
}

/**
 * A member's own component of x * y, element by element, into `out`, which may be `zeroShare` itself. What leaves the
 * member is `out`, so `zeroShare` must be fresh.
 */
export function multiplyLocalInto(out: BigUint64Array, x: RingShares, y: RingShares, zeroShare: BigUint64Array): void {
  const { first: x0, second: x1 } = x;
  const { first: y0, second: y1 } = y;
  requireSameLength(out.length, x0.length, x1.length, y0.length, y1.length, zeroShare.length);
  for (let k = 0; k < out.length; k++) out[k] = x0[k] * y0[k] + x0[k] * y1[k] + x1[k] * y0[k] + zeroShare[k];
}

/** Shares elements among three members; for tests, ideal versions and whoever knows the plaintext anyway. */
export function shareRing(values: BigUint64Array, rng: Rng): AllRingShares {
  const x0 = randomElements(values.length, rng);
  const x1 = randomElements(values.length, rng);
  const x2 = subtractElements(subtractElements(values, x0), x1);
  return [
    { first: x0, second: x1 },
    { first: x1, second: x2 },
    { first: x2, second: x0 },
  ];
}

/** The plaintext of three members' parts. @throws RangeError when two holders of one component differ. */
export function reconstructRing(shares: AllRingShares): BigUint64Array {
  const [a, b, c] = shares;
  requireSameElements(a.second, b.first);
  requireSameElements(b.second, c.first);
  requireSameElements(c.second, a.first);
  return addElements(addElements(a.first, b.first), c.first);
}

/** Three random vectors whose sum is zero; in a run each member derives its own from pairwise seeds. */
export function zeroRingShares(count: number, rng: Rng): readonly [BigUint64Array, BigUint64Array, BigUint64Array] {
  const a = randomElements(count, rng);
  const b = randomElements(count, rng);
  return [a, b, subtractElements(subtractElements(new BigUint64Array(count), a), b)];
}

function randomElements(count: number, rng: Rng): BigUint64Array {
  // A copy, because what an rng returns may lie unaligned in a larger buffer.
  return new BigUint64Array(new Uint8Array(rng(8 * count)).buffer);
}

function addElements(a: BigUint64Array, b: BigUint64Array): BigUint64Array {
  requireSameLength(a.length, b.length);
  const out = new BigUint64Array(a.length);
  for (let k = 0; k < out.length; k++) out[k] = a[k] + b[k];
  return out;
}

function subtractElements(a: BigUint64Array, b: BigUint64Array): BigUint64Array {
  requireSameLength(a.length, b.length);
  const out = new BigUint64Array(a.length);
  for (let k = 0; k < out.length; k++) out[k] = a[k] - b[k];
  return out;
}

function scaleElements(a: BigUint64Array, factor: bigint): BigUint64Array {
  const wrapped = BigInt.asUintN(64, factor);
  const out = new BigUint64Array(a.length);
  for (let k = 0; k < out.length; k++) out[k] = a[k] * wrapped;
  return out;
}

function requireSameLength(length: number, ...others: readonly number[]): void {
  for (const other of others) {
    if (other !== length) throw new RangeError('Cannot combine shares: lengths differ');
  }
}

function requireSameElements(a: BigUint64Array, b: BigUint64Array): void {
  requireSameLength(a.length, b.length);
  let differs = false;
  for (let k = 0; k < a.length; k++) differs = a[k] !== b[k] || differs;
  if (differs) throw new RangeError('Cannot reconstruct shares: replicated components differ');
}
