import { describe, expect, it } from 'vitest';
import { BodyWriter } from './writer.ts';

describe('BodyWriter', () => {
  it('writes the bytes that node Buffer writes when values are at their bounds', () => {
    const expected = Buffer.alloc(32);
    expected.writeUInt8(0xff, 0);
    expected.writeUInt16LE(0xffff, 1);
    expected.writeUInt32LE(0xffff_ffff, 3);
    expected.writeBigUInt64LE(2n ** 64n - 1n, 7);
    expected.writeBigUInt64LE(2n ** 53n - 1n, 15);
    expected.write('\x02ok', 23, 'latin1');
    expected.writeUInt32LE(2, 26);
    expected.set([5, 6], 30);
    const body = new BodyWriter(32)
      .u8(0xff)
      .u16(0xffff)
      .u32(0xffff_ffff)
      .u64(2n ** 64n - 1n)
      .safeInteger(2 ** 53 - 1)
      .text('ok', 2)
      .list([5, 6], 2, (item, writer) => writer.u8(item))
      .finish();
    expect(body).toEqual(new Uint8Array(expected));
  });

  it.each([0, 1, 255, 256, 257, 511, 512, 513, 100_000])(
    'keeps all that was written when it grows to %d bytes',
    (length) => {
      const value = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
      const writer = new BodyWriter(length);
      for (const byte of value) writer.u8(byte);
      expect(Buffer.compare(writer.finish(), value)).toBe(0);
      const whole = new BodyWriter(length + 4).u32(1).bytes(value).finish();
      expect(Buffer.compare(whole.subarray(4), value)).toBe(0);
      expect(whole.byteOffset).toBe(0);
    },
  );

  const steps: readonly (readonly [string, number, (writer: BodyWriter) => unknown])[] = [
    ['u8', 1, (writer) => writer.u8(1)],
    ['u16', 2, (writer) => writer.u16(1)],
    ['u32', 4, (writer) => writer.u32(1)],
    ['u64', 8, (writer) => writer.u64(1n)],
    ['safeInteger', 8, (writer) => writer.safeInteger(1)],
    ['bytes', 300, (writer) => writer.bytes(new Uint8Array(300))],
    ['text', 4, (writer) => writer.text('abc', 3)],
    ['list', 6, (writer) => writer.list([1, 2], 2, (item) => writer.u8(item))],
  ];
  it.each(steps)('%s needs a bound of %d bytes', (_name, length, write) => {
    expect(() => write(new BodyWriter(length - 1))).toThrow(RangeError);
    expect(() => write(new BodyWriter(length - 1))).toThrow('Cannot write message: body is out of bounds');
    const writer = new BodyWriter(length);
    write(writer);
    expect(writer.finish().length).toBe(length);
  });

  const refused: readonly (readonly [string, (writer: BodyWriter) => unknown])[] = [
    ['u8 is 256', (writer) => writer.u8(256)],
    ['u8 is negative', (writer) => writer.u8(-1)],
    ['u16 is 2^16', (writer) => writer.u16(0x1_0000)],
    ['u32 is 2^32', (writer) => writer.u32(2 ** 32)],
    ['u32 is a fraction', (writer) => writer.u32(0.5)],
    ['u32 is not a number', (writer) => writer.u32(Number.NaN)],
    ['u64 is negative', (writer) => writer.u64(-1n)],
    ['u64 is 2^64', (writer) => writer.u64(2n ** 64n)],
    ['safe integer is 2^53', (writer) => writer.safeInteger(2 ** 53)],
    ['text is longer than its bound', (writer) => writer.text('zqxjk', 4)],
    ['text is not printable', (writer) => writer.text('zqxjk\n', 20)],
    ['text is not ASCII', (writer) => writer.text('银行', 20)],
    ['text bound is above 255', (writer) => writer.text('a', 256)],
    ['list is longer than its bound', (writer) => writer.list([1, 2], 1, (item) => writer.u8(item))],
    ['list item writes nothing', (writer) => writer.list([1], 1, () => undefined)],
  ];
  it.each(refused)('refuses silently about the value when a %s', (_what, write) => {
    expect(() => write(new BodyWriter(1000))).toThrow(RangeError);
    expect(() => write(new BodyWriter(1000))).toThrow(/^Cannot write message: [a-z ]+ is out of bounds$/);
  });

  it('refuses further values when it is finished', () => {
    const writer = new BodyWriter(10).u8(1);
    writer.finish();
    expect(() => writer.u8(2)).toThrow('Cannot write message: it is finished');
    expect(() => writer.finish()).toThrow('Cannot write message: it is finished');
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a bound of %d', (bound) => {
    expect(() => new BodyWriter(bound)).toThrow(RangeError);
  });
});
