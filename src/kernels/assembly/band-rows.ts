/**
 * Rows of a random band matrix (src/crypto/okvs-band.ts is the reference) in WebAssembly SIMD: elimination, back
 * substitution, sums over bands. Long loops are called in ranges, so that the host can pause between them.
 *
 * Layout. A band is 256 bits, bit j of it at column start + j. A *slot* per column holds the row whose lowest bit is
 * there, shifted so that its bit 0 is that column, and its value; a slot without a row is zero, and so has bit 0 clear.
 * A table has the address of every 64 slots. Values have up to 16 bytes and are worked on as one vector: what lies behind a
 * shorter one may be read too, adds up in the bytes that are nobody's, and is not written. There is room for it behind the last.
 *
 * Sums over a band use the method of the four Russians: for four neighbouring columns all 16 sums of their values are
 * tabled, so a band costs 64 look-ups. A band reaches over 65 such groups at most, hence a ring of 128 tables. Each stands
 * there twice, 128 tables apart, so that those of a band lie one behind the other wherever it begins. Groups that are not
 * tabled, or no longer, are only looked up for no bits: entry 0 of a table is always zero.
 */
import { tabulateSums } from './four-sums';

const RING: i32 = 128;
/** Of a ring, both times. */
export const RING_BYTES: usize = 65536;

/** ChaCha blocks of four keys. */
export const blocks: usize = memory.data(256, 16);
const ring: usize = memory.data(65536, 16);
/** A slot: 32 bytes band, 16 value, which are unused where a value has several vectors. */
export const SLOT_BYTES: usize = 48;
/** log2 of the slots of a page. */
export const PAGE_SLOTS_LOG2: usize = 6;
/** A row: 32 bytes band, 16 value as in slots, first column, number of the key, 8 unused. */
export const ROW_BYTES: usize = 64;

/** The table of a group in a ring. */
@inline export function ringTable(ring: usize, group: i32): usize {
  return ring + (<usize>(group & (RING - 1)) << 8);
}

/** Tables the sums of a group's four values, at both places. */
@inline export function tabulateTwice(table: usize, a: v128, b: v128, c: v128, d: v128): void {
  tabulateSums(table, a, b, c, d);
  tabulateSums(table + 256 * RING, a, b, c, d);
}

/** floor(f * bound) for the 64-bit fraction f; see src/crypto/uniform-index.ts. */
@inline export function uniformIndex(high: u32, low: u32, bound: u32): u32 {
  return <u32>((<u64>high * bound + ((<u64>low * bound) >> 32)) >> 32);
}

/** Counts become places: next[column] is where the first row of the column goes. */
export function placeStarts(next: usize, columns: i32): void {
  let sum: u32 = 0;
  for (let column: usize = 0; column <= <usize>columns; column++) {
    sum += load<u32>(next + 4 * column);
    store<u32>(next + 4 * column, sum);
  }
}

@inline export function slotAt(slots: usize, column: usize): usize {
  const page = <usize>load<u32>(slots + 4 * (column >> PAGE_SLOTS_LOG2));
  return page + SLOT_BYTES * (column & ((1 << PAGE_SLOTS_LOG2) - 1));
}

/**
 * Eliminates rows in the order of their starts; returns the number of the first dependent one of them, or -1. Values have `vectors`
 * vectors; more than one do not lie in the row and its slot, but by the row's number in `values` and by the slot's column in `solved`.
 */
