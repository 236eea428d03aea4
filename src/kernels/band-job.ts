/**
 * One computation on the rows of a random band matrix in a module's memory (assembly/row-pages.ts). Secret-dependent time as in
 * the references.
 *
 * For n rows the module has 64 n bytes, whose room slots take over, and the values of those computations that have any. Rows
 * that were expanded before lie in the caller's memory, and the module has room for one part of them. Tables pass through it in
 * windows. Rows go to parts by their first columns; then for one part after the other all is done that its rows are needed for,
 * so that they are read from memory once.
 */
import { asBytes, asWords } from '../crypto/bytes.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { Secrets } from '../crypto/secrets.ts';
import { ranges, type Steps } from '../crypto/steps.ts';
import { copyInto, type HostedModule, MemoryLayout, type ModulePool } from './module-pool.ts';

/** The exports of assembly/row-pages.ts; addresses and counts are numbers. */
export interface BandModule extends HostedModule {
  openPages(pages: number, links: number, count: number): void;
  orderPart(head: number, column: number, shift: number, places: number, out: number): void;
  openSlots(slots: number, from: number, to: number): number;
  expandRows(
    salt: number,
    records: number,
    slots: number,
    columns: number,
    count: number,
    first: number,
    range: number,
    shift: number,
    heads: number,
  ): void;
  decodeRows(rows: number, count: number, table: number, bytes: number, groups: number, built: number): number;
  wipe(): void;
}

export interface BandSizes {
  /** Of one table. */
  readonly columns: number;
  /** How many lie one behind the other. Default: 1. */
  readonly tables?: number;
  /** Rows. */
  readonly count: number;
  /** Bytes of what there is to each record beside itself. Default: 0. */
  readonly otherBytes?: number;
  /** Bytes for values of each row, by their numbers. Default: 0. */
  readonly valueBytes?: number;
  /** Whether rows are eliminated, for which columns have slots. Default: false. */
  readonly eliminates?: boolean;
  /** Bytes of what a computation has beside that. Default: 0. */
  readonly ownBytes?: number;
  /** What `takeRows` of another computation on the same keys gave, in place of expanding them. */
  readonly expandedRows?: Uint8Array | undefined;
}

/** The table of a record. */
const SLOT_BYTES = 1;
const ROW_BYTES = 64;
const PAGE_BYTES = 3072;
const PAGE_ROWS = 48;
const PAGE_SLOTS = 64;
/** The head of a part of the rows. */
const HEAD_BYTES = 16;
const BAND_BITS = 256;
/** Groups of four columns that a band reaches over, at most. */
const BAND_GROUPS = 65;
/** Of a value in a table at most. */
export const COLUMN_BYTES = 16;
/** Rows between two pauses: one or two milliseconds of work. */
const ROWS = 16_384;
/**
 * log2 of the parts of the columns, at most, and of the columns of a part, at least: with a megabyte of rows and slots each, two
 * or three milliseconds of work and what is between two pauses. With a sixteenth of that a table takes a tenth longer.
 */
const PART_BITS = 9;
const LEAST_PART_BITS = 14;
/** Groups of four columns between two pauses. */
export const GROUPS = 4096;
/** Room over the average for a part's rows: 0.06 are seven standard deviations of the 15,000 of a full one. Beyond it memory is widened. */
const PART_ROOM = 1.1;
/** A record's row is expanded together with up to three more. */
const LANES = 4;

/** Offsets from the heap base. */
interface Places {
  readonly salt: number;
  /** What is on its way into the module. */
  readonly staging: number;
  /** Columns of a table that the part at work needs and no part before did. */
  readonly window: number;
  readonly heads: number;
  /** Where the rows of a part go by their columns. */
  readonly next: number;
  /** Addresses of pages of slots. */
  readonly slots: number;
  readonly links: number;
  readonly pages: number;
  readonly values: number;
  readonly own: number;
  /** A part's rows in order. */
  readonly rows: number;
}

