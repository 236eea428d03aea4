import { describe, expect, it } from 'vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import { numberDigests } from './distinct-digests.ts';
import { finish } from './steps.ts';

/** By a map of hex strings. */
function expectedNumbers(digests: Uint8Array): { readonly numbers: number[]; readonly distinct: number } {
  const known = new Map<string, number>();
  const numbers: number[] = [];
  for (let at = 0; at < digests.length; at += 32) {
    const digest = toHex(digests.subarray(at, at + 32));
    const number = known.get(digest) ?? known.size;
    known.set(digest, number);
    numbers.push(number);
  }
  return { numbers, distinct: known.size };
}

function requireNumbers(digests: Uint8Array): void {
  const { numbers, distinct } = finish(numberDigests(digests));
  expect({ numbers: [...numbers], distinct }).toEqual(expectedNumbers(digests));
}

const digestsOf = (names: readonly string[]): Uint8Array => concatBytes(...names.map((name) => sha256(utf8(name))));

describe('numberDigests', () => {
  it.each([0, 1, 2, 1023, 1024, 1025, 2049, 5000])('numbers %i different ones by their rows', (count) => {
    requireNumbers(digestsOf(Array.from({ length: count }, (_, k) => `id:${k}`)));
  });

  it.each([
    ['all rows are of one', () => 7],
    ['rows are of a few', (k: number) => (k * k) % 13],
    ['every second one came before', (k: number) => (k % 2 === 0 ? k : k >> 1)],
    ['the second half repeats the first in another order', (k: number) => (k < 2000 ? k : (k * 7) % 2000)],
  ])('gives equal digests the number of their first row when %s', (_when, nameOf) => {
    requireNumbers(digestsOf(Array.from({ length: 4000 }, (_, k) => `id:${nameOf(k)}`)));
  });

  it('tells digests apart that differ in any one word, or lie in one part', () => {
    const rows = Array.from({ length: 2000 }, (_, k) => {
      const digest = new Uint8Array(32).fill(9);
      // Few words differ, each in few values: marks and slots are the same for many.
      digest[4 * (k % 8)] = Math.floor(k / 8) % 200;
      return digest;
    });
    requireNumbers(concatBytes(...rows));
  });

  it('refuses half a digest', () => {
    expect(() => finish(numberDigests(new Uint8Array(48)))).toThrow(RangeError);
  });
});
