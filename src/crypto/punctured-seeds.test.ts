import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { chacha20Kernel } from '../kernels/chacha20.ts';
import { insecureSeededRng } from '../testing.ts';
import { toHex } from './bytes.ts';
import { referenceChaCha20 } from './chacha20.ts';
import { hashTuple } from './hash.ts';
import { pickSeeds, plantSeeds, seedTreeMessageBytes } from './punctured-seeds.ts';
import { finish } from './steps.ts';

const context = hashTuple('test');

function deal(trees: number, depth: number, missingOf: (transfer: number) => number) {
  const pairs = insecureSeededRng('pairs', trees, depth)(trees * depth * 64);
  const missing = Uint8Array.from({ length: trees * depth }, (_, k) => missingOf(k));
  const keys = new Uint8Array(trees * depth * 32);
  for (let k = 0; k < trees * depth; k++) {
    const at = 64 * k + 32 * (1 - missing[k]);
    keys.set(pairs.subarray(at, at + 32), 32 * k);
  }
  return { pairs, keys, missing };
}

const rowsOf = (seeds: Uint8Array): string[] =>
  Array.from({ length: seeds.length / 32 }, (_, i) => toHex(seeds.subarray(32 * i, 32 * i + 32)));

const numberOf = (bits: Uint8Array): number => bits.reduce((sum, bit, l) => sum + bit * 2 ** l, 0);

describe('punctured seeds', () => {
  it.each([1, 2, 3, 4, 8])('leave the picker without exactly the seed of its path at depth %i', (depth) => {
    const trees = depth === 8 ? 2 : 5;
    const rng = insecureSeededRng('missing', depth);
    const { pairs, keys, missing } = deal(trees, depth, () => rng(1)[0] & 1);
    const shape = { trees, depth, context };
    const { message, seeds } = finish(plantSeeds(referenceChaCha20, { ...shape, pairs }));
    expect(message.length).toBe(seedTreeMessageBytes(shape));
    const picked = finish(pickSeeds(referenceChaCha20, { ...shape, keys, missing, message }));
    const [all, own] = [rowsOf(seeds), rowsOf(picked)];
    expect(new Set(all).size).toBe(trees * 2 ** depth);
    const lost = all.flatMap((seed, k) => (seed === own[k] ? [] : [k]));
    expect(lost).toEqual(
      Array.from({ length: trees }, (_, j) => j * 2 ** depth + numberOf(missing.subarray(j * depth, (j + 1) * depth))),
    );
    expect(all.some((seed) => lost.some((k) => own[k] === seed))).toBe(false);
  });

  it('are the same on the kernel and on the reference', () => {
    const { pairs, keys, missing } = deal(4, 3, (k) => (k * 5) & 1);
    const shape = { trees: 4, depth: 3, context };
    const [plain, kernel] = [referenceChaCha20, chacha20Kernel()].map((chacha20) => {
      const planted = finish(plantSeeds(chacha20, { ...shape, pairs }));
      return { planted, picked: finish(pickSeeds(chacha20, { ...shape, keys, missing, message: planted.message })) };
    });
    expect(kernel).toEqual(plain);
  });

  it('are others in another context', () => {
    const { pairs } = deal(1, 2, () => 0);
    const [one, other] = [context, hashTuple('other')].map((at) =>
      finish(plantSeeds(referenceChaCha20, { trees: 1, depth: 2, context: at, pairs })),
    );
    expect(rowsOf(one.seeds)).not.toEqual(rowsOf(other.seeds));
  });

  it('are refused after a change that the path meets, and only then: half of the paths are a selective failure', () => {
    const shape = { trees: 1, depth: 3, context };
    const outcomes = Array.from({ length: 8 }, (_, path) => {
      const { pairs, keys, missing } = deal(1, 3, (l) => (path >> l) & 1);
      const { message } = finish(plantSeeds(referenceChaCha20, { ...shape, pairs }));
      // Byte 0 belongs to the sum of the left side of level 1: read by those whose bit 1 is 1.
      message[0] ^= 1;
      try {
        finish(pickSeeds(referenceChaCha20, { ...shape, keys, missing, message }));
        return 'accepted';
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return 'refused';
      }
    });
    expect(outcomes).toEqual(Array.from({ length: 8 }, (_, path) => ((path >> 1) & 1 ? 'refused' : 'accepted')));
  });

  it.each([
    ['the sum of check values', (length: number) => length - 33],
    ['the hash of check values', (length: number) => length - 1],
  ])('are refused for every path when %s is changed', (_what, at) => {
    for (let path = 0; path < 8; path++) {
      const shape = { trees: 1, depth: 3, context };
      const { pairs, keys, missing } = deal(1, 3, (l) => (path >> l) & 1);
      const { message } = finish(plantSeeds(referenceChaCha20, { ...shape, pairs }));
      message[at(message.length)] ^= 1;
      expect(() => finish(pickSeeds(referenceChaCha20, { ...shape, keys, missing, message }))).toThrow(ProtocolError);
    }
  });
});
