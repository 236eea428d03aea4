import { chacha20 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../src/crypto/bytes.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { columnCell, unpackJob } from './columns.ts';
import { findJob } from './find.ts';
import { sealJob, tagsJob } from './steps.ts';
import { applyRowKeys, type Derivation, type EvaluatedRows, RowHash } from './tags.ts';

const rng = insecureSeededRng('tags');
const rows: EvaluatedRows = { sid: rng(32), records: rng(64), values: rng(64), valueBytes: 32 };
const derive = (derivation: Derivation, index = 0, occurrence = 0, from: EvaluatedRows = rows): string =>
  toHex(new RowHash(derivation, from).of(Uint32Array.of(index), Uint32Array.of(occurrence)));

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
    ['first byte of the record', { ...rows, records: changed(rows.records, 0) }],
    ['last byte of the record', { ...rows, records: changed(rows.records, 31) }],
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

describe('sealJob', () => {
  it('hides equal contents under different keys, and the content behind the tag as sent', () => {
    const count = 64;
    const list = { sid: rng(32), records: rng(32 * count), values: rng(32 * count), valueBytes: 32 };
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
        tags: finish(tagsJob.run({ ...list, tagBytes: 8 })),
        itemCount: count,
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
