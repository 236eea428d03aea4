import { chacha20 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../src/crypto/bytes.ts';
import { Prg, type PrgDraw } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { columnCell, unpackJob } from './columns.ts';
import { findJob } from './find.ts';
import { sealJob } from './steps.ts';
import { applyRowKeys, type Derivation, type EvaluatedRows, RowHash, SALT_BYTES, SlotHash, TagIndex } from './tags.ts';

const rng = insecureSeededRng('tags');
const rows: EvaluatedRows = { sid: rng(32), records: rng(66), values: rng(64), valueBytes: 32 };
const derive = (derivation: Derivation, index = 0, occurrence = 0, from: EvaluatedRows = rows): string =>
  toHex(new RowHash(derivation, from).of(Uint32Array.of(index), Uint32Array.of(occurrence)));

const saltOf = (label: string): PrgDraw => new Prg(rng(32), rows.sid, label).draw(SALT_BYTES);
const salt = saltOf('salt');

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  out[at] ^= 1;
  return out;
}

describe('RowHash', () => {
  it('separates tag, row key, confirmation and size tag, accounts and occurrences', () => {
    const names: readonly Derivation[] = ['overlap-tag', 'overlap-payload', 'overlap-confirm', 'overlap-size'];
    const seen = names.flatMap((name) => [derive(name), derive(name, 1)]);
    seen.push(derive('overlap-tag', 0, 1), derive('overlap-payload', 0, 1), derive('overlap-tag', 0, 256));
    expect(new Set(seen).size).toBe(11);
  });

  it.each([
    ['run id', { ...rows, sid: changed(rows.sid, 31) }],
    ['tag byte of the record', { ...rows, records: changed(rows.records, 0) }],
    ['digest of the record', { ...rows, records: changed(rows.records, 32) }],
    ['value', { ...rows, values: changed(rows.values, 31) }],
  ])('changes with the %s', (_what, other) => {
    expect(derive('overlap-tag', 0, 0, other)).not.toBe(derive('overlap-tag'));
  });

  it('has no record in a size tag, and everything else', () => {
    const size = (other: Partial<EvaluatedRows>): string => derive('overlap-size', 0, 0, { ...rows, ...other });
    expect(size({ records: new Uint8Array(0) })).toBe(derive('overlap-size'));
    expect(size({ sid: changed(rows.sid, 0) })).not.toBe(derive('overlap-size'));
    expect(size({ values: changed(rows.values, 0) })).not.toBe(derive('overlap-size'));
  });
});

const applied = (keys: Uint8Array, contents: Uint8Array, width: number): Uint8Array =>
  finish(applyRowKeys(keys, contents, width));

describe('applyRowKeys', () => {
  it('gives the content back with the same key and nothing like it with another', () => {
    const [key, content] = [rng(32), rng(72)];
    const sealed = applied(key, content, 72);
    expect(applied(key, sealed, 72)).toEqual(content);
    const wrong = applied(changed(key, 0), sealed, 72);
    expect(wrong.filter((byte, k) => byte === content[k]).length).toBeLessThan(8);
  });

  it.each([1, 20, 64, 72])('encrypts each row of %i bytes with the stream of its own key', (width) => {
    const count = 1025;
    const [keys, contents] = [rng(32 * count), rng(width * count)];
    const sealed = applied(keys, contents, width);
    for (const row of [0, 1, 1023, 1024]) {
      const content = contents.subarray(row * width, (row + 1) * width);
      const expected = chacha20(keys.subarray(32 * row, 32 * row + 32), new Uint8Array(12), content);
      expect(sealed.subarray(row * width, (row + 1) * width)).toEqual(expected);
    }
  });
});

