/**
 * Messages: a name that is the public contract, a length that follows from agreed numbers, a codec. The receiver
 * computes the length itself, so nothing is allocated on a peer's word.
 */
import { asBytes } from '../crypto/bytes.ts';

/** A kind of message: `V` is its value, `C` what its length is computed from, which is agreed and never a peer's word. */
export interface Message<V, C> {
  readonly name: string;
  /** The body's exact length in bytes, or its largest where `variable`. */
  bytes(context: C): number;
  readonly variable?: boolean;
  encode(value: V, context: C): Uint8Array;
  /** Must throw ProtocolError `bad-message` on anything but a valid encoding; owns `body`. */
  decode(body: Uint8Array, context: C): V;
}

/** A byte string of exactly `context` bytes. */
export function bytesMessage(name: string): Message<Uint8Array, number> {
  return { name, bytes: (length) => length, encode: (value) => value, decode: (body) => body };
}

/** Exactly `context` 32-bit words, little-endian. */
export function wordsMessage(name: string): Message<Uint32Array, number> {
  return {
    name,
    bytes: (words) => 4 * words,
    encode: (value) => asBytes(value),
    decode: (body) => new Uint32Array(body.buffer, body.byteOffset, body.length >>> 2),
  };
}

/** Exactly `context` integers modulo 2^64, little-endian. */
export function ringMessage(name: string): Message<BigUint64Array, number> {
  return {
    name,
    bytes: (count) => 8 * count,
    encode: (values) => asBytes(values),
    decode: (body) => new BigUint64Array(body.buffer, body.byteOffset, body.length >>> 3),
  };
}
