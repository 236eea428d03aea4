/**
 * Rows in the order of their tags in WebAssembly: the twin of `referenceSortedTags`, giving the same. The module is built
 * from assembly/sorted-tags.ts and embedded; nothing is read at run time. Where WebAssembly is missing, or the module fails
 * its self-test, the reference runs.
 */
import { HASH_BYTES } from '../crypto/hash.ts';
import {
  checkTagRows,
  countTags,
  referenceSortedTags,
  type SortedTags,
  type TagIndex,
  type TagRows,
} from '../crypto/sorted-tags.ts';
import { ranges, type Steps } from '../crypto/steps.ts';
import { sortedTagsWasm } from './generated/sorted-tags-wasm.ts';
import { copyInto, type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { provenTwin } from './twin.ts';
import { passesSortedTagsSelfTest } from './sorted-tags-self-test.ts';

/** The exports of assembly/sorted-tags.ts; addresses and counts are numbers. */
interface SortedTagsModule extends HostedModule {
  makeEntries(
    rows: number,
    rowBytes: number,
    tagBytes: number,
    count: number,
    first: number,
    bits: number,
    entries: number,
    starts: number,
  ): void;
  placeBuckets(starts: number, buckets: number): void;
  distribute(entries: number, count: number, bits: number, starts: number, out: number): void;
  orderBuckets(entries: number, ends: number, from: number, to: number, bits: number, out: number): void;
  packTags(entries: number, count: number, tagBytes: number, out: number): void;
  packRows(entries: number, count: number, rows: number, rowBytes: number, out: number): void;
  matchEntries(
    entries: number,
    count: number,
    rows: number,
    rowBytes: number,
    tagBytes: number,
    row: number,
    rowCount: number,
    out: number,
  ): number;
  indexRows(
    rows: number,
    rowBytes: number,
    tagBytes: number,
    from: number,
    to: number,
    bits: number,
    starts: number,
    bucket: number,
  ): number;
  findTags(
    rows: number,
    rowBytes: number,
    tagBytes: number,
    bits: number,
    starts: number,
    digests: number,
    count: number,
    out: number,
  ): void;
}

const ENTRY_BYTES = 16;
/** Rows between two pauses: about a millisecond. */
const ROWS = 32_768;
/** Coarse buckets have about as many entries as there are finer ones. */
const FINE_BITS = 10;
/** What is read or written beyond the last row. */
const SLACK_BYTES = 16;
/** Digests that are looked up at once. */
const LOOKUPS = 1024;

let kernel: SortedTags | undefined;

/** Order and look-ups; the first call compiles the module and tests it. */
export function sortedTagsKernel(): SortedTags {
  kernel ??= sortedTagsFromModule(sortedTagsWasm) ?? referenceSortedTags;
  return kernel;
}

/** The same behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function sortedTagsFromModule(base64: string): SortedTags | undefined {
  return provenTwin(() => hosted(new ModulePool<SortedTagsModule>(base64)), passesSortedTagsSelfTest);
}

function hosted(pool: ModulePool<SortedTagsModule>): SortedTags {
  return {
    sort: (tagRows) => sort(pool, tagRows),
    match: (tagRows, tags) => match(pool, tagRows, tags),
    *index(tagRows) {
      const index = new HostedIndex(pool, tagRows);
      yield* index.build();
      return index;
    },
  };
}

function* sort(pool: ModulePool<SortedTagsModule>, tagRows: TagRows): Steps<Uint8Array> {
  const { rows, rowBytes, tagBytes } = tagRows;
  const entries = new Entries(tagRows);
  const { module, memory, base } = entries.open(pool);
  yield* entries.order();
  // Buckets are of no more use: what is packed goes there, as far as it has room.
  const out = new Uint8Array(rows.length);
  const room = Math.max(1, Math.floor((ENTRY_BYTES * entries.count - SLACK_BYTES) / rowBytes));
  for (const [from, to] of ranges(entries.count, Math.min(ROWS, room))) {
    const own = base + entries.ordered + ENTRY_BYTES * from;
    if (rowBytes === tagBytes) module.packTags(own, to - from, tagBytes, base + entries.buckets);
    else module.packRows(own, to - from, base + entries.packed, rowBytes, base + entries.buckets);
    out.set(memory.subarray(entries.buckets, entries.buckets + rowBytes * (to - from)), rowBytes * from);
    yield;
  }
  pool.give(module);
  return out;
}

function* match(pool: ModulePool<SortedTagsModule>, tagRows: TagRows, tags: Uint8Array): Steps<Int32Array> {
  const { rows, rowBytes, tagBytes } = tagRows;
  const rowCount = checkTagRows(tagRows);
  const found = new Int32Array(countTags(tagRows, tags));
  const entries = new Entries({ rows: tags, rowBytes: tagBytes, tagBytes }, rows.length);
  const { module, memory, base } = entries.open(pool);
  yield* entries.order();
  yield* copyInto(memory, entries.more, rows);
  let row = 0;
  for (const [from, to] of ranges(found.length, ROWS)) {
    const own = base + entries.ordered + ENTRY_BYTES * from;
    const [all, out] = [base + entries.more, base + entries.buckets];
    row = module.matchEntries(own, to - from, all, rowBytes, tagBytes, row, rowCount, out);
    yield;
  }
  found.set(new Int32Array(memory.buffer, base + entries.buckets, found.length));
  pool.give(module);
  return found;
}

interface OpenModule {
  readonly module: SortedTagsModule;
  /** From the heap base on. */
  readonly memory: Uint8Array;
  readonly base: number;
}

