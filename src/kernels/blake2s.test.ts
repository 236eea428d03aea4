import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Blake2s,
  type ByteStrings,
  type Column,
  MAX_BLAKE2S_INPUT_BYTES,
  referenceBlake2s,
} from '../crypto/blake2s.ts';
import { concatBytes, fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { blake2sFromModule, blake2sKernel } from './blake2s.ts';
import { blake2sWasm } from './generated/blake2s-wasm.ts';

const SEED = 1;
const rng = insecureSeededRng('blake2s.test', SEED);
const NO_KEY = new Uint8Array(0);

/** RFC 7693 Appendix B. */
const ABC = '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982';
/** Key 00 01 .. 1f, input 00 01 .. of so many bytes: from the BLAKE2 authors' blake2s-kat.txt, as OpenSSL's too. */
const KEYED: readonly (readonly [length: number, digest: string])[] = [
  [1, '40d15fee7c328830166ac3f918650f807e7e01e177258cdc0a39b11f598066f1'],
  [63, 'c65382513f07460da39833cb666c5ed82e61b9e998f4b0c4287cee56c3cc9bcd'],
  [64, '8975b0577fd35566d750b362b0897a26c399136df07bababbde6203ff2954ed4'],
  [65, '21fe0ceb0052be7fb0f004187cacd7de67fa6eb0938d927677f2398c132317a8'],
  [128, '0c311f38c35a4fb90d651c289d486856cd1413df9b0677f53ece2cd9e477c60a'],
  [255, '3fb735061abc519dfe979e54c1ee5bfad0a9d858b3315bad34bde999efd724dd'],
];
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 255);

function rowsOf(by: Blake2s, count: number, key: Uint8Array, columns: readonly Column[]): Uint8Array {
  const out = new Uint8Array(32 * count).fill(0xaa);
  by.hashRowsInto(out, key, columns);
  return out;
}

function stringsOf(by: Blake2s, key: Uint8Array, strings: ByteStrings): Uint8Array {
  const out = new Uint8Array(32 * strings.ends.length).fill(0xaa);
  by.hashStringsInto(out, key, strings);
  return out;
}

function joined(parts: readonly Uint8Array[]): ByteStrings {
  let end = 0;
  return { bytes: concatBytes(...parts), ends: Uint32Array.from(parts, (part) => (end += part.length)) };
}

const openssl = (input: Uint8Array): Uint8Array => createHash('blake2s256').update(input).digest();

const IMPLEMENTATIONS: [string, Blake2s][] = [
  ['referenceBlake2s', referenceBlake2s],
  ['blake2sKernel', blake2sKernel()],
];

it('blake2sKernel is the WebAssembly module when Node runs it', () => {
  expect(blake2sKernel()).not.toBe(referenceBlake2s);
});

