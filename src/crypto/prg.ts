/**
 * Pseudorandom generator: ChaCha20 (RFC 8439) in counter mode under a key derived from a seed and a label. Two holders
 * of one seed and label draw identical bytes as long as they draw the same lengths in the same order: every draw starts
 * at a fresh 64-byte block, so a short draw never shifts a later one.
 */
import {
  BLOCK_BYTES,
  type ChaCha20,
  MAX_BLOCKS,
  NONCE_BYTES,
  referenceChaCha20,
  type StreamStart,
} from './chacha20.ts';
import { deriveKey } from './hash.ts';
import { ranges, type Steps } from './steps.ts';

export const SEED_BYTES = 32;
/** A key serves one stream, so the nonce separates nothing. */
const NONCE = new Uint8Array(NONCE_BYTES);

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

  /** Zeros for the key, which all draws share: none is computed after that. */
  wipe(): void {
    this.#key.fill(0);
  }

  /** The stream's next `length` bytes, in a buffer of the caller's: few of them, from the plain reference. */
  bytes(length: number): Uint8Array {
    return fillFromDraw(this.draw(length), 0, new Uint8Array(length), referenceChaCha20);
  }
}

/** Fills `out` with the draw's bytes from `offset` on, a multiple of 64. */
export function fillFromDraw(draw: PrgDraw, offset: number, out: Uint8Array, chacha20: ChaCha20): Uint8Array {
  chacha20.streamInto(out, startOf(draw, offset, out.length));
  return out;
}

/** Bytes between two pauses: whole blocks. */
const STEP_BYTES = 262_144;

/** Fills all of a long `out` with the draw's first bytes. */
export function* fillInSteps(draw: PrgDraw, out: Uint8Array, chacha20: ChaCha20): Steps<void> {
  for (const [from, to] of ranges(out.length, STEP_BYTES)) {
    fillFromDraw(draw, from, out.subarray(from, to), chacha20);
    yield;
  }
}

/** XORs the draw's bytes from `offset` on, a multiple of 64, onto `out`. */
export function xorDraw(draw: PrgDraw, offset: number, out: Uint8Array, chacha20: ChaCha20): void {
  chacha20.xorStreamInto(out, startOf(draw, offset, out.length));
}

function startOf({ key, block, length }: PrgDraw, offset: number, wanted: number): StreamStart {
  if (offset % BLOCK_BYTES !== 0 || offset + wanted > length) {
    throw new RangeError('Cannot read draw: outside of it, or not at a block');
  }
  return { key, nonce: NONCE, counter: block + offset / BLOCK_BYTES };
}
