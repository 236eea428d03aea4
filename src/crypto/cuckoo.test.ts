import { describe, expect, it } from 'vitest';
import { placed, randomDigests } from '../../test/support/cuckoo-tables.ts';
import { cuckooInsert, cuckooPositions } from './cuckoo.ts';
import { cuckooSize } from './cuckoo-size.ts';
import { finish } from './steps.ts';

const TARGET = { failureLog2: -42, shards: 1 };

/** Why the table is wrong, or undefined. */
function placementFault(positions: Uint32Array, owners: Int32Array): string | undefined {
  const seen = new Uint8Array(positions.length / 3);
  for (const [bin, item] of owners.entries()) {
    if (item < 0) continue;
    if (!positions.subarray(3 * item, 3 * item + 3).includes(bin)) return 'an item sits outside its bins';
    if (seen[item]++ > 0) return 'an item sits in two bins';
  }
  return seen.includes(0) ? 'an item is missing' : undefined;
}

/** Whether a placement exists, by trying every bin of every item. */
function placeable(positions: Uint32Array, item = 0, taken: ReadonlySet<number> = new Set()): boolean {
  if (3 * item === positions.length) return true;
  return [0, 1, 2].some((i) => {
    const bin = positions[3 * item + i];
    return !taken.has(bin) && placeable(positions, item + 1, new Set([...taken, bin]));
  });
}

describe('cuckooInsert', () => {
  it.each([
    [0, 3],
    [1, 20],
    [2, 20],
    [31, 20],
    [32, 20],
    [33, 20],
    [64, 20],
    [1023, 5],
    [1024, 5],
    [1025, 5],
    [5000, 3],
  ])('cuckooInsert puts each of %i items into exactly one of its bins (seeds 1 to %i)', (count, seeds) => {
    const bins = cuckooSize(count, TARGET).bins;
    for (let seed = 1; seed <= seeds; seed++) {
      const positions = finish(cuckooPositions(randomDigests(count, seed), bins));
      expect(placementFault(positions, finish(cuckooInsert(positions, bins)))).toBeUndefined();
    }
  });

  it('placementFault finds a displaced, a doubled and a missing item', () => {
    const positions = Uint32Array.of(0, 1, 2, 2, 3, 4);
    expect(placementFault(positions, Int32Array.of(0, -1, 1, -1, -1))).toBeUndefined();
    expect(placementFault(positions, Int32Array.of(1, 0, -1, -1, -1))).toBe('an item sits outside its bins');
    expect(placementFault(positions, Int32Array.of(0, 0, 1, -1, -1))).toBe('an item sits in two bins');
    expect(placementFault(positions, Int32Array.of(0, -1, -1, -1, -1))).toBe('an item is missing');
  });

  it('cuckooInsert moves items along a path when all bins of a new item are taken', () => {
    const positions = Uint32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 2, 3, 4, 3, 4, 5, 2, 3, 4);
    expect(placementFault(positions, finish(cuckooInsert(positions, 6)))).toBeUndefined();
  });

  it('cuckooInsert throws table-full when four items share the same three bins', () => {
    const positions = Uint32Array.of(5, 7, 9, 9, 5, 7, 7, 9, 5, 5, 9, 7);
    expect(placed(positions.subarray(0, 9), 12)).toBe(true);
    expect(() => finish(cuckooInsert(positions, 12))).toThrow(expect.objectContaining({ code: 'table-full' }));
  });

  it('cuckooInsert succeeds exactly when a placement exists, on 3,000 crowded tables (seed 3)', () => {
    const positions = finish(cuckooPositions(randomDigests(7 * 3000, 3), 7));
    let failures = 0;
    for (let table = 0; table < 3000; table++) {
      const some = positions.subarray(21 * table, 21 * (table + 1));
      const expected = placeable(some);
      expect(placed(some, 7)).toBe(expected);
      if (!expected) failures++;
    }
    expect(failures).toBeGreaterThan(100);
  });
});

describe('cuckooPositions', () => {
  it('cuckooPositions draws every ordered triple of five bins equally often (seed 4)', () => {
    const draws = 60_000;
    const positions = finish(cuckooPositions(randomDigests(draws, 4), 5));
    const counts = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const triple = positions.subarray(3 * i, 3 * i + 3).join();
      counts.set(triple, (counts.get(triple) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - draws / 60) ** 2 / (draws / 60);
    expect(counts.size).toBe(60);
    // 59 degrees of freedom: 119 is exceeded with probability 10^-5.
    expect(chiSquare).toBeLessThan(119);
  });

  it('cuckooPositions gives three different bins when the table has only three', () => {
    const positions = finish(cuckooPositions(randomDigests(500, 5), 3));
    for (let i = 0; i < 500; i++) expect(positions.slice(3 * i, 3 * i + 3).sort()).toEqual(Uint32Array.of(0, 1, 2));
  });

  it('cuckooPositions steps over taken bins at the ends of the range', () => {
    const lowest = new Uint8Array(32);
    const highest = new Uint8Array(32).fill(255);
    expect([...finish(cuckooPositions(lowest, 10))]).toEqual([0, 1, 2]);
    expect([...finish(cuckooPositions(highest, 10))]).toEqual([9, 8, 7]);
  });

  it('cuckooPositions reads little-endian 64-bit fractions', () => {
    const digest = new Uint8Array(32);
    digest[7] = 0x80; // one half
    digest[15] = 0x40; // one quarter
    digest[16] = 0xff; // almost nothing
    // 500; a quarter of 999 is 249; 0.
    expect([...finish(cuckooPositions(digest, 1000))]).toEqual([500, 249, 0]);
  });
});
