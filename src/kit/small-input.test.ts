import { describe, expect, it } from 'vitest';
import { isSmallInput, isSmallOutput } from './small-input.ts';

describe('isSmallInput', () => {
  it('adds up all buffers of an input, a list of them too', () => {
    const half = new Uint8Array(2 ** 16);
    expect(isSmallInput({ count: 3, nothing: undefined, own: half, theirs: new Uint32Array(2 ** 14) })).toBe(true);
    expect(isSmallInput({ own: half, theirs: new Uint8Array(2 ** 16 + 1) })).toBe(false);
    expect(isSmallInput({ parts: [half, half], more: { one: Uint8Array.of(1) } })).toBe(false);
  });

  it('counts what a view shows, not what lies under it', () => {
    expect(isSmallInput({ part: new Uint8Array(2 ** 20).subarray(0, 2 ** 17) })).toBe(true);
  });
});

describe('isSmallOutput', () => {
  it('counts padded rows', () => {
    expect(isSmallOutput(4096, 32)).toBe(true);
    expect(isSmallOutput(4097, 32)).toBe(false);
  });
});
