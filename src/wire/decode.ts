/**
 * Reads frames from a peer: a strict reader of exactly the MessagePack subset that `encode.ts` writes. Every frame has
 * one accepted encoding: msgpackr's forms for unsigned integers (fixint, uint8, uint16, uint32, then int64), the
 * shortest header for text, bytes and arrays, and nothing behind the last field. Maps, extensions, floats, nil and
 * nesting do not exist here. Lengths are checked against bounds and input before anything is built from them.
 */
import { ProtocolError } from '../errors.ts';
import {
  type Frame,
  frameKinds,
  maxBodyBytes,
  maxCounter,
  maxFrameBytes,
  maxWaiting,
  obeys,
  runBytes,
  textRules,
  wireVersion,
} from './frame.ts';

/**
 * The frame that `bytes` encodes. `body` is a view into `bytes`, which stay the caller's: copy it to outlive them.
 * `run` is a copy, since run ids are kept.
 * @throws ProtocolError `bad-frame`, with a text that says which field and holds nothing of the input
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length > maxFrameBytes) throw badFrame('frame is too long');
  const cursor = new Cursor(bytes);
  const fieldCount = cursor.arrayLength('frame');
  if (cursor.integer('version') !== wireVersion) throw badFrame('version is not supported');
  const kind = cursor.integer('kind');
  const run = cursor.binary('run', runBytes, runBytes).slice();
  const frame = readKind(cursor, kind, fieldCount, run);
  cursor.end();
  return frame;
}

/** What a transport needs to know of a frame to pass it on: everything else is left to `decodeFrame`. */
export interface FrameHead {
  readonly kind: Frame['kind'];
  /** 16 bytes; a copy. */
  readonly run: Uint8Array;
}

/**
 * The fields up to `run`, as strictly as `decodeFrame` reads them; what follows is not looked at.
 * @throws ProtocolError `bad-frame`
 */
export function peekFrame(bytes: Uint8Array): FrameHead {
  if (bytes.length > maxFrameBytes) throw badFrame('frame is too long');
  const cursor = new Cursor(bytes);
  const fieldCount = cursor.arrayLength('frame');
  if (cursor.integer('version') !== wireVersion) throw badFrame('version is not supported');
  const kind = kindNumbered(cursor.integer('kind'));
  demandFields(fieldCount, frameKinds[kind].fieldCount);
  return { kind, run: cursor.binary('run', runBytes, runBytes).slice() };
}

function kindNumbered(number: number): Frame['kind'] {
  const kinds = Object.keys(frameKinds) as Frame['kind'][];
  const kind = kinds.find((name) => frameKinds[name].number === number);
  if (kind === undefined) throw badFrame('kind is unknown');
  return kind;
}

/** The fields behind `run`; an object literal evaluates its properties in order, which is the order of the wire. */
function readKind(cursor: Cursor, kind: number, fieldCount: number, run: Uint8Array): Frame {
  switch (kind) {
    case frameKinds.data.number:
      demandFields(fieldCount, frameKinds.data.fieldCount);
      return {
        kind: 'data',
        run,
        channel: cursor.text('channel'),
        sequence: cursor.integer('sequence'),
        name: cursor.text('name'),
        last: cursor.flag('last'),
        body: cursor.binary('body', 0, maxBodyBytes),
      };
    case frameKinds.credit.number:
      demandFields(fieldCount, frameKinds.credit.fieldCount);
      return { kind: 'credit', run, channel: cursor.text('channel'), bytes: cursor.integer('bytes') };
    case frameKinds.abort.number:
      demandFields(fieldCount, frameKinds.abort.fieldCount);
      return {
        kind: 'abort',
        run,
        code: cursor.text('code'),
        phase: cursor.text('phase'),
        party: cursor.text('party'),
      };
    case frameKinds.probe.number:
      demandFields(fieldCount, frameKinds.probe.fieldCount);
      return { kind: 'probe', run };
    case frameKinds.status.number:
      demandFields(fieldCount, frameKinds.status.fieldCount);
      return { kind: 'status', run, waiting: cursor.parties() };
    default:
      throw badFrame('kind is unknown');
  }
}

function demandFields(found: number, expected: number): void {
  if (found !== expected) throw badFrame('frame has another number of fields');
}

