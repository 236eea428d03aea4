import { describe, expect, it } from 'vitest';
import {
  type AllBitShares,
  andLocalInto,
  type BitShares,
  concatShares,
  invertShares,
  notShares,
  reconstructBits,
  shareBits,
  sliceShares,
  xorPublic,
  xorShares,
  zeroBitShares,
} from './bit-shares.ts';
import { utf8 } from './bytes.ts';
import { Prg } from './prg.ts';
import type { Rng } from './rng.ts';

const SEED = 20;

function seededRng(label: string): Rng {
  const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('bit-shares.test'), label);
  return (length) => prg.bytes(length);
}

function randomWords(rng: Rng, count: number): Uint32Array {
  return new Uint32Array(rng(4 * count).slice().buffer);
}

/** AND as the three members run it: each sends its component to its predecessor. */
function multiply(x: AllBitShares, y: AllBitShares, zeros: readonly Uint32Array[]): AllBitShares {
  const own = zeros.map((zero, i) => {
    const out = new Uint32Array(zero.length);
    andLocalInto(out, x[i], y[i], zero);
    return out;
  });
  return [
    { first: own[0], second: own[1] },
    { first: own[1], second: own[2] },
    { first: own[2], second: own[0] },
  ];
}

function mapAll(x: AllBitShares, f: (share: BitShares, i: 0 | 1 | 2) => BitShares): AllBitShares {
  return [f(x[0], 0), f(x[1], 1), f(x[2], 2)];
}

describe(`bit shares (seed ${SEED})`, () => {
  const rng = seededRng('operations');
  const [a, b] = [randomWords(rng, 33), randomWords(rng, 33)];
  const [x, y] = [shareBits(a, rng), shareBits(b, rng)];
  const oracle = (f: (p: number, q: number) => number): Uint32Array => a.map((word, k) => f(word, b[k]));

  it('reconstructBits returns the words that shareBits was given', () => {
    expect(reconstructBits(x)).toEqual(a);
  });

  it('shareBits gives member i the components x_i and x_{i+1}', () => {
    expect(x[0].second).toEqual(x[1].first);
    expect(x[1].second).toEqual(x[2].first);
    expect(x[2].second).toEqual(x[0].first);
  });

  it('shareBits accepts an rng whose buffers lie unaligned in a larger one', () => {
    const unaligned: Rng = (length) => {
      const buffer = new Uint8Array(length + 1);
      buffer.set(rng(length), 1);
      return buffer.subarray(1);
    };
    expect(reconstructBits(shareBits(a, unaligned))).toEqual(a);
  });

  it('reconstructBits throws when two holders of one component differ', () => {
    const forged = x[1].first.slice();
    forged[5] ^= 1;
    expect(() => reconstructBits([x[0], { first: forged, second: x[1].second }, x[2]])).toThrow(RangeError);
  });

  it('xorShares shares the XOR', () => {
    const sum = [0, 1, 2].map((i) => xorShares(x[i], y[i]));
    expect(reconstructBits([sum[0], sum[1], sum[2]])).toEqual(oracle((p, q) => p ^ q));
  });

  it('notShares shares the complement and keeps the replication', () => {
    expect(reconstructBits(mapAll(x, (share, i) => notShares(i, share)))).toEqual(oracle((p) => ~p));
  });

  it('notShares done by one member as if it were another is noticed', () => {
    expect(() => reconstructBits(mapAll(x, (share) => notShares(0, share)))).toThrow(RangeError);
  });

  it('notShares leaves its argument alone', () => {
    const before = x[0].first.slice();
    notShares(0, x[0]);
    expect(x[0].first).toEqual(before);
  });

  it.each([0, 1, 2] as const)('invertShares overwrites the shares of member %i with those of notShares', (member) => {
    // Of an even and of an odd number of words.
    for (const count of [0, 32, 33]) {
      const own = { first: x[member].first.slice(0, count), second: x[member].second.slice(0, count) };
      const expected = notShares(member, { first: own.first.slice(), second: own.second.slice() });
      invertShares(member, own);
      expect(own).toEqual(expected);
    }
  });

  it('xorPublic shares the XOR with public words', () => {
    expect(reconstructBits(mapAll(x, (share, i) => xorPublic(i, share, b)))).toEqual(oracle((p, q) => p ^ q));
  });

  it('sliceShares gives views and concatShares puts them together again', () => {
    const parts = [sliceShares(x[0], 0, 7), sliceShares(x[0], 7, 7), sliceShares(x[0], 7, 33)];
    expect(parts[2].first.buffer).toBe(x[0].first.buffer);
    expect(concatShares(parts)).toEqual(x[0]);
    expect(concatShares([]).first.length).toBe(0);
  });

  it('andLocalInto shares the AND with a replication of its own', () => {
    expect(reconstructBits(multiply(x, y, zeroBitShares(33, rng)))).toEqual(oracle((p, q) => p & q));
  });

  it('andLocalInto shares the AND when out is the zero share itself', () => {
    const zeros = zeroBitShares(33, rng);
    for (const [i, zero] of zeros.entries()) andLocalInto(zero, x[i], y[i], zero);
    expect(zeros[0].map((word, k) => word ^ zeros[1][k] ^ zeros[2][k])).toEqual(oracle((p, q) => p & q));
  });

  it('andLocalInto throws when lengths differ', () => {
    expect(() => andLocalInto(new Uint32Array(32), x[0], y[0], new Uint32Array(33))).toThrow(RangeError);
    expect(() => andLocalInto(new Uint32Array(33), x[0], y[0], new Uint32Array(32))).toThrow(RangeError);
  });

  it('zeroBitShares XOR to zero', () => {
    const [p, q, r] = zeroBitShares(100, rng);
    expect(p.map((word, k) => word ^ q[k] ^ r[k])).toEqual(new Uint32Array(100));
    expect(p).not.toEqual(new Uint32Array(100));
  });
});

