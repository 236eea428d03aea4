import { chacha8 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { elementAt, oracleGf64 } from '../../test/support/gf2-oracle.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { asBytes, asWords, toHex } from './bytes.ts';
import { hashTuple } from './hash.ts';
import { convolve, expand, wrap } from './expand-convolute.ts';

const SEED = 'expand-convolute';
const KEY = insecureSeededRng(SEED, 'key')(32);
/** Lengths of the right part: a little more than two windows, whole groups of them, and more than a block of the stream. */
const COUNTS = [56, 72, 200, 1000];

/** The words of a stream, from the whole of it. */
function streamWords(stream: number, count: number): Uint32Array {
  const nonce = new Uint8Array(12);
  nonce[0] = stream;
  return asWords(chacha8(KEY, nonce, new Uint8Array(4 * count)));
}

/**
 * One pass in the order of libOTe's ExConvCode.h, which goes through the *sources* i: x_i is added to the 24 positions
 * behind it that its coefficients choose, around the end, and to the 25th, which is multiplied by `factor`. A coefficient
 * from i to i + d is here bit i mod 24 of word i + d. Without `wraps`, nothing goes around the end.
 */
function passInPlace(x: bigint[], pass: number, { factor = 2n, wraps = true } = {}): void {
  const n = x.length;
  const words = streamWords(pass, n + 25);
  for (let i = 0; i < n; i++) {
    const reach = wraps ? 25 : Math.min(25, n - 1 - i);
    for (let d = 1; d <= reach; d++) {
      const to = (i + d) % n;
      if (d === 25) x[to] = oracleGf64(x[to] ^ x[i], factor);
      else if (((words[i + d] >>> (i % 24)) & 1) === 1) x[to] ^= x[i];
    }
  }
}

/** B, the matrix of libOTe's Expander.h: regular taps first, eight rows at a time. */
function expanderRows(rows: number, n: number): number[][] {
  const words = streamWords(2, 7 * rows);
  const quarter = BigInt(Math.floor(n / 4));
  const taps = Array.from({ length: rows }, (): number[] => []);
  let next = 0;
  for (let block = 0; block < rows; block += 8) {
    for (let tap = 0; tap < 7; tap++) {
      for (let row = block; row < block + 8; row++) {
        const word = BigInt(words[next++]);
        taps[row].push(Number(tap < 4 ? BigInt(tap) * quarter + ((word * quarter) >> 32n) : (word * BigInt(n)) >> 32n));
      }
    }
  }
  return taps;
}

function sumAt(vector: readonly bigint[], places: readonly number[]): bigint {
  return places.reduce((sum, place) => sum ^ vector[place], 0n);
}

/** The columns of a linear map: what it makes of each unit vector. */
function columnsOf(n: number, map: (x: bigint[]) => bigint[]): bigint[][] {
  return Array.from({ length: n }, (_, c) => map(Array.from({ length: n }, (_unused, i) => (i === c ? 1n : 0n))));
}

function bothPasses(x: bigint[], factor = 2n): bigint[] {
  passInPlace(x, 0, { factor });
  passInPlace(x, 1, { factor });
  return x;
}

/** Part of the entries of B C that are not zero. */
function relativeWeight(rows: number, n: number, map: (x: bigint[]) => bigint[]): number {
  const taps = expanderRows(rows, n);
  const entries = columnsOf(n, (x) => {
    const image = map(x);
    return taps.map((places) => sumAt(image, places));
  });
  return entries.flat().filter((entry) => entry !== 0n).length / (rows * n);
}

/** Each pair of words of a vector of records, as a vector of its own. */
function components(words: Uint32Array, recordWords: number): bigint[][] {
  const bytes = asBytes(words);
  const halves = recordWords / 2;
  return Array.from({ length: halves }, (_, half) =>
    Array.from({ length: words.length / recordWords }, (_unused, i) => elementAt(bytes, i * halves + half, 8)),
  );
}

function encode(records: Uint32Array, recordWords: number, count: number): void {
  for (const pass of [0, 1]) {
    convolve({ key: KEY, records, recordWords, count }, pass, 0, count);
    wrap({ key: KEY, records, recordWords, count }, pass);
  }
}

describe.each([4, 8])('expand-convolute on records of %i words', (recordWords) => {
  it.each(COUNTS)(`convolve and wrap equal libOTe's order of steps for %i records (seed ${SEED})`, (n) => {
    const records = asWords(insecureSeededRng(SEED, 'records', n)(4 * recordWords * n));
    const expected = components(records, recordWords).map((vector) => bothPasses(vector));
    encode(records, recordWords, n);
    expect(components(records, recordWords)).toEqual(expected);
  });

  it.each(COUNTS)(`expand equals the matrix of taps for %i records and rows that fill no block (seed ${SEED})`, (n) => {
    const records = asWords(insecureSeededRng(SEED, 'taps', n)(4 * recordWords * n));
    const rows = asWords(insecureSeededRng(SEED, 'rows', n)(4 * recordWords * 45));
    const taps = expanderRows(48, n);
    const vectors = components(records, recordWords);
    const before = components(rows, recordWords);
    expand({ key: KEY, records, recordWords, count: n }, 0, rows);
    expect(components(rows, recordWords)).toEqual(
      before.map((vector, k) => vector.map((value, i) => value ^ sumAt(vectors[k], taps[i]))),
    );
  });
});

describe('expand-convolute', () => {
  it('convolve and expand give the same in ranges as at once', () => {
    const once = asWords(insecureSeededRng(SEED, 'ranges')(16 * 200));
    const code = { key: KEY, records: once.slice(), recordWords: 4, count: 200 };
    convolve({ ...code, records: once }, 0, 0, 200);
    for (const [from, to] of [
      [0, 16],
      [16, 96],
      [96, 200],
    ])
      convolve(code, 0, from, to);
    expect(code.records).toEqual(once);
    const rows = new Uint32Array(4 * 100);
    const parts = new Uint32Array(4 * 100);
    expand(code, 0, rows);
    expand(code, 0, parts.subarray(0, 4 * 32));
    expand(code, 32, parts.subarray(4 * 32));
    expect(parts).toEqual(rows);
  });

  it('convolve and wrap equal the product with the dense matrix of both passes', () => {
    const n = 56;
    const records = asWords(insecureSeededRng(SEED, 'dense')(16 * n));
    const columns = columnsOf(n, (x) => bothPasses(x));
    const expected = components(records, 4).map((vector) =>
      Array.from({ length: n }, (_, i) => vector.reduce((sum, value, c) => sum ^ oracleGf64(columns[c][i], value), 0n)),
    );
    encode(records, 4, n);
    expect(components(records, 4)).toEqual(expected);
  });

  it('words of the code have full weight with the factor x, and half without it: it is no binary code', () => {
    expect(relativeWeight(32, 200, (x) => bothPasses(x))).toBeGreaterThan(0.99);
    const binary = relativeWeight(32, 200, (x) => bothPasses(x, 1n));
    expect(binary).toBeGreaterThan(0.45);
    expect(binary).toBeLessThan(0.55);
  });

  it('two passes that wrap spread every record over all; one that does not misses what lies behind', () => {
    const reach = (map: (x: bigint[]) => void): number => {
      const columns = columnsOf(200, (x) => {
        map(x);
        return x;
      });
      return columns.flat().filter((entry) => entry !== 0n).length / 200 ** 2;
    };
    expect(reach((x) => void bothPasses(x))).toBeGreaterThan(0.95);
    expect(reach((x) => passInPlace(x, 0, { wraps: false }))).toBeLessThan(0.55);
  });

  it('the encoding keeps its digest', () => {
    const records = Uint32Array.from({ length: 4 * 200 }, (_, i) => Math.imul(i + 1, 0x9e37_79b1));
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const code = { key, records, recordWords: 4, count: 200 };
    for (const pass of [0, 1]) {
      convolve(code, pass, 0, 200);
      wrap(code, pass);
    }
    const rows = new Uint32Array(4 * 200);
    expand(code, 0, rows);
    expect(toHex(hashTuple('vector', asBytes(rows)))).toBe(
      '6ea14da48766a355c72ede01d494b6319c3ace2d7ebcac0cd2d40c99cc4b96f6',
    );
  });
});
