/**
 * ChaCha20 (RFC 8439) in WebAssembly SIMD, four blocks at a time: the key stream from any block on, or one block under
 * each of many keys. The host writes key, nonce and keys at the exported addresses, calls, reads `blocks`, and calls
 * `wipe`. Additions, rotations and XORs alone: no branch or address depends on a key or a stream.
 */
import { nextFour, putConstants, putKey } from './chacha-state';
import { chachaBlocks } from './generated/chacha20-lanes';

/** Blocks of one call at most. */
export const CHUNK: i32 = 256;
/** 256 x 64 bytes. */
export const blocks: usize = memory.data(256 * 64, 16);
/** 256 x 32 bytes. */
export const keys: usize = memory.data(256 * 32, 16);
/** 12 bytes. */
export const nonce: usize = memory.data(12, 16);

/** Sixteen vectors; lane L belongs to the L-th of four blocks. */
const state: usize = memory.data(16 * 16, 16);
const four: usize = memory.data(4 * 64, 16);

/** All words but those of the key; the blocks are numbered counter, counter + step, ... */
@inline function setInput(counter: u32, step: i32): void {
  putConstants(state);
  const lane = i32x4(0, step, 2 * step, 3 * step);
  v128.store(state, i32x4.add(i32x4.splat(counter), lane), 192);
  for (let k: usize = 0; k < 3; k++) v128.store(state + 16 * k, v128.load32_splat(nonce + 4 * k), 208);
}

/** The first of `keys`, and the words behind it for blocks from `counter` on. */
@inline function startStream(counter: u32): void {
  setInput(counter, 1);
  putKey(state, keys);
}

/** The key stream under the first of `keys` from block `counter` on. A count is made a multiple of four. */
export function stream(counter: u32, count: i32): void {
  startStream(counter);
  for (let i: usize = 0; i < <usize>count; i += 4) nextFour(blocks + 64 * i, state);
}

/** The same, XORed onto what `blocks` holds. */
export function xorStream(counter: u32, count: i32): void {
  startStream(counter);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    nextFour(four, state);
    for (let k: usize = 0; k < 256; k += 16) {
      const at = blocks + 64 * i + k;
      v128.store(at, v128.xor(v128.load(at), v128.load(four + k)));
    }
  }
}

/** Words 4k to 4k+3 of four keys, to lanes. */
@inline function loadKeyWords(from: usize, k: usize): void {
  const a = v128.load(from + 16 * k), b = v128.load(from + 16 * k, 32);
  const c = v128.load(from + 16 * k, 64), d = v128.load(from + 16 * k, 96);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<i32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  const to = state + 64 + 64 * k;
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(ef, gh, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(ef, gh, 1, 3), 48);
}

/** Block `counter` under each of `keys`. A count is made a multiple of four. */
export function block(counter: u32, count: i32): void {
  setInput(counter, 0);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    loadKeyWords(keys + 32 * i, 0);
    loadKeyWords(keys + 32 * i, 1);
    chachaBlocks(blocks + 64 * i, state);
  }
}

/** Zeroes what calls of up to `count` blocks left. */
export function wipe(count: i32): void {
  const used = <usize>((count + 3) & ~3);
  memory.fill(blocks, 0, 64 * used);
  memory.fill(keys, 0, 32 * used);
  memory.fill(nonce, 0, 12);
  memory.fill(state, 0, 256);
  memory.fill(four, 0, 256);
}
