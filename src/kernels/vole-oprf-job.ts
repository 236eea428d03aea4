/**
 * One computation of the oblivious PRF on a VOLE in a module's memory; see vole-oprf.ts. Secret-dependent time as in the
 * reference.
 *
 * For n records either side's module has 84 n bytes: their rows, whose room slots take over, and values, which encoding has
 * none of. Tables pass through it in windows. Rows go to parts by their first columns; then for one part after the other all
 * is done that its rows are needed for, so that they are read from memory once.
 */
import { asBytes } from '../crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, multiplesTables } from '../crypto/gf2.ts';
import { okvsColumns } from '../crypto/okvs.ts';
import { sharedBytes } from '../crypto/shared-bytes.ts';
import { ranges, type Steps } from '../crypto/steps.ts';
import {
  type DecodeInput,
  type EncodeInput,
  type EvaluateInput,
  VOLE_RECORD_BYTES,
  type VoleOprfShape,
} from '../crypto/vole-oprf.ts';
import { copyInto, type HostedModule, MemoryLayout, type ModulePool } from './module-pool.ts';

/** The exports of assembly/vole-oprf.ts; addresses and counts are numbers. */
export interface VoleOprfModule extends HostedModule {
  readonly tables: WebAssembly.Global;
  openPages(pages: number, links: number, count: number): void;
  expandRows(
    salt: number,
    records: number,
    count: number,
    first: number,
    range: number,
    shift: number,
    heads: number,
  ): void;
  orderPart(head: number, column: number, shift: number, places: number, out: number): void;
  openSlots(slots: number, from: number, to: number): number;
  eliminateRows(rows: number, count: number, slots: number): number;
  backSubstitute(slots: number, table: number, words: number, from: number, to: number): void;
  decodeRows(rows: number, count: number, table: number, words: number, groups: number, built: number): number;
  addDecoded(rows: number, count: number, table: number, words: number, groups: number, built: number): number;
  addScaled(sums: number, rows: number, bytes: number, count: number): void;
  scaleHashes(rows: number, bytes: number, count: number): void;
  scatterValues(rows: number, count: number, out: number): void;
  wipeMultiples(): void;
  wipe(): void;
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
const WIDE_WORDS: number = GF128_BYTES / 4;
/** Rows between two pauses: one or two milliseconds of work. */
const ROWS = 16_384;
/** log2 of the parts of the columns, at most, and of the columns of a part, at least. */
const PART_BITS = 9;
const LEAST_PART_BITS = 10;
/** Parts between two pauses. */
const PARTS = 4;
/** Groups of four columns between two pauses. */
const GROUPS = 4096;
/** Room over the average for a part's rows: seven standard deviations of the 900 of a full one. Beyond it memory is widened. */
const PART_ROOM = 1.25;

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

export class VoleOprfJob {
  readonly #pool: ModulePool<VoleOprfModule>;
  readonly #module: VoleOprfModule;
  #memory: Uint8Array;
  readonly #base: number;
  readonly #count: number;
  readonly #columns: number;
  readonly #groups: number;
  readonly #elementBytes: number;
  /** log2 of the columns of a part. */
  readonly #shift: number;
  readonly #parts: number;
  readonly #pageCount: number;
  readonly #at: Places;
  /** Pages of slots that are open. */
  #opened = 0;
  /** Groups of the table that were in the ring or still are, and those that the window reaches to. */
  #built = 0;
  #reached = 0;

