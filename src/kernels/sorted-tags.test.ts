import { describe, expect, it } from 'vitest';
import { Prg } from '../crypto/prg.ts';
import { referenceSortedTags, type SortedTags, type TagRows } from '../crypto/sorted-tags.ts';
import { finish } from '../crypto/steps.ts';
import { sortedTagsWasm } from './generated/sorted-tags-wasm.ts';
import { sortedTagsFromModule, sortedTagsKernel } from './sorted-tags.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function rowsOf(count: number, rowBytes: number, tagBytes: number): TagRows {
  const prg = new Prg(new Uint8Array(32).fill(rowBytes), new Uint8Array(), `sorted tags ${count}`);
  return { rows: prg.bytes(count * rowBytes), rowBytes, tagBytes };
}

const sorted = (by: SortedTags, tagRows: TagRows): Uint8Array => finish(by.sort(tagRows));

function found(by: SortedTags, tagRows: TagRows, digests: Uint8Array): readonly number[] {
  const index = finish(by.index(tagRows));
  const out = new Int32Array(digests.length / 32);
  index.findAll(digests, out);
  index.close();
  return [...out];
}

const matched = (by: SortedTags, tagRows: TagRows, tags: Uint8Array): readonly number[] => [
  ...finish(by.match(tagRows, tags)),
];

/** The tags of digests, packed. */
function packed(digests: Uint8Array, tagBytes: number): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: digests.length / 32 }, (_, k) => [...digests.subarray(32 * k, 32 * k + tagBytes)]).flat(),
  );
}

/** Digests that begin with the tags of some rows, then strangers, then tags that differ in their last byte. */
function digestsFor({ rows, rowBytes, tagBytes }: TagRows): Uint8Array {
  const count = rows.length / rowBytes;
  const strangers = new Prg(new Uint8Array(32).fill(9), new Uint8Array(), 'strangers').bytes(32 * 40);
  const digests = new Uint8Array(32 * Math.min(count, 3000) + strangers.length);
  digests.set(strangers, digests.length - strangers.length);
  for (let k = 0; k < Math.min(count, 3000); k++) {
    const row = (k * 7919) % count;
    digests.set(rows.subarray(row * rowBytes, row * rowBytes + tagBytes), 32 * k);
    if (k % 5 === 0) digests[32 * k + tagBytes - 1] ^= 1;
  }
  return digests;
}

/** [rows, bytes of a row, bytes of a tag]: none, one, around powers of two, all lengths of tags, with columns behind. */
const CASES: readonly (readonly [number, number, number])[] = [
  [0, 8, 8],
  [1, 7, 7],
  [2, 12, 12],
  [64, 10, 10],
  ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((tagBytes) => [1025, tagBytes, tagBytes] as const),
  [4097, 83, 11],
  [40_000, 11, 11],
  [40_000, 20, 9],
];

describe('sortedTagsKernel', () => {
  it('is the module, not the reference', () => {
    expect(sortedTagsKernel()).not.toBe(referenceSortedTags);
  });

  it.each(CASES)('orders and finds as the reference does: %i rows of %i bytes with tags of %i', (...measures) => {
    const tagRows = rowsOf(...measures);
    const rows = sorted(referenceSortedTags, tagRows);
    expect(hex(sorted(sortedTagsKernel(), tagRows))).toBe(hex(rows));
    const digests = digestsFor({ ...tagRows, rows });
    const expected = found(referenceSortedTags, { ...tagRows, rows }, digests);
    expect(found(sortedTagsKernel(), { ...tagRows, rows }, digests)).toEqual(expected);
    const tags = packed(digests, tagRows.tagBytes);
    expect(matched(sortedTagsKernel(), { ...tagRows, rows }, tags)).toEqual(expected);
    if (measures[0] > 1000) expect(expected.filter((row) => row >= 0).length).toBeGreaterThan(500);
  });

  it('orders rows that differ late or not at all, those of one tag as they came', () => {
    const rowBytes = 13;
    const rows = new Uint8Array(3000 * rowBytes).fill(7);
    for (let row = 0; row < 3000; row++) {
      rows[row * rowBytes + 11] = row % 3;
      rows[row * rowBytes + 12] = row;
    }
    const tagRows = { rows, rowBytes, tagBytes: 12 };
    expect(hex(sorted(sortedTagsKernel(), tagRows))).toBe(hex(sorted(referenceSortedTags, tagRows)));
  });

  it('ends, and finds no tag that is not there, when a peer sends rows in any order', () => {
    const tagRows = rowsOf(5000, 11, 11);
    const digests = digestsFor(tagRows);
    for (const [k, row] of found(sortedTagsKernel(), tagRows, digests).entries()) {
      expect(row).toBeLessThan(5000);
      if (row >= 0) {
        expect(hex(tagRows.rows.subarray(11 * row, 11 * row + 11))).toBe(hex(digests.subarray(32 * k, 32 * k + 11)));
      }
    }
    for (const [k, row] of matched(sortedTagsKernel(), tagRows, packed(digests, 11)).entries()) {
      if (row < 0) continue;
      expect(hex(tagRows.rows.subarray(11 * row, 11 * row + 11))).toBe(hex(digests.subarray(32 * k, 32 * k + 11)));
    }
  });

  it('refuses rows that are no whole number, and tags that are too long or too short', () => {
    for (const by of [sortedTagsKernel(), referenceSortedTags]) {
      for (const [length, rowBytes, tagBytes] of [
        [101, 10, 8],
        [130, 13, 13],
        [100, 10, 3],
        [100, 10, 11],
      ]) {
        expect(() => finish(by.sort({ rows: new Uint8Array(length), rowBytes, tagBytes }))).toThrow(RangeError);
      }
    }
  });
});

describe('sortedTagsFromModule', () => {
  it('gives nothing for bytes that are no module, and for a module whose code was changed', () => {
    expect(sortedTagsFromModule(sortedTagsWasm)).toBeDefined();
    expect(sortedTagsFromModule('AGFzbQEAAAA=')).toBeUndefined();
    const bytes = Buffer.from(sortedTagsWasm, 'base64');
    // A comparison of unsigned numbers becomes one of signed ones: valid code, wrong order.
    const at = bytes.indexOf(Buffer.from([0x54]));
    const changes = [];
    for (let from = at; from >= 0; from = bytes.indexOf(Buffer.from([0x54]), from + 1)) {
      const changed = Buffer.from(bytes);
      changed[from] = 0x53;
      changes.push(sortedTagsFromModule(changed.toString('base64')));
    }
    expect(changes).toContain(undefined);
  });
});
