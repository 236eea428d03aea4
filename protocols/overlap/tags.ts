/**
 * What both sides derive from a record x, the number i of its row and the function's value z, each from SHA-256 with
 * run id, record and value inside:
 *
 *   tag           H("overlap-tag", sid, x, i, z)        goes over the wire, truncated
 *   row key       H("overlap-payload", sid, x, i, z)    encrypts the columns of that row; never sent
 *   confirmation  H("overlap-confirm", sid, x, 0, z)    goes back in mode `both`; who was only sent tags cannot form it
 *   size tag      H("overlap-size", sid, z)             in mode `size-only`, where nobody may know which x it is of
 */
import { asWords, u32le } from '../../src/crypto/bytes.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { BLOCK_BYTES, fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
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

/** Bytes to draw for a `SlotHash`. */
export const SALT_BYTES: number = BLOCK_BYTES;

/**
 * Where a tag goes in a table of 2^bits slots: the upper bits of b + sum of a_i times byte i mod 2^32, with a and b from
 * own randomness. Strongly universal for bits <= 25 (Thorup, High speed hashing for integers and strings, 2015, §3.4):
 * who chooses tags without knowing a cannot make many of them share a slot, nor one of them share it with a given tag.
 */
export class SlotHash {
  readonly #factors: Uint32Array;
  readonly #tagBytes: number;
  readonly #shift: number;

  /** A salt serves tags of up to 15 bytes. */
  constructor(salt: PrgDraw, { tagBytes, bits }: { readonly tagBytes: number; readonly bits: number }) {
    this.#factors = asWords(fillFromDraw(salt, 0, new Uint8Array(SALT_BYTES)));
    this.#tagBytes = tagBytes;
    this.#shift = 32 - bits;
  }

  slot(bytes: Uint8Array, at: number): number {
    let sum = this.#factors[this.#tagBytes];
    for (let k = 0; k < this.#tagBytes; k++) sum = (sum + Math.imul(this.#factors[k], bytes[at + k])) | 0;
    return sum >>> this.#shift;
  }
}

/**
 * Finds received rows by their tags. Rows are chained by slots that nobody else can foresee, so chains are short whatever
 * tags a peer chose, and how long a look-up takes tells it next to nothing about what was looked up.
 */
export class TagIndex {
  readonly #rows: Uint8Array;
  readonly #rowBytes: number;
  readonly #tagBytes: number;
  readonly #slots: SlotHash;
  /** Row number + 1, or 0. */
  readonly #heads: Uint32Array;
  readonly #next: Uint32Array;

  private constructor(rows: Uint8Array, { rowBytes, tagBytes, salt }: IndexOptions) {
    this.#rows = rows;
    this.#rowBytes = rowBytes;
    this.#tagBytes = tagBytes;
    const count = rows.length / rowBytes;
    const bits = Math.ceil(Math.log2(2 * count));
    this.#slots = new SlotHash(salt, { tagBytes, bits });
    this.#heads = new Uint32Array(2 ** bits);
    this.#next = new Uint32Array(count);
  }

  /** Of packed rows of `rowBytes` that begin with their tags. */
  static *of(rows: Uint8Array, options: IndexOptions): Steps<TagIndex> {
    const index = new TagIndex(rows, options);
    for (let row = 0; row < index.#next.length; row++) {
      const slot = index.#slots.slot(rows, row * options.rowBytes);
      index.#next[row] = index.#heads[slot];
      index.#heads[slot] = row + 1;
      if (row % 8192 === 8191) yield;
    }
    return index;
  }

  /** The row whose tag is the first bytes of `digest`, or -1. */
  find(digest: Uint8Array): number {
    let row = this.#heads[this.#slots.slot(digest, 0)] - 1;
    while (row >= 0 && !this.#equals(row, digest)) row = this.#next[row] - 1;
    return row;
  }

  #equals(row: number, digest: Uint8Array): boolean {
    const at = row * this.#rowBytes;
    for (let k = 0; k < this.#tagBytes; k++) if (this.#rows[at + k] !== digest[k]) return false;
    return true;
  }
}

export interface IndexOptions {
  readonly rowBytes: number;
  readonly tagBytes: number;
  /** Own randomness of `SALT_BYTES`, fresh for every list. */
  readonly salt: PrgDraw;
}