/** Walks over the input once; every method takes one MessagePack value and names the field in its errors. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  arrayLength(field: string): number {
    const lead = this.#unsigned(field, 1);
    if ((lead & 0xf0) === 0x90) return lead & 0x0f;
    if (lead === 0xdc) return this.#wide(field, 2, 0x10);
    throw badFrame(`${field} has another type or form`);
  }

  integer(field: string): number {
    const lead = this.#unsigned(field, 1);
    if (lead < 0x80) return lead;
    if (lead === 0xcc) return this.#wide(field, 1, 0x80);
    if (lead === 0xcd) return this.#wide(field, 2, 0x100);
    if (lead === 0xce) return this.#wide(field, 4, 0x1_0000);
    if (lead !== 0xd3) throw badFrame(`${field} has another type or form`);
    // Rounded above 2^53, where the bound refuses it all the same; a set sign bit reads as 2^63 and more.
    const value = this.#wide(field, 8, 0x1_0000_0000);
    if (value > maxCounter) throw badFrame(`${field} is out of bounds`);
    return value;
  }

  flag(field: string): boolean {
    const lead = this.#unsigned(field, 1);
    if (lead !== 0xc2 && lead !== 0xc3) throw badFrame(`${field} has another type or form`);
    return lead === 0xc3;
  }

  text(field: keyof typeof textRules): string {
    const length = this.#textLength(field);
    if (length > textRules[field].maxBytes) throw badFrame(`${field} is out of bounds`);
    // Bytes above 127 become characters that no pattern admits, so what passes is ASCII.
    const start = this.#advance(field, length);
    let value = '';
    for (let at = start; at < this.#at; at++) value += String.fromCharCode(this.#bytes[at]);
    if (!obeys(textRules[field], value)) throw badFrame(`${field} is out of bounds`);
    return value;
  }

  binary(field: string, minBytes: number, maxBytes: number): Uint8Array {
    const length = this.#binaryLength(field);
    if (length < minBytes || length > maxBytes) throw badFrame(`${field} is out of bounds`);
    return this.#take(field, length);
  }

  parties(): readonly string[] {
    const length = this.arrayLength('waiting');
    if (length > maxWaiting) throw badFrame('waiting is out of bounds');
    return Array.from({ length }, () => this.text('waiting'));
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw badFrame('frame goes on behind its last field');
  }

  #textLength(field: string): number {
    const lead = this.#unsigned(field, 1);
    if ((lead & 0xe0) === 0xa0) return lead & 0x1f;
    if (lead === 0xd9) return this.#wide(field, 1, 0x20);
    if (lead === 0xda) return this.#wide(field, 2, 0x100);
    throw badFrame(`${field} has another type or form`);
  }

  #binaryLength(field: string): number {
    const lead = this.#unsigned(field, 1);
    if (lead === 0xc4) return this.#unsigned(field, 1);
    if (lead === 0xc5) return this.#wide(field, 2, 0x100);
    if (lead === 0xc6) return this.#wide(field, 4, 0x1_0000);
    throw badFrame(`${field} has another type or form`);
  }

  /** An unsigned integer that is too large for a shorter form, which would hold what is below `least`. */
  #wide(field: string, byteCount: number, least: number): number {
    const value = this.#unsigned(field, byteCount);
    if (value < least) throw badFrame(`${field} is not in its shortest form`);
    return value;
  }

  #unsigned(field: string, byteCount: number): number {
    const start = this.#advance(field, byteCount);
    let value = 0;
    for (let at = start; at < this.#at; at++) value = value * 0x100 + this.#bytes[at];
    return value;
  }

  /** The next bytes, as a view and as a plain Uint8Array also when the input is a Buffer. */
  #take(field: string, byteCount: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#advance(field, byteCount), byteCount);
  }

  /** Takes `byteCount` bytes; the position before them. */
  #advance(field: string, byteCount: number): number {
    if (byteCount > this.#bytes.length - this.#at) throw badFrame(`${field} is cut short`);
    const start = this.#at;
    this.#at += byteCount;
    return start;
  }
}

function badFrame(what: string): ProtocolError {
  return new ProtocolError(`Cannot decode frame: ${what}`, { code: 'bad-frame' });
}
