import { describe, expect, it } from 'vitest';
import { elementAt, oracleGf128 } from '../../test/support/gf2-oracle.ts';
import { insecureSeededRng } from '../testing.ts';
import { asBytes, asWords } from './bytes.ts';
import { PolynomialHash } from './polynomial-hash.ts';
import type { Rng } from './rng.ts';
import { finish } from './steps.ts';

const COLUMNS = 128;
const zeros: Rng = (length) => new Uint8Array(length);
const ones: Rng = (length) => new Uint8Array(length).fill(255);

/** Row r has bit r of every column. */
function rowsOf(columns: readonly Uint8Array[]): Uint8Array {
  const rows = new Uint8Array(8 * columns[0].length * 16);
  for (const [c, column] of columns.entries()) {
    for (let r = 0; r < 8 * column.length; r++) {
      rows[16 * r + (c >> 3)] |= ((column[r >> 3] >> (r & 7)) & 1) << (c & 7);
    }
  }
  return rows;
}

function hashesOfRows(hash: PolynomialHash, rows: Uint8Array): readonly string[] {
  const hashes = finish(hash.hashColumns(asWords(rows)));
  return Array.from({ length: hashes.length / 4 }, (_, c) => hashes.subarray(4 * c, 4 * c + 4).join());
}

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

  it.each<[string, number, Rng, Rng]>([
    ['a block', 1, insecureSeededRng('one'), insecureSeededRng('point')],
    ['two blocks', 2, insecureSeededRng('two'), insecureSeededRng('point')],
    ['more blocks than between two pauses', 35, insecureSeededRng('many'), insecureSeededRng('point')],
    ['zeros', 3, zeros, insecureSeededRng('point')],
    ['ones', 3, ones, insecureSeededRng('point')],
    ['the point zero', 3, insecureSeededRng('zero'), zeros],
    ['the point with all bits', 3, insecureSeededRng('all'), ones],
  ])('hashColumns is hash of every column for %s', (_name, count, rng, pointRng) => {
    const hash = new PolynomialHash(pointRng(16));
    const columns = Array.from({ length: COLUMNS }, () => rng(16 * count));
    const expected = columns.map((column) => hash.hash(asWords(column)).join());
    const rows = rowsOf(columns);
    expect(hashesOfRows(hash, rows)).toEqual(expected);
    // A bit of the last block, which no point makes vanish: it shows in its column alone.
    rows[rows.length - 16 * COLUMNS + 9] ^= 4;
    const changed = hashesOfRows(hash, rows).flatMap((digest, c) => (digest === expected[c] ? [] : [c]));
    expect(changed).toEqual([74]);
  });
});
