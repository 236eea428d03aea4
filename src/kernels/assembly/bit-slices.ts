/**
 * Rows of bits to bit slices and back (src/crypto/bit-slices.ts is the reference and says what they are) in WebAssembly
 * SIMD: 128 rows x 32 bits at a time, as four blocks of 32 x 32 in the lanes of 32 vectors. The host writes the inputs at
 * the exported addresses, calls, reads, and calls `wipe`. No branch or address depends on content.
 */

/** Room for rows, and for slices, in bytes. */
export const ROOM: i32 = 131072;
export const rows: usize = memory.data(131072, 16);
export const slices: usize = memory.data(131072, 16);

/** Vector k holds rows k, 32 + k, 64 + k and 96 + k; after the exchange bit k of all rows. */
const block: usize = memory.data(32 * 16, 16);

/** Slices the 32-bit words of 128 `groups` of rows from byte `first` on; slices are `stride` bytes apart. */
export function toSlices(groups: i32, rowBytes: i32, first: i32, bits: i32, stride: i32): void {
  const quarter = 32 * <usize>rowBytes;
  for (let group: usize = 0; group < <usize>groups; group++) {
    for (let bit: i32 = 0; bit < bits; bit += 32) {
      let from = rows + 4 * quarter * group + <usize>first + <usize>(bit >> 3);
      for (let at = block; at < block + 512; at += 16, from += <usize>rowBytes) {
        let row = v128.load32_zero(from);
        row = v128.load32_lane(from + quarter, row, 1);
        row = v128.load32_lane(from + 2 * quarter, row, 2);
        v128.store(at, v128.load32_lane(from + 3 * quarter, row, 3));
      }
      transpose();
      const width = <usize>min(32, bits - bit);
      const to = slices + <usize>bit * <usize>stride + 16 * group;
      for (let k: usize = 0; k < width; k++) v128.store(to + k * <usize>stride, v128.load(block + 16 * k));
    }
  }
}

/** The inverse: whole words from byte `first` on are written, with zeros above the last bit. */
export function fromSlices(groups: i32, rowBytes: i32, first: i32, bits: i32, stride: i32): void {
  const quarter = 32 * <usize>rowBytes;
  for (let group: usize = 0; group < <usize>groups; group++) {
    for (let bit: i32 = 0; bit < bits; bit += 32) {
      const width = <usize>min(32, bits - bit);
      const from = slices + <usize>bit * <usize>stride + 16 * group;
      for (let k: usize = 0; k < width; k++) v128.store(block + 16 * k, v128.load(from + k * <usize>stride));
      for (let k = width; k < 32; k++) v128.store(block + 16 * k, i64x2.splat(0));
      transpose();
      let to = rows + 4 * quarter * group + <usize>first + <usize>(bit >> 3);
      for (let at = block; at < block + 512; at += 16, to += <usize>rowBytes) {
        const row = v128.load(at);
        v128.store32_lane(to, row, 0);
        v128.store32_lane(to + quarter, row, 1);
        v128.store32_lane(to + 2 * quarter, row, 2);
        v128.store32_lane(to + 3 * quarter, row, 3);
      }
    }
  }
}

/** Exchanges bit c of vector r with bit r of vector c, in each lane. */
function transpose(): void {
  exchange(16, 0x0000ffff);
  exchange(8, 0x00ff00ff);
  exchange(4, 0x0f0f0f0f);
  exchange(2, 0x33333333);
  exchange(1, 0x55555555);
}

/** Sub-blocks of `size` x `size`: the upper one of each pair's left half with the lower one's right half. */
@inline function exchange(size: i32, halves: i32): void {
  const step = 16 * <usize>size;
  const mask = i32x4.splat(halves);
  for (let pair = block; pair < block + 512; pair += 2 * step) {
    for (let at = pair; at < pair + step; at += 16) {
      const upper = v128.load(at), lower = v128.load(at + step);
      const exchanged = v128.and(v128.xor(i32x4.shr_u(upper, size), lower), mask);
      v128.store(at + step, v128.xor(lower, exchanged));
      v128.store(at, v128.xor(upper, i32x4.shl(exchanged, size)));
    }
  }
}

/** Zeroes all that calls left. */
export function wipe(rowBytes: i32, sliceBytes: i32): void {
  memory.fill(rows, 0, rowBytes);
  memory.fill(slices, 0, sliceBytes);
  memory.fill(block, 0, 512);
}
