import { blake2s } from '@noble/hashes/blake2.js';
import { describe, expect, it } from 'vitest';
import { asWords, concatBytes, toHex, u32le } from '../../src/crypto/bytes.ts';
import { type Copee, copeeHold, copeeReceive, packDelta } from '../../src/crypto/copee.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { chooseTransfers, offerTransfers } from '../../src/crypto/ot-extension.ts';
import { plantSeeds, seedTreeMessageBytes } from '../../src/crypto/punctured-seeds.ts';
import { finish } from '../../src/crypto/steps.ts';
import { DELTA_BITS, foldStreams } from '../../src/crypto/subfield-vole.ts';
import { ProtocolError } from '../../src/errors.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { streamFoldsKernel } from '../../src/kernels/stream-folds.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { brokenRows } from '../support/gf2-oracle.ts';

const primitives = { chacha20: chacha20Kernel(), blake2s: blake2sKernel(), folds: streamFoldsKernel() };
const DEPTH = 4;
const TREES = DELTA_BITS / DEPTH;
/** Where the holder corrects otherwise. */
const TREE = 5;
const TRANSFER = 40;
const extension = {
  count: DELTA_BITS,
  checked: false,
  depth: DEPTH,
  keyBytes: 32,
  context: hashTuple('unchecked transfers'),
} as const;
const copee: Copee = { field: 'gf64', length: 20, checked: false, depth: DEPTH, context: hashTuple('unchecked base') };

const rng = insecureSeededRng('unchecked transfers');
const bits = (): Uint8Array => rng(DELTA_BITS).map((byte) => byte & 1);
const numberIn = (secret: Uint8Array, tree: number): number =>
  [0, 1, 2, 3].reduce((sum, bit) => sum | (secret[DEPTH * tree + bit] << bit), 0);

/** Base transfers: the holder has all seeds, the receiver all but those that its secret names. */
const seeds = rng(TREES * 16 * 32);
const secret = bits();
const held = seeds.slice();
for (let tree = 0; tree < TREES; tree++) {
  const missing = 16 * tree + numberIn(secret, tree);
  held.fill(0, 32 * missing, 32 * (missing + 1));
}

/** The holder's transfers, one of which it corrects otherwise in one tree. */
const delta = bits();
const chosen = finish(
  chooseTransfers(primitives, { ...extension, seeds, choices: delta.map((bit) => 1 - bit), mask: new Uint8Array(16) }),
);
chosen.message[16 * TREE + (TRANSFER >> 3)] ^= 1 << (TRANSFER & 7);

/** What the receiver makes of it: nothing is amiss. */
const pairs = finish(offerTransfers(primitives, { ...extension, seeds: held, delta: secret, message: chosen.message }));
const a = rng(8 * copee.length);
const base = finish(copeeReceive(primitives, { ...copee, pairs, a, mask: rng(16) }));

/** The key that the receiver has for the holder's choice if four bits of its secret are these. */
function keyIf(guess: number): Uint8Array {
  const streams = { seeds, depth: DEPTH, context: extension.context, columnBytes: 16 };
  const { columns } = finish(foldStreams(primitives, streams));
  const row = new Uint8Array(16);
  for (let c = 0; c < DELTA_BITS; c++) {
    const assumed = c >> 2 === TREE ? (guess >> (c & 3)) & 1 : 0;
    const bit = (columns[4 * c + (TRANSFER >> 5)] >>> (TRANSFER & 31)) & 1;
    row[c >> 3] |= (bit ^ assumed) << (c & 7);
  }
  return blake2s(concatBytes(u32le(TRANSFER), row), { key: hashTuple('ot-extension key', extension.context) });
}

/** K under such a key; undefined where the digest of the seed trees says that it is wrong. */
function heldIf(guess: number): Uint8Array | undefined {
  const keys = chosen.keys.slice();
  keys.set(keyIf(guess), 32 * TRANSFER);
  try {
    return finish(copeeHold(primitives, { ...copee, keys, delta, message: base.message }));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

// With checks it ends the run unless the four bits are zero: src/crypto/ot-extension.test.ts.
describe('a holder that corrects a transfer otherwise in one tree, where nothing checks it', () => {
  it('reads four bits of the receiver’s base transfers from the digest of the seed trees, and goes on with a VOLE', () => {
    const passing = Array.from({ length: 16 }, (_, guess) => guess).filter((guess) => heldIf(guess) !== undefined);
    expect(passing).toEqual([numberIn(secret, TREE)]);
    const k = heldIf(passing[0]) ?? new Uint8Array(0);
    expect(brokenRows({ a, c: base.c }, { delta: packDelta(delta), k }, 8)).toEqual([]);
  });

  it('has A as soon as it has read all of them', () => {
    const both = finish(offerTransfers(primitives, { ...extension, seeds, delta: secret, message: chosen.message }));
    const of = { trees: TREES, depth: DEPTH, context: copee.context };
    const planted = finish(plantSeeds(primitives.chacha20, { ...of, pairs: both }));
    const { sums } = finish(foldStreams(primitives, { ...copee, seeds: planted.seeds, columnBytes: a.length }));
    const corrected = base.message.slice(seedTreeMessageBytes(of)).subarray(0, a.length);
    const found = asWords(corrected.slice()).map((word, k) => word ^ sums[k]);
    expect(toHex(new Uint8Array(found.buffer))).toBe(toHex(a));
  });
});
