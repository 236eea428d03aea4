import { describe, expect, it } from 'vitest';
import { bucketFor, isBucket, MAX_BUCKET, MIN_BUCKET, type SizesPerOctave } from './buckets.ts';

const FINENESS: readonly SizesPerOctave[] = [1, 2, 4, 8, 16, 32];

describe('bucketFor', () => {
  it.each([
    [1, 131_072],
    [2, 131_072],
    [4, 114_688],
    [8, 106_496],
    [16, 102_400],
    [32, 100_352],
  ] as const)('gives the smallest of %i sizes an octave that 100,000 accounts fit in', (sizes, bucket) => {
    expect(bucketFor(100_000, 64, sizes)).toBe(bucket);
  });

  it.each(FINENESS)('gives the next of all buckets for every number, with %i sizes an octave', (sizes) => {
    const all = Array.from({ length: 1025 }, (_, size) => size).filter((size) => isBucket(size, sizes));
    expect(all.length).toBe(4 * sizes + 1);
    for (let items = 0; items <= 1024; items++) {
      expect(bucketFor(items, 64, sizes)).toBe(all.find((size) => size >= items));
    }
  });

  it('gives no bucket where the floor is none', () => {
    expect(isBucket(bucketFor(1000, 100))).toBe(false);
    expect(bucketFor(3, 1024)).toBe(1024);
  });
});

describe('isBucket', () => {
  it.each([MIN_BUCKET - 1, MIN_BUCKET + 1, 65.5, Number.NaN, MAX_BUCKET + 2 ** 23, 2 * MAX_BUCKET])(
    'refuses %d however many sizes an octave has',
    (size) => {
      for (const sizes of FINENESS) expect(isBucket(size, sizes)).toBe(false);
    },
  );

  it('takes powers of two alone by default', () => {
    expect([64, 96, 1024, 1152, MAX_BUCKET].map((size) => isBucket(size))).toEqual([true, false, true, false, true]);
    expect([64, 96, 1024, 1152, MAX_BUCKET].every((size) => isBucket(size, 8))).toBe(true);
  });
});
