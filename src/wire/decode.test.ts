import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr/pack';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { decodeFrame, peekFrame } from './decode.ts';
import { encodeFrame } from './encode.ts';
import { type Frame, maxFrameBytes } from './frame.ts';

const seed = 5_550_017;
/** Letters that no error text of this package has in a row. */
const canary = 'zqxjk-vwzqx';
const canaryRun = new Uint8Array(Buffer.from('zqxjkvwzqxjkvwzq'));
const samples: readonly Frame[] = [
  {
    kind: 'data',
    run: canaryRun,
    channel: `${canary}/1:bank-a`,
    sequence: 300,
    name: canary,
    last: false,
    body: new Uint8Array(Buffer.from(canary)),
  },
  { kind: 'data', run: canaryRun, channel: 'c'.repeat(40), sequence: 2 ** 40, name: 'n', last: true, body: canaryRun },
  { kind: 'credit', run: canaryRun, channel: canary, bytes: 70_000 },
  { kind: 'abort', run: canaryRun, code: canary, phase: `${canary}/okvs`, party: canary },
  { kind: 'probe', run: canaryRun },
  { kind: 'status', run: canaryRun, waiting: [canary, 'bank-b'] },
  { kind: 'status', run: canaryRun, waiting: Array.from({ length: 16 }, () => 'b') },
];
type Bytes = Uint8Array<ArrayBuffer>;
const lenient = new Unpackr({ useRecords: false, int64AsType: 'number' });

/**
 * What `decode` does with an input: refuses it with the one right error, or accepts it, and then it is the encoding of
 * what it decodes to. Anything else is thrown.
 */
function verdict(bytes: Uint8Array, decode: (bytes: Uint8Array) => Frame = decodeFrame): 'accepted' | 'refused' {
  let frame: Frame;
  try {
    frame = decode(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== 'bad-frame') throw new Error('another error');
    demandSilent(error);
    return 'refused';
  }
  if (Buffer.compare(encodeFrame(frame), bytes) !== 0) throw new Error('not canonical');
  return 'accepted';
}

const windows = (['latin1', 'hex', 'base64'] as const).flatMap((form) => {
  const text = Buffer.from(canary).toString(form);
  return Array.from({ length: text.length - 4 }, (_, i) => text.slice(i, i + 5));
});

/** No five characters in a row of the canary, nor of its hex or base64, in what the error says. */
function demandSilent(error: ProtocolError): void {
  const printed = [error.message, error.describe(), JSON.stringify(error), String(error.cause)].join('\n');
  if (windows.some((text) => printed.includes(text))) throw new Error('the error tells what was decoded');
}

/** All MessagePack forms of a value, the canonical one first; written from the MessagePack specification. */
function forms(value: unknown): Bytes[] {
  if (typeof value === 'boolean') return [Uint8Array.of(value ? 0xc3 : 0xc2)];
  if (typeof value === 'number') return integerForms(value);
  if (Array.isArray(value)) return arrayForms(value);
  if (typeof value === 'string') return withHeaders(Buffer.from(value), [0xa0, 31], [0xd9, 0xda, 0xdb]);
  if (!(value instanceof Uint8Array)) throw new Error('no form');
  return withHeaders(value, [0, -1], [0xc4, 0xc5, 0xc6]);
}

/** All forms of the array's own header, and all forms of one item at a time. */
function arrayForms(items: readonly unknown[]): Bytes[] {
  const canonical = items.map((item) => forms(item)[0]);
  const heads = headers(items.length, [0x90, 15], [undefined, 0xdc, 0xdd]);
  const others = items.flatMap((item, at) =>
    forms(item)
      .slice(1)
      .map((form) => canonical.with(at, form)),
  );
  const all = [...heads.map((head) => [head, ...canonical]), ...others.map((parts) => [heads[0], ...parts])];
  return all.map((parts) => new Uint8Array(Buffer.concat(parts)));
}

function withHeaders(content: Uint8Array, fixed: [number, number], leads: number[]): Bytes[] {
  return headers(content.length, fixed, leads).map((head) => new Uint8Array(Buffer.concat([head, content])));
}

