/**
 * Sizes of the asker's table for runs of one shard, by its bucket: `cuckooSize` at 2^-42. Bounding a table of 2^17 items
 * takes tens of milliseconds, too long for a loop that others wait for; a test computes all anew.
 */
import { type CuckooSize, cuckooSize } from '../../src/crypto/cuckoo-size.ts';

/** log2 of the failure that these sizes are for. */
export const TABLED_FAILURE_LOG2 = -42;

export const TABLED_SIZES: ReadonlyMap<number, CuckooSize> = new Map([
  [64, { bins: 215, failureLog2: -42.030317 }],
  [128, { bins: 295, failureLog2: -42.017401 }],
  [256, { bins: 404, failureLog2: -42.013784 }],
  [512, { bins: 702, failureLog2: -42.321486 }],
  [1_024, { bins: 1_365, failureLog2: -42.245432 }],
  [2_048, { bins: 2_692, failureLog2: -42.18175 }],
  [4_096, { bins: 5_347, failureLog2: -42.884545 }],
  [8_192, { bins: 10_656, failureLog2: -42.985195 }],
  [16_384, { bins: 21_300, failureLog2: -70.063749 }],
  [18_432, { bins: 23_975, failureLog2: -71.079248 }],
  [20_480, { bins: 26_652, failureLog2: -71.847097 }],
  [22_528, { bins: 29_330, failureLog2: -72.541462 }],
  [24_576, { bins: 32_009, failureLog2: -73.175226 }],
  [26_624, { bins: 34_689, failureLog2: -73.758153 }],
  [28_672, { bins: 37_371, failureLog2: -74.298173 }],
  [30_720, { bins: 40_053, failureLog2: -74.800566 }],
  [32_768, { bins: 42_735, failureLog2: -75.270237 }],
  [36_864, { bins: 48_103, failureLog2: -76.127813 }],
  [40_960, { bins: 53_474, failureLog2: -76.894914 }],
  [45_056, { bins: 58_847, failureLog2: -77.588667 }],
  [49_152, { bins: 64_223, failureLog2: -78.222121 }],
  [53_248, { bins: 69_600, failureLog2: -78.8046 }],
  [57_344, { bins: 74_980, failureLog2: -79.344059 }],
  [61_440, { bins: 80_361, failureLog2: -79.846129 }],
  [65_536, { bins: 85_743, failureLog2: -80.315669 }],
  [73_728, { bins: 96_514, failureLog2: -81.172889 }],
  [81_920, { bins: 107_289, failureLog2: -81.93946 }],
  [90_112, { bins: 118_070, failureLog2: -82.633 }],
  [98_304, { bins: 128_855, failureLog2: -83.266073 }],
  [106_496, { bins: 139_644, failureLog2: -83.848414 }],
  [114_688, { bins: 150_436, failureLog2: -84.387495 }],
  [122_880, { bins: 161_233, failureLog2: -84.889479 }],
  [131_072, { bins: 172_032, failureLog2: -85.358943 }],
]);

/** The table for `itemCapacity` items in a run of `shards` shards. */
export function binCount(itemCapacity: number, shards: number): CuckooSize {
  const tabled = shards === 1 ? TABLED_SIZES.get(itemCapacity) : undefined;
  return tabled ?? cuckooSize(itemCapacity, { failureLog2: TABLED_FAILURE_LOG2, shards });
}