describe('TagIndex', () => {
  it.each([1, 2, 64, 1000])('finds each of %i rows by its tag and no other', (count) => {
    const packed = rng(count * 13);
    const index = finish(TagIndex.of(packed, { rowBytes: 13, tagBytes: 8, salt }));
    for (let row = 0; row < count; row++) {
      expect(index.find(packed, row * 13)).toBe(row);
    }
    for (let k = 0; k < 100; k++) expect(index.find(rng(32), 0)).toBe(-1);
  });

  it('finds rows when a peer gave all of them the same first word', () => {
    const tags = Array.from({ length: 500 }, () => concatBytes(new Uint8Array(4), rng(4)));
    const index = finish(TagIndex.of(concatBytes(...tags), { rowBytes: 8, tagBytes: 8, salt }));
    for (const [row, tag] of tags.entries()) expect(index.find(tag, 0)).toBe(row);
  });
});

describe('SlotHash', () => {
  const options = { tagBytes: 8, bits: 10 };
  const fullest = (tags: readonly Uint8Array[], hash: SlotHash): number => {
    const counts = new Uint32Array(1024);
    for (const tag of tags) counts[hash.slot(tag, 0)]++;
    return Math.max(...counts);
  };

  it('spreads tags that a peer chose to be alike, or to share a slot under a salt of its own', () => {
    const theirs = new SlotHash(saltOf('theirs'), options);
    const chosen: Uint8Array[] = [];
    while (chosen.length < 500) {
      const tag = rng(8);
      if (theirs.slot(tag, 0) === 7) chosen.push(tag);
    }
    // The check can fail: under the salt that they were chosen for, all share one slot.
    expect(fullest(chosen, theirs)).toBe(500);
    const ours = new SlotHash(salt, options);
    expect(fullest(chosen, ours)).toBeLessThan(10);
    const alike = Array.from({ length: 500 }, (_, k) => Uint8Array.of(1, 2, 3, 4, 5, 6, k >>> 8, k & 255));
    expect(fullest(alike, ours)).toBeLessThan(10);
  });
});

describe('sealJob', () => {
  it('hides equal contents under different keys, and the content behind the tag as sent', () => {
    const count = 64;
    const list = { sid: rng(32), records: rng(33 * count), values: rng(32 * count), valueBytes: 32 };
    const payload = new Uint8Array(count * 20).fill(0x55);
    const sealed = finish(
      sealJob.run({
        ...list,
        shape: { tagBytes: 8, payloadBytes: 20 },
        sizeOnly: false,
        occurrences: new Uint32Array(count),
        payload,
      }),
    );
    const contents = Array.from({ length: count }, (_, row) => toHex(sealed.subarray(row * 28 + 8, row * 28 + 28)));
    expect(new Set(contents).size).toBe(count);
    const [own] = contents;
    const sent = new Uint8Array(32);
    sent.set(sealed.subarray(0, 8));
    expect(toHex(applied(sent, sealed.subarray(8, 28), 20))).not.toBe(toHex(payload.subarray(0, 20)));
    const tag = new RowHash('overlap-tag', list).of(Uint32Array.of(0), Uint32Array.of(0));
    expect(toHex(applied(tag, sealed.subarray(8, 28), 20))).not.toBe(toHex(payload.subarray(0, 20)));
    // The receiver of that row does find it.
    const found = finish(
      findJob.run({
        ...list,
        shape: { tagBytes: 8, payloadBytes: 20 },
        rows: sealed,
        itemOfSlot: Int32Array.from({ length: count }, (_, k) => k),
        itemCount: count,
        salt,
      }),
    );
    expect(found.payload).toEqual(payload);
    expect(own).not.toBe(toHex(found.payload.subarray(0, 20)));
  });
});

describe('unpackJob', () => {
  it('reads something from every content, so that no run fails at a common account alone', () => {
    const columns = [
      { name: 'a', bytes: 3 },
      { name: 'b', bytes: 1 },
    ];
    const packed = concatBytes(rng(6 * 500), new Uint8Array(6).fill(255));
    const { a, b } = finish(unpackJob.run({ packed, columns }));
    expect([a.lengths.length, b.lengths.length]).toEqual([501, 501]);
    for (let row = 0; row < 501; row++) {
      expect(columnCell(a, row)).toEqual(packed.subarray(6 * row + 1, 6 * row + 1 + Math.min(3, packed[6 * row])));
    }
    expect([columnCell(a, 500).length, columnCell(b, 500).length]).toEqual([3, 1]);
  });
});
