/**
 * What both sides derive from a record x, the number i of its row and the function's value z, each from SHA-256 with
 * run id, record and value inside:
 *
 *   tag           H("overlap-tag", sid, x, i, z)        goes over the wire, truncated
 *   row key       H("overlap-payload", sid, x, i, z)    encrypts the columns of that row; never sent
 *   confirmation  H("overlap-confirm", sid, x, 0, z)    goes back in mode `both`; who was only sent tags cannot form it
 *   size tag      H("overlap-size", sid, z)             in mode `size-only`, where nobody may know which x it is of
 */
import { u32le } from '../../src/crypto/bytes.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { fillFromDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { RECORD_BYTES } from '../oprf/index.ts';

export type Derivation = 'overlap-tag' | 'overlap-payload' | 'overlap-confirm' | 'overlap-size';

/** Evaluated rows of one party. */
export interface EvaluatedRows {
  readonly sid: Uint8Array;
  /** n x 33. */
  readonly records: Uint8Array;
  /** n x `valueBytes`. */
  readonly values: Uint8Array;
  readonly valueBytes: number;
}

/** Derives from the rows of one list; the digest is overwritten by the next call. */
export class RowHash {
  readonly #rows: EvaluatedRows;
  readonly #hash: RecordHash;
  readonly #input: Uint8Array;
  readonly #withRecord: boolean;
  readonly #digest = new Uint8Array(HASH_BYTES);

  constructor(derivation: Derivation, rows: EvaluatedRows) {
    this.#rows = rows;
    this.#withRecord = derivation !== 'overlap-size';
    this.#input = new Uint8Array((this.#withRecord ? RECORD_BYTES + 4 : 0) + rows.valueBytes);
    this.#hash = new RecordHash(derivation, this.#input.length, rows.sid);
  }

  /** The 32 bytes of row `index` as occurrence number `occurrence` of its account. */
  digest(index: number, occurrence: number): Uint8Array {
    const { records, values, valueBytes } = this.#rows;
    if (this.#withRecord) {
      this.#input.set(records.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES), 0);
      this.#input.set(u32le(occurrence), RECORD_BYTES);
    }
    const value = values.subarray(index * valueBytes, (index + 1) * valueBytes);
    this.#input.set(value, this.#input.length - valueBytes);
    this.#hash.digestInto(this.#input, this.#digest, 0);
    return this.#digest;
  }
}

/** Encrypts and decrypts: XOR with the ChaCha20 stream of a key that serves one row. */
export function applyRowKey(rowKey: Uint8Array, content: Uint8Array): Uint8Array {
  const length = content.length;
  const out = fillFromDraw({ key: rowKey, block: 0, length }, 0, new Uint8Array(length));
  for (let i = 0; i < length; i++) out[i] ^= content[i];
  return out;
}

/**
 * Finds received rows by their tags. Rows are chained by the first word of their tags, which the peer may have chosen;
 * lookups go by own hashes and so spread over the chains, and the work stays near the number of rows whatever it chose.
 */
export class TagIndex {
  readonly #rows: Uint8Array;
  readonly #rowBytes: number;
  readonly #mask: number;
  /** Row number + 1, or 0. */
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;

  private constructor(rows: Uint8Array, rowBytes: number) {
    this.#rows = rows;
    this.#rowBytes = rowBytes;
    const count = rows.length / rowBytes;
    const slots = 2 ** Math.ceil(Math.log2(2 * count));
    this.#mask = slots - 1;
    this.#heads = new Uint32Array(slots);
    this.#next = new Uint32Array(count);
  }

  /** Of packed rows of `rowBytes` that begin with their tags. */
  static *of(rows: Uint8Array, rowBytes: number): Steps<TagIndex> {
    const index = new TagIndex(rows, rowBytes);
    for (let row = 0; row < index.#next.length; row++) {
      const slot = index.#slotAt(rows, row * rowBytes);
      index.#next[row] = index.#heads[slot];
      index.#heads[slot] = row + 1;
      if (row % 8192 === 8191) yield;
    }
    return index;
  }

  /** The row whose tag is the first `tagBytes` of `digest`, or -1. */
  find(digest: Uint8Array, tagBytes: number): number {
    let row = this.#heads[this.#slotAt(digest, 0)] - 1;
    while (row >= 0 && !this.#equals(row, digest, tagBytes)) row = this.#next[row] - 1;
    return row;
  }

  #slotAt(bytes: Uint8Array, at: number): number {
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) & this.#mask;
  }

  #equals(row: number, digest: Uint8Array, tagBytes: number): boolean {
    const at = row * this.#rowBytes;
    for (let k = 0; k < tagBytes; k++) if (this.#rows[at + k] !== digest[k]) return false;
    return true;
  }
}
