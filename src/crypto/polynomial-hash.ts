/**
 * A universal hash over GF(2^128): blocks b_1 .. b_n at the point p hash to b_1 p^(n-1) + ... + b_(n-1) p + b_n. Two
 * different strings of n blocks collide for at most n - 1 points, and a uniform last block hides all others.
 *
 * The point is public; the blocks may be secret: nothing branches on, or addresses by, them.
 */
import { fromSlices } from './bit-slices.ts';
import { asBytes, asWords } from './bytes.ts';
import { addByWeight, GF128_BYTES, sumsByBit, timesXInto, timesY, weightTables } from './gf2.ts';
import type { Steps } from './steps.ts';

const WORDS = GF128_BYTES / 4;
const BITS = 8 * GF128_BYTES;
/** Blocks of 128 rows between two pauses: below a millisecond. */
const BLOCKS_PER_STEP = 32;

export class PolynomialHash {
  /** Of the point. */
  readonly #multiples: Uint32Array;

  /** `point`: 16 bytes. */
  constructor(point: Uint8Array) {
    this.#multiples = multiplesOf(asWords(point));
  }

  /** The hash of `blocks`, n x 4 words, n at least 1: 4 words. */
  hash(blocks: Uint32Array): Uint32Array {
    return hashBlocks(this.#multiples, blocks);
  }

  /**
   * The hashes of 128 columns of n blocks, given as their rows: 128 n rows of 4 words, row r with bit r of every column.
   * 128 x 4 words, column by column.
   *
   * A hash is linear in the bits: bit k of block b_i stands for e_k p^(n-i), e_k an element of the basis. So bit j of all
   * hashes together is the sum of the rows whose weight e_k p^(n-i), public like the point, has bit j.
   */
  *hashColumns(rows: Uint32Array): Steps<Uint32Array> {
    const blockWords = BITS * WORDS;
    const tables = weightTables(GF128_BYTES);
    const power = Uint32Array.of(1, 0, 0, 0);
    for (let block = rows.length / blockWords - 1; block >= 0; block--) {
      const own = rows.subarray(block * blockWords, (block + 1) * blockWords);
      addByWeight(tables, own, asBytes(multiplesOf(power)));
      multiplyInto(power, this.#multiples);
      if (block % BLOCKS_PER_STEP === 0) yield;
    }
    const layout = { rowBytes: GF128_BYTES, rowCount: BITS, firstBit: 0, bits: BITS, strideWords: WORDS };
    return asWords(yield* fromSlices(sumsByBit(tables), layout));
  }
}

// Functions of arrays alone: code that V8 compiled for objects of a class is dropped when none of them lives at a collection.

/** An element (4 words) times each of the basis 1, x, ..., x^63, y, x y, ..., x^63 y: 128 x 4 words. */
function multiplesOf(element: Uint32Array): Uint32Array {
  const multiples = new Uint32Array(BITS * WORDS);
  let multiple = element.slice();
  for (let bit = 0; bit < BITS; bit++) {
    if (bit === BITS / 2) multiple = new Uint32Array(timesY(element));
    for (let w = 0; w < WORDS; w++) multiples[bit * WORDS + w] = multiple[w];
    timesXInto(multiple);
  }
  return multiples;
}

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
