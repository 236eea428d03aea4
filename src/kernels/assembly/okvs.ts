/**
 * The random band OKVS (src/crypto/okvs.ts is the reference and says what it is) in WebAssembly SIMD. The host lays out
 * the memory and passes addresses; long loops are called in ranges, so that the host can pause between them.
 *
 * Sorting and look-ups are addressed by the keys' rows: by a party's own keys, which only a local attacker could see.
 */
import {
  BAND_BYTES, blocks, decodeRows, eliminateEach, loadKeys, loadSalt, loadValue, placeStarts, ROW_BYTES, solveGroups,
  state, storeValue, uniformIndex, wipeRows,
} from './band-rows';
import { chachaBlocks } from './generated/chacha20-lanes';

export { placeStarts };

/** A block of rows in their order. */
const BLOCK: i32 = 512;
const block: usize = memory.data(512 * 64, 64);

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/**
 * Bands (n x 32) and first columns (n x 4) of n keys (n x 16), n a multiple of 4; `range` is columns - 255. Where there are
 * `labels` (n x 4), each is added to the salt's last word; where there are `masked` values, each gets its key's mask.
 */
export function expandRows(
  salt: usize, labels: usize, keys: usize, count: i32, range: u32, bands: usize, starts: usize, masked: usize,
  words: i32,
): void {
  loadSalt(salt);
  const last = v128.load32_splat(salt + 28);
  const valueBytes = <usize>(4 * words);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    if (labels != 0) v128.store(state, v128.xor(last, v128.load(labels + 4 * i)), 176);
    loadKeys(keys + 16 * i);
    chachaBlocks(blocks, state);
    for (let lane: usize = 0; lane < 4; lane++) {
      const block = blocks + 64 * lane;
      const band = bands + BAND_BYTES * (i + lane);
      v128.store(band, v128.load(block));
      v128.store(band, v128.load(block, 16), 16);
      store<u32>(starts + 4 * (i + lane), uniformIndex(load<u32>(block, 32), load<u32>(block, 36), range));
      if (masked != 0) addValue(masked + valueBytes * (i + lane), words, v128.load(block, 40));
    }
  }
}

/** Counts the starts of a range of rows: next[start + 1]++. */
export function countStarts(starts: usize, from: i32, to: i32, next: usize): void {
  for (let i: usize = from; i < <usize>to; i++) {
    const at = next + 4 * (<usize>load<u32>(starts + 4 * i) + 1);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Puts a range of rows into the order of their starts, equal ones in the order of the keys. */
export function orderRows(starts: usize, from: i32, to: i32, next: usize, order: usize): void {
  for (let i: usize = from; i < <usize>to; i++) {
    const at = next + 4 * <usize>load<u32>(starts + 4 * i);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(order + 4 * <usize>place, <u32>i);
  }
}

@inline function addValue(at: usize, words: i32, value: v128): void {
  storeValue(at, words, v128.xor(loadValue(at, words), value));
}

/**
 * Copies rows order[from..from+count) into the block. Rows lie all over the memory: read in a loop of its own, many of
 * them are on their way at once, while the work on a row would wait for each.
 */
function gather(order: usize, from: i32, count: i32, bands: usize, starts: usize): void {
  order += 4 * <usize>from;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(order + 4 * i);
    const band = bands + BAND_BYTES * <usize>row;
    const to = block + ROW_BYTES * i;
    v128.store(to, v128.load(band));
    v128.store(to, v128.load(band, 16), 16);
    store<u32>(to, load<u32>(starts + 4 * <usize>row), 48);
    store<u32>(to, row, 52);
  }
}

function gatherValues(values: usize, words: i32, count: i32): void {
  const valueBytes = <usize>(4 * words);
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = block + ROW_BYTES * i;
    v128.store(row, loadValue(values + valueBytes * <usize>load<u32>(row, 52), words), 32);
  }
}

/**
 * Gaussian elimination of rows order[from..to): each is reduced by the owners of its lowest columns until a column is
 * its own. Returns the place of the first dependent row, or -1.
 */
export function eliminate(
  order: usize, from: i32, to: i32, bands: usize, starts: usize, values: usize, words: i32, slots: usize,
): i32 {
  for (let at = from; at < to; at += BLOCK) {
    const count = min(BLOCK, to - at);
    gather(order, at, count, bands, starts);
    gatherValues(values, words, count);
    const dependent = eliminateEach(false, block, count, slots);
    if (dependent >= 0) return at + dependent;
  }
  return -1;
}

/** Solves groups [from, to) of four columns, last one first. */
export function backSubstitute(slots: usize, table: usize, words: i32, from: i32, to: i32): void {
  solveGroups(false, slots, table, words, from, to);
}

/**
 * Decodes rows order[from..to); the value of row i goes to out[i]. `built` is the number of groups that are in the ring
 * or were; returns the new one. `table` has room for `groups` whole groups.
 */
export function decode(
  order: usize, from: i32, to: i32, bands: usize, starts: usize, table: usize, words: i32, groups: i32, out: usize,
  built: i32,
): i32 {
  for (let at = from; at < to; at += BLOCK) {
    const count = min(BLOCK, to - at);
    gather(order, at, count, bands, starts);
    built = decodeRows(block, count, table, words, groups, built);
    scatterValues(out, words, count);
  }
  return built;
}

/** Values are added to what is there: zeros, or masks. */
function scatterValues(out: usize, words: i32, count: i32): void {
  const valueBytes = <usize>(4 * words);
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = block + ROW_BYTES * i;
    addValue(out + valueBytes * <usize>load<u32>(row, 52), words, v128.load(row, 32));
  }
}

/** Zeroes what stands outside the host's part. */
export function wipe(): void {
  wipeRows();
  memory.fill(block, 0, 64 * <usize>BLOCK);
}
