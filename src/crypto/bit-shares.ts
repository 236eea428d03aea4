/**
 * Replicated secret sharing over bits for three members (Araki, Furukawa, Lindell, Nof, Ohara: "High-Throughput
 * Semi-Honest Secure Three-Party Computation with an Honest Majority", CCS 2016, §2.1 with the replicated form of §2.3),
 * packed 32 to a word: bit b of word k is an instance of its own, so one word operation is 32 gates.
 *
 * x = x_0 ^ x_1 ^ x_2, and member i holds (x_i, x_{i+1}), indices modulo 3. XOR and NOT are local. AND: member i forms
 * z_i = x_i y_i ^ x_i y_{i+1} ^ x_{i+1} y_i ^ zero_i, sends z_i to member i - 1 and receives z_{i+1} from member i + 1;
 * zero_0 ^ zero_1 ^ zero_2 = 0, fresh for every gate.
 *
 * Security model: one semi-honest member. Any one member's pair is uniform whatever x is; two members together know x.
 * Not protected: a member that sends a wrong z_i changes the result unnoticed; a reused or missing zero share shows
 * the other members' inputs.
 *
 * These loops do not pause. 2^20 words (32 M gates, three to ten milliseconds) is the longest stretch a caller should
 * hand over at once; cut longer ones with `sliceShares`, which copies nothing.
 */
import { asPairs, asWords } from './bytes.ts';
import type { Rng } from './rng.ts';

/** Which of the three: its position modulo 3 in the committee. */
export type Member = 0 | 1 | 2;

