import { describe, expect, it } from 'vitest';
import { brokenRows, elementAt, oracleGf128 } from '../../test/support/gf2-oracle.ts';
import { ProtocolError } from '../errors.ts';
import { blake2sKernel } from '../kernels/blake2s.ts';
import { chacha20Kernel } from '../kernels/chacha20.ts';
import { streamFoldsKernel } from '../kernels/stream-folds.ts';
import { insecureSeededRng } from '../testing.ts';
import { referenceBlake2s } from './blake2s.ts';
import { asBytes, asWords, concatBytes } from './bytes.ts';
import { referenceChaCha20 } from './chacha20.ts';
import { type Copee, copeeHold, copeeMessageBytes, copeeReceive, packDelta } from './copee.ts';
import { fieldBytes, type VoleField } from './gf2.ts';
import { hashLong, hashTuple } from './hash.ts';
import { PolynomialHash } from './polynomial-hash.ts';
import { finish } from './steps.ts';
import { DELTA_BITS, referenceFolds } from './subfield-vole.ts';
import { expectGuessesAlonePass } from '../../test/support/guessed-bits.ts';

const primitives = { chacha20: chacha20Kernel(), blake2s: blake2sKernel(), folds: streamFoldsKernel() };
const reference = {
  chacha20: referenceChaCha20,
  blake2s: referenceBlake2s,
  folds: referenceFolds(referenceChaCha20),
};

function deal(field: VoleField, length: number, options: Partial<Copee> = {}) {
  const copee = { field, length, checked: true, depth: 4, context: hashTuple('test'), ...options };
  const rng = insecureSeededRng('copee', field, length, copee.depth);
  const pairs = rng(DELTA_BITS * 64);
  const delta = rng(DELTA_BITS).map((byte) => byte & 1);
  const keys = new Uint8Array(DELTA_BITS * 32);
  for (let i = 0; i < DELTA_BITS; i++) {
    keys.set(pairs.subarray(64 * i + 32 * (1 - delta[i]), 64 * i + 32 * (2 - delta[i])), 32 * i);
  }
  return { copee, pairs, delta, keys, a: rng(length * fieldBytes(field)), mask: rng(16) };
}
/** The point of the check's polynomial. */
function challengeOf(context: Uint8Array, message: Uint8Array): Uint8Array {
  const hashed = finish(hashLong('copee message', message, referenceBlake2s));
  return hashTuple('copee challenge', context, hashed).subarray(0, 16);
}

type Dealt = ReturnType<typeof deal>;

const receive = (dealt: Dealt) => finish(copeeReceive(primitives, { ...dealt.copee, ...dealt }));
const hold = (dealt: Dealt, message: Uint8Array) =>
  finish(copeeHold(primitives, { ...dealt.copee, keys: dealt.keys, delta: dealt.delta, message }));

describe('copee', () => {
  it.each([
    ['gf64', 1, 4, true],
    ['gf64', 255, 1, false],
    ['gf64', 257, 4, true],
    ['gf128', 1, 2, false],
    ['gf128', 256, 4, true],
    ['gf128', 3, 8, true],
  ] as const)('gives C = A Delta + K over %s for length %i, depth %i, checked %s', (field, length, depth, checked) => {
    const dealt = deal(field, length, { depth, checked });
    const { message, c } = receive(dealt);
    expect(message.length).toBe(copeeMessageBytes(dealt.copee));
    const k = hold(dealt, message);
    const held = { delta: packDelta(dealt.delta), k };
    const width = fieldBytes(field);
    expect([c.length, k.length]).toEqual([16 * length, 16 * length]);
    expect(brokenRows({ a: dealt.a, c }, held, width)).toEqual([]);
    // The oracle can fail: one bit of one row of any of the three.
    const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
    expect(brokenRows({ a: flip(dealt.a), c }, held, width)).toEqual([length - 1]);
    expect(brokenRows({ a: dealt.a, c: flip(c) }, held, width)).toEqual([length - 1]);
    expect(brokenRows({ a: dealt.a, c }, { ...held, k: flip(k) }, width)).toEqual([length - 1]);
  });

  it('is the same on the kernel and on the reference', () => {
    const dealt = deal('gf64', 5);
    const received = receive(dealt);
    expect(finish(copeeReceive(reference, { ...dealt.copee, ...dealt }))).toEqual(received);
    const input = { ...dealt.copee, keys: dealt.keys, delta: dealt.delta, message: received.message };
    expect(finish(copeeHold(reference, input))).toEqual(hold(dealt, received.message));
  });

  it('gives other C and K in another context', () => {
    const [one, other] = ['one', 'other'].map((name) => receive(deal('gf128', 2, { context: hashTuple(name) })).c);
    expect(one).not.toEqual(other);
  });
});

