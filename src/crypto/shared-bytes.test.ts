import { describe, expect, it } from 'vitest';
import { asWords } from './bytes.ts';
import { sharedBytes } from './shared-bytes.ts';

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
