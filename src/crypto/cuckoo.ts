/**
 * Stashless cuckoo table: every item has three different bins and sits alone in one of them. Used as in circuit PSI
 * (Pinkas, Schneider, Tkachenko, Yanai, eprint 2019/241), without a stash.
 *
 * Positions and paths depend on the placing party's own items (local attacker only). Whether placement succeeded is
 * visible to the peers: hence the bound, and no second attempt under the same run id. Equal items are the caller's to
 * remove: four copies have no placement.
 *
 * Placement by breadth-first augmenting paths (bipartite matching) fails only if no placement exists at all; a random
 * walk of limited length could fail earlier, and no bound below would cover it.
 *
 * Number of bins, starting size: e * m, e = max(1.27, (lambda + 256 + log2 m) / 240). 1.27 is the expansion of Pinkas,
 * Schneider, Tkachenko, Yanai (eprint 2019/241) for three positions; the line is the experimental fit for m >= 512 of
 * ladnir/cryptoTools (CuckooIndex::selectParams, used by Raghuraman, Rindal, eprint 2022/320). It is only a lower
 * limit here. What is promised is the following bound, which holds for every m and is enforced by adding bins.
 *
 * Placement fails iff some set of s items has fewer than s bins in all (Hall). Take a smallest such set. It has exactly
 * s - 1 bins, since without one item it satisfies Hall; and each of these bins belongs to at least two of its items,
 * since otherwise removing the one item would remove a bin too. Three different positions make s >= 4. For fixed s
 * items and s - 1 of B bins the probability of this is at most the smaller of
 *
 *   (a) (C(s-1,3) / C(B,3))^s                             all positions lie within the s - 1 bins;
 *   (b) (3s)! [z^3s] (e^z - 1 - z)^(s-1) / (B(B-1)(B-2))^s     and every bin is met at least twice,
 *
 * where the coefficient counts (divided by (3s)!) the maps of 3s positions onto s - 1 bins that meet each bin twice or
 * more, and is at most (e^z - 1 - z)^(s-1) / z^3s for any z > 0. So P <= sum_{s=4..m} C(m,s) C(B,s-1) min(a, b).
 *
 * (a) alone diverges near e = 1.57; with (b) the sum is below 2^-42 from e = 1.33 at m = 2^10 and at the starting size
 * from m = 2^14 on. Positions are assumed uniform: pseudorandom digests under a run id that nobody chose.
 */
import { InternalError, UsageError } from '../errors.ts';
import { asWords } from './bytes.ts';
import { log2Add, log2Choose, log2Factorial, ROUNDING_LOG2 } from './log-probability.ts';
import { ranges, type Steps } from './steps.ts';
import { uniformIndex } from './uniform-index.ts';

export const CUCKOO_POSITIONS = 3;
export const CUCKOO_DIGEST_BYTES = 32;

const DIGEST_WORDS = CUCKOO_DIGEST_BYTES / 4;
/** Terms after which products of quotients are computed anew, so that their rounding cannot grow. */
const RENEWAL = 256;
/** Items between two pauses: 1 to 3 ms of work. */
const SLICE = 1024;
/** Least bins per item. */
const MIN_EXPANSION = 1.27;
/** The fit: lambda = FIT_SLOPE e - FIT_OFFSET - log2 m. */
const FIT_OFFSET = 256;
const FIT_SLOPE = 240;

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

/** Placement fails with probability at most 2^failureLog2 in a run of `shards` tables. */
export interface CuckooTarget {
  readonly failureLog2: number;
  readonly shards: number;
}

/** A table's number of bins, and log2 of the proved bound on the probability that a run fails to place its items. */
export interface CuckooSize {
  readonly bins: number;
  readonly failureLog2: number;
}

/** The smallest number of bins >= e * m for which the proved bound meets the target. */
export function cuckooSize(itemCapacity: number, target: CuckooTarget): CuckooSize {
  checkCount('item capacity', itemCapacity, 0);
  checkCount('shards', target.shards, 1);
  if (!(target.failureLog2 < 0)) {
    throw new UsageError('Cannot size cuckoo table: failure bound is not below one', { code: 'bad-parameter' });
  }
  const lambda = Math.log2(target.shards) - target.failureLog2;
  const fit = itemCapacity === 0 ? 0 : (lambda + FIT_OFFSET + Math.log2(itemCapacity)) / FIT_SLOPE;
  const start = Math.max(3, Math.ceil(Math.max(MIN_EXPANSION, fit) * itemCapacity));
  const limits = { shards: target.shards, enough: target.failureLog2 };
  const bound = (bins: number): number => failureBound(itemCapacity, bins, limits);
  const atStart = bound(start);
  if (atStart <= target.failureLog2) return { bins: start, failureLog2: atStart };
  const bins = smallestAbove(start, (candidate) => bound(candidate) <= target.failureLog2);
  return { bins, failureLog2: bound(bins) };
}

