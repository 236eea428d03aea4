/**
 * Computations of the oblivious programmable PRF in a module's memory; see opprf.ts. For n records and a table of m columns a
 * programming one has some 64 n bytes for rows, 48 n for their values, 48 m for the table and all targets of the bins.
 */
import { asBytes } from '../crypto/bytes.ts';
import { freeValues } from '../crypto/okvs.ts';
import {
  OPRF_VALUE_BYTES,
  OPPRF_SLOTS,
  OPPRF_VALUE_BYTES,
  type OpprfEntries,
  type OpprfQuery,
  type OpprfRecords,
  type OpprfShape,
  opprfTableBytes,
  targetWords,
} from '../crypto/opprf.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { type Secrets, wiping } from '../crypto/secrets.ts';
import { sharedBytes } from '../crypto/shared-bytes.ts';
import type { Steps } from '../crypto/steps.ts';
import { BandJob, type BandModule, type Batch, COLUMN_BYTES, GROUPS } from './band-job.ts';
import { copyInto, type ModulePool } from './module-pool.ts';

/** The exports of assembly/opprf.ts; addresses and counts are numbers. */
export interface OpprfModule extends BandModule {
  maskTargets(
    salt: number,
    oprfValues: number,
    bins: number,
    targets: number,
    added: number,
    bytes: number,
    count: number,
    out: number,
    vectors: number,
    step: number,
  ): void;
  maskEach(salt: number, oprfValues: number, bins: number, count: number, out: number): void;
  eliminateRows(rows: number, count: number, slots: number, values: number, solved: number, vectors: number): number;
  solveGroups(
    slots: number,
    solved: number,
    from: number,
    to: number,
    free: number,
    bytes: number,
    vectors: number,
    step: number,
  ): number;
  packValues(values: number, count: number, width: number, bytes: number, out: number): void;
  scatterValues(rows: number, count: number, out: number, bytes: number): void;
}

const BIN_BYTES = 4;
const SALT_BYTES = 32;
const VECTOR_BYTES = 16;
/** The three values and the three bins of a record. */
const OPRF_VALUES_BYTES: number = OPPRF_SLOTS * OPRF_VALUE_BYTES;
const BINS_BYTES: number = OPPRF_SLOTS * BIN_BYTES;

/** How the three values of a record lie in the module. */
interface Packing {
  readonly vectors: number;
  /** Bytes of these. */
  readonly width: number;
  /** From one value to the next. */
  readonly step: number;
}

function packingOf({ valueBytes }: OpprfShape): Packing {
  const isShort = OPPRF_SLOTS * valueBytes <= 2 * VECTOR_BYTES;
  const vectors = isShort ? 2 : OPPRF_SLOTS;
  return { vectors, width: VECTOR_BYTES * vectors, step: isShort ? valueBytes : VECTOR_BYTES };
}

/** Makes one table. */
export class ProgrammeJob extends BandJob<OpprfModule> {
  readonly #shape: OpprfShape;
  readonly #entries: OpprfEntries;
  readonly #count: number;
  readonly #targetBytes: number;
  readonly #packing: Packing;
  /** Offsets from the heap base. */
  readonly #maskSalt: number;
  readonly #solved: number;
  readonly #free: number;
  readonly #targets: number;

  constructor(pool: ModulePool<OpprfModule>, shape: OpprfShape, entries: OpprfEntries) {
    const { columns } = shape;
    const count = entries.records.length / RECORD_BYTES;
    const targetBytes = 4 * targetWords(shape);
    const packing = packingOf(shape);
    const { width } = packing;
    // A record's last value may be read with what lies behind it.
    const solvedBytes = width * 4 * Math.ceil(columns / 4) + VECTOR_BYTES;
    const freeBytes = OPPRF_SLOTS * targetBytes * 4 * Math.min(GROUPS, Math.ceil(columns / 4));
    super(pool, {
      columns,
      count,
      otherBytes: OPRF_VALUES_BYTES + BINS_BYTES + targetBytes,
      valueBytes: width,
      eliminates: true,
      ownBytes:
        VECTOR_BYTES +
        SALT_BYTES +
        solvedBytes +
        freeBytes +
        COLUMN_BYTES +
        asBytes(entries.targets).length +
        COLUMN_BYTES,
    });
    this.#shape = shape;
    this.#entries = entries;
    this.#count = count;
    this.#targetBytes = targetBytes;
    this.#packing = packing;
    // Behind the values is room for what is written behind the last of them.
    this.#maskSalt = this.at.own + VECTOR_BYTES;
    this.#solved = this.#maskSalt + SALT_BYTES;
    this.#free = this.#solved + solvedBytes;
    this.#targets = this.#free + freeBytes + COLUMN_BYTES;
  }