/** Records, and what else there is to each of them. */
export interface BandRecords {
  /** 32-byte public salt. */
  readonly salt: Uint8Array;
  /** n x 32. */
  readonly records: Uint8Array;
  /** n, the table of each; without them there is one table. */
  readonly slots?: Uint8Array;
  readonly others?: readonly InputColumn[];
  /** Uses the others of a batch, which lie one column of them behind the other, each with room for three more rows. */
  readonly also?: (batch: Batch) => void;
}

/** Records that are in the module. */
export interface Batch {
  /** The first column of the others. */
  readonly others: number;
  readonly count: number;
  /** Number of the first one. */
  readonly first: number;
}

/** n x `width` bytes. */
export interface InputColumn {
  readonly bytes: Uint8Array;
  readonly width: number;
}

/** Rows in order, and where those of each part end. */
interface ExpandedRows {
  readonly rows: Uint8Array;
  readonly ends: Uint32Array;
}

export abstract class BandJob<M extends BandModule> {
  protected readonly module: M;
  /** Of the memory that the host lays out. */
  protected readonly base: number;
  protected readonly at: Places;
  protected memory: Uint8Array;
  readonly #pool: ModulePool<M>;
  readonly #sizes: BandSizes;
  /** Of four columns, in all tables. */
  protected readonly groups: number;
  /** Rows that are expanded between two pauses. */
  readonly #batch: number;
  /** log2 of the columns of a part. */
  readonly #shift: number;
  readonly #parts: number;
  readonly #pageCount: number;
  readonly #expandedRows: ExpandedRows | undefined;
  /** Pages of slots that are open. */
  #opened = 0;
  /** Groups of the table that were in the ring or still are, and those that the window reaches to. */
  #built = 0;
  #reached = 0;

