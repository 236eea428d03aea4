/**
 * How many rows a shard must have room for when items are spread over shards by a keyed hash: each shard is padded to
 * this load, so its size shows nothing. The hash is assumed uniform (pseudorandom under a run id that nobody chose).
 */
import { UsageError } from '../errors.ts';
import { log2Choose, NEGLIGIBLE_BITS, ROUNDING_LOG2 } from './log-probability.ts';

const NEGLIGIBLE: number = 2 ** -NEGLIGIBLE_BITS;

/**
 * The smallest load L such that more than L of `items` uniformly hashed items fall into any one of `shards` shards with
 * probability at most 2^failureLog2, by the exact binomial tail and a union bound over the shards.
 */
export function shardLoad(items: number, shards: number, failureLog2: number): number {
  if (!(failureLog2 < 0)) {
    throw new UsageError('Cannot size shards: failure bound is not below one', { code: 'bad-parameter' });
  }
  checkCounts(items, shards);
  // Some shard gets at least the mean, and none more than all.
  let tooSmall = Math.ceil(items / shards) - 1;
  let enough = items;
  while (enough - tooSmall > 1) {
    const middle = Math.floor((tooSmall + enough) / 2);
    if (shardOverflowLog2(items, shards, middle) <= failureLog2) enough = middle;
    else tooSmall = middle;
  }
  return enough;
}

/** log2 of the bound on the probability that any shard gets more than `load` items: shards * P[Bin(items, 1/shards) > load]. */
export function shardOverflowLog2(items: number, shards: number, load: number): number {
  checkCounts(items, shards);
  if (load >= items) return -Infinity;
  // A median is not below the mean rounded down: two shards or more exceed less than that with probability one half each.
  if (shards === 1 || load < Math.floor(items / shards)) return 0;
  const first = load + 1;
  const log2Miss = Math.log1p(-1 / shards) * Math.LOG2E;
  const log2First = log2Choose(items, first) - first * Math.log2(shards) + (items - first) * log2Miss;
  // All terms as multiples of the first one. Beyond the mean they fall, ever faster.
  let term = 1;
  let sum = 1;
  for (let k = first; k < items; k++) {
    term *= (items - k) / ((k + 1) * (shards - 1));
    sum += term;
    if (term * (items - k) < sum * NEGLIGIBLE) break;
  }
  return Math.min(0, log2First + Math.log2(sum * shards) + ROUNDING_LOG2);
}

function checkCounts(items: number, shards: number): void {
  if (!Number.isSafeInteger(items) || items < 0 || !Number.isSafeInteger(shards) || shards < 1) {
    throw new UsageError('Cannot size shards: items or shards is not a whole number', { code: 'bad-parameter' });
  }
}
