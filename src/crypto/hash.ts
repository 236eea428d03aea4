/**
 * Domain-separated hashing: of a tuple with SHA-256 (FIPS 180-4), of many records, or of a long string, with BLAKE2s-256
 * (RFC 7693), which a kernel works on in batches. Every field of a tuple is length-prefixed, so no two different tuples
 * have the same encoding; the label separates the uses.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Blake2s, MAX_BLAKE2S_INPUT_BYTES } from './blake2s.ts';
import { concatBytes, u32le, utf8, writeU32le } from './bytes.ts';
import type { Steps } from './steps.ts';

const DOMAIN = utf8('blindflag/1');

export const HASH_BYTES = 32;

/**
 * Hashes begin as copies of it. It also keeps code: what V8 compiled for such objects it drops when none of them lives at a
 * collection, and would compile anew in every run.
 */
const START = sha256.create();

/** H(label, fields...): 32 bytes. In one piece: most tuples are short, and each piece costs as much as a block. */
export function hashTuple(label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  const parts = [DOMAIN, utf8(label), ...fields];
  const encoded = new Uint8Array(parts.reduce((bytes, part) => bytes + 4 + part.length, 0));
  let at = 0;
  for (const part of parts) {
    writeU32le(encoded, at, part.length);
    encoded.set(part, at + 4);
    at += 4 + part.length;
  }
  const hash = START.clone().update(encoded).digest();
  // Fields may be secret.
  encoded.fill(0);
  return hash;
}

/** HKDF-SHA-256 (RFC 5869): a `length`-byte key from `secret`, salted, bound to `label`. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, label: string, length = 32): Uint8Array {
  return hkdf(sha256, secret, salt, utf8(`blindflag/1 ${label}`), length);
}

/** Rows between two pauses: some milliseconds of the plain reference, far below one with a kernel. */
const ROWS_PER_STEP = 1024;

/** What all records of one kind have in common. */
export interface RecordKind {
  /** Bytes of each column. */
  readonly widths: readonly number[];
  readonly context?: readonly Uint8Array[];
  readonly blake2s: Blake2s;
}

/**
 * A hash of many records of one length, given as columns: BLAKE2s-256 (RFC 7693) of the columns' rows side by side,
 * keyed with the hash of label, widths and context. Injective because all records of one instance have the same length.
 */
export class RecordHash {
  readonly #key: Uint8Array;
  readonly #widths: readonly number[];
  readonly #blake2s: Blake2s;

  constructor(label: string, { widths, context = [], blake2s }: RecordKind) {
    this.#key = hashTuple(`record ${label}`, concatBytes(...widths.map(u32le)), ...context);
    this.#widths = widths;
    this.#blake2s = blake2s;
  }

  /** n x 32 bytes, from columns of n rows each. */
  *digests(...columns: readonly Uint8Array[]): Steps<Uint8Array> {
    return yield* this.prefixes(columns, HASH_BYTES);
  }

  /** The first `bytes` bytes of each digest: n x `bytes`. */
  *prefixes(columns: readonly Uint8Array[], bytes: number): Steps<Uint8Array> {
    const count = this.#count(columns);
    const out = new Uint8Array(count * bytes);
    for (let from = 0; from < count; from += ROWS_PER_STEP) {
      const to = Math.min(count, from + ROWS_PER_STEP);
      this.#hash(out.subarray(from * bytes, to * bytes), columns, { from, to });
      yield;
    }
    return out;
  }

  #count(columns: readonly Uint8Array[]): number {
    if (columns.length !== this.#widths.length) throw new RangeError('Cannot hash records: wrong number of columns');
    const count = columns[0].length / this.#widths[0];
    if (columns.some((bytes, k) => bytes.length !== count * this.#widths[k])) {
      throw new RangeError('Cannot hash records: columns differ in rows');
    }
    return count;
  }

  #hash(
    out: Uint8Array,
    columns: readonly Uint8Array[],
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    const rows = columns.map((bytes, k) => {
      const width = this.#widths[k];
      return { bytes: bytes.subarray(from * width, to * width), width };
    });
    this.#blake2s.hashRowsInto(out, this.#key, rows);
  }
}

/** The longest leaves that BLAKE2s takes: what SHA-256 is left with is a 128th of the string. */
const LEAF_BYTES: number = MAX_BLAKE2S_INPUT_BYTES;
/** Leaves of a long string that are hashed at once. */
const LEAVES_PER_STEP = 16;

/**
 * The hash of one long byte string: SHA-256 of label, length and the keyed BLAKE2s-256 of every 4,096 bytes of it, the
 * last of them often fewer. The length fixes where leaves begin and end, so equal hashes mean equal strings.
 */
export function* hashLong(label: string, bytes: Uint8Array, blake2s: Blake2s): Steps<Uint8Array> {
  const key = hashTuple(`leaf ${label}`);
  const whole = Math.floor(bytes.length / LEAF_BYTES);
  const leaves = new Uint8Array(Math.ceil(bytes.length / LEAF_BYTES) * HASH_BYTES);
  for (let from = 0; from < whole; from += LEAVES_PER_STEP) {
    const to = Math.min(whole, from + LEAVES_PER_STEP);
    const column = { bytes: bytes.subarray(from * LEAF_BYTES, to * LEAF_BYTES), width: LEAF_BYTES };
    blake2s.hashRowsInto(leaves.subarray(from * HASH_BYTES, to * HASH_BYTES), key, [column]);
    yield;
  }
  const rest = bytes.subarray(whole * LEAF_BYTES);
  if (rest.length > 0) {
    blake2s.hashRowsInto(leaves.subarray(whole * HASH_BYTES), key, [{ bytes: rest, width: rest.length }]);
  }
  return hashTuple(`long ${label}`, utf8(String(bytes.length)), leaves);
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
