/** The input of four ChaCha20 blocks (RFC 8439 §2.3) as sixteen vectors, one for each word; a lane belongs to a block. */
import { chachaBlocks } from './generated/chacha20-lanes';

/** "expand 32-byte k" in all lanes. */
@inline export function putConstants(state: usize): void {
  v128.store(state, i32x4.splat(0x61707865));
  v128.store(state, i32x4.splat(0x3320646e), 16);
  v128.store(state, i32x4.splat(0x79622d32), 32);
  v128.store(state, i32x4.splat(0x6b206574), 48);
}

/** One key of 32 bytes in all lanes. */
@inline export function putKey(state: usize, key: usize): void {
  for (let k: usize = 0; k < 8; k++) v128.store(state + 16 * k, v128.load32_splat(key + 4 * k), 64);
}

/** Four blocks that follow each other; the state is that of the next four then. */
@inline export function nextFour(out: usize, state: usize): void {
  chachaBlocks(out, state);
  v128.store(state, i32x4.add(v128.load(state, 192), i32x4.splat(4)), 192);
}