/** A receiver whose A has another element 0 in one tree, and which guesses that Delta is zero there. */
function cheat(dealt: Dealt, tree: number): Uint8Array {
  const { copee } = dealt;
  const message = receive(dealt).message.slice();
  const columnBytes = copee.length * fieldBytes(copee.field) + 16;
  const bodyBytes = message.length - 32;
  const corrections = bodyBytes - (DELTA_BITS / copee.depth) * columnBytes;
  message[corrections + tree * columnBytes] ^= 1;
  const unchecked = { ...dealt, a: concatBytes(dealt.a, dealt.mask), copee: { ...copee, length: copee.length + 1 } };
  // C and C* of the honest vector, from an unchecked run: the streams do not depend on the check.
  const { c } = receive({ ...unchecked, copee: { ...unchecked.copee, checked: false } });
  const challenge = challengeOf(copee.context, message.subarray(0, bodyBytes));
  const hash = new PolynomialHash(challenge);
  message.set(asBytes(hash.hash(asWords(unchecked.a))), bodyBytes);
  message.set(asBytes(hash.hash(asWords(c))), bodyBytes + 16);
  return message;
}

describe('the check of copee', () => {
  it('lets a receiver with another A in one tree pass only where Delta is zero there: a guess of its bits', () => {
    const dealt = deal('gf128', 4);
    const { depth } = dealt.copee;
    expectGuessesAlonePass({ delta: dealt.delta, depth }, (tree) => hold(dealt, cheat(dealt, tree)));
  });

  it.each(['gf64', 'gf128'] as const)('refuses a change after the trees, over %s', (field) => {
    const dealt = deal(field, 20);
    const { message } = receive(dealt);
    // Corrections, x and z: every one of them enters the equation, whatever Delta is.
    for (let at = copeeMessageBytes(dealt.copee) - 1; at > copeeMessageBytes(dealt.copee) - 4000; at -= 101) {
      const changed = message.slice();
      changed[at] ^= 4;
      expect(() => hold(dealt, changed)).toThrow(ProtocolError);
    }
    expect(hold(dealt, message).length).toBe(320);
  });

  it('is what notices: unchecked, the same change breaks the row', () => {
    const dealt = deal('gf64', 20, { checked: false });
    const { message, c } = receive(dealt);
    message[message.length - 160 * 32] ^= 1; // row 0 of tree 0
    const k = hold(dealt, message);
    expect(brokenRows({ a: dealt.a, c }, { delta: packDelta(dealt.delta), k }, 8)).toEqual([0]);
  });

  it('hides A: x is the masked combination', () => {
    const dealt = deal('gf128', 1);
    const { message } = receive(dealt);
    const point = challengeOf(dealt.copee.context, message.subarray(0, -32));
    const x = oracleGf128(elementAt(dealt.a, 0, 16), elementAt(point, 0, 16)) ^ elementAt(dealt.mask, 0, 16);
    expect(elementAt(message.subarray(-32), 0, 16)).toBe(x);
  });
});
