/**
 * The number of bins of a cuckoo table, with a proved bound on the probability that some item finds no place: 1.24 an item, or more where
 * the bound below needs it. (1.27 is the expansion of Pinkas, Schneider, Tkachenko, Yanai, eprint 2019/241, by experiment;
 * ladnir/cryptoTools, CuckooIndex::selectParams, as in eprint 2022/320, fits 1.3 to 1.33 at 2^-40.)
 *
 * Placement fails iff some set of items has fewer bins in all than items (Hall). Among the sets with the largest deficit take a smallest one,
 * of s items and n < s bins. Each of its bins belongs to at least two of its items: without the only item of a bin, a smaller set would have
 * the same deficit. And every other item has a bin outside of them: with one that has none the deficit would be larger. For fixed s items and
 * n of B bins the probability of this is at most the smaller of (a) and (b), times (c), as items are independent, with q = C(n,3) / C(B,3):
 *
 *   (a) q^s                                                       all positions of its items lie within its bins,
 *   (b) (3s)! [z^3s] (e^z - 1 - z)^n / (B(B-1)(B-2))^s            and every bin is met at least twice,
 *   (c) (1-q)^(m-s)                                               and no other item has all of its positions there,
 *
 * where the coefficient counts (divided by (3s)!) the maps of 3s positions onto n bins that meet each bin twice or more, and is at most
 * (e^z - 1 - z)^n / z^3s for any z > 0. Three different positions make n >= 3. So P <= sum_n sum_{s>n} C(m,s) C(B,n) min(a, b) c.
 *
 * For every n the term of s = n + 1 stands for all: from one s to the next a term with (a) changes by (m-s)/(s+1) q/(1-q), which falls with
 * s, and one with (b) by 3 (m-s) (3s+1) (3s+2) / (z^3 B(B-1)(B-2) (1-q)), where (m-s)(s+1/3)(s+2/3) <= 4/27 (m+1/2)^3. Below one these are
 * quotients of geometric series.
 *
 * For large m the sum falls as m grows above 1.2294 bins an item, and rises below; without (c) that threshold is 1.297. At 1.24 it is below
 * 2^-42 from m = 2^13 on. Positions are assumed uniform: pseudorandom digests under a run id that nobody chose.
 */
import { UsageError } from '../errors.ts';
import { checkCount } from './cuckoo.ts';
import { log2Add, log2Choose, log2Factorial, NEGLIGIBLE_BITS, ROUNDING_LOG2 } from './log-probability.ts';

/** Terms that are looked at together. Products of quotients begin anew with each such part: their rounding cannot grow. */
const RENEWAL = 256;
/** Least bins per item: near those from which on the bound says nothing, so that large tables are sized by a single evaluation. */
const MIN_EXPANSION = 1.24;

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

/** 1.24 bins an item if the bound meets the target there; else a larger number that meets it while one bin fewer does not. */
export function cuckooSize(itemCapacity: number, target: CuckooTarget): CuckooSize {
  checkCount('item capacity', itemCapacity, 0);
  checkCount('shards', target.shards, 1);
  if (!(target.failureLog2 < 0)) {
    throw new UsageError('Cannot size cuckoo table: failure bound is not below one', { code: 'bad-parameter' });
  }
  const start = Math.max(3, Math.ceil(MIN_EXPANSION * itemCapacity));
  const limits = { shards: target.shards, enough: target.failureLog2 };
  const bound = (bins: number): number => failureBound(itemCapacity, bins, limits);
  const atStart = bound(start);
  if (atStart <= target.failureLog2) return { bins: start, failureLog2: atStart };
  const bins = leastAbove(start, (candidate) => bound(candidate) <= target.failureLog2);
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
  /** log2 of B(B-1)(B-2). */
  readonly log2Ordered: number;
  /** 4 (m+1/2)^3 / (B(B-1)(B-2)): what the terms with (b) change by, but for z and q. */
  readonly next: number;
  /** With the rounding. */
  readonly log2Shards: number;
  readonly enough: number;
}

