import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { ristretto255Kernel } from '../kernels/ristretto255.ts';
import { insecureSeededRng } from '../testing.ts';
import {
  answerBaseOts,
  BASE_OT_KEY_BYTES,
  BASE_OT_POINTS_BYTES,
  BASE_OT_RANDOM_BYTES,
  type BaseOtPrimitives,
  chooseBaseOts,
  openBaseOts,
} from './base-ot.ts';
import { referenceBlake2s } from './blake2s.ts';
import { concatBytes, toHex, u32le } from './bytes.ts';
import { referenceGroup } from './group.ts';
import { hashTuple } from './hash.ts';
import { finish } from './steps.ts';

const reference: BaseOtPrimitives = { group: referenceGroup, blake2s: referenceBlake2s };
const quick: BaseOtPrimitives = { group: ristretto255Kernel(), blake2s: referenceBlake2s };
const context = hashTuple('test');

function choose(primitives: BaseOtPrimitives, count: number, seed: string) {
  const rng = insecureSeededRng('base-ot', seed);
  const choices = rng(count).map((byte) => byte & 1);
  const randomness = rng(count * BASE_OT_RANDOM_BYTES);
  return { choices, ...finish(chooseBaseOts(primitives, { context, choices, randomness })) };
}

function answer(primitives: BaseOtPrimitives, points: Uint8Array, seed: string, at: Uint8Array = context) {
  return finish(answerBaseOts(primitives, { context: at, points, randomness: insecureSeededRng('sender', seed)(64) }));
}

function keyOf(pairs: Uint8Array, index: number, bit: number): string {
  return toHex(pairs.subarray((2 * index + bit) * BASE_OT_KEY_BYTES, (2 * index + bit + 1) * BASE_OT_KEY_BYTES));
}

describe('base OT', () => {
  it.each([0, 1, 15, 16, 17, 128])(
    'gives the receiver the key of its choice and not the other when n = %i',
    (count) => {
      const chosen = choose(quick, count, 'n');
      expect(chosen.points.length).toBe(count * BASE_OT_POINTS_BYTES);
      const { element, pairs } = answer(quick, chosen.points, 'n');
      const keys = finish(openBaseOts(quick, { context, ...chosen, element }));
      for (let i = 0; i < count; i++) {
        const own = toHex(keys.subarray(i * BASE_OT_KEY_BYTES, (i + 1) * BASE_OT_KEY_BYTES));
        expect(own).toBe(keyOf(pairs, i, chosen.choices[i]));
        expect(own).not.toBe(keyOf(pairs, i, 1 - chosen.choices[i]));
      }
      const all = new Set(Array.from({ length: 2 * count }, (_, k) => keyOf(pairs, k >> 1, k & 1)));
      expect(all.size).toBe(2 * count);
    },
  );

  it('gives the keys that the formulas say, computed anew with noble', () => {
    const { Point } = ristretto255;
    const chosen = choose(reference, 3, 'formulas');
    const { element, pairs } = answer(reference, chosen.points, 'formulas');
    // The sender's scalar, from its randomness alone.
    const uniform = insecureSeededRng('sender', 'formulas')(64);
    const scalar = Point.Fn.create(BigInt(`0x${toHex(uniform.toReversed())}`));
    expect(element).toEqual(Point.BASE.multiply(scalar).toBytes());
    const hashKey = hashTuple('base-ot key', context, element);
    const prefix = concatBytes(hashTuple('base-ot element', context), new Uint8Array(96));
    for (let i = 0; i < 3; i++) {
      const s = [0, 3].map((half) => chosen.points.subarray(32 * (half + i), 32 * (half + i + 1)));
      for (const bit of [0, 1]) {
        const tag = concatBytes(u32le(i), Uint8Array.of(bit));
        const hashed = ristretto255_hasher.deriveToCurve?.(sha512(concatBytes(prefix, tag, s[1 - bit])));
        const shared = Point.fromBytes(s[bit])
          .add(hashed ?? Point.ZERO)
          .multiply(scalar);
        expect(keyOf(pairs, i, bit)).toBe(toHex(blake2s(concatBytes(tag, shared.toBytes()), { key: hashKey })));
      }
    }
  });

  it('is the same on the kernel and on the reference', () => {
    const [ours, plain] = [quick, reference].map((primitives) => {
      const chosen = choose(primitives, 3, 'twins');
      return { chosen, ...answer(primitives, chosen.points, 'twins') };
    });
    expect(ours).toEqual(plain);
  });

  it('gives unrelated keys in another context, and when a receiver repeats its points', () => {
    const { points } = choose(quick, 4, 'context');
    const [first, other] = [context, hashTuple('other')].map((at) => answer(quick, points, 'context', at));
    expect(other.element).toEqual(first.element);
    expect(keyOf(other.pairs, 0, 0)).not.toBe(keyOf(first.pairs, 0, 0));
    // The attack on batches without the index in the hash: all transfers with the same points.
    const repeated = concatBytes(
      ...[0, 1].flatMap((half) => Array.from({ length: 4 }, () => points.subarray(128 * half, 128 * half + 32))),
    );
    const { pairs } = answer(quick, repeated, 'context');
    expect(new Set(Array.from({ length: 8 }, (_, k) => keyOf(pairs, k >> 1, k & 1))).size).toBe(8);
  });

  it('hides the choice: both points are elements whose place follows the choice alone', () => {
    const rng = insecureSeededRng('hiding');
    const randomness = rng(BASE_OT_RANDOM_BYTES);
    const [zero, one] = [0, 1].map(
      (choice) => finish(chooseBaseOts(quick, { context, choices: Uint8Array.of(choice), randomness })).points,
    );
    // The free element is the same and stands at the other place; the programmed one differs, as H_0 and H_1 do.
    expect(zero.subarray(32)).toEqual(one.subarray(0, 32));
    expect(zero.subarray(0, 32)).not.toEqual(one.subarray(32));
  });

  it.each(['the identity', 'not canonical'])('refuses a point or an element that is %s', (what) => {
    const bad = what === 'the identity' ? new Uint8Array(32) : new Uint8Array(32).fill(0xff);
    const chosen = choose(quick, 20, 'bad');
    for (const row of [0, 17, 20, 39]) {
      const points = chosen.points.slice();
      points.set(bad, 32 * row);
      expect(() => answer(quick, points, 'bad')).toThrow(ProtocolError);
    }
    expect(() => finish(openBaseOts(quick, { context, ...chosen, element: bad }))).toThrow(ProtocolError);
  });

  it('refuses points whose sum with the hash of the other is the identity', () => {
    const { points } = choose(quick, 1, 'sum');
    const tag = concatBytes(u32le(0), Uint8Array.of(0));
    const prefix = concatBytes(hashTuple('base-ot element', context), new Uint8Array(96));
    const hashed = quick.group.fromUniform(sha512(concatBytes(prefix, tag, points.subarray(32))));
    const minus = quick.group.multiply(hashed, ristretto255.Point.Fn.toBytes(ristretto255.Point.Fn.ORDER - 1n));
    expect(() => answer(quick, concatBytes(minus ?? hashed, points.subarray(32)), 'sum')).toThrow(ProtocolError);
  });
});
