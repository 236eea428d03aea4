/**
 * Repeatable randomness for synthetic data: SHA-256 in counter mode (FIPS 180-4) under a seed. Its outputs are public
 * test data; a protocol must never draw from it.
 */
import { u32le, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES, hashTuple } from '../crypto/hash.ts';
import { sha256 } from '@noble/hashes/sha2.js';

const BLOCKS_PER_REFILL = 64;

/** A stream of draws; the same seed and label give the same stream everywhere. */
export class SyntheticRandom {
  /** The state behind the block that seed and label fill. */
  readonly #start: ReturnType<typeof sha256.create>;
  readonly #record = new DataView(new ArrayBuffer(8));
  readonly #bytes = new Uint8Array(BLOCKS_PER_REFILL * HASH_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #counter = 0;
  #at = this.#bytes.length;

  constructor(seed: string, label: string) {
    const prefix = new Uint8Array(64);
    prefix.set(hashTuple('record synthetic data', u32le(this.#record.byteLength), utf8(seed), utf8(label)));
    this.#start = sha256.create().update(prefix);
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    if (this.#at === this.#bytes.length) this.#refill();
    const word = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return word;
  }

  /** A whole number from 0 to `bound` - 1, biased by less than bound / 2^32: enough for synthetic data. */
  below(bound: number): number {
    return Math.floor((this.word() / 2 ** 32) * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.word() < probability * 2 ** 32;
  }

  #refill(): void {
    for (let block = 0; block < BLOCKS_PER_REFILL; block++) {
      this.#record.setUint32(0, this.#counter % 2 ** 32, true);
      this.#record.setUint32(4, Math.floor(this.#counter / 2 ** 32), true);
      this.#counter++;
      const state = this.#start.clone().update(new Uint8Array(this.#record.buffer));
      state.digestInto(this.#bytes.subarray(block * HASH_BYTES, (block + 1) * HASH_BYTES));
    }
    this.#at = 0;
  }
}
