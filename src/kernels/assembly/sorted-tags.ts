/**
 * Rows in the order of their tags (src/crypto/sorted-tags.ts is the reference and says what they are) in WebAssembly. The
 * host lays out the memory and passes addresses; long loops are called in ranges, so that the host can pause between them.
 *
 * An entry is a tag of up to 12 bytes, zeros behind it, and the number of its row, as two words in an order of numbers that
 * is that of tags, then of rows. Entries go to buckets by their first bits, then to finer ones by the next, so that at
 * most a few are left to compare.
 */

/** Bits of a finer bucket. */
const FINE_BITS: u32 = 10;
const FINE: u32 = 1 << FINE_BITS;
const counts: usize = memory.data(1024 * 4, 64);

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** The first eight bytes of a tag, the first one highest; 16 bytes are read. */
@inline function tagHead(at: usize, tagBytes: u32): u64 {
  const word = bswap(load<u64>(at));
  return tagBytes >= 8 ? word : word & (<u64>-1 << (64 - 8 * tagBytes));
}

/** Bytes 8 to 11. */
@inline function tagTail(at: usize, tagBytes: u32): u32 {
  return tagBytes <= 8 ? 0 : bswap(load<u32>(at, 8)) & (<u32>-1 << (96 - 8 * tagBytes));
}

/** Entries of `count` rows, numbered from `first` on; adds to `starts` how many are in each bucket, one place further. */
export function makeEntries(
  rows: usize, rowBytes: u32, tagBytes: u32, count: u32, first: u32, bits: u32, entries: usize, starts: usize,
): void {
  for (let i: u32 = 0; i < count; i++, rows += <usize>rowBytes, entries += 16) {
    const head = tagHead(rows, tagBytes);
    store<u64>(entries, head);
    store<u64>(entries, (<u64>tagTail(rows, tagBytes) << 32) | (first + i), 8);
    const at = starts + 4 * (<usize>bucketOf(head, bits) + 1);
    store<u32>(at, load<u32>(at) + 1);
  }
}

@inline function bucketOf(head: u64, bits: u32): u32 {
  return bits == 0 ? 0 : <u32>(head >> (64 - bits));
}

/** Counts become places: starts[bucket] is where the first entry of the bucket goes. */
export function placeBuckets(starts: usize, buckets: u32): void {
  let sum: u32 = 0;
  for (let bucket: usize = 0; bucket <= <usize>buckets; bucket++) {
    sum += load<u32>(starts + 4 * bucket);
    store<u32>(starts + 4 * bucket, sum);
  }
}

/** Puts `count` entries into their buckets; then starts[bucket] is where the bucket ends. */
export function distribute(entries: usize, count: u32, bits: u32, starts: usize, out: usize): void {
  for (let i: u32 = 0; i < count; i++, entries += 16) {
    const at = starts + 4 * <usize>bucketOf(load<u64>(entries), bits);
    const place = <usize>load<u32>(at);
    store<u32>(at, <u32>place + 1);
    v128.store(out + 16 * place, v128.load(entries));
  }
}

/** Orders buckets [from, to), whose ends are in `ends`: from `entries` to the same places of `out`. */
export function orderBuckets(entries: usize, ends: usize, from: u32, to: u32, bits: u32, out: usize): void {
  for (let bucket = from; bucket < to; bucket++) {
    const first = bucket == 0 ? 0 : load<u32>(ends + 4 * <usize>bucket - 4);
    orderBucket(entries + 16 * <usize>first, load<u32>(ends + 4 * <usize>bucket) - first, bits, out + 16 * <usize>first);
  }
}

@inline function fineBucket(head: u64, bits: u32): usize {
  return counts + 4 * <usize>((head << bits) >> (64 - FINE_BITS));
}

function orderBucket(entries: usize, count: u32, bits: u32, out: usize): void {
  memory.fill(counts, 0, 4 * FINE);
  const end = entries + 16 * <usize>count;
  for (let entry = entries; entry < end; entry += 16) {
    const at = fineBucket(load<u64>(entry), bits);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let k: usize = 0; k < <usize>FINE; k++) {
    const own = load<u32>(counts + 4 * k);
    store<u32>(counts + 4 * k, sum);
    sum += own;
  }
  for (let entry = entries; entry < end; entry += 16) {
    const at = fineBucket(load<u64>(entry), bits);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    v128.store(out + 16 * <usize>place, v128.load(entry));
  }
  insertEach(out, out + 16 * <usize>count);
}

