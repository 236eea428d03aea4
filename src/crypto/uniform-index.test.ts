import { describe, expect, it } from 'vitest';
import { asWords } from './bytes.ts';
import { Prg } from './prg.ts';
import { uniformIndex } from './uniform-index.ts';

function exact(high: number, low: number, bound: number): number {
  return Number((((BigInt(high) << 32n) | BigInt(low)) * BigInt(bound)) >> 64n);
}

const EXTREMES = [0, 1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const BOUNDS = [1, 2, 3, 257, 65535, 65536, 1_389_364, 2 ** 31, 2 ** 32 - 1, 2 ** 32];

describe('uniformIndex', () => {
  it('uniformIndex equals the big-integer product at the extremes', () => {
    for (const bound of BOUNDS) {
      for (const high of EXTREMES) {
        for (const low of EXTREMES) expect(uniformIndex(high, low, bound)).toBe(exact(high, low, bound));
      }
    }
  });

  it('uniformIndex equals the big-integer product on 3,000 random fractions and bounds (seed 2)', () => {
    const words = asWords(new Prg(new Uint8Array(32).fill(2), new Uint8Array(), 'uniform-index test').bytes(36_000));
    for (let i = 0; i + 2 < words.length; i += 3) {
      const bound = words[i + 2] + 1;
      expect(uniformIndex(words[i], words[i + 1], bound)).toBe(exact(words[i], words[i + 1], bound));
    }
  });

  it('uniformIndex is exact where the product in doubles is not', () => {
    // 2^64 / 3 rounded up: the fraction just below and the one just above 1/3.
    expect([uniformIndex(0x5555_5555, 0x5555_5555, 3), uniformIndex(0x5555_5555, 0x5555_5556, 3)]).toEqual([0, 1]);
    expect(Math.floor(((0x5555_5555 * 2 ** 32 + 0x5555_5555) / 2 ** 64) * 3)).toBe(1);
  });
});
