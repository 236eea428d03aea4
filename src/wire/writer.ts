/** Writes the packed message bodies that `reader.ts` reads: little-endian, no padding. */

const firstBytes = 256;

/**
 * Appends values to one body of at most `maxBytes`. Every method throws RangeError, with a text that holds no value,
 * when a value does not fit its form or the body its bound; then the body is not to be used.
 */
export class BodyWriter {
  readonly #maxBytes: number;
  #buffer: Uint8Array;
  #view: DataView;
  #at = 0;
  #finished = false;

  constructor(maxBytes: number) {
    demandCount(maxBytes, Number.MAX_SAFE_INTEGER, 'bound');
    this.#maxBytes = maxBytes;
    this.#buffer = new Uint8Array(Math.min(maxBytes, firstBytes));
    this.#view = new DataView(this.#buffer.buffer);
  }

  u8(value: number): this {
    demandCount(value, 0xff, 'number');
    const start = this.#advance(1);
    this.#view.setUint8(start, value);
    return this;
  }

  u16(value: number): this {
    demandCount(value, 0xffff, 'number');
    const start = this.#advance(2);
    this.#view.setUint16(start, value, true);
    return this;
  }

  u32(value: number): this {
    demandCount(value, 0xffff_ffff, 'number');
    const start = this.#advance(4);
    this.#view.setUint32(start, value, true);
    return this;
  }

  u64(value: bigint): this {
    if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) throw unfit('number');
    const start = this.#advance(8);
    this.#view.setBigUint64(start, value, true);
    return this;
  }

  /** A number of at most 2^53 - 1, as a u64. */
  safeInteger(value: number): this {
    demandCount(value, Number.MAX_SAFE_INTEGER, 'number');
    return this.u64(BigInt(value));
  }

  /** The bytes alone: the reader knows their length from agreed parameters or from a number before them. */
  bytes(value: Uint8Array): this {
    const start = this.#advance(value.length);
    this.#buffer.set(value, start);
    return this;
  }

  /** Printable ASCII behind one length byte, at most `maxBytes` (up to 255) long. */
  text(value: string, maxBytes: number): this {
    demandCount(maxBytes, 0xff, 'bound');
    if (value.length > maxBytes || !/^[\x20-\x7e]*$/.test(value)) throw unfit('text');
    this.u8(value.length);
    for (let i = 0; i < value.length; i++) this.u8(value.charCodeAt(i));
    return this;
  }

  /** A u32 count, at most `maxCount`, and the items; `writeItem` writes at least one byte for each. */
  list<T>(items: readonly T[], maxCount: number, writeItem: (item: T, writer: BodyWriter) => void): this {
    demandCount(maxCount, 0xffff_ffff, 'bound');
    if (items.length > maxCount) throw unfit('list');
    this.u32(items.length);
    for (const item of items) {
      const before = this.#at;
      writeItem(item, this);
      if (this.#at === before) throw unfit('list item');
    }
    return this;
  }

  /** The body, which the caller owns, maybe as a view into a larger buffer; nothing can be written after it. */
  finish(): Uint8Array {
    this.#advance(0);
    this.#finished = true;
    return this.#buffer.subarray(0, this.#at);
  }

  /** Makes room for `length` bytes, which may replace the buffer and its view; the position where they go. */
  #advance(length: number): number {
    if (this.#finished) throw new RangeError('Cannot write message: it is finished');
    const start = this.#at;
    const end = start + length;
    if (end > this.#maxBytes) throw unfit('body');
    if (end > this.#buffer.length) this.#grow(end);
    this.#at = end;
    return start;
  }

  #grow(leastBytes: number): void {
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(leastBytes, 2 * this.#buffer.length)));
    grown.set(this.#buffer);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function demandCount(value: number, max: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value > max) throw unfit(what);
}

function unfit(what: string): RangeError {
  return new RangeError(`Cannot write message: ${what} is out of bounds`);
}
