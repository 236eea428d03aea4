/**
 * What both sides derive from a record x, the number i of its row and the function's value z, each from BLAKE2s-256 with
 * run id, record and value inside:
 *
 *   tag           H("overlap-tag", sid, x, i, z)        goes over the wire, truncated
 *   row key       H("overlap-payload", sid, x, i, z)    encrypts the columns of that row; never sent
 *   confirmation  H("overlap-confirm", sid, x, 0, z)    goes back in mode `both`; who was only sent tags cannot form it
 *   size tag      H("overlap-size", sid, z)             in mode `size-only`, where nobody may know which x it is of
 */
import { asBytes } from '../../src/crypto/bytes.ts';
import { BLOCK_BYTES, NONCE_BYTES } from '../../src/crypto/chacha20.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { finish, type Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';

export type Derivation = 'overlap-tag' | 'overlap-payload' | 'overlap-confirm' | 'overlap-size';

/** Evaluated rows of one party. */
export interface EvaluatedRows {
  readonly sid: Uint8Array;
  /** n x 32. */
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

  /** The first `tagBytes` bytes of every row's: n x tagBytes. */
  *tags(occurrences: Uint32Array, tagBytes: number): Steps<Uint8Array> {
    return yield* this.#hash.prefixes(this.#columns(this.#rows, occurrences), tagBytes);
  }

  /** For a bounded batch: `numbers[k]` is the row, `occurrences[k]` which row of its account it is. */
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
