/** Reads packed message bodies of a peer: little-endian, no padding, every length against a bound of the caller. */
import { ProtocolError } from '../errors.ts';

/**
 * Takes the values of one body in order. All bounds come from agreed parameters, never from the body.
 * Every method throws ProtocolError `bad-message`, with a text that holds nothing of the body, when the body is too
 * short or breaks a bound; RangeError when the bound itself is none.
 */
export class BodyReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not taken yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  /** A u64 that a number holds exactly: at most 2^53 - 1. */
  safeInteger(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badMessage('a number is too large');
    return Number(value);
  }

  /** Exactly `length` bytes: a view into the body, to be copied by who outlives it. */
  bytes(length: number): Uint8Array {
    // A plain Uint8Array also when the body is a Buffer.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#advance(length), length);
  }

  /** Printable ASCII behind one length byte, at most `maxBytes` (up to 255) long. */
  text(maxBytes: number): string {
    demandBound(maxBytes, 0xff);
    const length = this.u8();
    if (length > maxBytes) throw badMessage('a text is too long');
    const taken = this.bytes(length);
    if (!taken.every((byte) => byte >= 0x20 && byte <= 0x7e)) throw badMessage('a text is not printable ASCII');
    return String.fromCharCode(...taken);
  }

  /**
   * A u32 count, at most `maxCount`, and that many items. Each takes at least one byte, so that a count beyond the
   * body's end is refused before the first item.
   */
  list<T>(maxCount: number, readItem: (reader: BodyReader) => T): T[] {
    demandBound(maxCount, 0xffff_ffff);
    const count = this.u32();
    if (count > maxCount) throw badMessage('a list is too long');
    if (count > this.remaining) throw badMessage('it is too short');
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(readItem(this));
    return items;
  }

  /** Demands that nothing is left. */
  end(): void {
    if (this.remaining !== 0) throw badMessage('it is too long');
  }

  /** Takes `length` bytes; the position before them. */
  #advance(length: number): number {
    // No upper bound but the body: a length may be a product of numbers the peer sent.
    demandBound(length, Number.MAX_VALUE);
    if (length > this.remaining) throw badMessage('it is too short');
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

function demandBound(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError('Cannot read message: a length or bound is not a count');
  }
}

function badMessage(what: string): ProtocolError {
  return new ProtocolError(`Cannot decode message: ${what}`, { code: 'bad-message' });
}
