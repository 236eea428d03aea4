/**
 * A universal hash over GF(2^128): blocks b_1 .. b_n at the point p hash to b_1 p^(n-1) + ... + b_(n-1) p + b_n. Two
 * different strings of n blocks collide for at most n - 1 points, and a uniform last block hides all others.
 *
 * The point is public; the blocks may be secret: nothing branches on, or addresses by, them.
 */
import { asWords } from './bytes.ts';
import { GF128_BYTES, timesXInto, timesY } from './gf2.ts';

const WORDS = GF128_BYTES / 4;
const BITS = 8 * GF128_BYTES;

export class PolynomialHash {
  /** The point times each element of the basis 1, x, ..., x^63, y, x y, ..., x^63 y. */
  readonly #multiples: Uint32Array = new Uint32Array(BITS * WORDS);

  /** `point`: 16 bytes. */
  constructor(point: Uint8Array) {
    let multiple = new Uint32Array(asWords(point.slice()));
    for (let bit = 0; bit < BITS; bit++) {
      if (bit === BITS / 2) multiple = new Uint32Array(timesY(asWords(point.slice())));
      this.#multiples.set(multiple, bit * WORDS);
      timesXInto(multiple);
    }
  }

  /** The hash of `blocks`, n x 4 words, n at least 1: 4 words. */
  hash(blocks: Uint32Array): Uint32Array {
    return hashBlocks(this.#multiples, blocks);
  }
}

// Functions of arrays alone: code that V8 compiled for objects of a class is dropped when none of them lives at a collection.

function hashBlocks(multiples: Uint32Array, blocks: Uint32Array): Uint32Array {
  const state = blocks.slice(0, WORDS);
  for (let at = WORDS; at < blocks.length; at += WORDS) {
    multiplyInto(state, multiples);
    for (let w = 0; w < WORDS; w++) state[w] ^= blocks[at + w];
  }
  return state;
}

/** Multiplies by the point in place. */
function multiplyInto(state: Uint32Array, multiples: Uint32Array): void {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let bit = 0; bit < BITS; bit++) {
    const mask = -((state[bit >>> 5] >>> (bit & 31)) & 1);
    const at = bit * WORDS;
    a ^= multiples[at] & mask;
    b ^= multiples[at + 1] & mask;
    c ^= multiples[at + 2] & mask;
    d ^= multiples[at + 3] & mask;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}
