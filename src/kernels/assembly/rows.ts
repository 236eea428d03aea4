/**
 * Packed rows (src/crypto/rows.ts is the reference) in WebAssembly SIMD: changing their width, and gathering them. The host
 * lays out the memory and passes addresses. Rows are at most 16 bytes wide and worked on as one vector; reading and
 * writing go up to 15 bytes beyond a row, so the host leaves room behind the last one.
 */

/** Ones in 16 bytes, then zeros: a vector from byte 16 - n on has n bytes of ones. */
const mask: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** Rows of `width` bytes as rows of `to` bytes; of each, `kept` bytes. */
export function resize(rows: usize, width: usize, count: i32, kept: usize, to: usize, out: usize): void {
  const own = v128.load(mask + 16 - kept);
  // Upwards: what a row writes beyond its end is overwritten by the next one.
  for (let i = 0; i < count; i++) {
    v128.store(out, v128.and(v128.load(rows), own));
    rows += width;
    out += to;
  }
}

/** `count` times `share` rows of `width` bytes, each the row with its number plus the one that these `share` have in common. */
export function gather(
  rows: usize, width: usize, numbers: usize, added: usize, count: i32, share: i32, out: usize,
): void {
  for (let i = 0; i < count; i++) {
    const common = v128.load(added);
    for (let k = 0; k < share; k++) {
      v128.store(out, v128.xor(common, v128.load(rows + width * <usize>load<u32>(numbers))));
      numbers += 4;
      out += width;
    }
    added += width;
  }
}
