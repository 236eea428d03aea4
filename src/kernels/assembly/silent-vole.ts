/**
 * Expansion of a silent VOLE (src/crypto/silent-vole.ts is the reference) in WebAssembly SIMD, and the sums that check one.
 * The host lays out the memory from `heapBase` on, passes addresses and calls in short ranges, and wipes.
 */
import { wipeCode } from './expand-convolute';
import { wipeTrees } from './ggm';

export { convolve, expand, wrap } from './expand-convolute';
export { fold } from './fold';
export {
  context, fanBits, grow, levelSums, makePads, nodeCounts, padKeys, pads, root,
} from './ggm';
export { streamKey } from './public-stream';

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** Leaves [from, to) of a tree, as records (C, A) whose A is zero but at `leaf`, where it is the 16 bytes at `noise`. */
export function placeNoisy(out: usize, leaves: usize, from: u32, to: u32, leaf: u32, noise: usize): void {
  const value = v128.load(noise);
  for (let i = from; i < to; i++, out += 32) {
    v128.store(out, v128.load(leaves + 16 * <usize>i));
    v128.store(out, v128.and(value, i32x4.eq(i32x4.splat(i), i32x4.splat(leaf))), 16);
  }
}

/** The A parts of leaves [from, to) alone, `bytes` (8 or 16) each. */
export function placeNoise(out: usize, bytes: u32, from: u32, to: u32, leaf: u32, noise: usize): void {
  const value = v128.load(noise);
  for (let i = from; i < to; i++, out += <usize>bytes) {
    const own = v128.and(value, i32x4.eq(i32x4.splat(i), i32x4.splat(leaf)));
    if (bytes == 8) v128.store64_lane(out, own, 0);
    else v128.store(out, own);
  }
}

/** Zeroes inputs and temporaries outside the host's part. */
export function wipe(): void {
  wipeTrees();
  wipeCode();
}
