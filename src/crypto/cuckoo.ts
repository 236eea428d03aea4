/**
 * Stashless cuckoo table: every item has three different bins and sits alone in one of them. Used as in circuit PSI
 * (Pinkas, Schneider, Tkachenko, Yanai, eprint 2019/241), without a stash.
 *
 * Positions and paths depend on the placing party's own items (local attacker only). Whether placement succeeded is
 * visible to the peers: hence the bound, and no second attempt under the same run id. Equal items are the caller's to
 * remove: four copies have no placement.
 *
 * Placement by breadth-first augmenting paths (bipartite matching) fails only if no placement exists at all; a random
 * walk of limited length could fail earlier, and the bound of cuckoo-size.ts would not cover it.
 */
import { InternalError, UsageError } from '../errors.ts';
import { asWords } from './bytes.ts';
import { RECORD_BYTES } from './record.ts';
import { ranges, type Steps } from './steps.ts';
import { uniformIndex } from './uniform-index.ts';

export const CUCKOO_POSITIONS = 3;

const DIGEST_WORDS = RECORD_BYTES / 4;
/** Items between two pauses: 1 to 3 ms of work. */
const SLICE = 1024;

/** Bins of items, and placement; the reference or its twin in WebAssembly. */
export interface Cuckoo {
  /** See `cuckooPositions`. */
  positions(digests: Uint8Array, bins: number): Steps<Uint32Array>;
  /** See `cuckooInsert`. */
  insert(positions: Uint32Array, bins: number): Steps<Int32Array>;
  /** See `cuckooWriteDigests`. */
  writeDigests(records: Uint8Array, placed: PlacedDigests): Steps<void>;
}

export interface PlacedDigests {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** The item of each bin, -1 where there is none. */
  readonly itemOfBin: Int32Array;
}

/**
 * Three different uniform bins for each item (n x 3), from pseudorandom 32-byte item digests (n x 32, row-major)
 * under the run id. Bytes 0 to 23 of a digest are three little-endian 64-bit fractions, which draw one of B, one of
 * the B - 1 remaining and one of the B - 2 remaining bins.
 */
export function* cuckooPositions(digests: Uint8Array, bins: number): Steps<Uint32Array> {
  const count = checkDigests(digests, bins);
  const words = asWords(digests);
  const positions = new Uint32Array(count * CUCKOO_POSITIONS);
  for (let from = 0; from < count; from += SLICE) {
    for (let item = from; item < Math.min(from + SLICE, count); item++) {
      const at = item * DIGEST_WORDS;
      const first = uniformIndex(words[at + 1], words[at], bins);
      let second = uniformIndex(words[at + 3], words[at + 2], bins - 1);
      let third = uniformIndex(words[at + 5], words[at + 4], bins - 2);
      if (second >= first) second++;
      // Step over the two taken bins in ascending order.
      if (third >= Math.min(first, second)) third++;
      if (third >= Math.max(first, second)) third++;
      positions[item * CUCKOO_POSITIONS] = first;
      positions[item * CUCKOO_POSITIONS + 1] = second;
      positions[item * CUCKOO_POSITIONS + 2] = third;
    }
    yield;
  }
  return positions;
}

/** The number of digests. @throws RangeError, UsageError */
export function checkDigests(digests: Uint8Array, bins: number): number {
  if (digests.length % RECORD_BYTES !== 0) throw new RangeError('Cannot place items: digests are not n x 32');
  checkCount('bins', bins, CUCKOO_POSITIONS);
  return digests.length / RECORD_BYTES;
}

/** The table while it is filled, with the scratch space of the search. */
interface Placement {
  readonly positions: Uint32Array;
  /** Bin -> item, or -1. */
  readonly owners: Int32Array;
  /** Bins in the order in which the current search reached them. */
  readonly queue: Int32Array;
  /** Bin -> the bin whose owner could move here, or -1 for a bin of the new item itself. */
  readonly cameFrom: Int32Array;
  /** Bin -> number of the last search that reached it: no clearing between searches. */
  readonly reachedIn: Uint32Array;
}

