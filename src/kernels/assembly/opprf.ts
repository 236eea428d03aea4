/**
 * The oblivious programmable PRF (src/crypto/opprf.ts is the reference and says what it is) in WebAssembly SIMD. The host lays out
 * the memory and passes addresses; long loops are called in ranges, so that the host can pause between them.
 *
 * The three values of a record, or of a column, are worked on together, as two or three vectors of 16 bytes: a value begins `step` bytes
 * behind the one before, its own length where three have room in two vectors, and else 16. What lies behind the last one, or a shorter one, is
 * nobody's, and is cut off at the end. Each vector has a ring of tables of sums.
 *
 * Rows and look-ups are addressed by the records: a party's own, which only a local attacker could see.
 */
import {
  decodeRows, eliminateEach, RING_BYTES, ringTable, ROW_BYTES, SLOT_BYTES, slotAt, tabulateTwice, wipeRows,
} from './band-rows';
import { chachaFirstRows20 } from './generated/chacha-lanes';
import { expandRows, heapBase, openPages, openSlots, orderPart } from './row-pages';

export { decodeRows, expandRows, heapBase, openPages, openSlots, orderPart };

/**
 * Records whose targets are read before the first mask is computed: targets come from all over the bins, and so many reads are then under
 * way at once, where behind those for one block the next ones wait until its masks are computed. A multiple of 4.
 */
const BATCH: i32 = 16;
/** Of a batch: BATCH x 3 x 16 bytes. */
const masks: usize = memory.data(768, 16);
/** What they are for. */
const masked: usize = memory.data(768, 16);
/** Three values one behind the other, which take up to 48 bytes. */
const three: usize = memory.data(48, 16);
/** As in band-rows.ts, one behind the other. */
const rings: usize = memory.data(3 * 65536, 16);
/** A band without the columns before a group's end. */
const band: usize = memory.data(32, 16);
/** Ones in 16 bytes, then zeros: a vector from byte 16 - n on has n bytes of ones. */
const ones: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
], 16);

/**
 * The masked values of `count` records, in `vectors` vectors each, from secrets (n x 3 x 16) and bins (n x 3), both with room for a multiple
 * of 4 records, `targets` of all bins and what is `added` for each record, both of `bytes` bytes. Upwards: what is written behind a record's
 * values is overwritten by the next one's; there is room for it behind the last.
 */
export function maskTargets(
  salt: usize, secrets: usize, bins: usize, targets: usize, added: usize, bytes: usize, count: i32,
  out: usize, vectors: usize, step: usize,
): void {
  for (let left = count; left > 0; left -= BATCH) {
    const end = masked + 48 * <usize>min(BATCH, left);
    for (let at = masked, bin = bins; at < end; at += 48, bin += 12, added += bytes) {
      const own = v128.load(added);
      v128.store(at, v128.xor(v128.load(targets + bytes * <usize>load<u32>(bin)), own));
      v128.store(at, v128.xor(v128.load(targets + bytes * <usize>load<u32>(bin, 4)), own), 16);
      v128.store(at, v128.xor(v128.load(targets + bytes * <usize>load<u32>(bin, 8)), own), 32);
    }
    for (let at = masked, mask = masks; at < end; at += 64, mask += 64, bins += 16, secrets += 64) {
      chachaFirstRows20(mask, salt, bins, secrets);
    }
    for (let at = masked, mask = masks; at < end; at += 48, mask += 48, out += 16 * vectors) {
      v128.store(out, v128.xor(v128.load(at), v128.load(mask)));
      v128.store(out + step, v128.xor(v128.load(at, 16), v128.load(mask, 16)));
      v128.store(out + 2 * step, v128.xor(v128.load(at, 32), v128.load(mask, 32)));
    }
  }
}

/** The masks of `count` records in a bin each: n x 16, from secrets (n x 16) and bins, both with room for a multiple of 4. */
export function maskEach(salt: usize, secrets: usize, bins: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i += 4, secrets += 64, bins += 16, out += 64) {
    chachaFirstRows20(masks, salt, bins, secrets);
    memory.copy(out, masks, 16 * <usize>min(4, count - i));
  }
}

/**
 * Eliminates rows in the order of their starts; returns the number of the first dependent one of them, or -1. Their values are in
 * `values` by their numbers, and then in `solved` by their columns, in `vectors` vectors each.
 */
export function eliminateRows(
  rows: usize, count: i32, slots: usize, values: usize, solved: usize, vectors: i32,
): i32 {
  return vectors == 2
    ? eliminateEach(2, rows, count, slots, values, solved)
    : eliminateEach(3, rows, count, slots, values, solved);
}

@inline function tabulate(vectors: usize, solved: usize, group: i32): void {
  for (let k: usize = 0; k < vectors; k++) {
    const at = solved + 64 * vectors * <usize>group + 16 * k;
    const table = ringTable(rings + RING_BYTES * k, group);
    tabulateTwice(
      table, v128.load(at), v128.load(at + 16 * vectors), v128.load(at + 32 * vectors), v128.load(at + 48 * vectors),
    );
  }
}

