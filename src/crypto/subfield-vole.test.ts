import { chacha20 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../testing.ts';
import { asBytes, asWords, toHex } from './bytes.ts';
import { referenceChaCha20 } from './chacha20.ts';
import { hashTuple } from './hash.ts';
import { finish } from './steps.ts';
import { corrections, DELTA_BITS, type FoldedStreams, foldStreams, referenceFolds } from './subfield-vole.ts';

const context = hashTuple('test');
const columnBytes = 84;

/** Column c as an integer. */
function column(columns: Uint32Array, c: number): bigint {
  return BigInt(
    `0x${toHex(
      asBytes(columns)
        .slice(c * columnBytes, (c + 1) * columnBytes)
        .toReversed(),
    )}`,
  );
}

function draw(depth: number) {
  const rng = insecureSeededRng('subfield', depth);
  const seeds = rng((DELTA_BITS / depth) * 2 ** depth * 32);
  const delta = rng(DELTA_BITS).map((byte) => byte & 1);
  // Whatever stands in the place of a missing seed has no effect.
  const holderSeeds = seeds.slice();
  for (let tree = 0; tree < DELTA_BITS / depth; tree++) {
    let missing = 0;
    for (let b = 0; b < depth; b++) missing |= delta[tree * depth + b] << b;
    holderSeeds.set(rng(32), (tree * 2 ** depth + missing) * 32);
  }
  return { seeds, holderSeeds, delta, vector: asWords(rng(columnBytes)) };
}

const primitives = { chacha20: referenceChaCha20, folds: referenceFolds(referenceChaCha20) };

const fold = (seeds: Uint8Array, depth: number, at: Uint8Array = context): FoldedStreams =>
  finish(foldStreams(primitives, { seeds, depth, context: at, columnBytes }));

const hold = (seeds: Uint8Array, depth: number, delta: Uint8Array, received: Uint32Array): Uint32Array =>
  finish(foldStreams(primitives, { seeds, depth, context, columnBytes }, { delta, received })).columns;

describe('subfield VOLE', () => {
  it.each([1, 2, 4, 8])('gives the holder V_c + Delta_c u in every column at depth %i', (depth) => {
    const { seeds, holderSeeds, delta, vector } = draw(depth);
    const all = fold(seeds, depth);
    const held = hold(holderSeeds, depth, delta, corrections(all.sums, vector));
    const u = column(vector, 0);
    for (let c = 0; c < DELTA_BITS; c++) {
      expect(column(held, c)).toBe(column(all.columns, c) ^ (delta[c] ? u : 0n));
    }
    // Another vector does not fit.
    const wrong = corrections(all.sums, vector);
    wrong[0] ^= 1;
    const other = hold(holderSeeds, depth, delta, wrong);
    const missed = [...delta.keys()].filter((c) => column(other, c) !== column(held, c));
    expect(missed).toEqual([...delta.keys()].filter((c) => c < depth && delta[c] === 1));
  });

  it('adds up the streams as the formulas say, made with noble', () => {
    const depth = 2;
    const { seeds } = draw(depth);
    const { sums, columns } = fold(seeds, depth);
    const use = hashTuple('seed stream', context);
    const stream = (index: number): bigint => {
      const seed = seeds.subarray(index * 32, (index + 1) * 32);
      const key = chacha20(seed, use.subarray(4, 16), new Uint8Array(32), undefined, asWords(use)[0]);
      const bytes = chacha20(key, new Uint8Array(12), new Uint8Array(columnBytes));
      return BigInt(`0x${toHex(bytes.toReversed())}`);
    };
    for (const tree of [0, 1, 63]) {
      const [r0, r1, r2, r3] = [0, 1, 2, 3].map((leaf) => stream(4 * tree + leaf));
      expect(column(sums, tree)).toBe(r0 ^ r1 ^ r2 ^ r3);
      expect(column(columns, 2 * tree)).toBe(r1 ^ r3);
      expect(column(columns, 2 * tree + 1)).toBe(r2 ^ r3);
    }
  });

  it('gives other streams for another use of the same seeds', () => {
    const { seeds } = draw(1);
    expect(column(fold(seeds, 1).sums, 0)).not.toBe(column(fold(seeds, 1, hashTuple('other')).sums, 0));
  });
});