describe.each(IMPLEMENTATIONS)('%s', (_name, blake2s) => {
  it('gives the digest of RFC 7693 Appendix B', () => {
    const column = { bytes: utf8('abcabc'), width: 3 };
    expect(toHex(rowsOf(blake2s, 2, NO_KEY, [column]))).toBe(ABC + ABC);
    expect(toHex(stringsOf(blake2s, NO_KEY, joined([utf8('abc')])))).toBe(ABC);
  });

  it('gives the digests of the authors’ test vectors under a key', () => {
    const key = counting(32);
    const expected = KEYED.map(([, digest]) => digest).join('');
    expect(toHex(stringsOf(blake2s, key, joined(KEYED.map(([length]) => counting(length)))))).toBe(expected);
    for (const [length, digest] of KEYED) {
      expect(toHex(rowsOf(blake2s, 1, key, [{ bytes: counting(length), width: length }]))).toBe(digest);
    }
  });

  it(`agrees with OpenSSL about strings of every length up to 200 (seed ${SEED})`, () => {
    const parts = Array.from({ length: 200 }, (_, k) => rng(k + 1));
    expect(toHex(stringsOf(blake2s, NO_KEY, joined(parts)))).toBe(parts.map((part) => toHex(openssl(part))).join(''));
  });

  it.each([1, 10, 16, 17, 31])('keeps the first %i bytes of the digest of each row', (bytes) => {
    const contents = rng(300 * 20);
    const out = new Uint8Array(300 * bytes);
    blake2s.hashRowsInto(out, NO_KEY, [{ bytes: contents, width: 20 }]);
    for (let row = 0; row < 300; row++) {
      const expected = openssl(contents.subarray(20 * row, 20 * row + 20)).subarray(0, bytes);
      expect(toHex(out.subarray(bytes * row, bytes * (row + 1)))).toBe(toHex(expected));
    }
  });

  it('refuses what does not fit', () => {
    const out = new Uint8Array(64);
    const refuses = (work: () => void): void => expect(work).toThrow(RangeError);
    const column = (bytes: number, width: number): Column => ({ bytes: new Uint8Array(bytes), width });
    refuses(() => blake2s.hashRowsInto(out.subarray(1), NO_KEY, [column(8, 4)]));
    refuses(() => blake2s.hashRowsInto(out, new Uint8Array(33), [column(8, 4)]));
    refuses(() => blake2s.hashRowsInto(out, NO_KEY, [column(4, 4)]));
    refuses(() => blake2s.hashRowsInto(out.subarray(24), NO_KEY, [column(5, 4)]));
    refuses(() => blake2s.hashRowsInto(out, NO_KEY, [column(0, 4)]));
    refuses(() => blake2s.hashRowsInto(new Uint8Array(0), NO_KEY, [column(8, 4)]));
    refuses(() => blake2s.hashRowsInto(out, NO_KEY, [column(8, 4), column(9, 4)]));
    refuses(() => blake2s.hashRowsInto(out, NO_KEY, [column(0, 0)]));
    refuses(() => blake2s.hashRowsInto(out, NO_KEY, []));
    refuses(() => blake2s.hashRowsInto(out, NO_KEY, [column(8194, 4097)]));
    const ends = (...values: number[]): Uint32Array => Uint32Array.from(values);
    const bytes = new Uint8Array(8);
    refuses(() => blake2s.hashStringsInto(out, NO_KEY, { bytes, ends: ends(8) }));
    refuses(() => blake2s.hashStringsInto(out, NO_KEY, { bytes, ends: ends(4, 9) }));
    refuses(() => blake2s.hashStringsInto(out, NO_KEY, { bytes, ends: ends(4, 4) }));
    refuses(() => blake2s.hashStringsInto(out, NO_KEY, { bytes, ends: ends(9, 8) }));
    refuses(() => blake2s.hashStringsInto(out, NO_KEY, { bytes: new Uint8Array(4098), ends: ends(1, 4098) }));
    expect(out).toEqual(new Uint8Array(64));
    // One byte less is in order.
    blake2s.hashStringsInto(out, NO_KEY, { bytes: new Uint8Array(4097), ends: ends(1, 4097) });
  });

  it('leaves its inputs as they were and takes views at odd places', () => {
    const whole = rng(300);
    const before = whole.slice();
    const [key, bytes] = [whole.subarray(3, 35), whole.subarray(37, 297)];
    const digests = rowsOf(blake2s, 4, key, [
      { bytes: bytes.subarray(0, 132), width: 33 },
      { bytes: bytes.subarray(132), width: 32 },
    ]);
    expect(whole).toEqual(before);
    const rows = [0, 1, 2, 3].map((i) =>
      concatBytes(bytes.slice(33 * i, 33 * i + 33), bytes.slice(132 + 32 * i, 164 + 32 * i)),
    );
    expect(toHex(digests)).toBe(toHex(stringsOf(referenceBlake2s, key, joined(rows))));
  });
});

/** Column widths of rows: below, at and beyond blocks and the 16 bytes that columns are copied by. */
const WIDTHS: readonly (readonly number[])[] = [
  [1],
  [32],
  [63],
  [64],
  [65],
  [200],
  [MAX_BLAKE2S_INPUT_BYTES],
  [4, 33, 16],
  [33, 4, 32],
  [1, 1, 1],
  [16, 16, 32],
  [15, 1, 17, 31],
  [1, MAX_BLAKE2S_INPUT_BYTES - 1],
];

