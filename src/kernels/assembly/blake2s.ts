/**
 * BLAKE2s-256 (RFC 7693) in WebAssembly SIMD: up to 512 byte strings a call, four at a time, all under one key or none.
 * The host writes key and inputs at the exported addresses, calls, reads `digests`, and calls `wipe`.
 *
 * Constant time in keys and contents. Lengths steer the loops: they are public, or those of a party's own items.
 */
import { compress, IV } from './generated/blake2s-lanes';

const BLOCK: usize = 64;
const STATE: usize = 8 * 16;

/** Strings of one call at most. */
export const CHUNK: i32 = 512;
/** Room for inputs, in bytes. */
export const ROOM: i32 = 65536;
/** Inputs. Behind them is room for what is read, and masked, beyond the last one: three rows of the longest kind. */
export const inputs: usize = memory.data(65536 + 16384, 16);
/** One column before it is put in its place; 16 bytes more, as columns are copied by 16 bytes. */
export const column: usize = memory.data(65536 + 16, 16);
/** Where each string ends, as 32-bit offsets; three more, so that the last four are whole. */
export const ends: usize = memory.data(4 * (512 + 4), 16);
/** 64 bytes, the key's end filled with zeros. */
export const key: usize = memory.data(64, 16);
/** 512 x 32 bytes. */
export const digests: usize = memory.data(512 * 32, 16);

/** The state before the first byte of a string: the key's block, if there is one, is behind it. */
const initial: usize = memory.data(128, 16);
/** Bytes of that block. */
let before: i32 = 0;
const state: usize = memory.data(128, 16);
const kept: usize = memory.data(128, 16);
const message: usize = memory.data(256, 16);
/** 64 bytes of ones, then zeros: from byte 64 - n on it keeps n bytes of a block. */
const mask: usize = memory.data<u64>([-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0], 16);

/** Starts all strings of the following calls with the key; without one if it has no bytes. */
export function start(keyBytes: i32): void {
  for (let k: usize = 0; k < 8; k++) v128.store(initial + 16 * k, v128.load32_splat(IV + 4 * k));
  // RFC 7693 §2.5: digest length 32, key length, fanout and depth 1.
  const parameters = i32x4.splat(0x01010000 ^ (keyBytes << 8) ^ 32);
  v128.store(initial, v128.xor(v128.load(initial), parameters));
  before = 0;
  if (keyBytes == 0) return;
  before = <i32>BLOCK;
  for (let k: usize = 0; k < 16; k++) v128.store(message + 16 * k, v128.load32_splat(key + 4 * k));
  compress(initial, message, i32x4.splat(before), i32x4.splat(0));
}

/** Puts the `count` rows of `column`, `width` bytes each, at `offset` of inputs that are `stride` bytes apart. */
export function place(count: i32, width: i32, offset: i32, stride: i32): void {
  // Copies up to 15 bytes too many: what is behind it in the row comes later, or is beyond the row's end.
  for (let row: usize = 0; row < <usize>count; row++) {
    const from = column + <usize>width * row;
    const to = inputs + <usize>stride * row + <usize>offset;
    for (let at: usize = 0; at < <usize>width; at += 16) v128.store(to + at, v128.load(from + at));
  }
}

/** Hashes `count` rows of `rowBytes` bytes that are `stride` bytes apart. */
export function hashRows(count: i32, rowBytes: i32, stride: i32): void {
  for (let row = 0; row < count; row += 4) {
    const at = inputs + <usize>stride * row;
    const step = <usize>stride;
    hashFour(at, at + step, at + 2 * step, at + 3 * step, i32x4.splat(rowBytes), rowBytes);
    storeDigests(digests + 32 * <usize>row);
  }
}

/** Hashes `count` strings that lie one behind the other. */
export function hashItems(count: i32): void {
  let from: u32 = 0;
  for (let item: usize = 0; item < <usize>count; item += 4) {
    const e = v128.load(ends + 4 * item);
    const e0 = i32x4.extract_lane(e, 0), e1 = i32x4.extract_lane(e, 1), e2 = i32x4.extract_lane(e, 2);
    const starts = i32x4(from, e0, e1, e2);
    const lengths = i32x4.sub(e, starts);
    const pair = i32x4.max_s(lengths, v128.shuffle<i32>(lengths, lengths, 2, 3, 0, 1));
    const longest = max(i32x4.extract_lane(pair, 0), i32x4.extract_lane(pair, 1));
    hashFour(inputs + from, inputs + e0, inputs + e1, inputs + e2, lengths, longest);
    storeDigests(digests + 32 * item);
    from = i32x4.extract_lane(e, 3);
  }
}

