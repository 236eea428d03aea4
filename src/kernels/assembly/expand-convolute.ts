/**
 * The dual encoding of an expand-convolute code (src/crypto/expand-convolute.ts is the reference and says what it is) in
 * WebAssembly SIMD. The right part of the vector lies in memory as *records*: one vector (K), or two (C, A) so that a
 * random access fetches both from one cache line. All branches and addresses depend on the public code alone.
 *
 * A convolution step sums a random subset of the last 24 records. For each aligned group of four records all 16 sums are
 * tabled (the method of the four Russians), and the window is six groups, so a step costs six look-ups. A coefficient's
 * bit p mod 24 belongs to record p: a group always has the same four bits, and the group that is being computed shares
 * them with the one that is leaving the window, of which the coefficients' bits select what is still inside.
 */
import { tabulateSums } from './four-sums';
import { drawWords, stream, STREAM_WORDS } from './public-stream';

const WINDOW: u32 = 24;
const GROUPS: u32 = 6;
/** Bytes of the 16 sums of a group. */
const TABLE: usize = 256;
const TAPS: usize = 7;
const REGULAR_TAPS: usize = 4;
/** Rows whose taps are drawn together. */
const BLOCK: usize = 8;

/** Tables of the window, one set for each vector of a record. */
const tables: usize = memory.data(2 * 6 * 256, 64);

/** Multiplies both halves, elements of GF(2^64), by x modulo x^64 + x^4 + x^3 + x + 1. */
@inline function timesX(value: v128): v128 {
  const carry = i64x2.neg(i64x2.shr_u(value, 63));
  return v128.xor(i64x2.shl(value, 1), v128.and(carry, i64x2.splat(0x1b)));
}

@inline function bitMask(word: u32, bit: u32): v128 {
  return i32x4.splat(-<i32>((word >> bit) & 1));
}

/** Where the table of the k-th group of the window has the sum that bits 4 k to 4 k + 3 select; entries are 16 bytes. */
@inline function entry(table: usize, selection: u32, k: u32): usize {
  return table + <usize>((k == 0 ? selection << 4 : selection >> (4 * k - 4)) & 0xf0);
}

/** The sum of the records of the window that the low 24 bits of `selection` choose. */
@inline function windowSum(table: usize, selection: u32): v128 {
  return v128.xor(
    v128.xor(
      v128.xor(v128.load(entry(table, selection, 0)), v128.load(entry(table, selection, 1), 256)),
      v128.xor(v128.load(entry(table, selection, 2), 512), v128.load(entry(table, selection, 3), 768)),
    ),
    v128.xor(v128.load(entry(table, selection, 4), 1024), v128.load(entry(table, selection, 5), 1280)),
  );
}

/** What position j adds to its window's sum: its own value, with the record 25 back and times x where there is one. */
@inline function entering(at: usize, record: usize, j: u32): v128 {
  return j > WINDOW ? timesX(v128.xor(v128.load(at), v128.load(at - <usize>(WINDOW + 1) * record))) : v128.load(at);
}

/** Four positions from j on, of one vector of the records; `slot` is the group's place in the window. */
@inline function step(table: usize, at: usize, record: usize, j: u32, slot: u32, coefficients: usize): void {
  const low = 4 * slot;
  const c0 = load<u32>(coefficients), c1 = load<u32>(coefficients, 4);
  const c2 = load<u32>(coefficients, 8), c3 = load<u32>(coefficients, 12);
  const x0 = v128.xor(entering(at, record, j), windowSum(table, c0));
  const s1 = v128.xor(entering(at + record, record, j + 1), windowSum(table, c1 & ~(1 << low)));
  const x1 = v128.xor(s1, v128.and(x0, bitMask(c1, low)));
  const s2 = v128.xor(entering(at + 2 * record, record, j + 2), windowSum(table, c2 & ~(3 << low)));
  const x2 = v128.xor(v128.xor(s2, v128.and(x0, bitMask(c2, low))), v128.and(x1, bitMask(c2, low + 1)));
  const s3 = v128.xor(entering(at + 3 * record, record, j + 3), windowSum(table, c3 & ~(7 << low)));
  const x3 = v128.xor(
    v128.xor(s3, v128.and(x0, bitMask(c3, low))),
    v128.xor(v128.and(x1, bitMask(c3, low + 1)), v128.and(x2, bitMask(c3, low + 2))),
  );
  v128.store(at, x0);
  v128.store(at + record, x1);
  v128.store(at + 2 * record, x2);
  v128.store(at + 3 * record, x3);
  tabulateSums(table + <usize>slot * TABLE, x0, x1, x2, x3);
}

