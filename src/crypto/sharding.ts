/**
 * How many rows a shard must have room for when items are spread over shards by a keyed hash: each shard is padded to
 * this load, so its size shows nothing. The hash is assumed uniform (pseudorandom under a run id that nobody chose).
 */
import { UsageError } from '../errors.ts';
import { log2Add, log2Choose, ROUNDING_LOG2 } from './log-probability.ts';

/** The tail is summed until what is left is this far below what is there (in bits). */
const NEGLIGIBLE_BITS = 60;

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
  if (shards === 1) return 0;
  const log2Hit = -Math.log2(shards);
  const log2Miss = Math.log1p(-1 / shards) * Math.LOG2E;
  let tail = -Infinity;
  for (let k = Math.max(0, load + 1); k <= items; k++) {
    const term = log2Choose(items, k) + k * log2Hit + (items - k) * log2Miss;
    tail = log2Add(tail, term);
    // Beyond the mean the terms fall, ever faster: (items - k) of them, each below this one.
    const left = term + Math.log2(items - k);
    if (k * shards > items && left < tail - NEGLIGIBLE_BITS) break;
  }
  return Math.min(0, tail + Math.log2(shards) + ROUNDING_LOG2);
}

function checkCounts(items: number, shards: number): void {
  if (!Number.isSafeInteger(items) || items < 0 || !Number.isSafeInteger(shards) || shards < 1) {
    throw new UsageError('Cannot size shards: items or shards is not a whole number', { code: 'bad-parameter' });
  }
}
