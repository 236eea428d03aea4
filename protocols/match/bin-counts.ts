/**
 * Sizes of the asker's table for runs of one shard, by the binary logarithm of its bucket: `cuckooSize` at 2^-42. Bounding
 * a table of 2^17 items takes tens of milliseconds, too long for a loop that others wait for; a test computes all anew.
 */
import { type CuckooSize, cuckooSize } from '../../src/crypto/cuckoo.ts';

/** log2 of the failure that these sizes are for. */
export const TABLED_FAILURE_LOG2 = -42;

export const TABLED_SIZES: ReadonlyMap<number, CuckooSize> = new Map([
  [6, { bins: 215, failureLog2: -42.030317 }],
  [7, { bins: 295, failureLog2: -42.017401 }],
  [8, { bins: 404, failureLog2: -42.013784 }],
  [9, { bins: 702, failureLog2: -42.321486 }],
  [10, { bins: 1365, failureLog2: -42.245432 }],
  [11, { bins: 2692, failureLog2: -42.18175 }],
  [12, { bins: 5347, failureLog2: -42.884545 }],
  [13, { bins: 10656, failureLog2: -42.985195 }],
  [14, { bins: 21300, failureLog2: -70.063749 }],
  [15, { bins: 42735, failureLog2: -75.270237 }],
  [16, { bins: 85743, failureLog2: -80.315669 }],
  [17, { bins: 172032, failureLog2: -85.358943 }],
]);

/** The table for `itemCapacity` items in a run of `shards` shards. */
export function binCount(itemCapacity: number, shards: number): CuckooSize {
  const tabled = shards === 1 ? TABLED_SIZES.get(Math.log2(itemCapacity)) : undefined;
  return tabled ?? cuckooSize(itemCapacity, { failureLog2: TABLED_FAILURE_LOG2, shards });
}