/** One member's part: `first` = x_i, `second` = x_{i+1}; equal lengths. */
export interface BitShares {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** All three members' parts of one shared value; no party of a run holds this. */
export type AllBitShares = readonly [BitShares, BitShares, BitShares];

/** x ^ y, local. */
export function xorShares(x: BitShares, y: BitShares): BitShares {
  return { first: xorWords(x.first, y.first), second: xorWords(x.second, y.second) };
}

/** NOT x, local. The component x_0 alone flips: member 0 holds it as `first`, member 2 as `second`. */
export function notShares(member: Member, x: BitShares): BitShares {
  return {
    first: member === 0 ? complement(x.first) : x.first,
    second: member === 2 ? complement(x.second) : x.second,
  };
}

/** Overwrites x with NOT x, as `notShares` gives it. */
export function invertShares(member: Member, x: BitShares): void {
  if (member === 0) complementInto(x.first, x.first);
  if (member === 2) complementInto(x.second, x.second);
}

/** x ^ public words, local, through the component x_0 as `notShares`. */
export function xorPublic(member: Member, x: BitShares, words: Uint32Array): BitShares {
  return {
    first: member === 0 ? xorWords(x.first, words) : x.first,
    second: member === 2 ? xorWords(x.second, words) : x.second,
  };
}

/** Words [from, to) as views: they share memory with `x`. */
export function sliceShares(x: BitShares, from: number, to: number): BitShares {
  return { first: x.first.subarray(from, to), second: x.second.subarray(from, to) };
}

/** The parts one after the other, in fresh buffers. */
export function concatShares(parts: readonly BitShares[]): BitShares {
  let length = 0;
  for (const part of parts) length += part.first.length;
  const out = { first: new Uint32Array(length), second: new Uint32Array(length) };
  let at = 0;
  for (const part of parts) {
    out.first.set(part.first, at);
    out.second.set(part.second, at);
    at += part.first.length;
  }
  return out;
}

/**
 * A member's own component of x & y into `out`, which may be `zeroShare` itself. What leaves the member is `out`, so
 * `zeroShare` must be fresh (see the head).
 */
export function andLocalInto(out: Uint32Array, x: BitShares, y: BitShares, zeroShare: Uint32Array): void {
  const { first: x0, second: x1 } = x;
  const { first: y0, second: y1 } = y;
  requireSameLength(out.length, x0.length, x1.length, y0.length, y1.length, zeroShare.length);
  const pairs = pairsOf([out, x0, x1, y0, y1, zeroShare]);
  if (pairs === undefined) {
    for (let k = 0; k < out.length; k++) out[k] = (x0[k] & (y0[k] ^ y1[k])) ^ (x1[k] & y0[k]) ^ zeroShare[k];
  } else {
    andPairsInto(pairs);
  }
}

function andPairsInto([out, x0, x1, y0, y1, zeroShare]: readonly BigUint64Array[]): void {
  for (let k = 0; k < out.length; k++) out[k] = (x0[k] & (y0[k] ^ y1[k])) ^ (x1[k] & y0[k]) ^ zeroShare[k];
}

/** All of them in pairs of words, or undefined. */
function pairsOf(strings: readonly Uint32Array[]): readonly BigUint64Array[] | undefined {
  const pairs = strings.map(asPairs).filter((string) => string !== undefined);
  return pairs.length === strings.length ? pairs : undefined;
}

/** Shares words among three members; for tests, ideal versions and whoever knows the plaintext anyway. */
export function shareBits(words: Uint32Array, rng: Rng): AllBitShares {
  const x0 = asWords(rng(4 * words.length));
  const x1 = asWords(rng(4 * words.length));
  const x2 = xorWords(xorWords(words, x0), x1);
  return replicate(x0, x1, x2);
}

/** The plaintext of three members' parts. @throws RangeError when two holders of one component differ. */
export function reconstructBits(shares: AllBitShares): Uint32Array {
  const [a, b, c] = shares;
  requireSameWords(a.second, b.first);
  requireSameWords(b.second, c.first);
  requireSameWords(c.second, a.first);
  return xorWords(xorWords(a.first, b.first), c.first);
}

/** Three random word strings whose XOR is zero; in a run each member derives its own from pairwise seeds. */
export function zeroBitShares(wordCount: number, rng: Rng): readonly [Uint32Array, Uint32Array, Uint32Array] {
  const a = asWords(rng(4 * wordCount));
  const b = asWords(rng(4 * wordCount));
  return [a, b, xorWords(a, b)];
}

function replicate(x0: Uint32Array, x1: Uint32Array, x2: Uint32Array): AllBitShares {
  return [
    { first: x0, second: x1 },
    { first: x1, second: x2 },
    { first: x2, second: x0 },
  ];
}

const ALL_ONES = 2n ** 64n - 1n;

function complement(words: Uint32Array): Uint32Array {
  const out = new Uint32Array(words.length);
  complementInto(out, words);
  return out;
}

function complementInto(out: Uint32Array, words: Uint32Array): void {
  const pairs = pairsOf([out, words]);
  // A loop, since a typed array's map calls a function for every word: thirty times as long.
  if (pairs === undefined) for (let k = 0; k < out.length; k++) out[k] = ~words[k];
  else complementPairs(pairs);
}

function complementPairs([out, words]: readonly BigUint64Array[]): void {
  for (let k = 0; k < out.length; k++) out[k] = words[k] ^ ALL_ONES;
}

function xorWords(a: Uint32Array, b: Uint32Array): Uint32Array {
  requireSameLength(a.length, b.length);
  const out = new Uint32Array(a.length);
  const pairs = pairsOf([out, a, b]);
  if (pairs === undefined) for (let k = 0; k < out.length; k++) out[k] = a[k] ^ b[k];
  else xorPairs(pairs);
  return out;
}

function xorPairs([out, a, b]: readonly BigUint64Array[]): void {
  for (let k = 0; k < out.length; k++) out[k] = a[k] ^ b[k];
}

function requireSameLength(length: number, ...others: readonly number[]): void {
  for (const other of others) {
    if (other !== length) throw new RangeError('Cannot combine shares: lengths differ');
  }
}

function requireSameWords(a: Uint32Array, b: Uint32Array): void {
  requireSameLength(a.length, b.length);
  let difference = 0;
  for (let k = 0; k < a.length; k++) difference |= a[k] ^ b[k];
  if (difference !== 0) throw new RangeError('Cannot reconstruct shares: replicated components differ');
}
