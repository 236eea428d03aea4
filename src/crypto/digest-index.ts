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
    for (let from = 0; from < numbers.length; ) {
      const to = Math.min(from + BATCH, numbers.length);
      touch(this.#slots, this.#found, words, from, to);
      from = this.#addSome(words, numbers, from, to);
      if (from < to) this.#grow();
    }
    return numbers;
  }

  /** Numbers digests [from, to), as far as there is room; returns the first that is left. */
  #addSome(words: Uint32Array, numbers: Uint32Array, from: number, to: number): number {
    const slots = this.#slots;
    const digests = this.#digests;
    const mask = slots.length - 1;
    let size = this.#size;
    let k = from;
    for (; k < to; k++) {
      const at = k * WORDS;
      const mark = words[at + 1] & ~mask;
      // Any word of a digest is a hash. The items are this party's own.
      let slot = words[at] & mask;
      let own = slots[slot];
      while (own !== 0 && !(((own ^ mark) & ~mask) === 0 && equals(digests, (own & mask) - 1, words, at))) {
        slot = (slot + 1) & mask;
        own = slots[slot];
      }
      if (own === 0) {
        if (size === this.#capacity) break;
        for (let w = 0; w < WORDS; w++) digests[size * WORDS + w] = words[at + w];
        slots[slot] = mark | ++size;
        own = size;
      }
      numbers[k] = (own & mask) - 1;
    }
    this.#size = size;
    return k;
  }

  /** All digests in the order of their numbers: n x 32; to be read only, and only until more are added. */
  digests(): Uint8Array {
    const words = this.#size * WORDS;
    const own = words === this.#digests.length ? this.#digests : this.#digests.slice(0, words);
    return new Uint8Array(own.buffer, 0, this.#size * HASH_BYTES);
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

/** Reads the slots where the search for digests [from, to) begins. */
function touch(slots: Uint32Array, found: Uint32Array, words: Uint32Array, from: number, to: number): void {
  const mask = slots.length - 1;
  for (let k = from; k < to; k++) found[k - from] = slots[words[k * WORDS] & mask];
}

function equals(digests: Uint32Array, item: number, words: Uint32Array, at: number): boolean {
  for (let w = 0; w < WORDS; w++) if (digests[item * WORDS + w] !== words[at + w]) return false;
  return true;
}