function headers(length: number, [fixed, fixedMax]: [number, number], leads: (number | undefined)[]): Bytes[] {
  const all = length <= fixedMax ? [Uint8Array.of(fixed | length)] : [];
  leads.forEach((lead, i) => {
    if (lead !== undefined && length < 2 ** (8 << i)) all.push(bigEndian(lead, BigInt(length), 1 << i));
  });
  return all;
}

function bigEndian(lead: number, value: bigint, byteCount: number): Bytes {
  const out = Buffer.alloc(9);
  out.writeBigUInt64BE(value, 1);
  out[8 - byteCount] = lead;
  return out.subarray(8 - byteCount);
}

function integerForms(value: number): Bytes[] {
  const all = value < 0x80 ? [Uint8Array.of(value)] : [];
  // uint 8, 16 and 32, int 64, uint 64, then int 8, 16 and 32.
  const leads = [0xcc, 0xcd, 0xce, 0xd3, 0xcf, 0xd0, 0xd1, 0xd2];
  [8, 16, 32, 63, 64, 7, 15, 31].forEach((bits, i) => {
    if (value < 2 ** bits) all.push(bigEndian(leads[i], BigInt(value), Math.ceil(bits / 8)));
  });
  const double = Buffer.alloc(9, 0xcb);
  double.writeDoubleBE(value, 1);
  const single = Buffer.alloc(5, 0xca);
  single.writeFloatBE(value, 1);
  return Math.fround(value) === value ? [...all, double, single] : [...all, double];
}

/** What msgpackr reads, with Buffers as plain bytes. */
function unpackedFields(bytes: Uint8Array): unknown[] {
  const fields: unknown = lenient.unpack(bytes);
  if (!Array.isArray(fields)) throw new Error('not an array');
  return fields.map((field: unknown) => (field instanceof Uint8Array ? new Uint8Array(field) : field));
}

/** An array of fields of which one is replaced by raw bytes; without a replacement, the canonical frame. */
function assemble(fields: readonly unknown[], at?: number, raw?: Uint8Array): Uint8Array {
  const items = fields.map((field, i) => (i === at && raw !== undefined ? raw : forms(field)[0]));
  return new Uint8Array(Buffer.concat([Uint8Array.of(0x90 | fields.length), ...items]));
}

const sampleFields = samples.map((frame) => unpackedFields(encodeFrame(frame)));
const statusFields = sampleFields[5];

/** Hostile values, each a complete or a truncated MessagePack value. */
function hostileValues(): Uint8Array[] {
  const rich = new Packr({ structuredClone: true, moreTypes: true });
  const shared: unknown[] = [1];
  const pollution: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  const values: unknown[] = [{ a: 1, zqxjk: 2 }, [{ a: 1 }, { a: 2 }], new Date(5), new Set([1]), /a/, pollution];
  values.push(new Error(canary), [shared, shared], new Float64Array(2), new Map([['__proto__', 1]]), null, undefined);
  values.push(-1, -33, 1.5, 2 ** 60, 10n ** 18n);
  const packed = values.map((value) => new Uint8Array(rich.pack(value)));
  const plain = new Packr({ useRecords: false });
  packed.push(new Uint8Array(plain.pack(pollution)), new Uint8Array(plain.pack({ length: 3, 0: 1 })));
  packed.push(new Uint8Array(new Packr({ bundleStrings: true }).pack([canary, canary])));
  const hex = [
    'c1 dd00000001c0 ddffffffff dcffff dfffffffff deffff 81a95f5f70726f746f5f5f80 c6ffffffff c67fffffff c600100000',
    'dbffffffff daffff d47240 d4724091a161 d57260 d86200 c70172 c80001ff c9ffffffff00 d6700000 d669000000 e0 ff',
    'd3ffffffffffffffff d37fffffffffffffff d30001000000000000 cf0000000100000000 a1ff a2c3a9 a17f a100',
  ].flatMap((line) => line.split(' '));
  return [...packed, ...hex.map((text) => new Uint8Array(Buffer.from(text, 'hex')))];
}

