import { blake2s } from '@noble/hashes/blake2.js';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { blake2sKernel } from '../kernels/blake2s.ts';
import { chacha20Kernel } from '../kernels/chacha20.ts';
import { streamFoldsKernel } from '../kernels/stream-folds.ts';
import { insecureSeededRng } from '../testing.ts';
import { referenceBlake2s } from './blake2s.ts';
import { asBytes, asWords, concatBytes, toHex, u32le } from './bytes.ts';
import { referenceChaCha20 } from './chacha20.ts';
import { hashTuple } from './hash.ts';
import {
  chooseTransfers,
  type Extension,
  type ExtensionPrimitives,
  extensionMessageBytes,
  offerTransfers,
} from './ot-extension.ts';
import { PolynomialHash } from './polynomial-hash.ts';
import { finish } from './steps.ts';
import { corrections, DELTA_BITS, foldStreams, referenceFolds } from './subfield-vole.ts';
import { expectGuessesAlonePass } from '../../test/support/guessed-bits.ts';

const reference: ExtensionPrimitives = {
  chacha20: referenceChaCha20,
  blake2s: referenceBlake2s,
  folds: referenceFolds(referenceChaCha20),
};
const quick: ExtensionPrimitives = {
  chacha20: chacha20Kernel(),
  blake2s: blake2sKernel(),
  folds: streamFoldsKernel(),
};

interface Dealt {
  readonly extension: Extension;
  readonly seeds: Uint8Array;
  readonly held: Uint8Array;
  readonly delta: Uint8Array;
  readonly choices: Uint8Array;
  readonly mask: Uint8Array;
}

function deal(count: number, options: Partial<Extension> = {}): Dealt {
  const extension = { count, checked: true, depth: 4, keyBytes: 16, context: hashTuple('test'), ...options } as const;
  const rng = insecureSeededRng('extension', count, extension.depth);
  const leaves = 2 ** extension.depth;
  const trees = DELTA_BITS / extension.depth;
  const seeds = rng(trees * leaves * 32);
  const delta = rng(DELTA_BITS).map((byte) => byte & 1);
  const held = seeds.slice();
  for (let tree = 0; tree < trees; tree++) {
    let missing = 0;
    for (let b = 0; b < extension.depth; b++) missing |= delta[tree * extension.depth + b] << b;
    held.fill(0, (tree * leaves + missing) * 32, (tree * leaves + missing + 1) * 32);
  }
  return { extension, seeds, held, delta, choices: rng(count).map((byte) => byte & 1), mask: rng(16) };
}

const choose = (dealt: Dealt, by: ExtensionPrimitives = quick) =>
  finish(chooseTransfers(by, { ...dealt.extension, ...dealt }));
const offer = ({ extension, held, delta }: Dealt, message: Uint8Array, by: ExtensionPrimitives = quick) =>
  finish(offerTransfers(by, { ...extension, seeds: held, delta, message }));

const keyAt = (keys: Uint8Array, index: number, bytes: number): string =>
  toHex(keys.subarray(index * bytes, (index + 1) * bytes));

describe('OT extension', () => {
  it.each([
    [0, 4, true],
    [1, 4, true],
    [127, 1, false],
    [128, 2, true],
    [129, 4, false],
    [1025, 8, true],
  ] as const)(
    'gives %i transfers at depth %i, checked %s, and of each only the chosen key',
    (count, depth, checked) => {
      for (const keyBytes of [16, 32] as const) {
        const dealt = deal(count, { depth, checked, keyBytes });
        const { message, keys } = choose(dealt);
        expect(message.length).toBe(extensionMessageBytes(dealt.extension));
        const pairs = offer(dealt, message);
        expect([keys.length, pairs.length]).toEqual([count * keyBytes, 2 * count * keyBytes]);
        const seen = new Set<string>();
        for (let i = 0; i < count; i++) {
          const choice = dealt.choices[i];
          expect(keyAt(keys, i, keyBytes)).toBe(keyAt(pairs, 2 * i + choice, keyBytes));
          seen.add(keyAt(pairs, 2 * i, keyBytes)).add(keyAt(pairs, 2 * i + 1, keyBytes));
        }
        expect(seen.size).toBe(2 * count);
      }
    },
  );

  it('is the same on kernels and references', () => {
    const dealt = deal(150);
    const plain = choose(dealt, reference);
    expect(choose(dealt)).toEqual(plain);
    expect(offer(dealt, plain.message)).toEqual(offer(dealt, plain.message, reference));
  });

  it('hashes number and row, computed anew with noble', () => {
    const dealt = deal(3, { checked: false, keyBytes: 32 });
    const { keys } = choose(dealt);
    const streams = { seeds: dealt.seeds, depth: 4, context: dealt.extension.context, columnBytes: 16 };
    const { columns } = finish(foldStreams(reference, streams));
    const key = hashTuple('ot-extension key', dealt.extension.context);
    for (let i = 0; i < 3; i++) {
      const row = new Uint8Array(16);
      for (let c = 0; c < DELTA_BITS; c++) row[c >> 3] |= ((columns[4 * c] >>> i) & 1) << (c & 7);
      expect(keyAt(keys, i, 32)).toBe(toHex(blake2s(concatBytes(u32le(i), row), { key })));
    }
  });

  it('gives unrelated keys in another context', () => {
    const [one, other] = ['one', 'other'].map((name) => choose(deal(2, { context: hashTuple(name) })).keys);
    expect(toHex(one)).not.toBe(toHex(other));
  });
});

