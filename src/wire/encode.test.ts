import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr/pack';
import { describe, expect, it } from 'vitest';
import { ProtocolError, UsageError } from '../errors.ts';
import { decodeFrame } from './decode.ts';
import { DataHeads, encodeFrame } from './encode.ts';
import {
  type DataFrame,
  type Frame,
  frameKinds,
  maxBodyBytes,
  maxCounter,
  maxFrameBytes,
  maxWaiting,
  wireVersion,
} from './frame.ts';

const seed = 7_104_233;
const oracle = new Unpackr({ useRecords: false, int64AsType: 'number' });

/** The values that the table in `frame.ts` puts on the wire, in its order. */
function fieldsOf(frame: Frame): unknown[] {
  const head = [wireVersion, frameKinds[frame.kind].number, frame.run];
  if (frame.kind === 'data') return [...head, frame.channel, frame.sequence, frame.name, frame.last, frame.body];
  if (frame.kind === 'credit') return [...head, frame.channel, frame.bytes];
  if (frame.kind === 'abort') return [...head, frame.code, frame.phase, frame.party];
  return frame.kind === 'status' ? [...head, frame.waiting] : head;
}

/** What msgpackr reads; its Buffers become plain arrays of bytes, so that values are compared and not classes. */
function unpacked(bytes: Uint8Array): unknown[] {
  const fields: unknown = oracle.unpack(bytes);
  if (!Array.isArray(fields)) throw new Error('not an array');
  return fields.map((field: unknown) => (field instanceof Uint8Array ? new Uint8Array(field) : field));
}

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const pathUnits = [...letters, ...':/._-'];

function textOf(units: readonly string[], lengths: readonly number[]): fc.Arbitrary<string> {
  const unit = fc.constantFrom(...units);
  return fc.constantFrom(...lengths).chain((length) => fc.string({ unit, minLength: length, maxLength: length }));
}

const run = fc.uint8Array({ minLength: 16, maxLength: 16 });
const channel = textOf(pathUnits, [1, 2, 31, 32, 33, 100, 199, 200]);
const name = textOf([...letters, '-'], [1, 31, 32, 63, 64]);
const code = fc.constantFrom('a', 'bad-frame', 'a-1-b', 'a'.repeat(31), 'z'.repeat(32), `${'a-'.repeat(15)}b9`);
const phase = textOf(pathUnits, [0, 1, 31, 32, 255, 256, 257, 299, 300]);
const waitingParty = textOf(letters, [1, 31, 32]);
const edges = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 2 ** 32, maxCounter];
const counter = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: maxCounter }));
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.constantFrom(0, 1, 255, 256, 257, 8191, 65_535, 65_536, 65_537), fc.nat(255))
    .map(([length, fill]) => new Uint8Array(length).fill(fill)),
);

const frames: Readonly<Record<Frame['kind'], fc.Arbitrary<Frame>>> = {
  data: fc.record({
    kind: fc.constant('data'),
    run,
    channel,
    sequence: counter,
    name,
    last: fc.boolean(),
    body,
  }),
  credit: fc.record({ kind: fc.constant('credit'), run, channel, bytes: counter }),
  abort: fc.record({
    kind: fc.constant('abort'),
    run,
    code,
    phase,
    party: fc.oneof(fc.constant(''), waitingParty),
  }),
  probe: fc.record({ kind: fc.constant('probe'), run }),
  status: fc.record({
    kind: fc.constant('status'),
    run,
    waiting: fc
      .constantFrom(0, 1, 15, 16)
      .chain((length) => fc.array(waitingParty, { minLength: length, maxLength: length })),
  }),
};

const runOne = Uint8Array.from({ length: 16 }, (_, i) => i);
const dataFrame: DataFrame = {
  kind: 'data',
  run: runOne,
  channel: 'flag/1:bank-a',
  sequence: 3,
  name: 'masked-okvs',
  last: true,
  body: Uint8Array.of(1, 2, 3),
};

describe.each(Object.entries(frames))('a %s frame', (_kind, frame) => {
  it(`encodeFrame is undone by decodeFrame and read alike by msgpackr (seed ${seed})`, () => {
    fc.assert(
      fc.property(frame, (value) => {
        const bytes = encodeFrame(value);
        const decoded = decodeFrame(bytes);
        // Not `toEqual`: it takes seconds on long bodies.
        expect(isDeepStrictEqual(decoded, { ...value })).toBe(true);
        expect(isDeepStrictEqual(unpacked(bytes), fieldsOf(value))).toBe(true);
        expect(isDeepStrictEqual(unpacked(bytes), fieldsOf(decoded))).toBe(true);
      }),
      { seed, numRuns: 400 },
    );
  });
});