/** Rows as entries in a module's memory; offsets are from the heap base. */
class Entries {
  readonly count: number;
  /** The rows as they came. */
  readonly packed: number;
  /** Entries in order. */
  readonly ordered: number;
  /** Entries by buckets, until they are in order. */
  readonly buckets: number;
  /** Room for what else the caller needs. */
  readonly more: number;
  readonly #tagRows: TagRows;
  readonly #bits: number;
  readonly #starts: number;
  readonly #bytes: number;
  #open: OpenModule | undefined;

  constructor(tagRows: TagRows, moreBytes = 0) {
    this.#tagRows = tagRows;
    this.count = checkTagRows(tagRows);
    this.#bits = Math.max(0, bitsFor(this.count) - FINE_BITS);
    const layout = new MemoryLayout();
    this.packed = layout.part(tagRows.rows.length + SLACK_BYTES);
    this.#starts = layout.part(4 * (2 ** this.#bits + 1));
    this.ordered = layout.part(ENTRY_BYTES * this.count);
    this.buckets = layout.part(ENTRY_BYTES * this.count);
    this.more = layout.part(moreBytes + SLACK_BYTES);
    this.#bytes = layout.bytes;
  }

  open(pool: ModulePool<SortedTagsModule>): OpenModule {
    const module = pool.take(this.#bytes);
    const base = module.heapBase();
    this.#open = { module, memory: new Uint8Array(module.memory.buffer, base), base };
    return this.#open;
  }

  *order(): Steps<void> {
    if (this.#open === undefined) throw new TypeError('Cannot order entries: no module is open');
    const { module, memory, base } = this.#open;
    const { rows, rowBytes, tagBytes } = this.#tagRows;
    const bits = this.#bits;
    const [starts, buckets] = [base + this.#starts, base + this.buckets];
    memory.fill(0, this.#starts, this.#starts + 4 * (2 ** bits + 1));
    for (const [from, to] of ranges(this.count, ROWS)) {
      memory.set(rows.subarray(rowBytes * from, rowBytes * to), this.packed + rowBytes * from);
      const [at, own] = [base + this.packed + rowBytes * from, base + this.ordered + ENTRY_BYTES * from];
      module.makeEntries(at, rowBytes, tagBytes, to - from, from, bits, own, starts);
      yield;
    }
    module.placeBuckets(starts, 2 ** bits);
    for (const [from, to] of ranges(this.count, ROWS)) {
      module.distribute(base + this.ordered + ENTRY_BYTES * from, to - from, bits, starts, buckets);
      yield;
    }
    for (const [from, to] of ranges(2 ** bits, ROWS >> FINE_BITS)) {
      module.orderBuckets(buckets, starts, from, to, bits, base + this.ordered);
      yield;
    }
  }
}

/** Bits by which each of so many rows has a bucket of its own, on an average. */
function bitsFor(count: number): number {
  return Math.ceil(Math.log2(Math.max(1, count)));
}

class HostedIndex implements TagIndex {
  readonly #pool: ModulePool<SortedTagsModule>;
  readonly #module: SortedTagsModule;
  readonly #memory: Uint8Array;
  readonly #tagRows: TagRows;
  readonly #base: number;
  readonly #count: number;
  readonly #bits: number;
  readonly #rows: number;
  readonly #starts: number;
  readonly #digests: number;
  readonly #found: Int32Array;

  constructor(pool: ModulePool<SortedTagsModule>, tagRows: TagRows) {
    this.#count = checkTagRows(tagRows);
    this.#bits = bitsFor(this.#count);
    const layout = new MemoryLayout();
    this.#rows = layout.part(tagRows.rows.length + SLACK_BYTES);
    this.#starts = layout.part(4 * (2 ** this.#bits + 1));
    this.#digests = layout.part(HASH_BYTES * LOOKUPS);
    const found = layout.part(4 * LOOKUPS);
    this.#pool = pool;
    this.#tagRows = tagRows;
    this.#module = pool.take(layout.bytes);
    this.#base = this.#module.heapBase();
    this.#memory = new Uint8Array(this.#module.memory.buffer, this.#base);
    this.#found = new Int32Array(this.#module.memory.buffer, this.#base + found, LOOKUPS);
  }

  *build(): Steps<void> {
    const { rows, rowBytes, tagBytes } = this.#tagRows;
    const [at, starts] = [this.#base + this.#rows, this.#base + this.#starts];
    let bucket = 0;
    for (const [from, to] of ranges(this.#count, ROWS)) {
      this.#memory.set(rows.subarray(rowBytes * from, rowBytes * to), this.#rows + rowBytes * from);
      bucket = this.#module.indexRows(at, rowBytes, tagBytes, from, to, this.#bits, starts, bucket);
      yield;
    }
    new Uint32Array(this.#memory.buffer, starts, 2 ** this.#bits + 1).fill(this.#count, bucket);
  }

  findAll(digests: Uint8Array, out: Int32Array): void {
    const { rowBytes, tagBytes } = this.#tagRows;
    const [rows, starts] = [this.#base + this.#rows, this.#base + this.#starts];
    const own = this.#base + this.#digests;
    for (const [from, to] of ranges(out.length, LOOKUPS)) {
      this.#memory.set(digests.subarray(HASH_BYTES * from, HASH_BYTES * to), this.#digests);
      const at = this.#found.byteOffset;
      this.#module.findTags(rows, rowBytes, tagBytes, this.#bits, starts, own, to - from, at);
      out.set(this.#found.subarray(0, to - from), from);
    }
  }

  close(): void {
    this.#pool.give(this.#module);
  }
}
