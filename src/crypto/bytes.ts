/** Byte strings: joining, comparing, integers. */

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Compares without a branch on the content; lengths are public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

const ENCODER = new TextEncoder();

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** A 32-bit unsigned integer, little-endian. */
export function u32le(value: number): Uint8Array {
  const out = new Uint8Array(4);
  writeU32le(out, 0, value);
  return out;
}

/** The same, written into a record: for loops, where an allocation per row would cost more than the rest. */
export function writeU32le(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value;
  out[offset + 1] = value >>> 8;
  out[offset + 2] = value >>> 16;
  out[offset + 3] = value >>> 24;
}

/** 0, 1, 2 ..., or as many from `first` on. */
export function firstIntegers(count: number, first = 0): Uint32Array {
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) out[i] = first + i;
  return out;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex, for ids that are printed. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/** The bytes of lower-case hex. @throws RangeError on anything else */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new RangeError('Cannot read hex: not lower-case pairs');
  const out = new Uint8Array(text.length / 2);
  for (let k = 0; k < out.length; k++) out[k] = 16 * hexDigit(text, 2 * k) + hexDigit(text, 2 * k + 1);
  return out;
}

/** Digits lie below letters, and both in the order of their values. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x61 ? code - 0x30 : code - 0x61 + 10;
}

/** The same bytes as 32-bit words (little-endian machine order); a view where alignment allows, else a copy. */
export function asWords(bytes: Uint8Array): Uint32Array {
  const length = bytes.length >>> 2;
  return bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, length)
    : new Uint32Array(new Uint8Array(bytes).buffer, 0, length); // not slice(): a Buffer's would share memory
}

/**
 * The same words in pairs, as a view, or undefined where they do not lie so. V8 works on elements of a BigUint64Array as
 * machine integers as long as each result goes straight into one, so bitwise loops over pairs take half the time.
 */
export function asPairs(words: Uint32Array): BigUint64Array | undefined {
  const fits = words.byteOffset % 8 === 0 && words.length % 2 === 0;
  return fits ? new BigUint64Array(words.buffer, words.byteOffset, words.length / 2) : undefined;
}

/** The bytes under 32-bit words, as a view. */
export function asBytes(words: Uint32Array | Int32Array | BigUint64Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** XORs words onto `out`. */
export function xorWordsInto(out: Uint32Array, other: Uint32Array): void {
  const [pairs, others] = [asPairs(out), asPairs(other)];
  if (pairs === undefined || others === undefined) xorSingly(out, other);
  else xorPairs(pairs, others);
}

function xorSingly(out: Uint32Array, other: Uint32Array): void {
  for (let k = 0; k < out.length; k++) out[k] ^= other[k];
}

function xorPairs(out: BigUint64Array, other: BigUint64Array): void {
  for (let k = 0; k < out.length; k++) out[k] ^= other[k];
}