/** Keeps the first `bytes` bytes of each of `count` digests, one behind the other. */
export function packDigests(count: i32, bytes: i32): void {
  // Whole digests are moved, in ascending order: what is too much is overwritten by the next, and none before it is read.
  for (let row: usize = 1; row < <usize>count; row++) {
    const from = digests + 32 * row, to = digests + <usize>bytes * row;
    const low = v128.load(from), high = v128.load(from, 16);
    v128.store(to, low);
    v128.store(to, high, 16);
  }
}

/** Leaves the states of four strings of the given lengths in `state`. */
@inline function hashFour(p0: usize, p1: usize, p2: usize, p3: usize, lengths: v128, longest: i32): void {
  memory.copy(state, initial, STATE);
  for (let at = 0; at < longest; at += <i32>BLOCK) {
    const left = i32x4.sub(lengths, i32x4.splat(at));
    loadBlocks(p0 + at, p1 + at, p2 + at, p3 + at, i32x4.max_s(i32x4.splat(0), i32x4.min_s(left, i32x4.splat(64))));
    const hashed = i32x4.add(i32x4.splat(before), i32x4.min_s(lengths, i32x4.splat(at + <i32>BLOCK)));
    const last = i32x4.le_s(left, i32x4.splat(64));
    const active = i32x4.gt_s(left, i32x4.splat(0));
    if (i32x4.all_true(active)) {
      compress(state, message, hashed, last);
    } else {
      // A string that has ended keeps its state while longer ones go on.
      memory.copy(kept, state, STATE);
      compress(state, message, hashed, last);
      for (let k: usize = 0; k < STATE; k += 16) {
        v128.store(state + k, v128.bitselect(v128.load(state + k), v128.load(kept + k), active));
      }
    }
  }
}

/** The first n bytes of a block of each lane, zeros behind them, to `message`. */
@inline function loadBlocks(p0: usize, p1: usize, p2: usize, p3: usize, n: v128): void {
  const m0 = mask + BLOCK - <usize>i32x4.extract_lane(n, 0), m1 = mask + BLOCK - <usize>i32x4.extract_lane(n, 1);
  const m2 = mask + BLOCK - <usize>i32x4.extract_lane(n, 2), m3 = mask + BLOCK - <usize>i32x4.extract_lane(n, 3);
  for (let k: usize = 0; k < BLOCK; k += 16) {
    const a = v128.and(v128.load(p0 + k), v128.load(m0 + k)), b = v128.and(v128.load(p1 + k), v128.load(m1 + k));
    const c = v128.and(v128.load(p2 + k), v128.load(m2 + k)), d = v128.and(v128.load(p3 + k), v128.load(m3 + k));
    transpose(a, b, c, d, message + 4 * k, 16);
  }
}

/** Four digests of 32 bytes. */
@inline function storeDigests(out: usize): void {
  for (let k: usize = 0; k < 2; k++) {
    const from = state + 64 * k;
    transpose(v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48), out + 16 * k, 32);
  }
}

/** Word L of each vector goes to the L-th of four rows, `stride` bytes apart. */
@inline function transpose(a: v128, b: v128, c: v128, d: v128, out: usize, stride: usize): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<i32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(out + stride, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(out + 2 * stride, v128.shuffle<i64>(ef, gh, 0, 2));
  v128.store(out + 3 * stride, v128.shuffle<i64>(ef, gh, 1, 3));
}

/** Zeroes what calls with up to so many strings and bytes left, and the key. */
export function wipe(count: i32, inputBytes: i32, columnBytes: i32): void {
  memory.fill(inputs, 0, inputBytes);
  memory.fill(column, 0, columnBytes);
  memory.fill(ends, 0, 4 * (<usize>count + 4));
  memory.fill(key, 0, 64);
  memory.fill(digests, 0, 32 * ((<usize>count + 3) & ~3));
  memory.fill(initial, 0, STATE);
  memory.fill(state, 0, STATE);
  memory.fill(kept, 0, STATE);
  memory.fill(message, 0, 256);
}
