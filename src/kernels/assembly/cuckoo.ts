/**
 * The cuckoo table (src/crypto/cuckoo.ts is the reference and says what it is) in WebAssembly. The host lays out the
 * memory, passes addresses, and calls in short ranges. Positions and paths depend on the placing party's own items.
 */

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** floor(f * bound / 2^64) for the 64 bits at `f`. */
@inline function uniformIndex(f: usize, bound: u32): u32 {
  return <u32>((<u64>load<u32>(f, 4) * bound + ((<u64>load<u32>(f) * bound) >> 32)) >> 32);
}

/** Three different bins for each of `count` digests. */
export function positions(digests: usize, count: i32, bins: u32, out: usize): void {
  for (let i = 0; i < count; i++, digests += 32, out += 12) {
    const first = uniformIndex(digests, bins);
    let second = uniformIndex(digests + 8, bins - 1);
    let third = uniformIndex(digests + 16, bins - 2);
    second += u32(second >= first);
    // Over the two taken bins in ascending order.
    third += u32(third >= min(first, second));
    third += u32(third >= max(first, second));
    store<u32>(out, first);
    store<u32>(out, second, 4);
    store<u32>(out, third, 8);
  }
}

/** Bins x 4 bytes each: owners, and of the current search queue, origins and marks. Set by `configure`. */
let owners: usize = 0;
let queue: usize = 0;
let cameFrom: usize = 0;
let reachedIn: usize = 0;
let bins3: usize = 0;

/** Where the parts lie: `items` has three bins for each item. */
export function configure(items: usize, owner: usize, queued: usize, origin: usize, mark: usize): void {
  bins3 = items;
  owners = owner;
  queue = queued;
  cameFrom = origin;
  reachedIn = mark;
}

/** Places items [from, to); returns the first one that has no place, or -1. */
export function insert(from: i32, to: i32): i32 {
  for (let item = from; item < to; item++) {
    if (!insertOne(item)) return item;
  }
  return -1;
}

/** Breadth-first search from the item's own bins for the nearest empty one; moves the items on the path there. */
function insertOne(item: i32): bool {
  // Most items find one of their own empty: the search would come to the same one.
  const own = bins3 + 12 * <usize>item;
  for (let i: usize = 0; i < 12; i += 4) {
    const owner = owners + 4 * <usize>load<u32>(own + i);
    if (load<i32>(owner) >= 0) continue;
    store<i32>(owner, item);
    return true;
  }
  let tail = reach(item, item, -1, 0);
  for (let head: usize = 0; head < tail; head++) {
    const bin = load<i32>(queue + 4 * head);
    const owner = load<i32>(owners + 4 * <usize>bin);
    if (owner < 0) {
      shiftAlong(bin, item);
      return true;
    }
    tail = reach(item, owner, bin, tail);
  }
  return false;
}

/** Appends to the queue the bins that `mover` could move to from bin `from`; the new tail. */
function reach(item: i32, mover: i32, from: i32, tail: usize): usize {
  const own = bins3 + 12 * <usize>mover;
  for (let i: usize = 0; i < 12; i += 4) {
    const bin = load<u32>(own + i);
    const at = 4 * <usize>bin;
    if (load<i32>(reachedIn + at) == item + 1) continue;
    store<i32>(reachedIn + at, item + 1);
    store<i32>(cameFrom + at, from);
    store<u32>(queue + 4 * tail, bin);
    tail++;
  }
  return tail;
}

/** From the empty bin back: every owner moves one bin ahead, the new item takes the first. */
function shiftAlong(empty: i32, item: i32): void {
  let bin = empty;
  for (;;) {
    const before = load<i32>(cameFrom + 4 * <usize>bin);
    if (before < 0) break;
    store<i32>(owners + 4 * <usize>bin, load<i32>(owners + 4 * <usize>before));
    bin = before;
  }
  store<i32>(owners + 4 * <usize>bin, item);
}

/**
 * Overwrites those of `count` records whose bin has an item with its digest. Without branches: which bins have one cannot
 * be foretold, and digests lie all over the memory, so that many of them have to be on their way at once.
 */
export function writeDigests(records: usize, itemOfBin: usize, count: i32, digests: usize): void {
  for (let bin = 0; bin < count; bin++, records += 32, itemOfBin += 4) {
    const item = load<i32>(itemOfBin);
    const digest = digests + 32 * <usize>item;
    const from = digest ^ ((digest ^ records) & <usize>(item >> 31));
    store<u64>(records, load<u64>(from));
    store<u64>(records, load<u64>(from, 8), 8);
    store<u64>(records, load<u64>(from, 16), 16);
    store<u64>(records, load<u64>(from, 24), 24);
  }
}
