/**
 * Rows of a random band matrix (band-rows.ts) on their way from where keys are to a table. They go straight into *parts* by
 * where they start, few enough that their ends stay in the cache; then all that is to be done with the rows of a part is done
 * while they are in the second-level cache. Parts are chains of *pages*, so that they need not have the same size and that
 * slots take the room of rows that are done with. Only a local attacker could see which rows go where.
 */
import { blocks, PAGE_SLOTS_LOG2, placeStarts, ROW_BYTES, SLOT_BYTES, uniformIndex } from './band-rows';
import { chachaRows8 } from './generated/chacha-rows';

/** 48 rows or 64 slots. */
const PAGE_BYTES: usize = SLOT_BYTES << PAGE_SLOTS_LOG2;
const PAGE_ROWS: u32 = <u32>(PAGE_BYTES / ROW_BYTES);
let pages: usize = 0;
/** For each page the number of another and 1, or 0: of the one before it in its part, or of the next free one. */
let links: usize = 0;
let capacity: u32 = 0;
let used: u32 = 0;
let free: u32 = 0;

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** Begins with `count` free pages. */
export function openPages(at: usize, linksAt: usize, count: u32): void {
  pages = at;
  links = linksAt;
  capacity = count;
  used = 0;
  free = 0;
}

/** The number of a page that was free, and 1; 0 where there is none. */
@inline function takePage(): u32 {
  if (free == 0) return used < capacity ? ++used : 0;
  const page = free;
  free = load<u32>(links + 4 * <usize>(page - 1));
  return page;
}

@inline function pageAt(page: u32): usize {
  return pages + PAGE_BYTES * <usize>(page - 1);
}

/** Where the next row of a part goes. A part's head: that, how many the page has room for, the page, rows of the part. */
@inline function nextRow(head: usize): usize {
  if (load<u32>(head, 4) == 0) {
    const page = takePage();
    store<u32>(links + 4 * <usize>(page - 1), load<u32>(head, 8));
    store<u32>(head, <u32>pageAt(page));
    store<u32>(head, PAGE_ROWS, 4);
    store<u32>(head, page, 8);
  }
  const row = <usize>load<u32>(head);
  store<u32>(head, <u32>(row + ROW_BYTES));
  store<u32>(head, load<u32>(head, 4) - 1, 4);
  store<u32>(head, load<u32>(head, 12) + 1, 12);
  return row;
}

/**
 * The row of a key's block, with the number `number`, to the part of 2^shift columns in which it starts; `heads` has 16
 * bytes for each part, zeros at first. `range` is columns - 255; `offset` columns lie before the first. The host sees to it that
 * there are pages enough: one for every 48 rows, and one for each part. Returns the row, whose value is still missing.
 */
@inline function placeRow(block: usize, number: u32, range: u32, offset: u32, shift: u32, heads: usize): usize {
  const start = offset + uniformIndex(load<u32>(block, 32), load<u32>(block, 36), range);
  const row = nextRow(heads + 16 * <usize>(start >> shift));
  v128.store(row, v128.load(block));
  v128.store(row, v128.load(block, 16), 16);
  store<u32>(row, start, 48);
  store<u32>(row, number, 52);
  return row;
}

/**
 * Rows of `count` records (n x 32, room for a multiple of 4), numbered from `first` on; see placeRow. Counter and nonce of a record's
 * block are its first 16 bytes, and the row's value is the rest of the block, a hash of the record. There are several tables where
 * there are `slots` (n x 1, the number of each record's), of `columns` each.
 */
export function expandRows(
  salt: usize, records: usize, slots: usize, columns: u32, count: i32, first: u32, range: u32, shift: u32, heads: usize,
): void {
  const none = i64x2.splat(0);
  for (let i = 0; i < count; i += 4, records += 128) {
    chachaRows8(blocks, salt, 0, salt + 16, 0, records, 32, none);
    const end = min(4, count - i);
    for (let lane = 0; lane < end; lane++) {
      const offset: u32 = slots == 0 ? 0 : columns * <u32>load<u8>(slots + <usize>(i + lane));
      const block = blocks + 64 * <usize>lane;
      v128.store(placeRow(block, first + i + lane, range, offset, shift, heads), v128.load(block, 40), 32);
    }
  }
}

/**
 * Puts the rows of the part with this head, whose first column is `column`, one behind the other in the order of their
 * starts, and gives its pages back; `places`: 2^shift + 1.
 */
export function orderPart(head: usize, column: u32, shift: u32, places: usize, out: usize): void {
  memory.fill(places, 0, (<usize>4 << shift) + 4);
  const last = load<u32>(head, 8);
  const rest = PAGE_ROWS - load<u32>(head, 4);
  for (let page = last, count = rest; page != 0; page = load<u32>(links + 4 * <usize>(page - 1)), count = PAGE_ROWS) {
    const end = pageAt(page) + ROW_BYTES * <usize>count;
    for (let row = pageAt(page); row < end; row += ROW_BYTES) {
      const at = places + 4 * (<usize>(load<u32>(row, 48) - column) + 1);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  placeStarts(places, 1 << shift);
  for (let page = last, count = rest; page != 0; count = PAGE_ROWS) {
    const end = pageAt(page) + ROW_BYTES * <usize>count;
    for (let row = pageAt(page); row < end; row += ROW_BYTES) {
      const at = places + 4 * <usize>(load<u32>(row, 48) - column);
      const place = <usize>load<u32>(at);
      store<u32>(at, <u32>place + 1);
      const to = out + ROW_BYTES * place;
      for (let k: usize = 0; k < ROW_BYTES; k += 16) v128.store(to + k, v128.load(row + k));
    }
    const link = links + 4 * <usize>(page - 1);
    const before = load<u32>(link);
    store<u32>(link, free);
    free = page;
    page = before;
  }
}

/** Pages [from, to) of slots, all without a row, to the table of their addresses; false where pages are short. */
export function openSlots(slots: usize, from: u32, to: u32): bool {
  for (let k = from; k < to; k++) {
    const page = takePage();
    if (page == 0) return false;
    memory.fill(pageAt(page), 0, PAGE_BYTES);
    store<u32>(slots + 4 * <usize>k, <u32>pageAt(page));
  }
  return true;
}
