/**
 * The dual encoding G e of an expand-convolute code G = (I | B C1 C2), which turns a long sparse vector e over GF(2^64)
 * into a shorter pseudorandom one: the LPN assumption of silent VOLE.
 *
 * Source: Raghuraman, Rindal, Tanguy, "Expand-Convolute Codes for Pseudorandom Correlation Generators from LPN" (CRYPTO
 * 2023, eprint 2023/882), in the form of libOTe's `ExConv7x24`: libOTe/Tools/ExConvCode/{ExConvCode,Expander}.h and
 * TwoChooseOne/ConfigureCode.cpp at commit a0871f6 (2026-08-04): systematic, rate 1/2, state 24 + 1, two passes that
 * wrap around, expander weight 7 of which 4 regular, and a constant of the field in every step. With rows of length n:
 *
 * - *Convolution* (each pass, j from 0 to n - 1): x_j <- x (x_j + x_{j-25}) + sum of a random subset of x_{j-24}..x_{j-1};
 *   what would lie before the start is left out, and for j < 25 so is the factor x. Then, the *wrap*: the same step for
 *   j = n..n+24 on position j - n, whose own value is the one it has and whose window counts positions below n only.
 * - *Expansion*: row i adds seven records: one at random from each quarter (of floor(n/4) records) and three from all.
 *
 * Why these parts: the tap 25 back makes the state's change invertible, so that a run never dies out; the second pass and
 * the wrap spread a row whose taps all lie in a short stretch (with one pass and random taps, one row in 2^20 has all in
 * the first seventh, and its sum misses all noise behind it); regular taps make such rows rarer. The factor x makes the
 * code one over GF(2^64), not GF(2): see silent-vole-plan.ts for what it is worth.
 *
 * Deviations from libOTe, none of which changes the distribution that the construction asks for:
 * 1. The random choices come from ChaCha8 under a key of the run instead of a fixed seed, AES and a reduced generator (one
 *    AES round per block on refill). They are public; 8 rounds have no known bias and nothing is secret here.
 * 2. Each step's subset is drawn anew; libOTe's windows of 24 bits advance by 8, so that neighbours share 16. The paper
 *    asks for independent ones. Coefficient bit p mod 24 belongs to position p: any labelling of uniform bits will do.
 * 3. Indices are floor(w n / 2^32) for a word w instead of a 64-bit one modulo n: within n 2^-32 of uniform.
 * 4. The constant is x in GF(2^64), as the first component of a VOLE lives there; libOTe multiplies by one of GF(2^128).
 * So outputs equal libOTe's for no seed, and vectors come from an own construction of the matrices (the tests).
 *
 * Everything here is public but the records; no branch and no index depends on them.
 */
import { chacha8 } from '@noble/ciphers/chacha.js';
import { asWords, writeU32le } from './bytes.ts';
import { uniformIndex } from './uniform-index.ts';

/** Records that a step sums a random subset of. */
export const WINDOW = 24;
export const TAPS = 7;
export const REGULAR_TAPS = 4;
/** Rows of the expander whose choices are drawn together: tap by tap, as in libOTe. */
export const ROW_BLOCK = 8;
export const CODE_KEY_BYTES = 32;
/** Streams 0 and 1 are those of the two passes. */
const TAP_STREAM = 2;
/** Ranges of positions begin at a multiple of this. */
export const STREAM_BLOCK_WORDS = 16;

/** The right part of a vector: records of 4 (K) or 8 words (C, A), each pair of words an element of GF(2^64). */
export interface CodeRecords {
  /** 32 public bytes that fix the code. */
  readonly key: Uint8Array;
  /** count x recordWords; overwritten by convolution. */
  readonly records: Uint32Array;
  readonly recordWords: number;
  readonly count: number;
}

/** `count` words of a stream of public choices from word `from` on. */
export function codeWords(key: Uint8Array, stream: number, from: number, count: number): Uint32Array {
  const block = Math.floor(from / STREAM_BLOCK_WORDS);
  const skipped = from - block * STREAM_BLOCK_WORDS;
  const nonce = new Uint8Array(12);
  writeU32le(nonce, 0, stream);
  const bytes = chacha8(key, nonce, new Uint8Array(4 * (skipped + count)), undefined, block);
  return asWords(bytes).subarray(skipped);
}

/** Positions [from, to) of one pass; ranges must come in order. */
export function convolve({ key, records, recordWords }: CodeRecords, pass: number, from: number, to: number): void {
  const coefficients = codeWords(key, pass, from, to - from);
  for (let j = from; j < to; j++) {
    const at = j * recordWords;
    if (j > WINDOW) {
      addRecord(records, at, at - (WINDOW + 1) * recordWords, recordWords);
      timesXAt(records, at, recordWords);
    }
    addWindow(records, recordWords, at, coefficients[j - from], { from: Math.max(0, j - WINDOW), to: j });
  }
}

/** Ends a pass. */
export function wrap({ key, records, recordWords, count }: CodeRecords, pass: number): void {
  const coefficients = codeWords(key, pass, count, WINDOW + 1);
  for (let j = 0; j <= WINDOW; j++) {
    const at = j * recordWords;
    addRecord(records, at, (count + j - WINDOW - 1) * recordWords, recordWords);
    timesXAt(records, at, recordWords);
    addWindow(records, recordWords, at, coefficients[j], { from: count + j - WINDOW, to: count });
  }
}

/** Adds to each of `rows` (n x recordWords), the rows from `first` (a multiple of 8) on, the records that it taps. */
export function expand({ key, records, recordWords, count }: CodeRecords, first: number, rows: Uint32Array): void {
  const n = rows.length / recordWords;
  const words = codeWords(key, TAP_STREAM, TAPS * first, TAPS * ROW_BLOCK * Math.ceil(n / ROW_BLOCK));
  const region = Math.floor(count / REGULAR_TAPS);
  for (let i = 0; i < n; i++) {
    const block = i - (i % ROW_BLOCK);
    for (let tap = 0; tap < TAPS; tap++) {
      const word = words[TAPS * block + ROW_BLOCK * tap + (i % ROW_BLOCK)];
      const index = tap < REGULAR_TAPS ? tap * region + uniformIndex(word, 0, region) : uniformIndex(word, 0, count);
      for (let w = 0; w < recordWords; w++) rows[i * recordWords + w] ^= records[index * recordWords + w];
    }
  }
}

function addRecord(records: Uint32Array, to: number, from: number, words: number): void {
  for (let w = 0; w < words; w++) records[to + w] ^= records[from + w];
}

/** Adds the records of the positions that `selection` chooses: bit p mod 24 for position p. */
function addWindow(
  records: Uint32Array,
  words: number,
  to: number,
  selection: number,
  window: { readonly from: number; readonly to: number },
): void {
  for (let p = window.from; p < window.to; p++) {
    if (((selection >>> (p % WINDOW)) & 1) === 1) addRecord(records, to, p * words, words);
  }
}

/** Multiplies the elements of GF(2^64) of one record by x. */
function timesXAt(records: Uint32Array, at: number, words: number): void {
  for (let w = at; w < at + words; w += 2) {
    const carry = -(records[w + 1] >>> 31);
    records[w + 1] = (records[w + 1] << 1) | (records[w] >>> 31);
    records[w] = (records[w] << 1) ^ (carry & 0x1b);
  }
}
