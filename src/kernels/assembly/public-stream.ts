/** Public choices: the words of ChaCha8 streams (RFC 8439 with 8 rounds) under a key that both parties know. */
import { chachaRows8 } from './generated/chacha-rows';

/** 32 bytes, set by the host. */
export const streamKey: usize = memory.data(32, 16);
/** Words that one call gives at most, a multiple of 64, and of 7 and 8 rows' taps. */
export const STREAM_WORDS: u32 = 7168;
export const stream: usize = memory.data(7168 * 4, 64);
/** Counter and nonce of a block. */
const input: usize = memory.data(16, 16);

/** Words from `from` (a multiple of 16) of stream `number`, `count` rounded up to a multiple of 64. */
export function drawWords(number: u32, from: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i += 64) {
    v128.store(input, i32x4((from + i) >> 4, number, 0, 0));
    chachaRows8(stream + 4 * <usize>i, streamKey, 0, streamKey + 16, 0, input, 0, i32x4(1, 0, 0, 0));
  }
}
