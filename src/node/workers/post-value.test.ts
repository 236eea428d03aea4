import { describe, expect, it } from 'vitest';
import { inputToPost, outputToPost, wipePosted } from './post-value.ts';

describe('inputToPost', () => {
  it('keeps an input whole and moves nothing of it', () => {
    const words = Uint32Array.of(1, 2, 3);
    const input = { words, list: [words, 'x', 1, undefined, null, true] };
    const { value, transfer } = inputToPost(input);
    expect(value).toEqual(input);
    expect(transfer).toEqual([]);
  });

  it('moves whole buffers of the fields that a job consumes, and no other', () => {
    const input = { gone: new Uint8Array(8), kept: new Uint8Array(8), part: new Uint8Array(8).subarray(1) };
    const { value, transfer } = inputToPost(input, ['gone', 'part']);
    expect(value).toEqual(input);
    expect(transfer).toHaveLength(2);
    expect(transfer).toContain(input.gone.buffer);
    expect(transfer).not.toContain(input.part.buffer);
  });

  it('copies the shown part of a view, of every word size, as outputs do', () => {
    const numbers = Array.from({ length: 100 }, (_, k) => k);
    const arrays = [
      Uint8Array.from(numbers),
      Uint16Array.from(numbers),
      Int32Array.from(numbers),
      Uint32Array.from(numbers),
    ];
    for (const array of arrays) {
      const view = array.subarray(10, 12);
      for (const post of [inputToPost, outputToPost]) {
        const { value, transfer } = post(view);
        expect(value).toEqual(view);
        expect((value as Uint8Array).buffer.byteLength).toBe(view.byteLength);
        expect(transfer).toEqual([(value as Uint8Array).buffer]);
        expect(view[0]).toBe(10);
      }
    }
    const big = BigUint64Array.of(1n, 2n, 3n).subarray(1);
    expect(inputToPost(big).value).toEqual(big);
  });
});

describe('outputToPost', () => {
  it('moves each whole buffer once', () => {
    const bytes = new Uint8Array(8);
    const { transfer } = outputToPost({ bytes, words: new Uint32Array(bytes.buffer), empty: new Uint8Array(0) });
    expect(transfer.filter((buffer) => buffer === bytes.buffer)).toHaveLength(1);
  });

  it('leaves shared memory shared', () => {
    const shared = new Int32Array(new SharedArrayBuffer(8), 0, 1);
    expect(outputToPost(shared)).toEqual({ value: shared, transfer: [] });
  });
});

describe('wipePosted', () => {
  it('wipes what is under all views but shared memory and what has moved on', () => {
    const [own, nested, moved] = [1, 2, 3].map((byte) => new Uint8Array(4).fill(byte));
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(4);
    const input = { own: own.subarray(1, 2), list: [{ nested }], moved, shared, count: 1, nothing: undefined };
    structuredClone(moved, { transfer: [moved.buffer] });
    wipePosted(input);
    expect([...own, ...nested]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...shared]).toEqual([4, 4, 4, 4]);
  });
});
