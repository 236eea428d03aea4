/**
 * One computation on the rows of a random band matrix in a module's memory (assembly/row-pages.ts). Secret-dependent time as in
 * the references.
 *
 * For n rows the module has 64 n bytes, whose room slots take over, and the values of those computations that have any. Rows
 * that were placed before lie in the caller's memory, and the module has room for one part of them. Tables pass through it in
 * windows. Rows go to parts by their first columns; then for one part after the other all is done that its rows are needed for,
 * so that they are read from memory once.
 */
import { asBytes, asWords } from '../crypto/bytes.ts';
import { Secrets } from '../crypto/secrets.ts';
import { ranges, type Steps } from '../crypto/steps.ts';
import { copyInto, type HostedModule, MemoryLayout, type ModulePool } from './module-pool.ts';

/** The exports of assembly/row-pages.ts; addresses and counts are numbers. */
export interface BandModule extends HostedModule {
  openPages(pages: number, links: number, count: number): void;
  orderPart(head: number, column: number, shift: number, places: number, out: number): void;
  openSlots(slots: number, from: number, to: number): number;
  eliminateRows(rows: number, count: number, slots: number): number;
  backSubstitute(slots: number, table: number, words: number, from: number, to: number, values: number): number;
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
  /** What `takeRows` of another computation on the same keys gave, in place of expanding them. */
  readonly placed?: Uint8Array | undefined;
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
const NOTHING = new Uint8Array(0);

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

/** Rows in order, and where those of each part end. */
interface PlacedRows {
  readonly rows: Uint8Array;
  readonly ends: Uint32Array;
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
  readonly #placed: PlacedRows | undefined;
  /** Pages of slots that are open. */
  #opened = 0;
  /** Groups of the table that were in the ring or still are, and those that the window reaches to. */
  #built = 0;
  #reached = 0;

  constructor(pool: ModulePool<M>, sizes: BandSizes) {
    const { columns, count, inputBytes, valueWords, placed } = sizes;
    this.#sizes = sizes;
    this.#groups = Math.ceil(columns / 4);
    const bits = Math.ceil(Math.log2(columns));
    this.#shift = Math.min(bits, Math.max(LEAST_PART_BITS, bits - PART_BITS));
    this.#parts = Math.ceil(columns / 2 ** this.#shift);
    const slotPages = Math.ceil((4 * this.#groups) / PAGE_SLOTS);
    const rowPages = Math.ceil(count / PAGE_ROWS) + this.#parts;
    this.#placed = placed === undefined ? undefined : placedRows(placed, count, this.#parts);
    if (this.#placed === undefined) this.#pageCount = Math.max(rowPages, slotPages) + sparePages(count);
    else this.#pageCount = valueWords > 0 ? 0 : slotPages;
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

  /** Expands all rows from their inputs, where they were not placed before. */
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
    for (const [from, to] of this.#placed === undefined ? ranges(count, ROWS) : []) {
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
    if (this.#placed !== undefined) return rowsIn(this.#placed, part).length / ROW_BYTES;
    return new Uint32Array(this.module.memory.buffer, this.base + this.at.heads + HEAD_BYTES * part, 4)[3];
  }

  /** Returns how many rows are in order now. */
  protected orderPart(part: number): number {
    const { heads, next, rows } = this.at;
    const count = this.#rowsOf(part);
    if (this.#placed !== undefined) {
      this.memory.set(rowsIn(this.#placed, part), rows);
      return count;
    }
    const head = this.base + heads + HEAD_BYTES * part;
    this.module.orderPart(head, part << this.#shift, this.#shift, this.base + next, this.base + rows);
    return count;
  }

  /** All rows in order, and behind them where those of each part end: what `placed` is to another computation. */
  protected *takeRows(): Steps<Uint8Array> {
    const ends = new Uint32Array(this.#parts);
    const secrets = new Secrets();
    const out = secrets.hold(new Uint8Array(ROW_BYTES * this.#sizes.count + ends.byteLength));
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

  /**
   * The table (columns x 1 to 4 words). Columns without a row take the values of `free` from the last column on; without
   * such they are zero.
   */
  protected *solve(words: number, free?: Uint8Array): Steps<Uint8Array> {
    const { slots, window, staging } = this.at;
    const [valueBytes, groupBytes] = [4 * words, 16 * words];
    const { columns } = this.#sizes;
    const table = new Uint8Array(valueBytes * columns);
    // The last group may have fewer columns than four: those that it lacks come first, and take zeros.
    let lacking = valueBytes * (4 * this.#groups - columns);
    let taken = 0;
    for (let to = this.#groups; to > 0; to -= GROUPS) {
      const from = Math.max(0, to - GROUPS);
      const bytes = groupBytes * (to - from);
      const [tableAt, valuesAt] = [this.base + window - groupBytes * from, this.base + staging];
      this.memory.fill(0, window, window + bytes);
      this.memory.fill(0, staging, staging + lacking);
      this.memory.set((free ?? NOTHING).subarray(taken, taken + bytes - lacking), staging + lacking);
      const end = this.module.backSubstitute(
        this.base + slots,
        tableAt,
        words,
        from,
        to,
        free === undefined ? 0 : valuesAt,
      );
      taken += free === undefined ? 0 : end - valuesAt - lacking;
      lacking = 0;
      const own = table.subarray(groupBytes * from, groupBytes * to);
      own.set(this.memory.subarray(window, window + own.length));
      yield;
    }
    return table;
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

/** @throws RangeError where these are not `count` rows in `parts` parts */
function placedRows(placed: Uint8Array, count: number, parts: number): PlacedRows {
  const ends = asWords(placed.slice(ROW_BYTES * count));
  const isOf = ends.length === parts && ends[parts - 1] === count;
  if (isOf && ends.every((end, part) => part === 0 || end >= ends[part - 1])) return { rows: placed, ends };
  throw new RangeError('Cannot use rows: they are those of other keys');
}

function rowsIn({ rows, ends }: PlacedRows, part: number): Uint8Array {
  return rows.subarray(part === 0 ? 0 : ROW_BYTES * ends[part - 1], ROW_BYTES * ends[part]);
}

/**
 * Slots take the room of rows that are done with. Where rows are uneven they may need some of it earlier: 64 pages, and as
 * many as eight standard deviations of the rows of half the columns have, twice over.
 */
function sparePages(count: number): number {
  return 64 + Math.ceil(Math.sqrt(count) / 6);
}