@inline export function eliminateEach(
  vectors: i32, rows: usize, count: i32, slots: usize, values: usize, solved: usize,
): i32 {
  const wide = vectors > 1, width = 16 * <usize>vectors;
  for (let i = 0; i < count; i++) {
    const row = rows + ROW_BYTES * <usize>i;
    let b0 = load<u64>(row), b1 = load<u64>(row, 8), b2 = load<u64>(row, 16), b3 = load<u64>(row, 24);
    const own = wide ? values + width * <usize>load<u32>(row, 52) : row + 32;
    let value = v128.load(own), second = i64x2.splat(0), third = i64x2.splat(0);
    if (wide) second = v128.load(own, 16);
    if (vectors > 2) third = v128.load(own, 32);
    let column = <usize>load<u32>(row, 48);
    for (;;) {
      while (b0 == 0) {
        if ((b1 | b2 | b3) == 0) return i;
        b0 = b1;
        b1 = b2;
        b2 = b3;
        b3 = 0;
        column += 64;
      }
      const zeros = ctz(b0);
      if (zeros != 0) {
        const rest = 64 - zeros;
        b0 = (b0 >> zeros) | (b1 << rest);
        b1 = (b1 >> zeros) | (b2 << rest);
        b2 = (b2 >> zeros) | (b3 << rest);
        b3 >>= zeros;
        column += <usize>zeros;
      }
      const slot = slotAt(slots, column);
      const owner = load<u64>(slot);
      if (owner == 0) break;
      b0 ^= owner;
      b1 ^= load<u64>(slot, 8);
      b2 ^= load<u64>(slot, 16);
      b3 ^= load<u64>(slot, 24);
      const other = wide ? solved + width * column : slot + 32;
      value = v128.xor(value, v128.load(other));
      if (wide) second = v128.xor(second, v128.load(other, 16));
      if (vectors > 2) third = v128.xor(third, v128.load(other, 32));
    }
    const slot = slotAt(slots, column);
    store<u64>(slot, b0);
    store<u64>(slot, b1, 8);
    store<u64>(slot, b2, 16);
    store<u64>(slot, b3, 24);
    const to = wide ? solved + width * column : slot + 32;
    v128.store(to, value);
    if (wide) v128.store(to, second, 16);
    if (vectors > 2) v128.store(to, third, 32);
  }
  return -1;
}

/** The sum that four bits from `shift` on select of the table at `table`. */
@inline function lookUp(table: usize, bits: u64, shift: u64): v128 {
  // In one shift and one mask: sixteen bytes each.
  return v128.load(table + <usize>((shift == 0 ? bits << 4 : bits >> (shift - 4)) & 240));
}

@inline function fourGroups(table: usize, bits: u64, shift: u64): v128 {
  return v128.xor(
    v128.xor(lookUp(table, bits, shift), lookUp(table + 256, bits, shift + 4)),
    v128.xor(lookUp(table + 512, bits, shift + 8), lookUp(table + 768, bits, shift + 12)),
  );
}

/** The sum over 64 columns of the groups whose tables begin at `table`. */
@inline function wordSum(table: usize, bits: u64): v128 {
  return v128.xor(
    v128.xor(fourGroups(table, bits, 0), fourGroups(table + 1024, bits, 16)),
    v128.xor(fourGroups(table + 2048, bits, 32), fourGroups(table + 3072, bits, 48)),
  );
}

/** A value of 8 bytes is read alone: what lies behind it was just written, and would have to be waited for. */
@inline function loadValue(at: usize, bytes: usize): v128 {
  return bytes == 8 ? v128.load64_zero(at) : v128.load(at);
}

/** Writes a value of 8 or 16 bytes. */
@inline function storeValue(at: usize, bytes: usize, value: v128): void {
  if (bytes == 8) v128.store64_lane(at, value, 0);
  else v128.store(at, value);
}

/**
 * Solves groups [from, to) of four columns, last one first, whose values have 8 or 16 bytes. Columns without a row keep what they
 * have. `table` and `slots` have room for whole groups. The ring carries over to the next call, downwards.
 */
