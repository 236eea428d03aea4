/**
 * The random band OKVS (src/crypto/okvs.ts is the reference and says what it is) in WebAssembly SIMD. The host lays out the
 * memory and passes addresses; long loops are called in ranges, so that the host can pause between them.
 *
 * Rows and look-ups are addressed by the keys: a party's own, which only a local attacker could see.
 */
import { addDecoded, blocks, loadValue, wipeRows } from './band-rows';
import { chachaRows20 } from './generated/chacha-rows';
import {
  backSubstitute, eliminateRows, heapBase, openPages, openSlots, orderPart, placeRow, scatterValues,
} from './row-pages';

export {
  addDecoded, backSubstitute, eliminateRows, heapBase, openPages, openSlots, orderPart, scatterValues,
};

/** The second half of the salt, with the labels of four keys. */
const uppers: usize = memory.data(64, 16);

/**
 * Rows of `count` keys (n x 16), numbered from `first` on; see placeRow. A row's value is the key's own, or zero where there
 * are no `values` (n x 1 to 4 words), plus the key's mask where `masked`. `labels` (n x 4), where there are any, are added to
 * the salt's last word. There is room for a multiple of 4 of all of them.
 */
export function expandRows(
  salt: usize, labels: usize, keys: usize, values: usize, words: i32, masked: bool, count: i32, first: u32, range: u32,
  shift: u32, heads: usize,
): void {
  const none = i64x2.splat(0);
  const upper = v128.load(salt, 16);
  for (let k: usize = 0; k < 64; k += 16) v128.store(uppers + k, upper);
  const valueBytes = <usize>(4 * words);
  for (let i = 0; i < count; i += 4) {
    if (labels != 0) {
      for (let lane: usize = 0; lane < 4; lane++) {
        store<u32>(uppers + 16 * lane, load<u32>(salt, 28) ^ load<u32>(labels + 4 * (<usize>i + lane)), 12);
      }
    }
    chachaRows20(blocks, salt, 0, uppers, 16, keys + 16 * <usize>i, 16, none);
    const end = min(4, count - i);
    for (let lane = 0; lane < end; lane++) {
      const block = blocks + 64 * <usize>lane;
      const row = placeRow(block, first + i + lane, range, shift, heads);
      // What is beyond the value's words goes nowhere.
      let value = masked ? v128.load(block, 40) : i64x2.splat(0);
      if (values != 0) value = v128.xor(value, loadValue(values + valueBytes * <usize>(i + lane), words));
      v128.store(row, value, 32);
    }
  }
}

/** Zeroes what stands outside the host's part. */
export function wipe(): void {
  wipeRows();
  memory.fill(uppers, 0, 64);
}
