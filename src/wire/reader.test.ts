import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { BodyReader } from './reader.ts';
import { BodyWriter } from './writer.ts';

const seed = 91_144;
const canary = 'zqxjkvwzqx';

/** Runs `read` on a body and demands the one right error, silent about the body. */
function expectBadMessage(body: Uint8Array, read: (reader: BodyReader) => unknown): void {
  let thrown: unknown;
  try {
    read(new BodyReader(body));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ProtocolError);
  expect(thrown).toMatchObject({ code: 'bad-message' });
  expect(String(thrown)).not.toContain(canary.slice(0, 5));
}

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

interface Entry {
  readonly flag: number;
  readonly label: string;
  readonly sums: readonly bigint[];
}

const readEntry = (reader: BodyReader): Entry => ({
  flag: reader.u16(),
  label: reader.text(20),
  sums: reader.list(3, (inner) => inner.u64()),
});

function writeEntry(entry: Entry, writer: BodyWriter): void {
  writer
    .u16(entry.flag)
    .text(entry.label, 20)
    .list(entry.sums, 3, (sum) => writer.u64(sum));
}

describe('BodyReader', () => {
  it('reads little-endian values in order when the bytes are those of node Buffer writes', () => {
    const body = Buffer.alloc(31);
    body.writeUInt8(0xfe, 0);
    body.writeUInt16LE(0xfedc, 1);
    body.writeUInt32LE(0xfedc_ba98, 3);
    body.writeBigUInt64LE(0xfedc_ba98_7654_3210n, 7);
    body.writeBigUInt64LE(BigInt(Number.MAX_SAFE_INTEGER), 15);
    body.write('\x02ok', 23, 'latin1');
    body.set([7, 8, 9, 10, 11], 26);
    const reader = new BodyReader(body);
    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([0xfe, 0xfedc, 0xfedc_ba98]);
    expect(reader.u64()).toBe(0xfedc_ba98_7654_3210n);
    expect(reader.safeInteger()).toBe(Number.MAX_SAFE_INTEGER);
    expect(reader.text(2)).toBe('ok');
    expect(reader.remaining).toBe(5);
    expect(reader.bytes(5)).toEqual(Uint8Array.of(7, 8, 9, 10, 11));
    expect(reader.bytes(0)).toEqual(new Uint8Array(0));
    reader.end();
  });

  it('returns bytes as a view when the body is a view itself', () => {
    const backing = Uint8Array.of(0, 1, 2, 3, 4);
    const taken = new BodyReader(backing.subarray(1, 4)).bytes(3);
    backing[2] = 9;
    expect(taken).toEqual(Uint8Array.of(1, 9, 3));
  });

  const sized: readonly (readonly [string, number, (reader: BodyReader) => unknown])[] = [
    ['u8', 1, (reader) => reader.u8()],
    ['u16', 2, (reader) => reader.u16()],
    ['u32', 4, (reader) => reader.u32()],
    ['u64', 8, (reader) => reader.u64()],
    ['safeInteger', 8, (reader) => reader.safeInteger()],
    ['bytes', 32, (reader) => reader.bytes(32)],
    ['text', 1, (reader) => reader.text(5)],
    ['list', 4, (reader) => reader.list(5, (inner) => inner.u8())],
  ];
  it.each(sized)('%s takes %d bytes and refuses fewer', (_name, length, read) => {
    for (let short = 0; short < length; short++) expectBadMessage(new Uint8Array(short), read);
    const reader = new BodyReader(new Uint8Array(length + 1));
    read(reader);
    expect(reader.remaining).toBe(1);
    expect(() => reader.end()).toThrow(ProtocolError);
  });

  it('refuses a safe integer when it is 2^53 or more', () => {
    for (const hex of ['0000000000002000', 'ffffffffffffffff', '0000000000000080']) {
      expectBadMessage(bytesOf(hex), (reader) => reader.safeInteger());
    }
    expect(new BodyReader(bytesOf('ffffffffffff1f00')).safeInteger()).toBe(2 ** 53 - 1);
  });

  it('refuses a text when it is too long, cut short or not printable ASCII', () => {
    const text = (value: string): Uint8Array => Buffer.concat([Uint8Array.of(value.length), Buffer.from(value)]);
    expect(new BodyReader(text(canary)).text(10)).toBe(canary);
    expect(new BodyReader(text('x'.repeat(255))).text(255)).toBe('x'.repeat(255));
    expectBadMessage(text(canary), (reader) => reader.text(9));
    expectBadMessage(text(canary).subarray(0, 8), (reader) => reader.text(10));
    for (const hex of ['0100', '011f', '017f', '0180', '01ff', '02c3a9', '010a']) {
      expectBadMessage(bytesOf(hex), (reader) => reader.text(10));
    }
  });

  it('refuses a list before its first item when the count breaks its bound or the body', () => {
    let items = 0;
    const item = (reader: BodyReader): number => {
      items++;
      return reader.u8();
    };
    expectBadMessage(bytesOf('04000000010203ff'), (reader) => reader.list(3, item));
    expectBadMessage(bytesOf('ffffffff010203'), (reader) => reader.list(0xffff_ffff, item));
    expectBadMessage(bytesOf('04000000010203'), (reader) => reader.list(4, item));
    expect(items).toBe(0);
    expect(new BodyReader(bytesOf('03000000010203')).list(3, item)).toEqual([1, 2, 3]);
    expect(items).toBe(3);
  });

  it('refuses a length as the peer’s fault when it is larger than the body, as the caller’s when it is none', () => {
    for (const length of [4, 2 ** 31, 2 ** 53, 1e300]) {
      expectBadMessage(new Uint8Array(3), (reader) => reader.bytes(length));
    }
    for (const length of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new BodyReader(new Uint8Array(3)).bytes(length)).toThrow(RangeError);
    }
    expect(() => new BodyReader(new Uint8Array(3)).text(256)).toThrow(RangeError);
    expect(() => new BodyReader(new Uint8Array(4)).list(-1, (reader) => reader.u8())).toThrow(RangeError);
  });

  it(`reads what BodyWriter wrote and refuses every prefix and extension (seed ${seed})`, () => {
    const entry: fc.Arbitrary<Entry> = fc.record({
      flag: fc.nat(0xffff),
      label: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
      sums: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 3 }),
    });
    const property = fc.property(fc.array(entry, { maxLength: 30 }), fc.nat(), (entries, cut) => {
      const body = new BodyWriter(10_000).list(entries, 30, writeEntry).finish();
      const read = (reader: BodyReader): Entry[] => {
        const list = reader.list(30, readEntry);
        reader.end();
        return list;
      };
      expect(read(new BodyReader(body))).toEqual(entries);
      expectBadMessage(body.subarray(0, cut % body.length), read);
      expectBadMessage(Uint8Array.from([...body, 0]), read);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  it(`throws nothing but bad-message on 5,000 random bodies (seed ${seed})`, () => {
    const seen = { read: 0, refused: 0 };
    const property = fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (random, shaped) => {
      // Half of the bodies start with a plausible count, so that items are reached.
      const body = shaped ? Uint8Array.from([1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, ...random.subarray(0, 1)]) : random;
      try {
        const reader = new BodyReader(body);
        reader.list(30, readEntry);
        reader.end();
        seen.read++;
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.code !== 'bad-message') throw error;
        seen.refused++;
      }
    });
    fc.assert(property, { seed, numRuns: 5_000 });
    expect(seen.read).toBeGreaterThan(10);
    expect(seen.refused).toBeGreaterThan(1_000);
  });
});
