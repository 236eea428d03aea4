import { describe, expect, it } from 'vitest';
import { asWords } from './bytes.ts';
import { giveBack, sharedBytes } from './shared-bytes.ts';

describe('sharedBytes', () => {
  it('gives zeros that another thread sees as they are written here', () => {
    const bytes = sharedBytes(16);
    expect([...bytes]).toEqual(Array.from({ length: 16 }, () => 0));
    // What another thread gets: a view of the same memory.
    const there = structuredClone(bytes);
    asWords(bytes)[1] = 7;
    expect(asWords(there)[1]).toBe(7);
  });

  it('gives no bytes where none are asked for', () => {
    expect(sharedBytes(0)).toHaveLength(0);
  });
});

describe('giveBack', () => {
  const length = 2 ** 21;
  const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
  const full = (bytes: Uint8Array): Uint8Array => bytes.fill(9);

  it('wipes shared memory, which the next list of its length gets, once, and no other one', () => {
    const first = full(sharedBytes(length));
    expect(isZero(first)).toBe(false);
    giveBack(first);
    // A second time, it has one place.
    giveBack(first);
    const shorter = sharedBytes(length / 2);
    const [next, last] = [sharedBytes(length), sharedBytes(length)];
    expect(next.buffer).toBe(first.buffer);
    expect(isZero(next)).toBe(true);
    expect(shorter.buffer).not.toBe(first.buffer);
    expect(last.buffer).not.toBe(first.buffer);
  });

  it('leaves nothing of another buffer', () => {
    const bytes = full(new Uint8Array(length));
    giveBack(bytes);
    expect(bytes.byteLength).toBe(0);
  });

  it.each([new Uint8Array(length), sharedBytes(length)])('only wipes the part that it is given of a buffer', (all) => {
    full(all);
    giveBack(all.subarray(length / 4));
    expect(isZero(all.subarray(length / 4))).toBe(true);
    expect(isZero(all.subarray(0, length / 4))).toBe(false);
    expect(sharedBytes(length).buffer).not.toBe(all.buffer);
  });

  it('wipes what was used alone where it is told how much that is', () => {
    const used = 2 ** 17 + 5;
    const bytes = sharedBytes(length);
    bytes.fill(9, 0, used);
    bytes[length - 1] = 9;
    giveBack(bytes, used);
    expect(isZero(bytes.subarray(0, used))).toBe(true);
    expect(bytes[length - 1]).toBe(9);
    bytes[length - 1] = 0;
  });

  it('only wipes short ones', () => {
    for (const bytes of [new Uint8Array(64), sharedBytes(64), new Uint8Array(0)]) {
      giveBack(full(bytes));
      expect(isZero(bytes)).toBe(true);
    }
  });
});