  constructor(pool: ModulePool<M>, sizes: BandSizes) {
    const { count, otherBytes = 0, valueBytes = 0, eliminates = false, ownBytes = 0, expandedRows } = sizes;
    const { tables = 1 } = sizes;
    const columns = sizes.columns * tables;
    const recordBytes = RECORD_BYTES + (tables === 1 ? 0 : SLOT_BYTES);
    this.#sizes = sizes;
    this.groups = Math.ceil(columns / 4);
    this.#batch = Math.min(ROWS, count);
    const bits = Math.ceil(Math.log2(columns));
    this.#shift = Math.min(bits, Math.max(LEAST_PART_BITS, bits - PART_BITS));
    this.#parts = Math.ceil(columns / 2 ** this.#shift);
    const slotPages = eliminates ? Math.ceil((4 * this.groups) / PAGE_SLOTS) : 0;
    const rowPages = Math.ceil(count / PAGE_ROWS) + this.#parts;
    this.#expandedRows = expandedRows === undefined ? undefined : expandedRowsOf(expandedRows, count, this.#parts);
    if (this.#expandedRows === undefined) this.#pageCount = Math.max(rowPages, slotPages) + sparePages(count);
    else this.#pageCount = slotPages;
    const layout = new MemoryLayout();
    const windowBytes = COLUMN_BYTES * Math.max(2 ** this.#shift + 4 * BAND_GROUPS, 4 * GROUPS);
    this.at = {
      salt: layout.part(32),
      staging: layout.part(Math.max(windowBytes, this.inputOffset(recordBytes + otherBytes))),
      window: layout.part(windowBytes),
      heads: layout.part(HEAD_BYTES * this.#parts),
      next: layout.part(4 * (2 ** this.#shift + 1)),
      slots: layout.part(4 * slotPages),
      links: layout.part(4 * this.#pageCount),
      pages: layout.part(PAGE_BYTES * this.#pageCount),
      values: layout.part(valueBytes * count),
      own: layout.part(ownBytes),
      // Of several tables one may have all rows.
      rows: layout.part(ROW_BYTES * Math.min(count, Math.ceil((PART_ROOM * count * 2 ** this.#shift) / sizes.columns))),
    };
    this.#pool = pool;
    this.module = pool.take(layout.bytes);
    this.base = this.module.heapBase();
    this.memory = new Uint8Array(this.module.memory.buffer, this.base);
  }

  /** Where a column begins behind those of `before` bytes a record. */
  protected inputOffset(before: number): number {
    return before * (this.#batch + LANES);
  }

  /** What the module keeps for itself has a part of the table, and of keys: its instance is another computation's next. */
  protected end(): void {
    this.module.wipe();
    this.#pool.give(this.module);
  }

  /** Expands all rows from their records, where they were not expanded before. */
  protected *makeRows(own: BandRecords): Steps<void> {
    const { salt, heads, links, pages } = this.at;
    this.memory.set(own.salt, salt);
    this.memory.fill(0, heads, heads + HEAD_BYTES * this.#parts);
    this.module.openPages(this.base + pages, this.base + links, this.#pageCount);
    for (const [from, to] of this.#expandedRows === undefined ? this.batches() : []) {
      this.#expand(own, from, to);
      yield;
    }
    const most = Math.max(...Array.from({ length: this.#parts }, (_, part) => this.#rowsOf(part)));
    // Where many keys are the same, a part is larger than they are on average.
    this.#pool.widen(this.module, this.at.rows + ROW_BYTES * most);
    this.memory = new Uint8Array(this.module.memory.buffer, this.base);
  }

  #expand({ records, slots, others = [], also }: BandRecords, first: number, to: number): void {
    const { salt, heads, staging } = this.at;
    const { columns } = this.#sizes;
    let at = staging;
    const place = ({ bytes, width }: InputColumn): number => {
      const own = at;
      this.memory.set(bytes.subarray(width * first, width * to), own);
      at += this.inputOffset(width);
      return this.base + own;
    };
    const recordsAt = place({ bytes: records, width: RECORD_BYTES });
    const slotsAt = slots === undefined ? 0 : place({ bytes: slots, width: SLOT_BYTES });
    const [othersAt, count] = [this.base + at, to - first];
    for (const other of others) place(other);
    const range = columns - BAND_BITS + 1;
    const [saltAt, headsAt] = [this.base + salt, this.base + heads];
    this.module.expandRows(saltAt, recordsAt, slotsAt, columns, count, first, range, this.#shift, headsAt);
    also?.({ others: othersAt, count, first });
  }

  /** Ranges of rows between pauses. */
  protected batches(): Generator<readonly [from: number, to: number]> {
    return ranges(this.#sizes.count, this.#batch);
  }

  protected get parts(): number {
    return this.#parts;
  }

  #rowsOf(part: number): number {
    if (this.#expandedRows !== undefined) return rowsIn(this.#expandedRows, part).length / ROW_BYTES;
    return new Uint32Array(this.module.memory.buffer, this.base + this.at.heads + HEAD_BYTES * part, 4)[3];
  }

  /** Returns how many rows are in order now. */
  protected orderPart(part: number): number {
    const { heads, next, rows } = this.at;
    const count = this.#rowsOf(part);
    if (this.#expandedRows !== undefined) {
      this.memory.set(rowsIn(this.#expandedRows, part), rows);
      return count;
    }
    const head = this.base + heads + HEAD_BYTES * part;
    this.module.orderPart(head, part << this.#shift, this.#shift, this.base + next, this.base + rows);
    return count;
  }

  /** All rows in order, and behind them where those of each part end, in memory that `room` gives: what `expandedRows` is to another computation. */
  protected *takeRows(room: (length: number) => Uint8Array): Steps<Uint8Array> {
    const ends = new Uint32Array(this.#parts);
    const secrets = new Secrets();
    const out = secrets.hold(room(ROW_BYTES * this.#sizes.count + ends.byteLength));
    try {
      let end = 0;
      for (let part = 0; part < this.#parts; part++) {
        const own = ROW_BYTES * this.orderPart(part);
        out.set(this.memory.subarray(this.at.rows, this.at.rows + own), end);
        end += own;
        ends[part] = end / ROW_BYTES;
        yield;
      }
      out.set(asBytes(ends), end);
      return secrets.pass(out);
    } finally {
      secrets.end();
    }
  }

  /** False where a row depends on others; what `eliminateRows` of the module gives for a part is the first such one, or -1. */
  protected *eliminate(eliminateRows: (rows: number, count: number, slots: number) => number): Steps<boolean> {
    const [rows, slots] = [this.base + this.at.rows, this.base + this.at.slots];
    for (let part = 0; part < this.#parts; part++) {
      const count = this.orderPart(part);
      if (!this.#openSlots(part) || eliminateRows(rows, count, slots) >= 0) return false;
      yield;
    }
    return true;
  }

  #openSlots(part: number): boolean {
    const end = Math.min(((part + 1) << this.#shift) + BAND_BITS, 4 * this.groups);
    const pages = Math.ceil(end / PAGE_SLOTS);
    const isOpen = this.module.openSlots(this.base + this.at.slots, this.#opened, pages) !== 0;
    this.#opened = pages;
    return isOpen;
  }

  /**
   * Puts the groups of a table whose values have `bytes` bytes into the window, as far as the part needs them and they were not
   * there before. Returns which these are.
   */
  protected moveWindow(part: number, table: Uint8Array, bytes: number): readonly [from: number, to: number] {
    const [first, end] = [(part << this.#shift) >> 2, ((part + 1) << this.#shift) >> 2];
    const from = Math.max(this.#built, first);
    const to = Math.max(from, Math.min(this.groups, end + BAND_GROUPS));
    const groupBytes = 4 * bytes;
    const own = table.subarray(groupBytes * from, groupBytes * to);
    const { window } = this.at;
    this.memory.set(own, window);
    this.memory.fill(0, window + own.length, window + groupBytes * (to - from));
    this.#built = from;
    this.#reached = to;
    return [from, to];
  }

  /** Decodes the rows of all parts by a table, and has their values (rows, how many, where to) put by their numbers. */
  protected *decodeAll(
    table: Uint8Array,
    bytes: number,
    scatter: (rows: number, count: number, values: number) => void,
  ): Steps<void> {
    for (let part = 0; part < this.#parts; part++) {
      const count = this.orderPart(part);
      this.moveWindow(part, table, bytes);
      this.decodePart(count, bytes, this.module.decodeRows);
      scatter(this.base + this.at.rows, count, this.base + this.at.values);
      yield;
    }
  }

  /** Decodes the rows in order by the table in the window: their values are overwritten, or added to. */
  protected decodePart(count: number, bytes: number, decode: BandModule['decodeRows']): void {
    const rows = this.base + this.at.rows;
    const table = this.base + this.at.window - 4 * bytes * this.#built;
    this.#built = decode(rows, count, table, bytes, this.#reached, this.#built);
  }

  /** All values by their numbers. */
  protected *takeValues(out: Uint8Array): Steps<void> {
    const { values } = this.at;
    yield* copyInto(out, 0, this.memory.subarray(values, values + out.length));
  }
}

/** @throws RangeError where these are not `count` rows in `parts` parts */
function expandedRowsOf(expandedRows: Uint8Array, count: number, parts: number): ExpandedRows {
  const ends = asWords(expandedRows.slice(ROW_BYTES * count));
  const isOf = ends.length === parts && ends[parts - 1] === count;
  if (isOf && ends.every((end, part) => part === 0 || end >= ends[part - 1])) return { rows: expandedRows, ends };
  throw new RangeError('Cannot use rows: they are those of other keys');
}

function rowsIn({ rows, ends }: ExpandedRows, part: number): Uint8Array {
  return rows.subarray(part === 0 ? 0 : ROW_BYTES * ends[part - 1], ROW_BYTES * ends[part]);
}

/**
 * Slots take the room of rows that are done with. Where rows are uneven they may need some of it earlier: 64 pages, and as
 * many as eight standard deviations of the rows of half the columns have, twice over.
 */
function sparePages(count: number): number {
  return 64 + Math.ceil(Math.sqrt(count) / 6);
}
