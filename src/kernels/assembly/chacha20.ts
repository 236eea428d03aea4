/**
 * ChaCha20 (RFC 8439) in WebAssembly SIMD, four blocks at a time: the key stream from any block on, or one block under
 * each of many keys, or half a block of 8 rounds. The host writes key, nonce and keys at the exported addresses, calls, reads `blocks`, or
 * digests in the place of `keys`, and calls `wipe`. Additions, rotations and XORs alone: no branch or address depends on a key or a stream.
 */
import { chachaRows20, chachaRows8 } from './generated/chacha-rows';

/** Blocks of one call at most. */
export const CHUNK: i32 = 256;
/** 256 x 64 bytes. */
export const blocks: usize = memory.data(256 * 64, 16);
/** 256 x 32 bytes. */
export const keys: usize = memory.data(256 * 32, 16);
/** 12 bytes. */
export const nonce: usize = memory.data(12, 16);

/** Counter and nonce of a block. */
const input: usize = memory.data(16, 16);
const four: usize = memory.data(4 * 64, 16);

@inline function setInput(counter: u32): void {
  v128.store(input, i32x4(counter, load<u32>(nonce), load<u32>(nonce, 4), load<u32>(nonce, 8)));
}

/** Blocks `counter` to `counter` + 3 under the first of `keys`. */
@inline function nextFour(out: usize, counter: u32): void {
  setInput(counter);
  chachaRows20(out, keys, 0, keys + 16, 0, input, 0, i32x4(1, 0, 0, 0));
}

/** The key stream under the first of `keys` from block `counter` on. A count is made a multiple of four. */
export function stream(counter: u32, count: i32): void {
  for (let i: u32 = 0; i < <u32>count; i += 4) nextFour(blocks + 64 * <usize>i, counter + i);
}

/** The same, XORed onto what `blocks` holds. */
export function xorStream(counter: u32, count: i32): void {
  for (let i: u32 = 0; i < <u32>count; i += 4) {
    nextFour(four, counter + i);
    for (let k: usize = 0; k < 256; k += 16) {
      const at = blocks + 64 * <usize>i + k;
      v128.store(at, v128.xor(v128.load(at), v128.load(four + k)));
    }
  }
}

/** Block `counter` under each of `keys`. A count is made a multiple of four. */
export function block(counter: u32, count: i32): void {
  setInput(counter);
  const none = i64x2.splat(0);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const at = keys + 32 * i;
    chachaRows20(blocks + 64 * i, at, 32, at + 16, 32, input, 0, none);
  }
}

/** The first 32 bytes of block `counter` of 8 rounds under each of `keys`, in its place. A count is made a multiple of four. */
export function digest(counter: u32, count: i32): void {
  setInput(counter);
  const none = i64x2.splat(0);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const at = keys + 32 * i;
    chachaRows8(four, at, 32, at + 16, 32, input, 0, none);
    for (let lane: usize = 0; lane < 4; lane++) {
      v128.store(at + 32 * lane, v128.load(four + 64 * lane));
      v128.store(at + 32 * lane, v128.load(four + 64 * lane, 16), 16);
    }
  }
}

/** Zeroes what calls of up to `count` blocks left. */
export function wipe(count: i32): void {
  const used = <usize>((count + 3) & ~3);
  memory.fill(blocks, 0, 64 * used);
  memory.fill(keys, 0, 32 * used);
  memory.fill(nonce, 0, 12);
  memory.fill(input, 0, 16);
  memory.fill(four, 0, 256);
}