const status = { kind: 'status', run: runOne };
const abort = { kind: 'abort', run: runOne, code: 'bad-frame', phase: '', party: '' };
const refused: readonly (readonly [string, object])[] = [
  ['name is empty', { ...dataFrame, name: '' }],
  ['kind is unknown', { ...dataFrame, kind: 'ZQXJK' }],
  ['run is short', { ...dataFrame, run: new Uint8Array(15) }],
  ['run is long', { ...dataFrame, run: new Uint8Array(17) }],
  ['run is text', { ...dataFrame, run: 'ZQXJK' }],
  ['channel is empty', { ...dataFrame, channel: '' }],
  ['channel is too long', { ...dataFrame, channel: 'c'.repeat(201) }],
  ['channel has capitals', { ...dataFrame, channel: 'ZQXJK' }],
  ['channel ends in a new line', { ...dataFrame, channel: 'zqxjk\n' }],
  ['channel is not ASCII', { ...dataFrame, channel: '银行' }],
  ['channel is missing', { ...dataFrame, channel: undefined }],
  ['name has a slash', { ...dataFrame, name: 'zqxjk/a' }],
  ['name is too long', { ...dataFrame, name: 'n'.repeat(65) }],
  ['sequence is negative', { ...dataFrame, sequence: -1 }],
  ['sequence is a fraction', { ...dataFrame, sequence: 0.5 }],
  ['sequence is not a number', { ...dataFrame, sequence: Number.NaN }],
  ['sequence is 2^48', { ...dataFrame, sequence: maxCounter + 1 }],
  ['sequence is a bigint', { ...dataFrame, sequence: 1n }],
  ['last is a number', { ...dataFrame, last: 1 }],
  ['body is too long', { ...dataFrame, body: new Uint8Array(maxBodyBytes + 1) }],
  ['body is an array', { ...dataFrame, body: [1, 2] }],
  ['body is words', { ...dataFrame, body: new Uint32Array(2) }],
  ['bytes is 2^48', { kind: 'credit', run: runOne, channel: 'c', bytes: maxCounter + 1 }],
  ['code is empty', { ...abort, code: '' }],
  ['code is no kebab case', { ...abort, code: 'zqxjk--a' }],
  ['code is too long', { ...abort, code: 'c'.repeat(33) }],
  ['phase is a sentence', { ...abort, phase: 'zqxjk zqxjk' }],
  ['phase is too long', { ...abort, phase: 'p'.repeat(301) }],
  ['party starts with a dash', { ...abort, party: '-zqxjk' }],
  ['party is too long', { ...abort, party: 'p'.repeat(33) }],
  ['waiting has too many', { ...status, waiting: Array.from({ length: maxWaiting + 1 }, () => 'a') }],
  ['waiting has an empty name', { ...status, waiting: [''] }],
  ['waiting has a hole', { ...status, waiting: Array.from<string>({ length: 1 }).concat('a') }],
  ['waiting is text', { ...status, waiting: 'zqxjk' }],
];

