import { describe, expect, it } from 'vitest';
import { referenceBitSlicer, type SliceLayout, sliceWords } from '../crypto/bit-slices.ts';
import { asWords } from '../crypto/bytes.ts';
import { finish } from '../crypto/steps.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { bitSlicerFromModule, bitSlicesKernel } from './bit-slices.ts';
import { bitSlicesWasm } from './generated/bit-slices-wasm.ts';

const SEED = 1;
const rng = insecureSeededRng('bit-slices kernel', SEED);

/** Rows beside 32, a group of 128, and what the module has room for; bits that fill words or not, or fit no words. */
const LAYOUTS: SliceLayout[] = [0, 1, 31, 32, 33, 127, 128, 129, 1000].flatMap((rowCount) =>
  [
    [4, 0, 32],
    [4, 0, 1],
    [12, 0, 72],
    [12, 8, 64],
    [13, 8, 70],
    [16, 0, 128],
    [16, 120, 8],
    [16, 96, 31],
    [64, 0, 512],
    [9, 0, 72],
    [12, 3, 33],
    [3, 4, 0],
    [300, 16, 40],
  ].map(([rowBytes, firstBit, bits]) => ({
    rowBytes,
    rowCount,
    firstBit,
    bits,
    strideWords: sliceWords(rowCount) + (rowCount % 3),
  })),
);
const LONG: SliceLayout = { rowBytes: 12, rowCount: 30_001, firstBit: 0, bits: 72, strideWords: sliceWords(30_001) };

describe('bitSlicesKernel', () => {
  const kernel = bitSlicesKernel();

  it('is the WebAssembly module when Node runs it', () => {
    expect(kernel).not.toBe(referenceBitSlicer);
  });

  it.each([...LAYOUTS, LONG])(`gives the bytes of referenceBitSlicer when %o (seed ${SEED})`, (layout) => {
    const rows = rng(layout.rowBytes * layout.rowCount);
    const slices = finish(kernel.toSlices(rows, layout));
    expect(slices).toEqual(finish(referenceBitSlicer.toSlices(rows, layout)));
    const random = asWords(rng(4 * layout.bits * layout.strideWords));
    const joined = finish(kernel.fromSlices(random, layout));
    expect(Buffer.compare(joined, finish(referenceBitSlicer.fromSlices(random, layout)))).toBe(0);
    if (layout.rowCount === 0 || layout.bits === 0) return;
    // The comparison can fail: the last bit of the last row is in the last word of the last slice.
    const bit = layout.firstBit + layout.bits - 1;
    rows[(layout.rowCount - 1) * layout.rowBytes + (bit >>> 3)] ^= 1 << (bit & 7);
    expect(finish(kernel.toSlices(rows, layout))).not.toEqual(slices);
  });

  it('pauses when there are many rows', () => {
    const rows = new Uint8Array(LONG.rowBytes * LONG.rowCount);
    expect([...kernel.toSlices(rows, LONG)].length).toBeGreaterThan(2);
    expect([...kernel.fromSlices(new Uint32Array(72 * LONG.strideWords), LONG)].length).toBeGreaterThan(2);
  });

  it('refuses what does not fit', () => {
    expect(() => finish(kernel.toSlices(new Uint8Array(11), { ...LONG, rowCount: 1, strideWords: 1 }))).toThrow(
      RangeError,
    );
    expect(() => finish(kernel.toSlices(new Uint8Array(24), { ...LONG, rowCount: 2, bits: 97 }))).toThrow(RangeError);
    expect(() => finish(kernel.fromSlices(new Uint32Array(71), { ...LONG, rowCount: 1, strideWords: 1 }))).toThrow(
      RangeError,
    );
  });
});

describe('bitSlicerFromModule', () => {
  const module = Uint8Array.from(Buffer.from(bitSlicesWasm, 'base64'));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

  it('is undefined when the module is damaged', () => {
    expect(bitSlicerFromModule(base64(module))).toBeDefined();
    expect(bitSlicerFromModule(base64(module.subarray(0, 500)))).toBeUndefined();
    expect(bitSlicerFromModule('no base64 at all')).toBeUndefined();
  });

  it('is undefined when the module runs but gives wrong answers', () => {
    // One of the masks of the exchange, in each of four lanes.
    const mask = Buffer.from('0f0f0f0f'.repeat(4), 'hex');
    const at = Buffer.from(module).indexOf(mask);
    expect(at).toBeGreaterThan(0);
    const damaged = module.slice();
    damaged[at] ^= 1;
    expect(bitSlicerFromModule(base64(damaged))).toBeUndefined();
  });
});

describe('bitSlicesWasm', () => {
  it('leaves nothing in memory when wiped', () => {
    const bytes = Uint8Array.from(Buffer.from(bitSlicesWasm, 'base64'));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const kernel = exports as unknown as Record<'rows' | 'slices', WebAssembly.Global> & {
      memory: WebAssembly.Memory;
      toSlices(groups: number, rowBytes: number, first: number, bits: number, stride: number): void;
      wipe(rowBytes: number, sliceBytes: number): void;
    };
    const memory = new Uint8Array(kernel.memory.buffer);
    const untouched = memory.slice();
    memory.set(rng(128 * 12), kernel.rows.value);
    kernel.toSlices(1, 12, 0, 72, 80);
    expect(memory.filter((byte, i) => byte !== untouched[i]).length).toBeGreaterThan(2000);
    kernel.wipe(128 * 12, 72 * 80);
    expect(Buffer.compare(memory, untouched)).toBe(0);
  });
});