describe('decodeFrame', () => {
  it('refuses every proper prefix and every extension when the frame is valid', () => {
    for (const bytes of samples.map(encodeFrame)) {
      expect(verdict(bytes)).toBe('accepted');
      for (let length = 0; length < bytes.length; length++) expect(verdict(bytes.subarray(0, length))).toBe('refused');
      for (const extra of [0x00, 0x90, 0xc0, 0xff]) {
        expect(verdict(Uint8Array.from([...bytes, extra]))).toBe('refused');
      }
    }
  });

  it('refuses or accepts as canonical every change of a single byte', () => {
    const seen = { accepted: 0, refused: 0 };
    for (const bytes of samples.map(encodeFrame)) {
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice();
        for (let delta = 1; delta < 256; delta++) {
          changed[at] = bytes[at] ^ delta;
          seen[verdict(changed)]++;
        }
      }
    }
    expect(seen.accepted).toBeGreaterThan(10_000);
    expect(seen.refused).toBeGreaterThan(10_000);
  });

  it('accepts only the canonical form when msgpackr reads others alike', () => {
    let others = 0;
    for (const bytes of samples.map(encodeFrame)) {
      const fields = unpackedFields(bytes);
      const [canonical, ...rest] = forms(fields);
      expect(Buffer.compare(canonical, bytes)).toBe(0);
      for (const other of rest) {
        expect(unpackedFields(other)).toEqual(fields);
        expect(verdict(other)).toBe('refused');
        others++;
      }
    }
    expect(others).toBeGreaterThan(100);
  });

  it(`keeps its contract on 20,000 random byte strings (seed ${seed})`, () => {
    const input = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(input, (bytes) => void verdict(bytes)),
      { seed, numRuns: 20_000 },
    );
  });

  it(`keeps its contract on 20,000 valid frames with a piece replaced (seed ${seed})`, () => {
    const valid = samples.map(encodeFrame);
    const pieces = [...hostileValues(), ...valid];
    const seen = { accepted: 0, refused: 0 };
    const piece = fc.oneof(fc.constantFrom(...pieces), fc.uint8Array({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(99), fc.nat(3), piece, (bytes, at, cut, replacement) => {
        const start = Math.min(at, bytes.length);
        const parts = [bytes.subarray(0, start), replacement, bytes.subarray(start + cut)];
        seen[verdict(new Uint8Array(Buffer.concat(parts)))]++;
      }),
      { seed, numRuns: 20_000 },
    );
    expect(seen.accepted).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(10_000);
  });

  it('refuses records, extensions, maps, floats, nil and huge lengths when they stand for a frame or any field', () => {
    const verdicts = new Set<string>();
    for (const hostile of hostileValues()) {
      verdicts.add(verdict(hostile));
      for (const fields of sampleFields) {
        // Also behind the last field.
        for (let at = 0; at <= fields.length; at++) verdicts.add(verdict(assemble([...fields, 0], at, hostile)));
        for (let at = 0; at < fields.length; at++) verdicts.add(verdict(assemble(fields, at, hostile)));
      }
      verdicts.add(verdict(assemble(statusFields, 3, Uint8Array.from([0x91, ...hostile]))));
    }
    expect([...verdicts]).toEqual(['refused']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each(['91', '81', '92', 'dc0001', 'de0001', 'dd00000001', 'd47240'])(
    'refuses a mebibyte of nested %s, whole and as a field',
    (unit) => {
      const nested = new Uint8Array(Buffer.alloc(maxFrameBytes, unit, 'hex'));
      expect(verdict(nested)).toBe('refused');
      for (const fields of sampleFields) {
        fields.forEach((_field, at) => {
          expect(verdict(assemble(fields, at, nested).subarray(0, maxFrameBytes))).toBe('refused');
        });
      }
    },
  );

  it('refuses an input above the frame bound before it reads anything', () => {
    expect(() => decodeFrame(new Uint8Array(maxFrameBytes + 1))).toThrow('Cannot decode frame: frame is too long');
    expect(() => decodeFrame(new Uint8Array(maxFrameBytes))).toThrow('Cannot decode frame: frame has another type');
  });

  it('refuses another version, kind or field count when all else is right', () => {
    const fields = unpackedFields(encodeFrame(samples[0]));
    for (const version of [0, 2, 127]) expect(verdict(assemble(fields.with(0, version)))).toBe('refused');
    for (const kind of [0, 2, 3, 4, 5, 6, 127]) expect(verdict(assemble(fields.with(1, kind)))).toBe('refused');
    expect(verdict(assemble(fields.slice(0, 7)))).toBe('refused');
    expect(verdict(assemble([...fields, 0]))).toBe('refused');
  });
});

describe('the checkers of this file', () => {
  const lenientDecode = (bytes: Uint8Array): Frame => {
    const [, , run, channel, count] = lenient.unpack(bytes) as [number, number, Uint8Array, string, number];
    return { kind: 'credit', run: new Uint8Array(run), channel, bytes: count };
  };
  const fields = unpackedFields(encodeFrame(samples[2]));

  it('verdict accepts a lenient decoder when the input is canonical, and fails when a length is widened', () => {
    expect(verdict(assemble(fields), lenientDecode)).toBe('accepted');
    const widened = assemble(fields, 3, forms(fields[3])[1]);
    expect(() => verdict(widened, lenientDecode)).toThrow('not canonical');
  });

  it('verdict fails when a decoder throws an error of another type', () => {
    expect(() => verdict(assemble(fields).subarray(0, 9), lenientDecode)).toThrow('another error');
  });

  it('verdict fails when the error text, cause or phase holds a part of the canary', () => {
    const leaks = [
      new ProtocolError(`Cannot decode frame: ${canary}`, { code: 'bad-frame' }),
      new ProtocolError('Cannot decode frame', { code: 'bad-frame', phase: canary.slice(2, 8) }),
      new ProtocolError('Cannot decode frame', { code: 'bad-frame', cause: new Error(canary) }),
      new ProtocolError(Buffer.from(canary).toString('hex'), { code: 'bad-frame' }),
    ];
    for (const leak of leaks) {
      const leaking = (): Frame => {
        throw leak;
      };
      expect(() => verdict(new Uint8Array(0), leaking)).toThrow('tells what was decoded');
    }
  });
});

describe('peekFrame', () => {
  const encoded = samples.map((frame) => encodeFrame(frame));

  it('gives kind and run of every kind of frame', () => {
    expect(encoded.map((bytes) => peekFrame(bytes))).toEqual(samples.map(({ kind, run }) => ({ kind, run })));
  });

  it('gives a copy of the run', () => {
    const bytes = Uint8Array.from(encoded[0]);
    const { run } = peekFrame(bytes);
    bytes.fill(0);
    expect(run).toEqual(canaryRun);
  });

  it('refuses what is cut inside the run, and what is too long', () => {
    for (const bytes of encoded) {
      for (let length = 0; length < 21; length++) {
        expect(() => peekFrame(bytes.subarray(0, length))).toThrow(ProtocolError);
      }
      expect(() => peekFrame(bytes.subarray(0, 21))).not.toThrow();
    }
    expect(() => peekFrame(new Uint8Array(maxFrameBytes + 1))).toThrow(ProtocolError);
  });

  it('refuses whatever decodeFrame refuses for its first 21 bytes', () => {
    for (const bytes of encoded) {
      for (let at = 0; at < 21; at++) {
        for (let value = 0; value < 256; value++) {
          const changed = bytes.with(at, value);
          // The first byte counts the fields and the third names the kind: they fit each other or are refused.
          const refused = at < 5 && value !== bytes[at];
          if (refused) expect(() => peekFrame(changed)).toThrow(ProtocolError);
          else expect(peekFrame(changed).run[at - 5] ?? value).toBe(value);
        }
      }
    }
  });
});
