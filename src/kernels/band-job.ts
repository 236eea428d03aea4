/**
 * One computation on the rows of a random band matrix in a module's memory (assembly/row-pages.ts). Secret-dependent time as in
 * the references.
 *
 * For n rows the module has 64 n bytes, whose room slots take over, and the values of those computations that have any. Tables
 * pass through it in windows. Rows go to parts by their first columns; then for one part after the other all is done that its
 * rows are needed for, so that they are read from memory once.
 */
import { ranges, type Steps } from '../crypto/steps.ts';
import { copyInto, type HostedModule, MemoryLayout, type ModulePool } from './module-pool.ts';

/** The exports of assembly/row-pages.ts; addresses and counts are numbers. */
export interface BandModule extends HostedModule {
  openPages(pages: number, links: number, count: number): void;
  orderPart(head: number, column: number, shift: number, places: number, out: number): void;
  openSlots(slots: number, from: number, to: number): number;
  eliminateRows(rows: number, count: number, slots: number): number;
  backSubstitute(slots: number, table: number, words: number, from: number, to: number): void;
  addDecoded(rows: number, count: number, table: number, words: number, groups: number, built: number): number;
  scatterValues(rows: number, count: number, out: number, words: number): void;
  wipe(): void;
}

export interface BandSizes {
  readonly columns: number;
  /** Rows. */
  readonly count: number;
  /** Bytes of what a row is expanded from. */
  readonly inputBytes: number;
  /** 32-bit words of a value of each row, which a computation gives; 0 where it gives none. */
  readonly valueWords: number;
}

const ROW_BYTES = 64;
const PAGE_BYTES = 3072;
const PAGE_ROWS = 48;
const PAGE_SLOTS = 64;
/** The head of a part of the rows. */
const HEAD_BYTES = 16;
const BAND_BITS = 256;
/** Groups of four columns that a band reaches over, at most. */
const BAND_GROUPS = 65;
/** Of a column of a table at most. */
const COLUMN_BYTES = 16;
/** Rows between two pauses: one or two milliseconds of work. */
const ROWS = 16_384;
/**
 * log2 of the parts of the columns, at most, and of the columns of a part, at least: with a megabyte of rows and slots each, two
 * or three milliseconds of work and what is between two pauses. With a sixteenth of that a table takes a tenth longer.
 */
const PART_BITS = 9;
const LEAST_PART_BITS = 14;
/** Groups of four columns between two pauses. */
const GROUPS = 4096;
/** Room over the average for a part's rows: 0.06 are seven standard deviations of the 15,000 of a full one. Beyond it memory is widened. */
const PART_ROOM = 1.1;
/** A row is expanded together with up to three more. */
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
  /** A part's rows in order. */
  readonly rows: number;
}

/** What a module's expansion of rows is told. */
export interface Expansion {
  readonly salt: number;
  /** Inputs, one column of them behind the other, each with room for three more rows. */
  readonly inputs: number;
  readonly count: number;
  /** Number of the first one. */
  readonly first: number;
  /** Columns that a row may begin at. */
  readonly range: number;
  readonly shift: number;
  readonly heads: number;
}

/** n x `width` bytes. */
export interface InputColumn {
  readonly bytes: Uint8Array;
  readonly width: number;
}

/** Where a column of inputs begins behind those of `before` bytes a row. */
export function columnOffset(before: number): number {
  return before * (ROWS + LANES);
}

export abstract class BandJob<M extends BandModule> {
  protected readonly module: M;
  /** Of the memory that the host lays out. */
  protected readonly base: number;
  protected readonly at: Places;
  protected memory: Uint8Array;
  readonly #pool: ModulePool<M>;
  readonly #sizes: BandSizes;
  readonly #groups: number;
  /** log2 of the columns of a part. */
  readonly #shift: number;
  readonly #parts: number;
  readonly #pageCount: number;
  /** Pages of slots that are open. */
  #opened = 0;
  /** Groups of the table that were in the ring or still are, and those that the window reaches to. */
  #built = 0;
  #reached = 0;