/** Three values of `bytes` bytes each, one behind the other, as a column has them. */
@inline function placeFree(vectors: usize, at: usize, step: usize, free: usize, bytes: usize): void {
  for (let slot: usize = 0; slot < 3; slot++) v128.store(three + step * slot, v128.load(free + bytes * slot));
  for (let k: usize = 0; k < 16 * vectors; k += 16) v128.store(at + k, v128.load(three + k));
}

@inline function solveEach(
  vectors: i32, slots: usize, solved: usize, from: i32, to: i32, free: usize, bytes: usize, step: usize,
): usize {
  const width = 16 * <usize>vectors;
  for (let group = to - 1; group >= from; group--) {
    const tables = ringTable(rings, group + 1);
    // A page begins with a group.
    const first = slotAt(slots, 4 * <usize>group);
    for (let q: usize = 4; q-- > 0; ) {
      const at = solved + width * (4 * <usize>group + q);
      const slot = first + SLOT_BYTES * q;
      const b0 = load<u64>(slot);
      if (b0 == 0) {
        placeFree(vectors, at, step, free, bytes);
        free += 3 * bytes;
        continue;
      }
      const b1 = load<u64>(slot, 8), b2 = load<u64>(slot, 16), b3 = load<u64>(slot, 24);
      let a = v128.load(at), b = v128.load(at, 16), c = i64x2.splat(0);
      if (vectors > 2) c = v128.load(at, 32);
      for (let j: usize = 1; j < 4 - q; j++) {
        const own = i64x2.splat(-(<i64>(b0 >> j) & 1)), other = at + width * j;
        a = v128.xor(a, v128.and(v128.load(other), own));
        b = v128.xor(b, v128.and(v128.load(other, 16), own));
        if (vectors > 2) c = v128.xor(c, v128.and(v128.load(other, 32), own));
      }
      const shift = <u64>(4 - q), rest = 64 - shift;
      store<u64>(band, (b0 >> shift) | (b1 << rest));
      store<u64>(band, (b1 >> shift) | (b2 << rest), 8);
      store<u64>(band, (b2 >> shift) | (b3 << rest), 16);
      store<u64>(band, b3 >> shift, 24);
      for (let k: usize = 0; k < 32; k += 2) {
        const bits = <usize>load<u16>(band + k);
        const table = tables + (k << 9);
        const t0 = table + ((bits << 4) & 240), t1 = table + (bits & 240);
        const t2 = table + ((bits >> 4) & 240), t3 = table + ((bits >> 8) & 240);
        a = v128.xor(a, v128.xor(
          v128.xor(v128.load(t0), v128.load(t1, 256)),
          v128.xor(v128.load(t2, 512), v128.load(t3, 768)),
        ));
        b = v128.xor(b, v128.xor(
          v128.xor(v128.load(t0, 65536), v128.load(t1, 65792)),
          v128.xor(v128.load(t2, 66048), v128.load(t3, 66304)),
        ));
        if (vectors > 2) c = v128.xor(c, v128.xor(
          v128.xor(v128.load(t0, 131072), v128.load(t1, 131328)),
          v128.xor(v128.load(t2, 131584), v128.load(t3, 131840)),
        ));
      }
      v128.store(at, a);
      v128.store(at, b, 16);
      if (vectors > 2) v128.store(at, c, 32);
    }
    tabulate(vectors, solved, group);
  }
  return free;
}

/**
 * Solves groups [from, to) of four columns in `solved`, `vectors` vectors a column, last one first. Columns without a row take the values at
 * `free`, `bytes` bytes for each of the three, one behind the other; returns where the next one lies. `solved` and `slots` have
 * room for whole groups. The rings carry over to the next call, downwards.
 */
export function solveGroups(
  slots: usize, solved: usize, from: i32, to: i32, free: usize, bytes: usize, vectors: i32, step: usize,
): usize {
  return vectors == 2
    ? solveEach(2, slots, solved, from, to, free, bytes, step)
    : solveEach(3, slots, solved, from, to, free, bytes, step);
}

/** `count` times one of three values, which stand every `width` bytes, as `bytes` bytes. Upwards: what is written behind one is overwritten by the next. */
export function packValues(values: usize, count: i32, width: usize, bytes: usize, out: usize): void {
  for (let i = 0; i < count; i++, values += width, out += bytes) v128.store(out, v128.load(values));
}

/** Adds the values of `count` rows to those of their numbers (n x 16), of which `bytes` bytes are kept. */
export function scatterValues(rows: usize, count: i32, out: usize, bytes: usize): void {
  const own = v128.load(ones + 16 - bytes);
  for (let i = 0; i < count; i++, rows += ROW_BYTES) {
    const at = out + 16 * <usize>load<u32>(rows, 52);
    v128.store(at, v128.and(v128.xor(v128.load(at), v128.load(rows, 32)), own));
  }
}

/** Zeroes what stands outside the host's part. */
export function wipe(): void {
  wipeRows();
  memory.fill(masks, 0, 768);
  memory.fill(masked, 0, 768);
  memory.fill(three, 0, 48);
  memory.fill(rings, 0, 3 * RING_BYTES);
  memory.fill(band, 0, 32);
}