  constructor(
    pool: ModulePool<VoleOprfModule>,
    { rowCount, field }: VoleOprfShape,
    { count, hasValues }: { readonly count: number; readonly hasValues: boolean },
  ) {
    this.#count = count;
    this.#columns = okvsColumns(rowCount);
    this.#groups = Math.ceil(this.#columns / 4);
    this.#elementBytes = fieldBytes(field);
    this.#shift = Math.max(LEAST_PART_BITS, Math.ceil(Math.log2(this.#columns)) - PART_BITS);
    this.#parts = Math.ceil(this.#columns / 2 ** this.#shift);
    const slotPages = Math.ceil((4 * this.#groups) / PAGE_SLOTS);
    this.#pageCount = Math.max(Math.ceil(count / PAGE_ROWS) + this.#parts, slotPages) + sparePages(count);
    const layout = new MemoryLayout();
    const windowBytes = GF128_BYTES * Math.max(2 ** this.#shift + 4 * BAND_GROUPS, 4 * GROUPS);
    this.#at = {
      salt: layout.part(32),
      staging: layout.part(Math.max(windowBytes, VOLE_RECORD_BYTES * (ROWS + 4))),
      window: layout.part(windowBytes),
      heads: layout.part(HEAD_BYTES * this.#parts),
      next: layout.part(4 * (2 ** this.#shift + 1)),
      slots: layout.part(4 * slotPages),
      links: layout.part(4 * this.#pageCount),
      pages: layout.part(PAGE_BYTES * this.#pageCount),
      values: layout.part(hasValues ? GF128_BYTES * count : 0),
      rows: layout.part(ROW_BYTES * Math.ceil((PART_ROOM * count) / this.#parts)),
    };
    this.#pool = pool;
    this.#module = pool.take(layout.bytes);
    this.#base = this.#module.heapBase();
    this.#memory = new Uint8Array(this.#module.memory.buffer, this.#base);
  }

  /** Undefined where a row depends on others. */
  *encode({ seed, records }: EncodeInput): Steps<Uint8Array | undefined> {
    try {
      yield* this.#placeRows(seed, records);
      for (let part = 0; part < this.#parts; part++) {
        if (!this.#eliminate(part, this.#orderPart(part))) return undefined;
        if (part % PARTS === PARTS - 1) yield;
      }
      return yield* this.#solve();
    } finally {
      this.#end();
    }
  }

  *decode({ seed, records, c }: DecodeInput): Steps<Uint8Array> {
    try {
      yield* this.#placeRows(seed, records);
      for (let part = 0; part < this.#parts; part++) {
        const rows = this.#orderPart(part);
        this.#moveWindow(part, c);
        this.#decode(rows, false);
        if (part % PARTS === PARTS - 1) yield;
      }
      return yield* this.#takeValues();
    } finally {
      this.#end();
    }
  }

  *evaluate({ seed, records, k, differences, delta }: EvaluateInput): Steps<Uint8Array> {
    const tables = multiplesTables(delta, this.#elementBytes);
    try {
      yield* this.#placeRows(seed, records);
      for (const [from, to] of ranges(this.#parts, PARTS)) {
        this.#withMultiples(tables, () => {
          for (let part = from; part < to; part++) this.#evaluatePart(part, k, differences);
        });
        yield;
      }
      return yield* this.#takeValues();
    } finally {
      tables.fill(0);
      this.#memory.fill(0, 0, this.#at.heads);
      this.#end();
    }
  }

  /** What the module keeps for itself has a part of the table, and digests of records: its instance is another run's next. */
  #end(): void {
    this.#module.wipe();
    this.#pool.give(this.#module);
  }

  #evaluatePart(part: number, k: Uint8Array, differences: Uint8Array): void {
    const rows = this.#orderPart(part);
    const [from, to] = this.#moveWindow(part, k);
    const bytes = this.#elementBytes;
    const own = differences.subarray(4 * bytes * from, 4 * bytes * to);
    this.#memory.set(own, this.#at.staging);
    const [window, staged] = [this.#base + this.#at.window, this.#base + this.#at.staging];
    this.#module.addScaled(window, staged, bytes, own.length / bytes);
    this.#module.scaleHashes(this.#base + this.#at.rows, bytes, rows);
    this.#decode(rows, true);
  }

  /** Expands all records. */
  *#placeRows(seed: Uint8Array, records: Uint8Array): Steps<void> {
    const [module, base, { salt, staging, heads, links, pages }] = [this.#module, this.#base, this.#at];
    const range = this.#columns - BAND_BITS + 1;
    this.#memory.set(seed, salt);
    this.#memory.fill(0, heads, heads + HEAD_BYTES * this.#parts);
    module.openPages(base + pages, base + links, this.#pageCount);
    for (const [from, to] of ranges(this.#count, ROWS)) {
      this.#memory.set(records.subarray(VOLE_RECORD_BYTES * from, VOLE_RECORD_BYTES * to), staging);
      module.expandRows(base + salt, base + staging, to - from, from, range, this.#shift, base + heads);
      yield;
    }
    const most = Math.max(...Array.from({ length: this.#parts }, (_, part) => this.#rowsOf(part)));
    // Where many records are the same, a part is larger than they are on average.
    this.#pool.widen(module, this.#at.rows + ROW_BYTES * most);
    this.#memory = new Uint8Array(module.memory.buffer, base);
  }

  #rowsOf(part: number): number {
    return new Uint32Array(this.#module.memory.buffer, this.#base + this.#at.heads + HEAD_BYTES * part, 4)[3];
  }

  /** Returns how many rows are in order now. */
  #orderPart(part: number): number {
    const [base, { heads, next, rows }] = [this.#base, this.#at];
    const head = base + heads + HEAD_BYTES * part;
    this.#module.orderPart(head, part << this.#shift, this.#shift, base + next, base + rows);
    return this.#rowsOf(part);
  }

  #eliminate(part: number, rows: number): boolean {
    const slots = this.#base + this.#at.slots;
    const end = Math.min(((part + 1) << this.#shift) + BAND_BITS, 4 * this.#groups);
    const pages = Math.ceil(end / PAGE_SLOTS);
    if (this.#module.openSlots(slots, this.#opened, pages) === 0) return false;
    this.#opened = pages;
    return this.#module.eliminateRows(this.#base + this.#at.rows, rows, slots) < 0;
  }

  /** Puts the groups of a table (columns x 16) that the part needs into the window, as far as they were not there before. */
  #moveWindow(part: number, table: Uint8Array): readonly [from: number, to: number] {
    const [first, end] = [(part << this.#shift) >> 2, ((part + 1) << this.#shift) >> 2];
    const from = Math.max(this.#built, first);
    const to = Math.max(from, Math.min(this.#groups, end + BAND_GROUPS));
    const own = table.subarray(4 * GF128_BYTES * from, 4 * GF128_BYTES * to);
    const { window } = this.#at;
    this.#memory.set(own, window);
    this.#memory.fill(0, window + own.length, window + 4 * GF128_BYTES * (to - from));
    this.#built = from;
    this.#reached = to;
    return [from, to];
  }

  /** Decodes the rows in order by the table in the window, and places their values; `adding`: to what they have. */
  #decode(count: number, adding: boolean): void {
    const [module, rows] = [this.#module, this.#base + this.#at.rows];
    const table = this.#base + this.#at.window - 4 * GF128_BYTES * this.#built;
    const decode = adding ? module.addDecoded : module.decodeRows;
    this.#built = decode(rows, count, table, WIDE_WORDS, this.#reached, this.#built);
    module.scatterValues(rows, count, this.#base + this.#at.values);
  }

  /** The table that the slots give, where the free columns are zero. */
  *#solve(): Steps<Uint8Array> {
    const [base, { slots, window }] = [this.#base, this.#at];
    const groupBytes = 4 * this.#elementBytes;
    const out = new Uint8Array(this.#columns * this.#elementBytes);
    for (let to = this.#groups; to > 0; to -= GROUPS) {
      const from = Math.max(0, to - GROUPS);
      this.#memory.fill(0, window, window + groupBytes * (to - from));
      const table = base + window - groupBytes * from;
      this.#module.backSubstitute(base + slots, table, this.#elementBytes / 4, from, to);
      // The last group may have fewer columns than four.
      const bytes = Math.min(groupBytes * to, out.length) - groupBytes * from;
      out.set(this.#memory.subarray(window, window + bytes), groupBytes * from);
      yield;
    }
    return out;
  }

  *#takeValues(): Steps<Uint8Array> {
    const { values } = this.#at;
    const out = sharedBytes(this.#count * GF128_BYTES);
    yield* copyInto(out, 0, this.#memory.subarray(values, values + out.length));
    return out;
  }

  /** With tables of a secret factor, which are there for this slice alone: another computation may follow it. */
  #withMultiples(tables: Uint32Array, work: () => void): void {
    this.#memoryFrom(this.#module.tables.value).set(asBytes(tables));
    try {
      work();
    } finally {
      this.#module.wipeMultiples();
    }
  }

  #memoryFrom(address: number): Uint8Array {
    return new Uint8Array(this.#module.memory.buffer, address);
  }
}

/**
 * Slots take the room of rows that are done with. Where rows are uneven they may need some of it earlier: 64 pages, and as
 * many as eight standard deviations of the rows of half the columns have, twice over.
 */
function sparePages(count: number): number {
  return 64 + Math.ceil(Math.sqrt(count) / 6);
}
