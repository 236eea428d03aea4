/**
 * What both sides derive from a record x, the number i of its row and the function's value z, each from BLAKE2s-256 with
 * run id, record and value inside:
 *
 *   tag           H("overlap-tag", sid, x, i, z)        goes over the wire, truncated
 *   row key       H("overlap-payload", sid, x, i, z)    encrypts the columns of that row; never sent
 *   confirmation  H("overlap-confirm", sid, x, 0, z)    goes back in mode `both`; who was only sent tags cannot form it
 *   size tag      H("overlap-size", sid, z)             in mode `size-only`, where nobody may know which x it is of
 */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { BLOCK_BYTES, NONCE_BYTES } from '../../src/crypto/chacha20.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { finish, type Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
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

/** Derives from the rows of one list: n x 32 bytes. */
export class RowHash {
  readonly #rows: EvaluatedRows;
  readonly #hash: RecordHash;
  readonly #withRecord: boolean;

  constructor(derivation: Derivation, rows: EvaluatedRows) {
    this.#rows = rows;
    this.#withRecord = derivation !== 'overlap-size';
    const widths = this.#withRecord ? [RECORD_BYTES, 4, rows.valueBytes] : [rows.valueBytes];
    this.#hash = new RecordHash(derivation, { widths, context: [rows.sid], blake2s: blake2sKernel() });
  }

  /** Of every row; `occurrences` numbers the rows of one account and is left out of a size tag. */
  *all(occurrences: Uint32Array): Steps<Uint8Array> {
    return yield* this.#digests(this.#rows, occurrences);
  }

  /** The same in batches, in a buffer that the next one overwrites. */
  *batches(occurrences: Uint32Array, take: (digests: Uint8Array, from: number) => void): Steps<void> {
    yield* this.#hash.batches(this.#columns(this.#rows, occurrences), take);
  }

  /** Of a bounded batch: the rows with the given numbers, as the occurrences with the given numbers. */
  of(numbers: Uint32Array, occurrences: Uint32Array): Uint8Array {
    const { records, values, valueBytes } = this.#rows;
    const picked = {
      records: this.#withRecord ? pickRows(records, numbers, { stride: RECORD_BYTES }) : records,
      values: pickRows(values, numbers, { stride: valueBytes }),
    };
    return finish(this.#digests(picked, occurrences));
  }

  *#digests(rows: Pick<EvaluatedRows, 'records' | 'values'>, occurrences: Uint32Array): Steps<Uint8Array> {
    return yield* this.#hash.digests(...this.#columns(rows, occurrences));
  }

  #columns(
    { records, values }: Pick<EvaluatedRows, 'records' | 'values'>,
    occurrences: Uint32Array,
  ): readonly Uint8Array[] {
    return this.#withRecord ? [records, asBytes(occurrences), values] : [values];
  }
}

/** Every key serves one row, so the nonce separates nothing. */
const NONCE = new Uint8Array(NONCE_BYTES);
const ROWS_PER_STEP = 1024;
const ROWS_PER_CHAINING = 8192;

/** Encrypts and decrypts n rows of `width` bytes: XOR with the ChaCha20 stream of n keys that serve one row each. */
export function* applyRowKeys(rowKeys: Uint8Array, contents: Uint8Array, width: number): Steps<Uint8Array> {
  const count = rowKeys.length / HASH_BYTES;
  const out = contents.slice();
  const blocks = new Uint8Array(Math.min(count, ROWS_PER_STEP) * BLOCK_BYTES);
  for (let from = 0; from < count; from += ROWS_PER_STEP) {
    const rows = Math.min(ROWS_PER_STEP, count - from);
    const keys = rowKeys.subarray(from * HASH_BYTES, (from + rows) * HASH_BYTES);
    for (let counter = 0; counter * BLOCK_BYTES < width; counter++) {
      chacha20Kernel().blocksInto(blocks.subarray(0, rows * BLOCK_BYTES), { keys, nonce: NONCE, counter });
      const start = counter * BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES, width - start);
      for (let row = 0; row < rows; row++) {
        const at = (from + row) * width + start;
        for (let k = 0; k < length; k++) out[at + k] ^= blocks[row * BLOCK_BYTES + k];
      }
    }
    yield;
  }
  blocks.fill(0);
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
    this.#factors = asWords(fillFromDraw(salt, 0, new Uint8Array(SALT_BYTES), chacha20Kernel()));
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
    const count = index.#next.length;
    for (let from = 0; from < count; from += ROWS_PER_CHAINING) {
      index.#chain(from, Math.min(count, from + ROWS_PER_CHAINING));
      yield;
    }
    return index;
  }

  #chain(from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const slot = this.#slots.slot(this.#rows, row * this.#rowBytes);
      this.#next[row] = this.#heads[slot];
      this.#heads[slot] = row + 1;
    }
  }

  /** The row whose tag is the bytes of `digests` from `at` on, or -1. */
  find(digests: Uint8Array, at: number): number {
    let row = this.#heads[this.#slots.slot(digests, at)] - 1;
    while (row >= 0 && !this.#equals(row, digests, at)) row = this.#next[row] - 1;
    return row;
  }

  /**
   * The rows whose tags are the first bytes of each of many digests, or -1. Reads that depend on nothing but the digest
   * are in loops of their own, so that many of them are on their way at once.
   */
  findAll(digests: Uint8Array, out: Int32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.#slots.slot(digests, i * HASH_BYTES);
    for (let i = 0; i < out.length; i++) out[i] = this.#heads[out[i]] - 1;
    for (let i = 0; i < out.length; i++) {
      let row = out[i];
      while (row >= 0 && !this.#equals(row, digests, i * HASH_BYTES)) row = this.#next[row] - 1;
      out[i] = row;
    }
  }

  #equals(row: number, digests: Uint8Array, at: number): boolean {
    const own = row * this.#rowBytes;
    for (let k = 0; k < this.#tagBytes; k++) if (this.#rows[own + k] !== digests[at + k]) return false;
    return true;
  }
}

export interface IndexOptions {
  readonly rowBytes: number;
  readonly tagBytes: number;
  /** Own randomness of `SALT_BYTES`, fresh for every list. */
  readonly salt: PrgDraw;
}