/**
 * The message of a chooser, with every column hashed by itself. One that cheats uses u + 1 in transfer 0 for one tree, and
 * answers the check as if it had not.
 */
function messageOf({ extension, seeds, choices, mask }: Dealt, cheatsIn?: number): Uint8Array {
  const columnBytes = 16 * (Math.ceil(choices.length / 128) + 1);
  const { depth, context } = extension;
  const { sums, columns } = finish(foldStreams(quick, { seeds, depth, context, columnBytes }));
  const vector = new Uint8Array(columnBytes);
  for (const [i, bit] of choices.entries()) vector[i >> 3] |= bit << (i & 7);
  vector.set(mask, columnBytes - 16);
  const correction = corrections(sums, asWords(vector));
  if (cheatsIn !== undefined) correction[(cheatsIn * columnBytes) / 4] ^= 1;
  const hash = new PolynomialHash(hashTuple('ot-extension challenge', context, asBytes(correction)).subarray(0, 16));
  const hashes = Array.from({ length: DELTA_BITS }, (_, c) =>
    asBytes(hash.hash(columns.subarray((c * columnBytes) / 4, ((c + 1) * columnBytes) / 4))),
  );
  return concatBytes(asBytes(correction), asBytes(hash.hash(asWords(vector))), ...hashes);
}

describe('the check of an OT extension', () => {
  it('lets a chooser with different choices in one tree pass only where Delta is zero there: a guess of its bits', () => {
    const dealt = deal(200);
    const { depth } = dealt.extension;
    expectGuessesAlonePass({ delta: dealt.delta, depth }, (tree) => offer(dealt, messageOf(dealt, tree)));
  });

  it.each([0, 1, 128, 300])('hashes every column to its end for %i transfers', (count) => {
    const dealt = deal(count);
    expect(toHex(choose(dealt).message)).toBe(toHex(messageOf(dealt)));
  });

  it('refuses a change of any part of the message', () => {
    const dealt = deal(200);
    const { message } = choose(dealt);
    for (let at = 0; at < message.length; at += 97) {
      const changed = message.slice();
      changed[at] ^= 0x10;
      expect(() => offer(dealt, changed)).toThrow(ProtocolError);
    }
    expect(offer(dealt, message).length).toBe(200 * 32);
  });

  it('is what notices: unchecked, the same change gives the chooser a key that is neither', () => {
    const dealt = deal(200, { checked: false });
    const { message, keys } = choose(dealt);
    message[0] ^= 1; // transfer 0, tree 0
    const pairs = offer(dealt, message);
    const lost = Array.from(dealt.choices.keys()).filter((i) =>
      [0, 1].every((bit) => keyAt(keys, i, 16) !== keyAt(pairs, 2 * i + bit, 16)),
    );
    expect(dealt.delta.subarray(0, 4).some((bit) => bit === 1) ? [0] : []).toEqual(lost);
  });

  it('refuses a message of a wrong length as the caller’s mistake', () => {
    const dealt = deal(5);
    expect(() => offer(dealt, choose(dealt).message.subarray(1))).toThrow(RangeError);
  });
});
