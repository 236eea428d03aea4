import { describe, expect, it } from 'vitest';
import { shardLoad, shardOverflowLog2 } from './sharding.ts';

/** shards * P[Bin(items, 1/shards) > load] * shards^items, exactly. */
function overflowNumerator(items: number, shards: number, load: number): bigint {
  let choose = 1n;
  let sum = 0n;
  for (let k = 0; k <= items; k++) {
    if (k > load) sum += choose * BigInt(shards - 1) ** BigInt(items - k);
    choose = (choose * BigInt(items - k)) / BigInt(k + 1);
  }
  return sum * BigInt(shards);
}

function smallestLoad(items: number, shards: number, failureBits: number): number {
  const all = BigInt(shards) ** BigInt(items);
  for (let load = 0; ; load++) {
    if (overflowNumerator(items, shards, load) << BigInt(failureBits) <= all) return load;
  }
}

describe('shardLoad', () => {
  // Odd shard counts: no probability is a power of two, so no comparison is an equality.
  it.each([
    [1, 3, 1],
    [7, 3, 5],
    [20, 3, 10],
    [100, 7, 42],
    [333, 3, 42],
    [400, 11, 40],
  ])('shardLoad equals the big-integer minimum for %i items, %i shards, 2^-%i', (items, shards, bits) => {
    expect(shardLoad(items, shards, -bits)).toBe(smallestLoad(items, shards, bits));
  });

  it('shardOverflowLog2 equals the big-integer tail at every load of 90 items in 7 shards', () => {
    const log2All = 90 * Math.log2(7);
    for (let load = 0; load < 90; load++) {
      const exact = Math.min(0, Math.log2(Number(overflowNumerator(90, 7, load))) - log2All);
      const bound = shardOverflowLog2(90, 7, load);
      expect(bound).toBeGreaterThanOrEqual(exact);
      expect(bound - exact).toBeLessThan(1e-4);
    }
  });

  it('shardLoad is all items for one shard, and none for no items', () => {
    expect([shardLoad(1000, 1, -42), shardLoad(0, 8, -42)]).toEqual([1000, 0]);
  });

  it('shardLoad meets the target and one less does not for 2^20 items in 8 shards', () => {
    const load = shardLoad(2 ** 20, 8, -42);
    expect(shardOverflowLog2(2 ** 20, 8, load)).toBeLessThanOrEqual(-42);
    expect(shardOverflowLog2(2 ** 20, 8, load - 1)).toBeGreaterThan(-42);
    expect(load).toBeGreaterThan(2 ** 17);
    expect(load).toBeLessThan(1.02 * 2 ** 17);
  });

  it('shardOverflowLog2 is certain below the mean, and impossible from all items on', () => {
    expect([0, 1, 2 ** 16].map((load) => shardOverflowLog2(2 ** 20, 8, load))).toEqual([0, 0, 0]);
    expect(shardOverflowLog2(2 ** 20, 8, 2 ** 20)).toBe(-Infinity);
    expect([-1, 0].map((load) => shardOverflowLog2(3, 8, load))).toEqual([0, 0]);
  });

  it('shardLoad refuses what is no count or no probability', () => {
    expect(() => shardLoad(10, 0, -42)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
    expect(() => shardLoad(-1, 2, -42)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
    expect(() => shardLoad(10, 2, 0)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
    expect(() => shardLoad(10, 2, Number.NaN)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
  });
});
