/** Numbers distinct 32-byte digests in the order of their first appearance: open addressing on typed arrays. */
import { asWords } from './bytes.ts';
import { HASH_BYTES } from './hash.ts';

const WORDS = 8;

export class DigestIndex {
  #capacity: number;
  #digests: Uint32Array;
  /** Item number + 1, or 0; twice as many slots as items at least. */
  #slots: Uint32Array;
  #size = 0;

  /** Begins with room for so many digests, a power of two, and grows. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#digests = new Uint32Array(capacity * WORDS);
    this.#slots = new Uint32Array(4 * capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The numbers of digests (n x 32); what is new is numbered from the size before the call on. */
  addAll(digests: Uint8Array): Uint32Array {
    const words = asWords(digests);
    const numbers = new Uint32Array(words.length / WORDS);
    for (let k = 0; k < numbers.length; k++) {
      if (this.#size === this.#capacity) this.#grow();
      numbers[k] = this.#add(words, k * WORDS);
    }
    return numbers;
  }

  /** There is room for one more. */
  #add(words: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    // Any word of a digest is a hash. The items are this party's own.
    let slot = words[at] & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const item = this.#slots[slot] - 1;
      if (this.#equals(item, words, at)) return item;
    }
    const item = this.#size++;
    for (let w = 0; w < WORDS; w++) this.#digests[item * WORDS + w] = words[at + w];
    this.#slots[slot] = item + 1;
    return item;
  }

  /** All digests in the order of their numbers: n x 32. */
  digests(): Uint8Array {
    return new Uint8Array(this.#digests.slice(0, this.#size * WORDS).buffer, 0, this.#size * HASH_BYTES);
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
    this.#slots = new Uint32Array(4 * this.#capacity);
    const mask = this.#slots.length - 1;
    for (let item = 0; item < this.#size; item++) {
      let slot = digests[item * WORDS] & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = item + 1;
    }
  }
}
