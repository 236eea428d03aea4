/** Uniform permutations from drawn randomness: Fisher–Yates (Knuth, TAOCP 2, algorithm 3.4.2P). */
import { asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { BLOCK_BYTES } from '../../src/crypto/chacha20.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';

const CHUNK_BYTES = 512;
const SWAPS_PER_STEP = 4096;

/**
 * Bytes to draw for a permutation of `count`, at most 2^20: a word per swap, and more than as many again for words that
 * are turned down, each with probability below 2^-12.
 */
export function permutationBytes(count: number): number {
  return 8 * count + CHUNK_BYTES * 8;
}

/** A uniform permutation of 0..count-1. The draw is used up. */
export function* randomPermutation(draw: PrgDraw, count: number): Steps<Uint32Array> {
  const order = firstIntegers(count);
  const words = new DrawnWords(draw);
  for (let from = count - 1; from > 0; from -= SWAPS_PER_STEP) {
    swap(order, words, from, Math.max(0, from - SWAPS_PER_STEP));
    yield;
  }
  return order;
}

/** Places `from` down to `to` + 1. A plain function: V8 compiles a long loop of one while it runs, that of a generator not. */
function swap(order: Uint32Array, words: DrawnWords, from: number, to: number): void {
  for (let i = from; i > to; i--) {
    const j = words.below(i + 1);
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
}

/** Exactly uniform integers. How many words are turned down depends on words that are then thrown away. */
class DrawnWords {
  readonly #draw: PrgDraw;
  #words: Uint32Array = new Uint32Array(0);
  #used = 0;
  #offset = 0;

  constructor(draw: PrgDraw) {
    this.#draw = draw;
  }

  below(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const word = this.#next();
      if (word < limit) return word % bound;
    }
  }

  #next(): number {
    if (this.#used === this.#words.length) {
      const left = Math.min(CHUNK_BYTES, this.#draw.length - this.#offset);
      // Fewer than the bytes of permutationBytes suffice, except with a probability below 2^-1000.
      if (left < BLOCK_BYTES) throw new RangeError('Cannot permute: randomness used up');
      this.#words = asWords(fillFromDraw(this.#draw, this.#offset, new Uint8Array(left), chacha20Kernel()));
      this.#offset += left;
      this.#used = 0;
    }
    return this.#words[this.#used++];
  }
}
