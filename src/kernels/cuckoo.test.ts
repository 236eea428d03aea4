import { describe, expect, it } from 'vitest';
import { asBytes } from '../crypto/bytes.ts';
import { referenceCuckoo } from '../crypto/cuckoo.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { InternalError, UsageError } from '../errors.ts';
import { finish } from '../crypto/steps.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { cuckooFromModule, cuckooKernel } from './cuckoo.ts';
import { cuckooWasm } from './generated/cuckoo-wasm.ts';

const rng = insecureSeededRng('cuckoo kernel', 1);
const digests = (count: number): Uint8Array => rng(count * RECORD_BYTES);

describe('cuckooKernel', () => {
  it('cuckooKernel is the module, not the reference', () => {
    expect(cuckooKernel()).not.toBe(referenceCuckoo);
  });

  it.each([
    [0, 3],
    [1, 3],
    [3, 3],
    [100, 140],
    [8192, 10_656],
    [8193, 10_656],
    [20_000, 25_500],
  ])('gives %i items the bins and places of the reference among %i', (count, bins) => {
    const items = digests(count);
    const positions = finish(cuckooKernel().positions(items, bins));
    expect(Buffer.compare(asBytes(positions), asBytes(finish(referenceCuckoo.positions(items, bins))))).toBe(0);
    const [own, expected] = [cuckooKernel(), referenceCuckoo].map((cuckoo) => finish(cuckoo.insert(positions, bins)));
    expect(own.length).toBe(bins);
    expect(own.every((item, bin) => item === expected[bin])).toBe(true);
  });

  it.each([
    [0, 3],
    [1, 9],
    [8193, 10_656],
    [20_000, 25_500],
  ])('fills the records of %i items among %i as the reference does, and no others', (count, bins) => {
    const items = digests(count);
    const itemOfBin = finish(cuckooKernel().insert(finish(cuckooKernel().positions(items, bins)), bins));
    const before = digests(bins);
    const [own, expected] = [cuckooKernel(), referenceCuckoo].map((cuckoo) => {
      const records = before.slice();
      finish(cuckoo.writeDigests(records, { digests: items, itemOfBin }));
      return records;
    });
    expect(Buffer.compare(own, expected)).toBe(0);
    const rowOf = (rows: Uint8Array, row: number): Uint8Array =>
      rows.subarray(row * RECORD_BYTES, (row + 1) * RECORD_BYTES);
    for (const [bin, item] of itemOfBin.entries()) {
      const rows = item < 0 ? rowOf(before, bin) : rowOf(items, item);
      expect(Buffer.compare(rowOf(own, bin), rows)).toBe(0);
    }
  });

  it('refuses records that are not one for each bin, and items that are none', () => {
    for (const cuckoo of [cuckooKernel(), referenceCuckoo]) {
      const write = (...itemOfBin: readonly number[]) =>
        finish(cuckoo.writeDigests(digests(4), { digests: digests(2), itemOfBin: Int32Array.from(itemOfBin) }));
      expect(() => write(0, 0, 0)).toThrow(RangeError);
      expect(() => write(-1, 0, 2, 1)).toThrow(RangeError);
      expect(() => write(-1, 0, -1, 1)).not.toThrow();
    }
  });

  it.each([
    ['lowest', 0],
    ['highest', 255],
  ])('gives the bins of the reference for the %s digests', (_which, byte) => {
    const items = new Uint8Array(4 * RECORD_BYTES).fill(byte);
    for (const bins of [3, 4, 172_032, 2 ** 24]) {
      expect(finish(cuckooKernel().positions(items, bins))).toEqual(finish(referenceCuckoo.positions(items, bins)));
    }
  });

  it('throws as the reference does where items have too few bins, and works on', () => {
    const four = Uint32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
    for (const cuckoo of [cuckooKernel(), referenceCuckoo]) {
      expect(() => finish(cuckoo.insert(four, 9))).toThrow(InternalError);
      expect(finish(cuckoo.insert(four.subarray(3), 4)).toSorted()).toEqual(Int32Array.of(-1, 0, 1, 2));
    }
  });

  it('refuses parts of digests and too few bins', () => {
    for (const cuckoo of [cuckooKernel(), referenceCuckoo]) {
      expect(() => finish(cuckoo.positions(new Uint8Array(33), 9))).toThrow(RangeError);
      expect(() => finish(cuckoo.positions(digests(1), 2))).toThrow(UsageError);
      expect(() => finish(cuckoo.insert(new Uint32Array(0), 2))).toThrow(UsageError);
    }
  });
});

describe('cuckooFromModule', () => {
  it('gives nothing for a module that is cut off, or that has a wrong constant', () => {
    expect(cuckooFromModule(cuckooWasm.slice(0, 300))).toBeUndefined();
    const bytes = Uint8Array.from(atob(cuckooWasm), (character) => character.charCodeAt(0));
    // i32.const 32, the bytes of a digest: at a stride of 33 others are read.
    for (let at = 0; at + 1 < bytes.length; at++) if (bytes[at] === 0x41 && bytes[at + 1] === 32) bytes[at + 1] = 33;
    expect(cuckooFromModule(btoa(String.fromCharCode(...bytes)))).toBeUndefined();
  });
});
