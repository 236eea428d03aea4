/**
 * Sums of ChaCha20 streams for small-field VOLE (src/crypto/subfield-vole.ts is the reference) in WebAssembly SIMD: a part
 * of all columns of one tree at a time, which stays in the first-level cache. The host writes keys and corrections at the
 * exported addresses, calls, reads the sums, and calls `wipe`.
 *
 * Additions, rotations, XORs and masks alone: no branch or address depends on keys, streams, or what is multiplied; which
 * columns a leaf is added to follows from its number.
 */
import { chachaRows20 } from './generated/chacha-rows';

/** Blocks of one call at most, a multiple of four. */
export const CHUNK: i32 = 64;
const CHUNK_BYTES: usize = 64 * 64;
/** Up to 2^8 leaves x 32 bytes. */
export const keys: usize = memory.data(256 * 32, 16);
/** Of all leaves. */
export const sum: usize = memory.data(64 * 64, 16);
/** Up to 8, a chunk each. */
export const columns: usize = memory.data(8 * 64 * 64, 16);
/** The received correction. */
export const received: usize = memory.data(64 * 64, 16);
/** Bits of Delta as words, all ones or zero: one for each column. */
export const masks: usize = memory.data(8 * 4, 16);

/** 64 columns, each a part of so many bytes. */
export const PART: usize = 1024;
export const parts: usize = memory.data(64 * 1024, 16);

/** Counter of a block; nonces are zero. */
const input: usize = memory.data(16, 16);
const four: usize = memory.data(4 * 64, 16);

/** Four blocks. */
@inline function add(to: usize): void {
  for (let k: usize = 0; k < 256; k += 16) v128.store(to + k, v128.xor(v128.load(to + k), v128.load(four + k)));
}

/** Blocks `counter` to `counter` + `count` of the streams of 2^depth leaves: their sum, and that of those with bit b. */
export function fold(depth: i32, counter: u32, count: i32): void {
  const bytes = <usize>((count + 3) & ~3) << 6;
  memory.fill(sum, 0, bytes);
  for (let b: usize = 0; b < <usize>depth; b++) memory.fill(columns + CHUNK_BYTES * b, 0, bytes);
  for (let leaf = 0; leaf < 1 << depth; leaf++) {
    const key = keys + 32 * <usize>leaf;
    for (let at: usize = 0; at < bytes; at += 256) {
      store<u32>(input, counter + <u32>(at >> 6));
      chachaRows20(four, key, 0, key + 16, 0, input, 0, i32x4(1, 0, 0, 0));
      add(sum + at);
      for (let b = 0; b < depth; b++) {
        if (((leaf >> b) & 1) != 0) add(columns + CHUNK_BYTES * <usize>b + at);
      }
    }
  }
}

/** Adds the sum and what was received to the columns whose mask is set. */
export function correct(depth: i32, count: i32): void {
  const bytes = <usize>((count + 3) & ~3) << 6;
  for (let at: usize = 0; at < bytes; at += 16) {
    const own = v128.xor(v128.load(sum + at), v128.load(received + at));
    for (let b: usize = 0; b < <usize>depth; b++) {
      const to = columns + CHUNK_BYTES * b + at;
      v128.store(to, v128.xor(v128.load(to), v128.and(own, v128.load32_splat(masks + 4 * b))));
    }
  }
}

/** The sum of x^c times part c, by Horner's rule, in the last part: pairs of elements of GF(2^64). */
export function evaluateAtX(): void {
  const out = parts + 63 * PART;
  for (let c: usize = 63; c-- > 0; ) {
    const part = parts + PART * c;
    for (let at: usize = 0; at < PART; at += 16) {
      const value = v128.load(out + at);
      // x^64 = x^4 + x^3 + x + 1 where the highest bit goes over.
      const over = i64x2.sub(i64x2.splat(0), i64x2.shr_u(value, 63));
      const times = v128.xor(i64x2.shl(value, 1), v128.and(over, i64x2.splat(0x1b)));
      v128.store(out + at, v128.xor(times, v128.load(part + at)));
    }
  }
}

export function wipe(): void {
  memory.fill(keys, 0, 256 * 32);
  memory.fill(sum, 0, CHUNK_BYTES);
  memory.fill(columns, 0, 8 * CHUNK_BYTES);
  memory.fill(received, 0, CHUNK_BYTES);
  memory.fill(masks, 0, 8 * 4);
  memory.fill(parts, 0, 64 * PART);
  memory.fill(four, 0, 256);
}