describe('blake2sKernel', () => {
  const kernel = blake2sKernel();

  it.each(WIDTHS.map((widths) => [widths.join(' + '), widths] as const))(
    `gives the bytes of referenceBlake2s for rows of %s bytes (seed ${SEED})`,
    (_what, widths) => {
      for (const count of widths.some((width) => width > 1000) ? [1, 5, 37] : [0, 1, 2, 3, 4, 5, 511, 512, 513, 1100]) {
        const key = count % 2 === 0 ? NO_KEY : rng(1 + (count % 32));
        const columns = widths.map((width) => ({ bytes: rng(width * count), width }));
        const digests = rowsOf(kernel, count, key, columns);
        expect(Buffer.compare(digests, rowsOf(referenceBlake2s, count, key, columns))).toBe(0);
        if (count === 0) continue;
        // The comparison can fail: one bit of the last row makes another digest.
        columns[0].bytes[columns[0].bytes.length - 1] ^= 1;
        expect(Buffer.compare(digests, rowsOf(kernel, count, key, columns))).not.toBe(0);
      }
    },
  );

  it(`gives the bytes of referenceBlake2s for strings of mixed lengths (seed ${SEED})`, () => {
    const lengths = new DataView(rng(4 * 1000).buffer);
    for (const longest of [4, 64, 65, 300]) {
      const parts = Array.from({ length: 1000 }, (_, k) => rng(1 + (lengths.getUint32(4 * k) % longest)));
      const strings = joined(parts);
      const key = rng(32);
      expect(Buffer.compare(stringsOf(kernel, key, strings), stringsOf(referenceBlake2s, key, strings))).toBe(0);
    }
  });

  it('gives the bytes of referenceBlake2s when the longest strings stand beside the shortest', () => {
    const lengths = Array.from({ length: 60 }, (_, k) => [1, MAX_BLAKE2S_INPUT_BYTES, 64, 4095, 128, 2][k % 6]);
    const strings = joined(lengths.map((length) => rng(length)));
    expect(Buffer.compare(stringsOf(kernel, NO_KEY, strings), stringsOf(referenceBlake2s, NO_KEY, strings))).toBe(0);
  });

  it('gives the bytes of referenceBlake2s when all bits are equal', () => {
    for (const value of [0, 0xff]) {
      const columns = [7, 64].map((width) => ({ bytes: new Uint8Array(5 * width).fill(value), width }));
      const key = new Uint8Array(32).fill(value);
      expect(rowsOf(kernel, 5, key, columns)).toEqual(rowsOf(referenceBlake2s, 5, key, columns));
    }
  });
});

describe('blake2sFromModule', () => {
  const module = Uint8Array.from(Buffer.from(blake2sWasm, 'base64'));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

  it('is undefined when the module is damaged', () => {
    expect(blake2sFromModule(base64(module))).toBeDefined();
    expect(blake2sFromModule(base64(module.subarray(0, 1000)))).toBeUndefined();
    expect(blake2sFromModule('no base64 at all')).toBeUndefined();
  });

  it('is undefined when the module runs but gives wrong answers', () => {
    // The last word of the initial state, little-endian.
    const at = Buffer.from(module).indexOf(fromHex('19cde05b'));
    expect(at).toBeGreaterThan(0);
    const damaged = module.slice();
    damaged[at] ^= 1;
    expect(blake2sFromModule(base64(damaged))).toBeUndefined();
  });
});

describe('blake2sWasm', () => {
  it('leaves nothing in memory when wiped', () => {
    const bytes = Uint8Array.from(Buffer.from(blake2sWasm, 'base64'));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const kernel = exports as unknown as Record<'inputs' | 'column' | 'ends' | 'key', WebAssembly.Global> & {
      memory: WebAssembly.Memory;
      start(keyBytes: number): void;
      place(count: number, width: number, offset: number, stride: number): void;
      hashRows(count: number, rowBytes: number, stride: number): void;
      hashItems(count: number): void;
      wipe(count: number, inputBytes: number, columnBytes: number): void;
    };
    const memory = new Uint8Array(kernel.memory.buffer);
    const untouched = memory.slice();
    memory.set(rng(32), kernel.key.value);
    kernel.start(32);
    memory.set(rng(33 * 7), kernel.column.value);
    kernel.place(7, 33, 0, 96);
    memory.set(rng(20 * 7), kernel.column.value);
    kernel.place(7, 20, 33, 96);
    kernel.hashRows(7, 53, 96);
    new Uint32Array(kernel.memory.buffer, kernel.ends.value, 10).set([1, 2, 3, 100, 120, 121, 128, 128, 128, 128]);
    kernel.hashItems(7);
    expect(memory.filter((byte, i) => byte !== untouched[i]).length).toBeGreaterThan(1000);
    kernel.wipe(7, 7 * 96, 33 * 7);
    expect(Buffer.compare(memory, untouched)).toBe(0);
    expect(memory.length).toBe(untouched.length);
  });
});