@inline export function solveGroups(slots: usize, table: usize, bytes: usize, from: i32, to: i32): void {
  for (let group = to - 1; group >= from; group--) {
    const tables = ringTable(ring, group + 1);
    // A page begins with a group.
    const first = slotAt(slots, 4 * <usize>group);
    for (let q: usize = 4; q-- > 0; ) {
      const at = table + bytes * (4 * <usize>group + q);
      const slot = first + SLOT_BYTES * q;
      const b0 = load<u64>(slot);
      if (b0 == 0) continue;
      const b1 = load<u64>(slot, 8), b2 = load<u64>(slot, 16), b3 = load<u64>(slot, 24);
      let sum = v128.load(slot, 32);
      for (let j: usize = 1; j < 4 - q; j++) {
        sum = v128.xor(sum, v128.and(loadValue(at + bytes * j, bytes), i64x2.splat(-(<i64>(b0 >> j) & 1))));
      }
      const shift = <u64>(4 - q), rest = 64 - shift;
      sum = v128.xor(sum, v128.xor(
        v128.xor(wordSum(tables, (b0 >> shift) | (b1 << rest)), wordSum(tables + 4096, (b1 >> shift) | (b2 << rest))),
        v128.xor(wordSum(tables + 8192, (b2 >> shift) | (b3 << rest)), wordSum(tables + 12288, b3 >> shift)),
      ));
      storeValue(at, bytes, sum);
    }
    tabulate(table, bytes, group);
  }
}

@inline function tabulate(table: usize, bytes: usize, group: i32): void {
  const at = table + 4 * bytes * <usize>group;
  const a = loadValue(at, bytes), b = loadValue(at + bytes, bytes);
  const c = loadValue(at + 2 * bytes, bytes), d = loadValue(at + 3 * bytes, bytes);
  tabulateTwice(ringTable(ring, group), a, b, c, d);
}

@inline function decodeEach(adding: bool, rows: usize, count: i32, table: usize, bytes: usize, groups: i32, built: i32): i32 {
  for (let i = 0; i < count; i++) {
    const row = rows + ROW_BYTES * <usize>i;
    const start = load<u32>(row, 48);
    const group = <i32>(start >> 2);
    // Groups before this row's first are not needed by any later row.
    if (built < group) built = group;
    const end = min(group + 65, groups);
    for (; built < end; built++) tabulate(table, bytes, built);
    const b0 = load<u64>(row), b1 = load<u64>(row, 8), b2 = load<u64>(row, 16), b3 = load<u64>(row, 24);
    const shift = <u64>(start & 3);
    // In two shifts: one by 64 - 0 would be no shift at all.
    const carry = 63 - shift;
    const w1 = (b1 << shift) | ((b0 >> 1) >> carry);
    const w2 = (b2 << shift) | ((b1 >> 1) >> carry);
    const w3 = (b3 << shift) | ((b2 >> 1) >> carry);
    const w4 = (b3 >> 1) >> carry;
    const tables = ringTable(ring, group);
    let sum = v128.xor(
      v128.xor(wordSum(tables, b0 << shift), wordSum(tables + 4096, w1)),
      v128.xor(wordSum(tables + 8192, w2), wordSum(tables + 12288, w3)),
    );
    sum = v128.xor(sum, lookUp(tables + 16384, w4, 0));
    v128.store(row, adding ? v128.xor(sum, v128.load(row, 32)) : sum, 32);
  }
  return built;
}

/**
 * Decodes rows in the order of their starts; a row's value is overwritten. `built` is the number of groups that are in the
 * ring or were; returns the new one. `table` has room for `groups` whole groups.
 */
export function decodeRows(rows: usize, count: i32, table: usize, bytes: usize, groups: i32, built: i32): i32 {
  return decodeEach(false, rows, count, table, bytes, groups, built);
}

/** The same, added to the rows' values. */
export function addDecoded(rows: usize, count: i32, table: usize, bytes: usize, groups: i32, built: i32): i32 {
  return decodeEach(true, rows, count, table, bytes, groups, built);
}

/** Zeroes what is here of keys, of their rows, and of the last columns of a table. */
export function wipeRows(): void {
  memory.fill(blocks, 0, 256);
  memory.fill(ring, 0, RING_BYTES);
}