  /** Undefined where a row depends on others. */
  *table(): Steps<Uint8Array | undefined> {
    const { rowSalt, maskSalt, records, oprfValues, bins, targets, added } = this.#entries;
    try {
      yield* copyInto(this.memory, this.#targets, asBytes(targets));
      this.memory.set(maskSalt, this.#maskSalt);
      const others = [
        { bytes: oprfValues, width: OPRF_VALUES_BYTES },
        { bytes: asBytes(bins), width: BINS_BYTES },
        { bytes: asBytes(added), width: this.#targetBytes },
      ];
      yield* this.makeRows({ salt: rowSalt, records, others, also: (batch) => this.#mask(batch) });
      const [values, solved] = [this.base + this.at.values, this.base + this.#solved];
      const { module } = this;
      const { vectors } = this.#packing;
      const isSolvable = yield* this.eliminate((rows, count, slots) =>
        module.eliminateRows(rows, count, slots, values, solved, vectors),
      );
      return isSolvable ? yield* wiping((secret) => this.#solve(secret)) : undefined;
    } finally {
      this.end();
    }
  }

  #mask({ others: oprfValues, count, first }: Batch): void {
    const bins = oprfValues + this.inputOffset(OPRF_VALUES_BYTES);
    const added = oprfValues + this.inputOffset(OPRF_VALUES_BYTES + BINS_BYTES);
    const [maskSalt, targets] = [this.base + this.#maskSalt, this.base + this.#targets];
    const { vectors, width, step } = this.#packing;
    const values = this.base + this.at.values + width * first;
    this.module.maskTargets(
      maskSalt,
      oprfValues,
      bins,
      targets,
      added,
      this.#targetBytes,
      count,
      values,
      vectors,
      step,
    );
  }

  *#solve(secrets: Secrets): Steps<Uint8Array> {
    const { columns } = this.#shape;
    const wide = { columns, valueWords: OPPRF_SLOTS * targetWords(this.#shape) };
    const free = asBytes(secrets.hold(yield* freeValues(wide, this.#count, this.#entries.rng)));
    const columnBytes = OPPRF_SLOTS * this.#targetBytes;
    const table = new Uint8Array(opprfTableBytes(this.#shape));
    // The last group may have fewer columns than four: those that it lacks come first, and take zeros.
    let lacking = columnBytes * (4 * this.groups - columns);
    let taken = 0;
    for (let to = this.groups; to > 0; to -= GROUPS) {
      const from = Math.max(0, to - GROUPS);
      const room = 4 * columnBytes * (to - from);
      this.memory.fill(0, this.#free, this.#free + lacking);
      this.memory.set(free.subarray(taken, taken + room - lacking), this.#free + lacking);
      const [slots, solved, freeAt] = [this.base + this.at.slots, this.base + this.#solved, this.base + this.#free];
      const { vectors, step } = this.#packing;
      const end = this.module.solveGroups(slots, solved, from, to, freeAt, this.#targetBytes, vectors, step);
      taken += end - freeAt - lacking;
      lacking = 0;
      this.#pack(table, 4 * from, Math.min(4 * to, columns));
      yield;
    }
    return table;
  }

  /** Writes solved columns [from, to) into the table. */
  #pack(table: Uint8Array, from: number, to: number): void {
    const { columns, valueBytes } = this.#shape;
    const { window } = this.at;
    const { width, step } = this.#packing;
    for (let slot = 0; slot < OPPRF_SLOTS; slot++) {
      const values = this.base + this.#solved + width * from + step * slot;
      this.module.packValues(values, to - from, width, valueBytes, this.base + window);
      const packed = this.memory.subarray(window, window + valueBytes * (to - from));
      table.set(packed, valueBytes * (slot * columns + from));
    }
  }
}

/** Reads in one table, or does what reading in any begins with. */
export class ReadJob extends BandJob<OpprfModule> {
  readonly #shape: OpprfShape;
  readonly #records: OpprfRecords;
  readonly #count: number;

  constructor(
    pool: ModulePool<OpprfModule>,
    shape: OpprfShape,
    records: OpprfRecords & { readonly expandedRows?: Uint8Array | undefined },
  ) {
    const count = records.records.length / RECORD_BYTES;
    super(pool, {
      columns: shape.columns,
      tables: OPPRF_SLOTS,
      count,
      valueBytes: OPPRF_VALUE_BYTES,
      ownBytes: SALT_BYTES,
      expandedRows: records.expandedRows,
    });
    this.#shape = shape;
    this.#records = records;
    this.#count = count;
  }

  /** See `Opprf.expandRows`. */
  *expandRows(): Steps<Uint8Array> {
    try {
      yield* this.#expandRecords();
      return yield* this.takeRows(sharedBytes);
    } finally {
      this.end();
    }
  }

  /** See `Opprf.read`. */
  *read({ maskSalt, bins, oprfValues, table }: OpprfQuery): Steps<Uint8Array> {
    const { valueBytes } = this.#shape;
    try {
      yield* this.#expandRecords();
      this.memory.set(maskSalt, this.at.own);
      for (const [from, to] of this.batches()) {
        this.#mask(oprfValues.subarray(OPRF_VALUE_BYTES * from, OPRF_VALUE_BYTES * to), bins.subarray(from, to), from);
        yield;
      }
      const { module } = this;
      yield* this.decodeAll(table, valueBytes, (rows, count, values) =>
        module.scatterValues(rows, count, values, valueBytes),
      );
      const out = new Uint8Array(OPPRF_VALUE_BYTES * this.#count);
      yield* this.takeValues(out);
      return out;
    } finally {
      this.end();
    }
  }

  #expandRecords(): Steps<void> {
    const { rowSalt, records, slots } = this.#records;
    return this.makeRows({ salt: rowSalt, records, slots });
  }

  /** Writes the masks of records from number `first` on to where their values are summed up. */
  #mask(oprfValues: Uint8Array, bins: Uint32Array, first: number): void {
    const { staging, own, values } = this.at;
    const binsAt = staging + this.inputOffset(OPRF_VALUE_BYTES);
    this.memory.set(oprfValues, staging);
    this.memory.set(asBytes(bins), binsAt);
    const out = this.base + values + OPPRF_VALUE_BYTES * first;
    this.module.maskEach(this.base + own, this.base + staging, this.base + binsAt, bins.length, out);
  }
}