/**
 * Places every item (`positions`: n x 3 bins). Returns bin -> item index, or -1 for an empty bin. The expected work
 * per item is constant at the loads of cuckooSize.
 * @throws InternalError `table-full` if no placement exists.
 */
export function* cuckooInsert(positions: Uint32Array, bins: number): Steps<Int32Array> {
  checkCount('bins', bins, CUCKOO_POSITIONS);
  const count = positions.length / CUCKOO_POSITIONS;
  const placement: Placement = {
    positions,
    owners: new Int32Array(bins).fill(-1),
    queue: new Int32Array(bins),
    cameFrom: new Int32Array(bins),
    reachedIn: new Uint32Array(bins),
  };
  for (let from = 0; from < count; from += SLICE) {
    for (let item = from; item < Math.min(from + SLICE, count); item++) {
      if (!insert(placement, item)) throw tableFull();
    }
    yield;
  }
  return placement.owners;
}

/** Overwrites in `records` (bins x 32) those of bins that have an item with its digest. */
function* cuckooWriteDigests(records: Uint8Array, placed: PlacedDigests): Steps<void> {
  checkRecords(records, placed);
  const { digests, itemOfBin } = placed;
  const width = RECORD_BYTES;
  for (const [from, to] of ranges(itemOfBin.length, SLICE)) {
    for (let bin = from; bin < to; bin++) {
      const item = itemOfBin[bin];
      if (item >= 0) records.set(digests.subarray(item * width, (item + 1) * width), bin * width);
    }
    yield;
  }
}

/** All in plain TypeScript. */
export const referenceCuckoo: Cuckoo = {
  positions: cuckooPositions,
  insert: cuckooInsert,
  writeDigests: cuckooWriteDigests,
};

/** @throws RangeError where records are not one for each bin, or a bin has an item without a digest */
export function checkRecords(records: Uint8Array, { digests, itemOfBin }: PlacedDigests): void {
  const count = checkDigests(digests, CUCKOO_POSITIONS);
  if (records.length !== itemOfBin.length * RECORD_BYTES) {
    throw new RangeError('Cannot fill records: not one for each bin');
  }
  let largest = -1;
  for (let bin = 0; bin < itemOfBin.length; bin++) largest = Math.max(largest, itemOfBin[bin]);
  if (largest >= count) throw new RangeError('Cannot fill records: no such item');
}

export function tableFull(): InternalError {
  return new InternalError('Cannot place items: some of them have too few bins in common', {
    code: 'table-full',
    remedy: 'Start a new run: its fresh run id gives other bins.',
  });
}

/** Breadth-first search from the item's own bins for the nearest empty one; moves the items on the path there. */
function insert(placement: Placement, item: number): boolean {
  const { owners, queue } = placement;
  let tail = reach(placement, item, -1, 0);
  for (let head = 0; head < tail; head++) {
    const bin = queue[head];
    if (owners[bin] < 0) {
      shiftAlong(placement, bin, item);
      return true;
    }
    tail = reach(placement, item, bin, tail);
  }
  return false;
}

/** Appends to the queue the bins that the owner of `from` (the new item itself if -1) could move to; the new tail. */
function reach(placement: Placement, item: number, from: number, tail: number): number {
  const { positions, owners, queue, cameFrom, reachedIn } = placement;
  const mover = from < 0 ? item : owners[from];
  let end = tail;
  for (let i = 0; i < CUCKOO_POSITIONS; i++) {
    const bin = positions[mover * CUCKOO_POSITIONS + i];
    if (reachedIn[bin] === item + 1) continue;
    reachedIn[bin] = item + 1;
    cameFrom[bin] = from;
    queue[end++] = bin;
  }
  return end;
}

/** From the empty bin back: every owner moves one bin ahead, the new item takes the first. */
function shiftAlong({ owners, cameFrom }: Placement, empty: number, item: number): void {
  let bin = empty;
  while (cameFrom[bin] >= 0) {
    owners[bin] = owners[cameFrom[bin]];
    bin = cameFrom[bin];
  }
  owners[bin] = item;
}

export function checkCount(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`Cannot size cuckoo table: ${what} is not an integer of at least ${least}`, {
      code: 'bad-parameter',
    });
  }
}