@inline function convolveRecords(pass: u32, records: usize, record: usize, from: u32, to: u32): void {
  if (from == 0) memory.fill(tables, 0, 2 * 6 * 256);
  let slot = (from >> 2) % GROUPS;
  for (let start = from; start < to; start += STREAM_WORDS) {
    const end = min(start + STREAM_WORDS, to);
    drawWords(pass, start, end - start);
    let coefficients = stream;
    for (let j = start; j < end; j += 4, coefficients += 16) {
      const at = records + <usize>j * record;
      step(tables, at, record, j, slot, coefficients);
      if (record == 32) step(tables + <usize>GROUPS * TABLE, at + 16, record, j, slot, coefficients);
      slot = slot == GROUPS - 1 ? 0 : slot + 1;
    }
  }
}

/** Positions [from, to) of one pass, multiples of 16 and 4. Ranges of a pass must come in order, without gaps. */
export function convolve(pass: u32, records: usize, record: u32, from: u32, to: u32): void {
  if (record == 16) convolveRecords(pass, records, 16, from, to);
  else convolveRecords(pass, records, 32, from, to);
}

/** Ends a pass: the last 25 of `count` records are carried over to the first 25. */
export function wrap(pass: u32, records: usize, record: u32, count: u32): void {
  const first = count & ~15;
  drawWords(pass, first, count - first + WINDOW + 1);
  for (let part: usize = 0; part < record; part += 16) {
    for (let j: u32 = 0; j <= WINDOW; j++) {
      const selection = load<u32>(stream + 4 * <usize>(count - first + j));
      const at = records + part + <usize>j * record;
      let sum = timesX(v128.xor(v128.load(at), v128.load(records + part + <usize>(count + j - WINDOW - 1) * record)));
      for (let p = count + j - WINDOW; p < count; p++) {
        sum = v128.xor(sum, v128.and(v128.load(records + part + <usize>p * record), bitMask(selection, p % WINDOW)));
      }
      v128.store(at, sum);
    }
  }
}

/** Turns the drawn words of `rows` rows (a multiple of 8) into addresses of records. */
function selectRecords(records: usize, record: u32, count: u32, rows: u32): void {
  const region = count / <u32>REGULAR_TAPS;
  const shift = record == 16 ? 4 : 5;
  let at = stream;
  for (let row: u32 = 0; row < rows; row += <u32>BLOCK) {
    for (let tap: usize = 0; tap < TAPS; tap++) {
      const regular = tap < REGULAR_TAPS;
      const bound = i32x4.splat(regular ? region : count);
      const base = i32x4.splat(<u32>records + (regular ? (<u32>tap * region) << shift : 0));
      for (let half: usize = 0; half < 4 * BLOCK; half += 16, at += 16) {
        const words = v128.load(at);
        const low = i64x2.extmul_low_i32x4_u(words, bound), high = i64x2.extmul_high_i32x4_u(words, bound);
        const index = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
        v128.store(at, i32x4.add(base, i32x4.shl(index, shift)));
      }
    }
  }
}

/** The sum of one vector, `part` bytes into the record, of the seven records of a row. */
@inline function tapped(addresses: usize, part: usize): v128 {
  const a = part + load<u32>(addresses), b = part + load<u32>(addresses, 32), c = part + load<u32>(addresses, 64);
  const d = part + load<u32>(addresses, 96), e = part + load<u32>(addresses, 128), f = part + load<u32>(addresses, 160);
  const abc = v128.xor(v128.xor(v128.load(a), v128.load(b)), v128.load(c));
  const def = v128.xor(v128.xor(v128.load(d), v128.load(e)), v128.load(f));
  return v128.xor(v128.xor(abc, def), v128.load(part + load<u32>(addresses, 192)));
}

/**
 * Adds to the rows from `from` (a multiple of 16) on, `rows` of them at `rowsC` and `rowsA`, the records that they tap. A
 * rows have `valueBytes` bytes: none, 8 or 16.
 */
export function expand(
  records: usize, valueBytes: u32, count: u32, from: u32, rows: u32, rowsC: usize, rowsA: usize,
): void {
  const most = STREAM_WORDS / <u32>TAPS;
  for (let start: u32 = 0; start < rows; start += most) {
    const own = min(most, rows - start);
    const padded = (own + 7) & ~7;
    drawWords(2, <u32>TAPS * (from + start), <u32>TAPS * padded);
    selectRecords(records, valueBytes == 0 ? 16 : 32, count, padded);
    for (let i: usize = 0; i < <usize>own; i++, rowsC += 16) {
      const addresses = stream + (i >> 3) * (4 * BLOCK * TAPS) + 4 * (i & 7);
      v128.store(rowsC, v128.xor(v128.load(rowsC), tapped(addresses, 0)));
      if (valueBytes == 16) {
        v128.store(rowsA, v128.xor(v128.load(rowsA), tapped(addresses, 16)));
      } else if (valueBytes == 8) {
        store<u64>(rowsA, load<u64>(rowsA) ^ i64x2.extract_lane(tapped(addresses, 16), 0));
      }
      rowsA += valueBytes;
    }
  }
}

export function wipeCode(): void {
  memory.fill(tables, 0, 2 * 6 * 256);
}
