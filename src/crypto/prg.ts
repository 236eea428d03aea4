/**
 * Pseudorandom generator: ChaCha20 (RFC 8439) in counter mode under a key derived from a seed and a label. Two holders
 * of one seed and label draw identical bytes as long as they draw the same lengths in the same order: every draw starts
 * at a fresh 64-byte block, so a short draw never shifts a later one.
 */
import { chacha20 } from '@noble/ciphers/chacha.js';
import { deriveKey } from './hash.ts';

export const SEED_BYTES = 32;
export const BLOCK_BYTES = 64;
/** noble's counter is 32 bits: 2^32 blocks of 64 bytes under one key. */
const MAX_BLOCKS = 2 ** 32;
const NONCE = new Uint8Array(12);

/** A stretch of a stream that was drawn and not yet computed: plain data, for a job. Secret like its key. */
export interface PrgDraw {
  readonly key: Uint8Array;
  readonly block: number;
  readonly length: number;
}

export class Prg {
  readonly #key: Uint8Array;
  #block = 0;

  /** `seed` 32 secret bytes; `salt` the run id; `label` separates the streams of one seed. */
  constructor(seed: Uint8Array, salt: Uint8Array, label: string) {
    this.#key = deriveKey(seed, salt, `prg ${label}`);
  }

  /** Reserves the stream's next `length` bytes; `fillFromDraw` computes them, in any order and thread. */
  draw(length: number): PrgDraw {
    const blocks = Math.ceil(length / BLOCK_BYTES);
    if (this.#block + blocks > MAX_BLOCKS) throw new RangeError('Cannot draw randomness: stream exhausted');
    const draw = { key: this.#key, block: this.#block, length };
    this.#block += blocks;
    return draw;
  }

  /** The stream's next `length` bytes, in a buffer of the caller's. */
  bytes(length: number): Uint8Array {
    return fillFromDraw(this.draw(length), 0, new Uint8Array(length));
  }
}

/** Fills `out` with the draw's bytes from `offset` on, a multiple of 64. */
export function fillFromDraw(draw: PrgDraw, offset: number, out: Uint8Array): Uint8Array {
  if (offset % BLOCK_BYTES !== 0 || offset + out.length > draw.length) {
    throw new RangeError('Cannot read draw: outside of it, or not at a block');
  }
  out.fill(0);
  if (out.length > 0) chacha20(draw.key, NONCE, out, out, draw.block + offset / BLOCK_BYTES);
  return out;
}