describe('encodeFrame', () => {
  it('writes the documented bytes of a data frame', () => {
    const hex = Buffer.from(encodeFrame(dataFrame)).toString('hex');
    const parts = ['98', '01', '01', `c410${'000102030405060708090a0b0c0d0e0f'}`];
    parts.push(`ad${Buffer.from('flag/1:bank-a').toString('hex')}`, '03');
    parts.push(`ab${Buffer.from('masked-okvs').toString('hex')}`, 'c3', 'c403010203');
    expect(hex).toBe(parts.join(''));
  });

  it.each(edges)('writes no float when the sequence is %d', (sequence) => {
    const bytes = encodeFrame({ ...dataFrame, channel: 'c', sequence });
    const form = bytes[3 + 18 + 2];
    expect(form < 0x80 || [0xcc, 0xcd, 0xce, 0xd3].includes(form)).toBe(true);
    expect(decodeFrame(bytes)).toEqual({ ...dataFrame, channel: 'c', sequence });
  });

  it('fills a frame exactly when every field of a data frame is at its bound', () => {
    const full: Frame = {
      ...dataFrame,
      channel: 'c'.repeat(200),
      sequence: maxCounter,
      name: 'n'.repeat(64),
      body: new Uint8Array(maxBodyBytes).fill(0xa5),
    };
    const bytes = encodeFrame(full);
    expect(bytes.length).toBe(maxFrameBytes);
    const decoded = decodeFrame(bytes);
    expect(decoded.kind === 'data' && Buffer.compare(decoded.body, full.body) === 0).toBe(true);
  });

  it.each([0, 1, 5000, 300_000])('returns memory of its own when the body has %d bytes', (length) => {
    const first = encodeFrame({ ...dataFrame, body: new Uint8Array(length).fill(1) });
    const copy = first.slice();
    encodeFrame({ ...dataFrame, channel: 'another', body: new Uint8Array(length).fill(2) });
    expect(first.constructor).toBe(Uint8Array);
    expect(first.buffer.byteLength).toBe(first.length);
    expect(Buffer.compare(first, copy)).toBe(0);
  });

  it('takes Buffers and views with an offset when they are fields', () => {
    const backing = Buffer.from('..0123456789abcdef..body..');
    const bytes = encodeFrame({ ...dataFrame, run: backing.subarray(2, 18), body: backing.subarray(20, 24) });
    const expected = { ...dataFrame, run: new Uint8Array(Buffer.from('0123456789abcdef')) };
    expect(decodeFrame(bytes)).toEqual({ ...expected, body: new Uint8Array(Buffer.from('body')) });
  });

  it.each(refused)('refuses a frame when its %s', (_what, frame) => {
    let thrown: unknown;
    try {
      encodeFrame(frame as Frame);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect(thrown).toMatchObject({ code: 'bad-parameter' });
    expect(String(thrown)).not.toMatch(/zqxjk/i);
  });
});

describe('DataHeads', () => {
  const headOf = (frame: DataFrame): Uint8Array => new DataHeads(frame).of(frame);
  const whole = (frame: DataFrame): Uint8Array => Buffer.concat([headOf(frame), frame.body]);
  const isData = (frame: Frame): frame is DataFrame => frame.kind === 'data';
  const ofData = refused.filter(([what, frame]) => 'body' in frame && what !== 'kind is unknown');

  it(`gives with the body behind it what msgpackr writes for the whole frame (seed ${seed})`, () => {
    fc.assert(
      fc.property(frames.data.filter(isData), (frame) => {
        expect(Buffer.compare(whole(frame), encodeFrame(frame))).toBe(0);
        expect(Buffer.compare(whole(frame), encodeFrame({ ...frame, last: !frame.last }))).not.toBe(0);
      }),
      { seed, numRuns: 400 },
    );
  });

  it.each([0, 1, 0xff, 0x100, 0xffff, 0x1_0000, maxBodyBytes])('knows the header of a body of %i bytes', (length) => {
    const frame = { ...dataFrame, body: new Uint8Array(length).fill(7) };
    expect(Buffer.compare(whole(frame), encodeFrame(frame))).toBe(0);
  });

  it('gives those of one frame after the other', () => {
    const heads = new DataHeads(dataFrame);
    for (const sequence of [0, 1, 127, 128, 2 ** 16, 2 ** 32, maxCounter]) {
      for (const last of [false, true]) {
        const frame: DataFrame = { ...dataFrame, sequence, name: last ? 'another' : dataFrame.name, last };
        expect(Buffer.compare(Buffer.concat([heads.of(frame), frame.body]), encodeFrame(frame))).toBe(0);
      }
    }
  });

  it('returns memory of its own', () => {
    const heads = new DataHeads(dataFrame);
    const head = heads.of(dataFrame);
    const copy = head.slice();
    heads.of({ ...dataFrame, name: 'another' });
    expect(head.buffer.byteLength).toBe(head.length);
    expect(head).toEqual(copy);
  });

  it.each(ofData)('refuses a frame when its %s', (_what, frame) => {
    expect(() => headOf(frame as DataFrame)).toThrow(UsageError);
  });
});

describe('decodeFrame', () => {
  // msgpackr writes words as their bytes, which are a body.
  const writable = refused.filter(([what]) => what !== 'kind is unknown' && what !== 'body is words');
  it.each(writable)('refuses a frame of another encoder when its %s', (_what, frame) => {
    const fields = fieldsOf(frame as Frame).map((field) =>
      typeof field === 'number' && Number.isSafeInteger(field) && field > 0xffff_ffff ? BigInt(field) : field,
    );
    const bytes = new Uint8Array(new Packr({ useRecords: false }).pack(fields));
    expect(bytes.length).toBeLessThanOrEqual(maxFrameBytes);
    expect(() => decodeFrame(bytes)).toThrow(ProtocolError);
    expect(() => decodeFrame(bytes)).toThrow(/^Cannot decode frame: [a-z ]+$/);
  });

  it('accepts a frame of another encoder when its fields are in bounds', () => {
    const bytes = new Uint8Array(new Packr({ useRecords: false }).pack(fieldsOf(dataFrame)));
    expect(decodeFrame(bytes)).toEqual(dataFrame);
  });

  it('returns the body as a plain view and the run as a copy when the input is part of a Buffer', () => {
    const bytes = encodeFrame(dataFrame);
    const input = Buffer.concat([Buffer.alloc(5), bytes, Buffer.alloc(5)]).subarray(5, 5 + bytes.length);
    const frame = decodeFrame(input);
    if (frame.kind !== 'data') throw new Error('another kind');
    expect(frame).toEqual(dataFrame);
    expect(frame.body.constructor).toBe(Uint8Array);
    input.fill(0);
    expect(frame.body).toEqual(new Uint8Array(3));
    expect(frame.run).toEqual(runOne);
  });

  it('returns prototype names as plain text when they are valid channels and names', () => {
    const frame: Frame = { kind: 'credit', run: runOne, channel: '__proto__', bytes: 1 };
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
  });
});