/** Terms of `from` to `to` - 1 items, each for all sets with as many bins as it has, and z of the first one. */
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
  // Hall's condition fails for all items together.
  if (bins < itemCapacity) return 0;
  const log2Ordered = Math.log2(bins) + Math.log2(bins - 1) + Math.log2(bins - 2);
  const table: BoundedTable = {
    itemCapacity,
    bins,
    log2Ordered,
    next: 4 * ((itemCapacity + 0.5) / bins) * ((itemCapacity + 0.5) / (bins - 1)) * ((itemCapacity + 0.5) / (bins - 2)),
    log2Shards: Math.log2(shards) + ROUNDING_LOG2,
    enough,
  };
  const end = itemCapacity + 1;
  let sum: PartSum = { log2: -Infinity, z: 3 };
  for (let from = 4, next = RENEWAL; from < end; from = next, next += RENEWAL) {
    const terms = { from, to: Math.min(next, end), z: towardsMinimum(sum.z, from) };
    sum = areNegligible(table, terms, sum.log2) ? { log2: sum.log2, z: terms.z } : addTerms(table, terms, sum.log2);
    if (sum.log2 + table.log2Shards > enough) break;
  }
  return Math.min(0, sum.log2 + table.log2Shards);
}

function addTerms(table: BoundedTable, { from, to, z: first }: Terms, before: number): PartSum {
  const { itemCapacity, bins, log2Ordered, next, log2Shards, enough } = table;
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
    const q = shareWithin(bins, s - 1);
    const nextWithin = (((itemCapacity - s) / (s + 1)) * q) / (1 - q);
    const within = s * Math.log2(q) + log2Series(nextWithin);
    // (3s)! (e^z - 1 - z)^(s-1) / z^3s.
    const covers = orders + (s - 1) * Math.log2(Math.expm1(z) - z) - 3 * s * Math.log2(z);
    const twiceCovered = covers - s * log2Ordered + log2Series(next / z ** 3 / (1 - q));
    log2 = log2Add(log2, sets + log2NoneOf(itemCapacity - s, q) + Math.min(within, twiceCovered));
    if (log2 + log2Shards > enough) break;
  }
  return { log2, z };
}

/** q: the share of all triples of bins that lie within `within` of them. */
function shareWithin(bins: number, within: number): number {
  return (within / bins) * ((within - 1) / (bins - 1)) * ((within - 2) / (bins - 2));
}

/** log2 of (1-q)^items. */
function log2NoneOf(items: number, q: number): number {
  return items * Math.log1p(-q) * Math.LOG2E;
}

/** log2 of the sum of a geometric series that begins with 1. */
function log2Series(quotient: number): number {
  return quotient < 1 ? -Math.log1p(-quotient) * Math.LOG2E : Infinity;
}

/**
 * Whether these terms together are too small to change the sum, as most of a large table's are. With (b), and one z for
 * all of them, the term of s + 1 items without (c) is that of s times
 *
 *   (m-s)/(s+1) (B-s+1)/s     and     (3s+1)(3s+2)(3s+3) (e^z - 1 - z) / z^3 / (B(B-1)(B-2)).
 *
 * The first factor falls with s, the second one rises. So the product is nowhere above the first factor at `from` times
 * the second at the last s, where its (3s+1)(3s+2)(3s+3) is below (3 to)^3. And (c) is nowhere above that of q at `from`
 * and the least number of other items; the series are longest at the last s, where q is largest.
 */
function areNegligible(table: BoundedTable, { from, to, z }: Terms, sum: number): boolean {
  const { itemCapacity, bins, log2Ordered, next } = table;
  const log2Covers = Math.log2(Math.expm1(z) - z);
  const sets = log2Choose(itemCapacity, from) + log2Choose(bins, from - 1);
  const twiceCovered = log2Factorial(3 * from) + (from - 1) * log2Covers - 3 * from * Math.log2(z);
  const falling = Math.log2(((itemCapacity - from) / (from + 1)) * ((bins - from + 1) / from));
  const rising = 3 * Math.log2((3 * to) / z) + log2Covers - log2Ordered;
  const others = log2NoneOf(itemCapacity - to + 1, shareWithin(bins, from - 1));
  const series = log2Series(next / z ** 3 / (1 - shareWithin(bins, to - 1)));
  const first = sets + twiceCovered - from * log2Ordered + others + series;
  const largest = first + (to - from) * Math.max(0, falling + rising);
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

/** A value above `insufficient` that suffices, while the one below it does not. */
function leastAbove(insufficient: number, suffices: (bins: number) => boolean): number {
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
