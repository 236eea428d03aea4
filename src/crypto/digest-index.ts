/** Numbers distinct 32-byte digests in the order of their first appearance: open addressing on typed arrays. */
import { asWords } from './bytes.ts';
import { HASH_BYTES } from './hash.ts';

const WORDS = 8;

/** Digests that are looked up together: their slots are read first, so that many reads are on their way at once. */
const BATCH = 1024;

export class DigestIndex {
  #capacity: number;
  #digests: Uint32Array;
  /**
   * Twice as many slots as items at least. In the lower bits item number + 1, or 0; in the others those of the digest's
   * second word, so that other digests are hardly ever read.
   */
  #slots: Uint32Array;
  #size = 0;
  /** What a batch found in its slots. Nobody needs it: without it the reads would be none. */
  readonly #found = new Uint32Array(BATCH);

  /** Begins with room for so many digests, a power of two below 2^31, and grows. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#digests = new Uint32Array(capacity * WORDS);
    this.#slots = new Uint32Array(2 * capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The numbers of digests (n x 32); what is new is numbered from the size before the call on. */
  addAll(digests: Uint8Array): Uint32Array {
    const words = asWords(digests);
    const numbers = new Uint32Array(words.length / WORDS);
    for (let from = 0; from < numbers.length; from += BATCH) {
      const to = Math.min(from + BATCH, numbers.length);
      this.#touch(words, from, to);
      for (let k = from; k < to; k++) numbers[k] = this.#add(words, k * WORDS);
    }
    return numbers;
  }

  #touch(words: Uint32Array, from: number, to: number): void {
    const mask = this.#slots.length - 1;
    for (let k = from; k < to; k++) this.#found[k - from] = this.#slots[words[k * WORDS] & mask];
  }

  #add(words: Uint32Array, at: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const mark = words[at + 1] & ~mask;
    // Any word of a digest is a hash. The items are this party's own.
    let slot = words[at] & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (((slots[slot] ^ mark) & ~mask) !== 0) continue;
      const item = (slots[slot] & mask) - 1;
      if (this.#equals(item, words, at)) return item;
    }
    if (this.#size === this.#capacity) {
      this.#grow();
      return this.#add(words, at);
    }
    const item = this.#size++;
    for (let w = 0; w < WORDS; w++) this.#digests[item * WORDS + w] = words[at + w];
    slots[slot] = mark | (item + 1);
    return item;
  }

  /** All digests in the order of their numbers: n x 32; to be read only, and only until more are added. */
  digests(): Uint8Array {
    const words = this.#size * WORDS;
    const own = words === this.#digests.length ? this.#digests : this.#digests.slice(0, words);
    return new Uint8Array(own.buffer, 0, this.#size * HASH_BYTES);
  }

  #equals(item: number, words: Uint32Array, at: number): boolean {
    for (let w = 0; w < WORDS; w++) if (this.#digests[item * WORDS + w] !== words[at + w]) return false;
    return true;
  }

  #grow(): void {
    this.#capacity *= 2;
    const digests = new Uint32Array(this.#capacity * WORDS);
    digests.set(this.#digests);
    this.#digests = digests;
    this.#slots = new Uint32Array(2 * this.#capacity);
    const mask = this.#slots.length - 1;
    for (let item = 0; item < this.#size; item++) {
      let slot = digests[item * WORDS] & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = (digests[item * WORDS + 1] & ~mask) | (item + 1);
    }
  }
}
