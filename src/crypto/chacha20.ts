/**
 * The ChaCha20 key stream (RFC 8439 §2.4: 32-bit counter, 96-bit nonce, 20 rounds) in bulk, and digests by blocks of 8 rounds: the
 * plain reference, on @noble/ciphers. A twin under `kernels/` gives the same bytes.
 *
 * Constant time in keys. Whoever uses it never asks for one block under one key and nonce for two purposes.
 */
import { chacha20, chacha8 } from '@noble/ciphers/chacha.js';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const BLOCK_BYTES = 64;
/** The first half of a block. */
export const DIGEST_BYTES = 32;
/** Blocks under one key and nonce: the counter has 32 bits, and noble refuses the last of its values. */
export const MAX_BLOCKS: number = 2 ** 32 - 1;

export interface StreamStart {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** Number of the first block. */
  readonly counter: number;
}

export interface KeyedBlocks {
  /** n x 32 bytes. */
  readonly keys: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** Number of the block that is taken under each key. */
  readonly counter: number;
}

/** Bulk operations; implementations give identical bytes. */
export interface ChaCha20 {
  /** Overwrites `out` with the stream from a block on; its length need not be whole blocks. @throws RangeError */
  streamInto(out: Uint8Array, start: StreamStart): void;
  /** XORs the stream from a block on onto `out`. @throws RangeError */
  xorStreamInto(out: Uint8Array, start: StreamStart): void;
  /** Overwrites `out`, n x 64 bytes, with one block under each of n keys. @throws RangeError */
  blocksInto(out: Uint8Array, input: KeyedBlocks): void;
  /**
   * Overwrites `out`, n x 32 bytes, with the first half of one block of 8 rounds under each of n keys. For keys that are hashes
   * themselves, and digests by which nothing is hidden: see `ChaChaRounds`. `out` is not `keys`. @throws RangeError
   */
  digestsInto(out: Uint8Array, input: KeyedBlocks): void;
}

/** The plain reference on noble. */
export const referenceChaCha20: ChaCha20 = {
  streamInto(out, start) {
    checkStream(out, start);
    out.fill(0);
    referenceChaCha20.xorStreamInto(out, start);
  },
  xorStreamInto(out, start) {
    checkStream(out, start);
    if (out.length > 0) chacha20(start.key, start.nonce, out, out, start.counter);
  },
  blocksInto(out, input) {
    checkKeys(out, input, BLOCK_BYTES);
    underEach(chacha20, out, input, BLOCK_BYTES);
  },
  digestsInto(out, input) {
    checkKeys(out, input, DIGEST_BYTES);
    underEach(chacha8, out, input, DIGEST_BYTES);
  },
};

/** The first `bytes` bytes of a block under each key. */
function underEach(
  chacha: typeof chacha20,
  out: Uint8Array,
  { keys, nonce, counter }: KeyedBlocks,
  bytes: number,
): void {
  out.fill(0);
  for (let i = 0; i * bytes < out.length; i++) {
    const block = out.subarray(i * bytes, (i + 1) * bytes);
    chacha(keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES), nonce, block, block, counter);
  }
}

/** @throws RangeError when lengths do not fit or the counter would run over */
export function checkStream(out: Uint8Array, { key, nonce, counter }: StreamStart): void {
  if (key.length !== KEY_BYTES) throw new RangeError('Cannot fill stream: key is not 32 bytes');
  checkInput(nonce, counter, Math.ceil(out.length / BLOCK_BYTES));
}

/** @throws RangeError when there are not `bytes` bytes for each key, or the counter is out of range */
export function checkKeys(out: Uint8Array, { keys, nonce, counter }: KeyedBlocks, bytes: number): void {
  const count = keys.length / KEY_BYTES;
  if (!Number.isInteger(count) || out.length !== count * bytes) {
    throw new RangeError(`Cannot take blocks: not ${bytes} bytes for each 32-byte key`);
  }
  checkInput(nonce, counter, 1);
}

function checkInput(nonce: Uint8Array, counter: number, blocks: number): void {
  if (nonce.length !== NONCE_BYTES) throw new RangeError('Cannot fill stream: nonce is not 12 bytes');
  if (!Number.isInteger(counter) || counter < 0 || counter + blocks > MAX_BLOCKS) {
    throw new RangeError('Cannot fill stream: counter out of range');
  }
}