  constructor(pool: ModulePool<M>, sizes: BandSizes) {
    const { columns, count, inputBytes, valueWords } = sizes;
    this.#sizes = sizes;
    this.#groups = Math.ceil(columns / 4);
    const bits = Math.ceil(Math.log2(columns));
    this.#shift = Math.min(bits, Math.max(LEAST_PART_BITS, bits - PART_BITS));
    this.#parts = Math.ceil(columns / 2 ** this.#shift);
    const slotPages = Math.ceil((4 * this.#groups) / PAGE_SLOTS);
    this.#pageCount = Math.max(Math.ceil(count / PAGE_ROWS) + this.#parts, slotPages) + sparePages(count);
    const layout = new MemoryLayout();
    const windowBytes = COLUMN_BYTES * Math.max(2 ** this.#shift + 4 * BAND_GROUPS, 4 * GROUPS);
    this.at = {
      salt: layout.part(32),
      staging: layout.part(Math.max(windowBytes, columnOffset(inputBytes))),
      window: layout.part(windowBytes),
      heads: layout.part(HEAD_BYTES * this.#parts),
      next: layout.part(4 * (2 ** this.#shift + 1)),
      slots: layout.part(4 * slotPages),
      links: layout.part(4 * this.#pageCount),
      pages: layout.part(PAGE_BYTES * this.#pageCount),
      values: layout.part(4 * valueWords * count),
      rows: layout.part(ROW_BYTES * Math.min(count, Math.ceil((PART_ROOM * count * 2 ** this.#shift) / columns))),
    };
    this.#pool = pool;
    this.module = pool.take(layout.bytes);
    this.base = this.module.heapBase();
    this.memory = new Uint8Array(this.module.memory.buffer, this.base);
  }

  /** What the module keeps for itself has a part of the table, and of keys: its instance is another computation's next. */
  protected end(): void {
    this.module.wipe();
    this.#pool.give(this.module);
  }

  /** Expands all rows from their inputs. */
  protected *placeRows(
    seed: Uint8Array,
    inputs: readonly InputColumn[],
    expand: (expansion: Expansion) => void,
  ): Steps<void> {
    const { salt, staging, heads, links, pages } = this.at;
    const { columns, count } = this.#sizes;
    this.memory.set(seed, salt);
    this.memory.fill(0, heads, heads + HEAD_BYTES * this.#parts);
    this.module.openPages(this.base + pages, this.base + links, this.#pageCount);
    for (const [from, to] of ranges(count, ROWS)) {
      let before = 0;
      for (const { bytes, width } of inputs) {
        this.memory.set(bytes.subarray(width * from, width * to), staging + columnOffset(before));
        before += width;
      }
      expand({
        salt: this.base + salt,
        inputs: this.base + staging,
        count: to - from,
        first: from,
        range: columns - BAND_BITS + 1,
        shift: this.#shift,
        heads: this.base + heads,
      });
      yield;
    }
    const most = Math.max(...Array.from({ length: this.#parts }, (_, part) => this.#rowsOf(part)));
    // Where many keys are the same, a part is larger than they are on average.
    this.#pool.widen(this.module, this.at.rows + ROW_BYTES * most);
    this.memory = new Uint8Array(this.module.memory.buffer, this.base);
  }

  protected get parts(): number {
    return this.#parts;
  }

  #rowsOf(part: number): number {
    return new Uint32Array(this.module.memory.buffer, this.base + this.at.heads + HEAD_BYTES * part, 4)[3];
  }

  /** Returns how many rows are in order now. */
  protected orderPart(part: number): number {
    const { heads, next, rows } = this.at;
    const head = this.base + heads + HEAD_BYTES * part;
    this.module.orderPart(head, part << this.#shift, this.#shift, this.base + next, this.base + rows);
    return this.#rowsOf(part);
  }

  /** False where a row depends on others. */
  protected *eliminate(): Steps<boolean> {
    for (let part = 0; part < this.#parts; part++) {
      if (!this.#eliminatePart(part, this.orderPart(part))) return false;
      yield;
    }
    return true;
  }

  #eliminatePart(part: number, rows: number): boolean {
    const slots = this.base + this.at.slots;
    const end = Math.min(((part + 1) << this.#shift) + BAND_BITS, 4 * this.#groups);
    const pages = Math.ceil(end / PAGE_SLOTS);
    if (this.module.openSlots(slots, this.#opened, pages) === 0) return false;
    this.#opened = pages;
    return this.module.eliminateRows(this.base + this.at.rows, rows, slots) < 0;
  }

  /** Overwrites the columns of a table (columns x 1 to 4 words) that have a row; the others keep what they have. */
  protected *solve(table: Uint8Array, words: number): Steps<void> {
    const { slots, window } = this.at;
    const groupBytes = 16 * words;
    for (let to = this.#groups; to > 0; to -= GROUPS) {
      const from = Math.max(0, to - GROUPS);
      // The last group may have fewer columns than four.
      const own = table.subarray(groupBytes * from, groupBytes * to);
      this.memory.set(own, window);
      this.memory.fill(0, window + own.length, window + groupBytes * (to - from));
      this.module.backSubstitute(this.base + slots, this.base + window - groupBytes * from, words, from, to);
      own.set(this.memory.subarray(window, window + own.length));
      yield;
    }
  }

  /**
   * Puts the groups of a table (columns x 1 to 4 words) that the part needs into the window, as far as they were not there
   * before. Returns which these are.
   */
  protected moveWindow(part: number, table: Uint8Array, words: number): readonly [from: number, to: number] {
    const [first, end] = [(part << this.#shift) >> 2, ((part + 1) << this.#shift) >> 2];
    const from = Math.max(this.#built, first);
    const to = Math.max(from, Math.min(this.#groups, end + BAND_GROUPS));
    const groupBytes = 16 * words;
    const own = table.subarray(groupBytes * from, groupBytes * to);
    const { window } = this.at;
    this.memory.set(own, window);
    this.memory.fill(0, window + own.length, window + groupBytes * (to - from));
    this.#built = from;
    this.#reached = to;
    return [from, to];
  }

  /** Decodes the rows of all parts by a table. */
  protected *decodeAll(table: Uint8Array, words: number, decode: BandModule['addDecoded']): Steps<void> {
    for (let part = 0; part < this.#parts; part++) {
      const rows = this.orderPart(part);
      this.moveWindow(part, table, words);
      this.decodeRows(rows, words, decode);
      yield;
    }
  }

  /** Decodes the rows in order by the table in the window, and places their values. */
  protected decodeRows(count: number, words: number, decode: BandModule['addDecoded']): void {
    const rows = this.base + this.at.rows;
    const table = this.base + this.at.window - 16 * words * this.#built;
    this.#built = decode(rows, count, table, words, this.#reached, this.#built);
    this.module.scatterValues(rows, count, this.base + this.at.values, words);
  }

  /** All values, n x 1 to 4 words. */
  protected *takeValues(out: Uint8Array): Steps<void> {
    const { values } = this.at;
    yield* copyInto(out, 0, this.memory.subarray(values, values + out.length));
  }
}

/**
 * Slots take the room of rows that are done with. Where rows are uneven they may need some of it earlier: 64 pages, and as
 * many as eight standard deviations of the rows of half the columns have, twice over.
 */
function sparePages(count: number): number {
  return 64 + Math.ceil(Math.sqrt(count) / 6);
}
