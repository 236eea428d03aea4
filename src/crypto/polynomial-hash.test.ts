import { describe, expect, it } from 'vitest';
import { elementAt, oracleGf128 } from '../../test/support/gf2-oracle.ts';
import { insecureSeededRng } from '../testing.ts';
import { asBytes, asWords } from './bytes.ts';
import { PolynomialHash } from './polynomial-hash.ts';

describe('PolynomialHash', () => {
  it.each([1, 2, 3, 40])('is the polynomial of %i blocks at the point, computed with BigInt', (count) => {
    const rng = insecureSeededRng('polynomial', count);
    const [point, blocks] = [rng(16), rng(16 * count)];
    const oracle = Array.from({ length: count }, (_, i) => elementAt(blocks, i, 16)).reduce(
      (sum, block) => oracleGf128(sum, elementAt(point, 0, 16)) ^ block,
      0n,
    );
    const hashed = asBytes(new PolynomialHash(point).hash(asWords(blocks)));
    expect(elementAt(hashed, 0, 16)).toBe(oracle);
  });

  it('tells blocks apart that differ in one bit, and in their order', () => {
    const rng = insecureSeededRng('bits');
    const hash = new PolynomialHash(rng(16));
    const blocks = rng(64);
    const digest = (bytes: Uint8Array): string => hash.hash(asWords(bytes)).join();
    const seen = new Set([digest(blocks)]);
    for (let bit = 0; bit < 512; bit++)
      seen.add(digest(blocks.map((b, k) => (k === bit >> 3 ? b ^ (1 << (bit & 7)) : b))));
    seen.add(digest(new Uint8Array([...blocks.subarray(16), ...blocks.subarray(0, 16)])));
    expect(seen.size).toBe(514);
  });
});
