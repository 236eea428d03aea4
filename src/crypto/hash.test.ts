import { createHash } from 'node:crypto';
import { blake2s } from '@noble/hashes/blake2.js';
import { describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { referenceBlake2s } from './blake2s.ts';
import { concatBytes, toHex, u32le, utf8 } from './bytes.ts';
import { hashLong, hashTuple, RecordHash } from './hash.ts';
import { finish } from './steps.ts';

const rng = insecureSeededRng('hash.test', 1);
const sid = rng(32);

/** hashTuple, written out with another SHA-256. */
function tuple(label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  const parts = [utf8('blindflag/1'), utf8(label), ...fields].flatMap((field) => [u32le(field.length), field]);
  return createHash('sha256')
    .update(concatBytes(...parts))
    .digest();
}

describe('hashTuple', () => {
  it('is SHA-256 of the fields with their lengths', () => {
    expect(toHex(hashTuple('label', sid, new Uint8Array(0)))).toBe(toHex(tuple('label', sid, new Uint8Array(0))));
  });

  it('differs where bytes move from one field to another', () => {
    const [a, b] = [utf8('ab'), utf8('c')];
    expect(hashTuple('label', a, b)).not.toEqual(hashTuple('label', utf8('a'), utf8('bc')));
    expect(hashTuple('label', a, b)).not.toEqual(hashTuple('label', utf8('abc')));
  });
});

describe('RecordHash', () => {
  const kind = { widths: [4, 33], context: [sid], blake2s: referenceBlake2s };
  const digests = (label: string, options: Partial<typeof kind>, ...columns: readonly Uint8Array[]): Uint8Array =>
    finish(new RecordHash(label, { ...kind, ...options }).digests(...columns));

  it.each([0, 1, 3, 1024, 1025, 2500])('is keyed BLAKE2s of the columns side by side for %i records', (count) => {
    const [numbers, records] = [rng(4 * count), rng(33 * count)];
    const out = digests('x', {}, numbers, records);
    const key = tuple('record x', concatBytes(u32le(4), u32le(33)), sid);
    expect(out).toHaveLength(32 * count);
    for (const i of [0, 1, 1023, 1024, count - 1].filter((k) => k >= 0 && k < count)) {
      const record = concatBytes(numbers.subarray(4 * i, 4 * i + 4), records.subarray(33 * i, 33 * i + 33));
      expect(toHex(out.subarray(32 * i, 32 * i + 32))).toBe(toHex(blake2s(record, { key })));
    }
  });

  it.each([1, 10, 16, 17, 31])('gives the first %i bytes of each digest', (bytes) => {
    const count = 1030;
    const columns = [rng(4 * count), rng(33 * count)];
    const hash = new RecordHash('x', kind);
    const all = finish(hash.digests(...columns));
    const expected = Array.from({ length: count }, (_, i) => toHex(all.subarray(32 * i, 32 * i + bytes))).join('');
    expect(toHex(finish(hash.prefixes(columns, bytes)))).toBe(expected);
  });

  it('differs with label, context and widths of the columns', () => {
    const record = rng(37);
    const [head, tail] = [record.subarray(0, 4), record.subarray(4)];
    const seen = [
      digests('x', {}, head, tail),
      digests('y', {}, head, tail),
      digests('x', { context: [rng(32)] }, head, tail),
      digests('x', { context: [] }, head, tail),
      digests('x', { widths: [5, 32] }, record.subarray(0, 5), record.subarray(5)),
      digests('x', { widths: [37] }, record),
    ];
    expect(new Set(seen.map(toHex)).size).toBe(seen.length);
  });

  it('refuses columns that do not fit', () => {
    expect(() => digests('x', {}, rng(4))).toThrow(RangeError);
    expect(() => digests('x', {}, rng(8), rng(33))).toThrow(RangeError);
    expect(() => digests('x', {}, rng(5), rng(33))).toThrow(RangeError);
  });
});

describe('hashLong', () => {
  const long = (bytes: Uint8Array, label = 'x'): string => toHex(finish(hashLong(label, bytes, referenceBlake2s)));

  it.each([0, 1, 4095, 4096, 4097, 65_536, 66_000])('is SHA-256 of the leaves of %i bytes', (length) => {
    const bytes = rng(length);
    const leaves: Uint8Array[] = [];
    for (let at = 0; at < length; at += 4096) {
      leaves.push(blake2s(bytes.subarray(at, at + 4096), { key: tuple('leaf x') }));
    }
    expect(long(bytes)).toBe(toHex(tuple('long x', utf8(String(length)), concatBytes(...leaves))));
  });

  it('differs with every byte, the length and the label', () => {
    const bytes = new Uint8Array(8300);
    const seen = [long(bytes), long(bytes, 'y'), long(bytes.subarray(1)), long(new Uint8Array(8301))];
    for (const at of [0, 4095, 4096, 8191, 8192, 8299]) {
      const other = bytes.slice();
      other[at] = 1;
      seen.push(long(other));
    }
    expect(new Set(seen).size).toBe(seen.length);
  });
});