/**
 * How often member 2 guesses y from its view of one AND: it holds (x_2, x_0) and (y_2, y_0) and receives z_0 = x_0 y_0 ^
 * x_0 y_1 ^ x_1 y_0 ^ zero_0. Where x is known to be 1, and x_0 = 1, z_0 without a zero share gives y_1 and so y away.
 */
function hitsOfCuriousMember(rng: Rng, withZeroShare: boolean): { hits: number; total: number } {
  let [hits, total] = [0, 0];
  const words = 2000;
  const ones = new Uint32Array(words).fill(0xffffffff);
  const secret = randomWords(rng, words);
  const [x, y] = [shareBits(ones, rng), shareBits(secret, rng)];
  const zeroShare = withZeroShare ? zeroBitShares(words, rng)[0] : new Uint32Array(words);
  const received = new Uint32Array(words);
  andLocalInto(received, x[0], y[0], zeroShare);
  const [mine, yMine] = [x[2], y[2]];
  for (let k = 0; k < words; k++) {
    // Member 2 holds x_2, x_0 and y_2, y_0, hence x_1 = 1 ^ x_0 ^ x_2, and solves for y_1 where x_0 = 1.
    const [x2, x0, y2, y0] = [mine.first[k], mine.second[k], yMine.first[k], yMine.second[k]];
    const x1 = ~(x0 ^ x2);
    const y1 = received[k] ^ (x0 & y0) ^ (x1 & y0);
    const wrong = (y0 ^ y1 ^ y2 ^ secret[k]) & x0;
    for (let bit = 0; bit < 32; bit++) {
      if (((x0 >>> bit) & 1) === 0) continue;
      total += 1;
      hits += 1 - ((wrong >>> bit) & 1);
    }
  }
  return { hits, total };
}

describe(`andLocalInto, the view of one member (seed ${SEED})`, () => {
  it('shows the secret factor when the zero share is left out (positive control)', () => {
    const { hits, total } = hitsOfCuriousMember(seededRng('control'), false);
    expect(total).toBeGreaterThan(30_000);
    expect(hits).toBe(total);
  });

  it('is a coin toss when the zero share is fresh', () => {
    const { hits, total } = hitsOfCuriousMember(seededRng('masked'), true);
    // Six standard deviations of a fair coin: sqrt(total) / 2 each.
    expect(Math.abs(hits - total / 2)).toBeLessThan(3 * Math.sqrt(total));
  });
});
