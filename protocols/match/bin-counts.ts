/**
 * Sizes of the asker's table for small runs of one shard, by its bucket: `cuckooSize` at 2^-42. The search for one takes
 * milliseconds, which parties of such runs would spend with every plan; a test computes all anew.
 */
import { type CuckooSize, cuckooSize } from '../../src/crypto/cuckoo-size.ts';

/** log2 of the failure that these sizes are for. */
export const TABLED_FAILURE_LOG2 = -42;

export const TABLED_SIZES: ReadonlyMap<number, CuckooSize> = new Map([
  [64, { bins: 215, failureLog2: -42.03044 }],
  [128, { bins: 295, failureLog2: -42.017513 }],
  [256, { bins: 404, failureLog2: -42.013882 }],
  [512, { bins: 675, failureLog2: -42.096826 }],
  [1_024, { bins: 1_305, failureLog2: -42.750379 }],
  [2_048, { bins: 2_564, failureLog2: -42.819617 }],
  [4_096, { bins: 5_081, failureLog2: -42.1432 }],
  [8_192, { bins: 10_159, failureLog2: -64.588793 }],
]);

/** The table for `itemCapacity` items in a run of `shards` shards. */
export function binCount(itemCapacity: number, shards: number): CuckooSize {
  const tabled = shards === 1 ? TABLED_SIZES.get(itemCapacity) : undefined;
  return tabled ?? cuckooSize(itemCapacity, { failureLog2: TABLED_FAILURE_LOG2, shards });
}
