/**
 * Domain-separated hashing of tuples with SHA-256 (FIPS 180-4). Every field is length-prefixed, so no two different
 * tuples have the same encoding; the label separates the uses.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { u32le, utf8 } from './bytes.ts';

const DOMAIN = utf8('blindflag/1');

export const HASH_BYTES = 32;

/** H(label, fields...): 32 bytes. */
export function hashTuple(label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create();
  absorbField(hash, DOMAIN);
  absorbField(hash, utf8(label));
  for (const field of fields) absorbField(hash, field);
  return hash.digest();
}

function absorbField(hash: { update(data: Uint8Array): unknown }, field: Uint8Array): void {
  hash.update(u32le(field.length));
  hash.update(field);
}

/** HKDF-SHA-256 (RFC 5869): a `length`-byte key from `secret`, salted, bound to `label`. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, label: string, length = 32): Uint8Array {
  return hkdf(sha256, secret, salt, utf8(`blindflag/1 ${label}`), length);
}

/**
 * A hash of fixed-length records under one fixed prefix: the prefix (label and context, hashed to one 64-byte block)
 * is absorbed once and its state copied for every record. Injective because all records of one instance have the same
 * length, which is part of the prefix.
 */
export class RecordHash {
  readonly #start: ReturnType<typeof sha256.create>;
  readonly #scratch: ReturnType<typeof sha256.create>;
  readonly #recordBytes: number;

  constructor(label: string, recordBytes: number, ...context: readonly Uint8Array[]) {
    this.#recordBytes = recordBytes;
    const prefix = new Uint8Array(64);
    prefix.set(hashTuple(`record ${label}`, u32le(recordBytes), ...context));
    this.#start = sha256.create().update(prefix);
    this.#scratch = sha256.create();
  }

  /** Writes the 32-byte hash of `record` (exactly the declared length) into `out` at `offset`. */
  digestInto(record: Uint8Array, out: Uint8Array, offset: number): void {
    if (record.length !== this.#recordBytes) throw new RangeError('Cannot hash record: wrong length');
    const state = this.#start._cloneInto(this.#scratch);
    state.update(record);
    state.digestInto(out.subarray(offset, offset + HASH_BYTES));
  }
}

/** The hash of one long byte string of a known length, taken piece by piece. */
export class IncrementalHash {
  readonly #hash: ReturnType<typeof sha256.create>;

  constructor(label: string, totalBytes: number) {
    this.#hash = sha256.create().update(hashTuple(`long ${label}`, utf8(String(totalBytes))));
  }

  update(piece: Uint8Array): void {
    this.#hash.update(piece);
  }

  digest(): Uint8Array {
    return this.#hash.digest();
  }
}
