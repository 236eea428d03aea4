/** Payload columns of a row as one byte string of fixed length: per column its length in one byte, then content and zeros. */
import type { Steps } from '../../src/crypto/steps.ts';
import { UsageError } from '../../src/errors.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { PayloadColumn } from './parameters.ts';

/** One bounded batch of rows: canonical account names, and at the holder the payload columns by name. */
export interface OverlapRows {
  readonly accounts: readonly string[];
  /** Read at the holder only, and only the columns that the parameters name: one byte string per account. */
  readonly columns?: Readonly<Record<string, readonly Uint8Array[]>>;
}

/** Rows as a stream: only one batch is held at a time. */
export type OverlapSource = AsyncIterable<OverlapRows> | Iterable<OverlapRows>;

/** Bytes of one packed row. */
export function packedBytes(columns: readonly PayloadColumn[]): number {
  return columns.reduce((sum, { bytes }) => sum + 1 + bytes, 0);
}

/** Packs the columns of up to `capacity` rows while their accounts pass through. */
export class ColumnPacker {
  readonly #columns: readonly PayloadColumn[];
  readonly #capacity: number;
  readonly #packed: Uint8Array;
  #rows = 0;

  constructor(columns: readonly PayloadColumn[], capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#packed = new Uint8Array(capacity * packedBytes(columns));
  }

  /** The rows packed so far. */
  get packed(): Uint8Array {
    return this.#packed.subarray(0, this.#rows * packedBytes(this.#columns));
  }

  /** @throws UsageError `malformed-row`, `too-many-items`; texts give the row, never its content */
  async *accountsOf(source: OverlapSource, self: PartyId): AsyncGenerator<{ readonly accounts: readonly string[] }> {
    for await (const batch of source) {
      if (this.#rows + batch.accounts.length > this.#capacity) {
        throw new UsageError(`Cannot use list: more than the declared ${this.#capacity} rows`, {
          code: 'too-many-items',
          phase: 'input',
          party: self,
          remedy: 'agree on a larger size bucket, or split the list',
        });
      }
      for (let k = 0; k < batch.accounts.length; k++) this.#pack(batch, k, self);
      yield { accounts: batch.accounts };
    }
  }

  #pack({ columns = {} }: OverlapRows, k: number, self: PartyId): void {
    const row = this.#rows++;
    let at = row * packedBytes(this.#columns);
    for (const { name, bytes } of this.#columns) {
      const content = Object.hasOwn(columns, name) ? columns[name].at(k) : undefined;
      if (content === undefined || content.length > bytes) {
        throw new UsageError(`Cannot read list: row ${row + 1}: '${name}' is missing or above ${bytes} bytes`, {
          code: 'malformed-row',
          phase: 'input',
          party: self,
          remedy: 'correct the row in the source; nothing was sent',
        });
      }
      this.#packed[at] = content.length;
      this.#packed.set(content, at + 1);
      at += 1 + bytes;
    }
  }
}

/** One column of many rows: `contents` n x `bytes`, zeros behind each content; `lengths` n. */
export interface PackedColumn {
  readonly bytes: number;
  readonly contents: Uint8Array;
  readonly lengths: Uint8Array;
}

/** Columns by name. */
export type PackedColumns = Readonly<Record<string, PackedColumn>>;

/** The content of one row, a view. */
export function columnCell({ bytes, contents, lengths }: PackedColumn, row: number): Uint8Array {
  return contents.subarray(row * bytes, row * bytes + lengths[row]);
}

/** The first rows of all columns, as views. */
export function firstRows(columns: PackedColumns, rowCount: number): PackedColumns {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { bytes, contents, lengths }]) => [
      name,
      { bytes, contents: contents.subarray(0, rowCount * bytes), lengths: lengths.subarray(0, rowCount) },
    ]),
  );
}

/**
 * Packed rows to columns. Every row has a reading, a length above the largest is that: if a run could fail here, a
 * holder with one such row would see from the failure that its account is a common one.
 */
export const unpackJob: Job<
  { readonly packed: Uint8Array; readonly columns: readonly PayloadColumn[] },
  PackedColumns
> = defineJob('overlap/unpack', function* ({ packed, columns }): Steps<PackedColumns> {
  const width = packedBytes(columns);
  const rows = packed.length / width;
  const unpacked = columns.map(({ name, bytes }) => ({
    name,
    column: { bytes, contents: new Uint8Array(rows * bytes), lengths: new Uint8Array(rows) },
  }));
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    for (const { column } of unpacked) {
      const { bytes, contents, lengths } = column;
      lengths[row] = Math.min(packed[at], bytes);
      contents.set(packed.subarray(at + 1, at + 1 + lengths[row]), row * bytes);
      at += 1 + bytes;
    }
    if (row % 1024 === 1023) yield;
  }
  return Object.fromEntries(unpacked.map(({ name, column }) => [name, column]));
});
