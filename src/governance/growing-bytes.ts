/**
 * Bytes that are put one behind the other: many short pieces, each of which would cost more as an array than it has content.
 * Nothing of them stays elsewhere, so that they can be wiped.
 */
import { writeU32le } from '../crypto/bytes.ts';

const FIRST_BYTES = 256;

export class GrowingBytes {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  put(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  putByte(value: number): void {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  putU32(value: number): void {
    const at = this.#grow(4);
    writeU32le(this.#bytes, at, value);
  }

  /** Over what was put at this place before. */
  setU32(at: number, value: number): void {
    writeU32le(this.#bytes, at, value);
  }

  /** What stands behind it is forgotten. */
  cut(length: number): void {
    this.#length = length;
  }

  wipe(): void {
    this.#bytes.fill(0);
  }

  /** A view: what is put later may not be in it. */
  view(from = 0, to: number = this.#length): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** The place of so many more bytes; the array may be another one from here on. */
  #grow(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      grown.set(this.#bytes.subarray(0, at));
      this.wipe();
      this.#bytes = grown;
    }
    return at;
  }
}
