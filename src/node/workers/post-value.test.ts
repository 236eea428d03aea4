import { describe, expect, it } from 'vitest';
import { readyToPost } from './post-value.ts';

describe('readyToPost', () => {
  it('keeps an input whole and moves nothing of it', () => {
    const words = Uint32Array.of(1, 2, 3);
    const { value, transfer } = readyToPost({ words, list: [words, 'x', 1, undefined, null, true] }, 'input');
    expect(value).toEqual({ words, list: [words, 'x', 1, undefined, null, true] });
    expect(transfer).toEqual([]);
  });

  it('copies the shown part of a view, of every word size, in both directions', () => {
    const numbers = Array.from({ length: 100 }, (_, k) => k);
    const arrays = [
      Uint8Array.from(numbers),
      Uint16Array.from(numbers),
      Int32Array.from(numbers),
      Uint32Array.from(numbers),
    ];
    for (const array of arrays) {
      const view = array.subarray(10, 12);
      for (const kind of ['input', 'output'] as const) {
        const { value, transfer } = readyToPost(view, kind);
        expect(value).toEqual(view);
        expect((value as Uint8Array).buffer.byteLength).toBe(view.byteLength);
        expect(transfer).toEqual([(value as Uint8Array).buffer]);
        expect(view[0]).toBe(10);
      }
    }
    const big = BigUint64Array.of(1n, 2n, 3n).subarray(1);
    expect(readyToPost(big, 'input').value).toEqual(big);
  });

  it('moves each whole buffer of an output once', () => {
    const bytes = new Uint8Array(8);
    const { transfer } = readyToPost(
      { bytes, words: new Uint32Array(bytes.buffer), empty: new Uint8Array(0) },
      'output',
    );
    expect(transfer.filter((buffer) => buffer === bytes.buffer)).toHaveLength(1);
  });

  it('leaves shared memory shared', () => {
    const shared = new Int32Array(new SharedArrayBuffer(8), 0, 1);
    expect(readyToPost(shared, 'output')).toEqual({ value: shared, transfer: [] });
  });
});