/** Insertion sort. */
function insertEach(out: usize, end: usize): void {
  for (let entry = out + 16; entry < end; entry += 16) {
    const head = load<u64>(entry), tail = load<u64>(entry, 8);
    let to = entry;
    for (; to > out; to -= 16) {
      const before = load<u64>(to - 16);
      if (before < head || (before == head && load<u64>(to - 8) <= tail)) break;
      v128.store(to, v128.load(to - 16));
    }
    store<u64>(to, head);
    store<u64>(to, tail, 8);
  }
}

/** The tags of `count` entries, packed; writes up to 4 bytes beyond. */
export function packTags(entries: usize, count: u32, tagBytes: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, entries += 16, out += <usize>tagBytes) {
    store<u64>(out, bswap(load<u64>(entries)));
    if (tagBytes > 8) store<u32>(out, bswap(<u32>(load<u64>(entries, 8) >> 32)), 8);
  }
}

/** The rows of `count` entries, packed. */
export function packRows(entries: usize, count: u32, rows: usize, rowBytes: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, entries += 16, out += <usize>rowBytes) {
    memory.copy(out, rows + <usize>(<u32>load<u64>(entries, 8)) * <usize>rowBytes, <usize>rowBytes);
  }
}

/**
 * Matches entries in order with rows in order, from row `row` on: to place i of `out` the number of the row whose tag entry
 * number i has, or -1. Returns the row where the next call begins. Rows that are out of order are passed over.
 */
export function matchEntries(
  entries: usize, count: u32, rows: usize, rowBytes: u32, tagBytes: u32, row: u32, rowCount: u32, out: usize,
): u32 {
  let next = row;
  for (let i: u32 = 0; i < count; i++, entries += 16) {
    const head = load<u64>(entries), tail = load<u64>(entries, 8);
    let found = -1;
    for (; next < rowCount; next++) {
      const at = rows + <usize>next * <usize>rowBytes;
      const own = tagHead(at, tagBytes);
      if (own < head) continue;
      if (own > head) break;
      const ownTail = tagTail(at, tagBytes);
      if (ownTail < <u32>(tail >> 32)) continue;
      if (ownTail == <u32>(tail >> 32)) found = <i32>next;
      break;
    }
    store<i32>(out + 4 * <usize>(<u32>tail), found);
  }
  return next;
}

/**
 * For rows [from, to) in order: starts[bucket] is the first row that is in the bucket or behind it, as far as the rows
 * reach; returns the next bucket. Rows that are out of order start nothing.
 */
export function indexRows(
  rows: usize, rowBytes: u32, tagBytes: u32, from: u32, to: u32, bits: u32, starts: usize, bucket: u32,
): u32 {
  let next = bucket;
  for (let row = from; row < to; row++) {
    const own = bucketOf(tagHead(rows + <usize>row * <usize>rowBytes, tagBytes), bits);
    for (; next <= own; next++) store<u32>(starts + 4 * <usize>next, row);
  }
  return next;
}

/**
 * The row of each of `count` digests' first bytes, or -1. First, in a loop of its own, for each the first row that it may
 * be, so that many reads at random places are on their way at once; then the comparisons.
 */
export function findTags(
  rows: usize, rowBytes: u32, tagBytes: u32, bits: u32, starts: usize, digests: usize, count: u32, out: usize,
): void {
  let touched: u64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const low = load<u32>(starts + 4 * <usize>bucketOf(tagHead(digests + 32 * i, tagBytes), bits));
    store<u32>(out + 4 * i, low);
    touched ^= load<u64>(rows + <usize>low * <usize>rowBytes);
  }
  store<u64>(touchedRows, touched);
  for (let i: usize = 0; i < <usize>count; i++) {
    const digest = digests + 32 * i, at = out + 4 * i;
    store<i32>(at, findFrom(rows, rowBytes, tagBytes, bits, starts, digest, load<u32>(at)));
  }
}

/** Nobody reads it: without it the loads would be none. */
const touchedRows: usize = memory.data(8, 8);

@inline function findFrom(
  rows: usize, rowBytes: u32, tagBytes: u32, bits: u32, starts: usize, digest: usize, first: u32,
): i32 {
  const head = tagHead(digest, tagBytes), tail = tagTail(digest, tagBytes);
  const end = load<u32>(starts + 4 * <usize>bucketOf(head, bits), 4);
  let low = first;
  let high = end;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    const row = rows + <usize>middle * <usize>rowBytes;
    const own = tagHead(row, tagBytes);
    if (own < head || (own == head && tagTail(row, tagBytes) < tail)) low = middle + 1;
    else high = middle;
  }
  const row = rows + <usize>low * <usize>rowBytes;
  return low < end && tagHead(row, tagBytes) == head && tagTail(row, tagBytes) == tail ? <i32>low : -1;
}