/**
 * log2 of the proved bound on the probability that any of `shards` tables with `bins` bins cannot place
 * `itemCapacity` or fewer items; 0 where the bound says nothing, -Infinity up to three items.
 */
export function cuckooFailureLog2(itemCapacity: number, bins: number, shards: number): number {
  checkCount('item capacity', itemCapacity, 0);
  checkCount('bins', bins, 3);
  checkCount('shards', shards, 1);
  return failureBound(itemCapacity, bins, { shards, enough: 0 });
}

/** The bound, or any value above `enough` as soon as it is certain to be there. */
function failureBound(
  itemCapacity: number,
  bins: number,
  { shards, enough }: { readonly shards: number; readonly enough: number },
): number {
  const log2Shards = Math.log2(shards) + ROUNDING_LOG2;
  const log2AllTriples = log2Choose(bins, 3);
  const log2Ordered = Math.log2(bins) + Math.log2(bins - 1) + Math.log2(bins - 2);
  let sum = -Infinity;
  let z = 3;
  let sets = 0;
  let orders = 0;
  for (let s = 4; s <= Math.min(itemCapacity, bins + 1); s++) {
    if (s === 4 || s % RENEWAL === 0) {
      sets = log2Choose(itemCapacity, s) + log2Choose(bins, s - 1);
      orders = log2Factorial(3 * s);
    } else {
      // From the previous s: C(m,s) C(B,s-1) and (3s)!, each by its quotient.
      sets += Math.log2(((itemCapacity - s + 1) / s) * ((bins - s + 2) / (s - 1)));
      orders += Math.log2(3 * s * (3 * s - 1) * (3 * s - 2));
    }
    const within = s * (Math.log2(((s - 1) * (s - 2) * (s - 3)) / 6) - log2AllTriples);
    z = towardsMinimum(z, s);
    // (3s)! (e^z - 1 - z)^(s-1) / z^3s.
    const twiceCovered = orders + (s - 1) * Math.log2(Math.expm1(z) - z) - 3 * s * Math.log2(z);
    sum = log2Add(sum, sets + Math.min(within, twiceCovered - s * log2Ordered));
    if (sum + log2Shards > enough) break;
  }
  return Math.min(0, sum + log2Shards);
}

/**
 * A z nearer to the minimum of the above, where z + z^2 / (e^z - 1 - z) = 3s / (s-1), by iterating that equation from
 * the z of the previous s. Every z gives a valid bound, so it need not be exact.
 */
function towardsMinimum(previous: number, s: number): number {
  let z = previous;
  for (let i = 0; i < 2; i++) z = (3 * s) / (s - 1) - (z * z) / (Math.expm1(z) - z);
  return z;
}

/**
 * The smallest value above `insufficient` that suffices. The bound falls with every bin added: a term changes by
 * (B+1)/(B+1-k) * ((B-2)/(B+1))^s with k = s-1 < s, below one as long as -ln(1-x) <= 3x at x = k/(B+1), which holds
 * for all x up to 0.94; here x <= 1/1.27.
 */
function smallestAbove(insufficient: number, suffices: (bins: number) => boolean): number {
  let low = insufficient;
  let high = 2 * insufficient;
  while (!suffices(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Three different uniform bins for each item (n x 3), from pseudorandom 32-byte item digests (n x 32, row-major)
 * under the run id. Bytes 0 to 23 of a digest are three little-endian 64-bit fractions, which draw one of B, one of
 * the B - 1 remaining and one of the B - 2 remaining bins.
 */
export function* cuckooPositions(digests: Uint8Array, bins: number): Steps<Uint32Array> {
  const count = countDigests(digests, bins);
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
export function countDigests(digests: Uint8Array, bins: number): number {
  if (digests.length % CUCKOO_DIGEST_BYTES !== 0) throw new RangeError('Cannot place items: digests are not n x 32');
  checkCount('bins', bins, CUCKOO_POSITIONS);
  return digests.length / CUCKOO_DIGEST_BYTES;
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
  const width = CUCKOO_DIGEST_BYTES;
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
  const count = countDigests(digests, CUCKOO_POSITIONS);
  if (records.length !== itemOfBin.length * CUCKOO_DIGEST_BYTES) {
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

function checkCount(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`Cannot size cuckoo table: ${what} is not an integer of at least ${least}`, {
      code: 'bad-parameter',
    });
  }
}
