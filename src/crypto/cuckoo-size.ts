/**
 * How many bins a cuckoo table has, so that every item finds its place but for a probability that is proved.
 *
 * Starting size: e * m, e = max(1.27, (lambda + 256 + log2 m) / 240). 1.27 is the expansion of Pinkas,
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
import { UsageError } from '../errors.ts';
import { checkCount } from './cuckoo.ts';
import { log2Add, log2Choose, log2Factorial, NEGLIGIBLE_BITS, ROUNDING_LOG2 } from './log-probability.ts';

/** Terms that are looked at together. Products of quotients begin anew with each such part: their rounding cannot grow. */
const RENEWAL = 256;
/** Least bins per item. */
const MIN_EXPANSION = 1.27;
/** The fit: lambda = FIT_SLOPE e - FIT_OFFSET - log2 m. */
const FIT_OFFSET = 256;
const FIT_SLOPE = 240;

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

/** A table, as the terms of its bound need it. */
interface BoundedTable {
  readonly itemCapacity: number;
  readonly bins: number;
  readonly log2AllTriples: number;
  readonly log2Ordered: number;
  /** With the rounding. */
  readonly log2Shards: number;
  readonly enough: number;
}

/** Terms of `from` to `to` - 1 items, and z of the first one. */
interface Terms {
  readonly from: number;
  readonly to: number;
  readonly z: number;
}

/** log2 of the terms so far, and z of the last one. */
interface PartSum {
  readonly log2: number;
  readonly z: number;
}

/** The bound, or any value above `enough` as soon as it is certain to be there. */
function failureBound(
  itemCapacity: number,
  bins: number,
  { shards, enough }: { readonly shards: number; readonly enough: number },
): number {
  const table: BoundedTable = {
    itemCapacity,
    bins,
    log2AllTriples: log2Choose(bins, 3),
    log2Ordered: Math.log2(bins) + Math.log2(bins - 1) + Math.log2(bins - 2),
    log2Shards: Math.log2(shards) + ROUNDING_LOG2,
    enough,
  };
  const end = Math.min(itemCapacity, bins + 1) + 1;
  let sum: PartSum = { log2: -Infinity, z: 3 };
  for (let from = 4, next = RENEWAL; from < end; from = next, next += RENEWAL) {
    const terms = { from, to: Math.min(next, end), z: towardsMinimum(sum.z, from) };
    sum = areNegligible(table, terms, sum.log2) ? { log2: sum.log2, z: terms.z } : addTerms(table, terms, sum.log2);
    if (sum.log2 + table.log2Shards > enough) break;
  }
  return Math.min(0, sum.log2 + table.log2Shards);
}

function addTerms(table: BoundedTable, { from, to, z: first }: Terms, before: number): PartSum {
  const { itemCapacity, bins, log2AllTriples, log2Ordered, log2Shards, enough } = table;
  let log2 = before;
  let z = first;
  let sets = log2Choose(itemCapacity, from) + log2Choose(bins, from - 1);
  let orders = log2Factorial(3 * from);
  for (let s = from; s < to; s++) {
    if (s > from) {
      // From the previous s: C(m,s) C(B,s-1) and (3s)!, each by its quotient.
      sets += Math.log2(((itemCapacity - s + 1) / s) * ((bins - s + 2) / (s - 1)));
      orders += Math.log2(3 * s * (3 * s - 1) * (3 * s - 2));
      z = towardsMinimum(z, s);
    }
    const within = s * (Math.log2(((s - 1) * (s - 2) * (s - 3)) / 6) - log2AllTriples);
    // (3s)! (e^z - 1 - z)^(s-1) / z^3s.
    const twiceCovered = orders + (s - 1) * Math.log2(Math.expm1(z) - z) - 3 * s * Math.log2(z);
    log2 = log2Add(log2, sets + Math.min(within, twiceCovered - s * log2Ordered));
    if (log2 + log2Shards > enough) break;
  }
  return { log2, z };
}

/**
 * Whether these terms together are too small to change the sum, as most of a large table's are. With (b), and one z for
 * all of them, the term of s + 1 items is that of s times
 *
 *   (m-s)/(s+1) (B-s+1)/s     and     (3s+1)(3s+2)(3s+3) (e^z - 1 - z) / z^3 / (B(B-1)(B-2)).
 *
 * The first factor falls with s, the second one rises. So the product is nowhere above the first factor at `from` times
 * the second at the last s, where its (3s+1)(3s+2)(3s+3) is below (3 to)^3.
 */
function areNegligible(table: BoundedTable, { from, to, z }: Terms, sum: number): boolean {
  const { itemCapacity, bins, log2Ordered } = table;
  const log2Covers = Math.log2(Math.expm1(z) - z);
  const sets = log2Choose(itemCapacity, from) + log2Choose(bins, from - 1);
  const twiceCovered = log2Factorial(3 * from) + (from - 1) * log2Covers - 3 * from * Math.log2(z);
  const falling = Math.log2(((itemCapacity - from) / (from + 1)) * ((bins - from + 1) / from));
  const rising = 3 * Math.log2((3 * to) / z) + log2Covers - log2Ordered;
  const largest = sets + twiceCovered - from * log2Ordered + (to - from) * Math.max(0, falling + rising);
  return largest + Math.log2(to - from) < sum - NEGLIGIBLE_BITS;
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
