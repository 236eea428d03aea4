import { describe, expect, it } from 'vitest';
import { Prg, type PrgDraw } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { fromUniform, SUSPICIOUS } from '../../test/redteam/statistics.ts';
import { permutationBytes, randomPermutation } from './permutation.ts';

const drawFor = (count: number, seed: number): PrgDraw =>
  new Prg(insecureSeededRng('permutation', seed)(32), new Uint8Array(0), 'test').draw(permutationBytes(count));

const permute = (count: number, seed: number): Uint32Array => finish(randomPermutation(drawFor(count, seed), count));

describe('randomPermutation', () => {
  it.each([64, 128, 4096, 2 ** 17])('contains every index below %i once', (count) => {
    expect([...permute(count, 1).sort()]).toEqual(Array.from({ length: count }, (_, k) => k));
  });

  it('is the same for the same draw and another one for another', () => {
    expect(permute(64, 1)).toEqual(permute(64, 1));
    expect(permute(64, 1)).not.toEqual(permute(64, 2));
  });

  it('takes each of the orders of four equally often', () => {
    expect(fromUniform(orders((seed) => permute(4, seed)))).toBeLessThan(SUSPICIOUS);
  });

  it('would be caught when every swap drew from all positions', () => {
    const naive = (seed: number): number[] => {
      const rng = insecureSeededRng('naive', seed);
      const order = [0, 1, 2, 3];
      for (let i = 0; i < 4; i++) {
        const j = rng(1)[0] & 3;
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    };
    expect(fromUniform(orders(naive))).toBeGreaterThan(SUSPICIOUS);
  });

  it('refuses to go on when its randomness is used up', () => {
    expect(() => finish(randomPermutation({ ...drawFor(64, 1), length: 64 }, 64))).toThrow(/used up/);
  });
});

/** How often each of the 24 orders came in 6,000 draws. */
function orders(order: (seed: number) => Iterable<number>): readonly number[] {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const key = [...order(seed)].join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Array.from({ length: 24 }, (_, k) => [...counts.values()][k] ?? 0);
}
