/**
 * The oblivious PRF on a VOLE in WebAssembly: the twin of `referenceVoleOprf`, giving the same bytes. The module is built
 * from assembly/vole-oprf.ts and embedded; nothing is read at run time.
 *
 * Secret-dependent time as in the reference. For n records either side's module has 145 n to 160 n bytes. Where WebAssembly
 * SIMD is missing, or the module fails its self-test, the reference runs.
 */
import { asBytes } from '../crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, multiplesTables } from '../crypto/gf2.ts';
import { okvsColumns } from '../crypto/okvs.ts';
import { ranges, type Steps } from '../crypto/steps.ts';
import {
  type AskInput,
  type Asked,
  countAsked,
  countEvaluated,
  type EvaluateInput,
  referenceVoleOprf,
  VOLE_RECORD_BYTES,
  type VoleOprf,
  type VoleOprfShape,
} from '../crypto/vole-oprf.ts';
import { voleOprfWasm } from './generated/vole-oprf-wasm.ts';
import { COPY_BYTES, copyInto, type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { provenTwin } from './twin.ts';
import { passesVoleOprfSelfTest } from './vole-oprf-self-test.ts';

/** The exports of assembly/vole-oprf.ts; addresses and counts are numbers. */
interface VoleOprfModule extends HostedModule {
  readonly tables: WebAssembly.Global;
  expandRows(
    salt: number,
    records: number,
    count: number,
    first: number,
    range: number,
    rows: number,
    shift: number,
    counts: number,
  ): void;
  placeStarts(next: number, columns: number): void;
  partRows(rows: number, from: number, to: number, shift: number, next: number, out: number): void;
  orderRows(rows: number, from: number, to: number, column: number, shift: number, places: number, out: number): void;
  eliminateRows(rows: number, count: number, slots: number, sums: number): number;
  backSubstitute(slots: number, sums: number, table: number, words: number, from: number, to: number): void;
  decodeRows(rows: number, count: number, table: number, words: number, groups: number, built: number): number;
  addDecoded(rows: number, count: number, table: number, words: number, groups: number, built: number): number;
  addScaled(sums: number, rows: number, bytes: number, count: number): void;
  scaleHashes(rows: number, bytes: number, count: number): void;
  scatterValues(rows: number, count: number, out: number): void;
  addBytes(to: number, from: number, bytes: number): void;
  wipe(): void;
}

const ROW_BYTES = 64;
const BAND_BYTES = 32;
const BAND_BITS = 256;
const WIDE_WORDS: number = GF128_BYTES / 4;
/** Rows between two pauses: one or two milliseconds of work. */
const ROWS = 16_384;
/** log2 of the parts of the columns, at most: as many places to write to by turns. */
const PART_BITS = 8;
/** Parts between two pauses. */
const PARTS = 4;
/** Groups of four columns between two pauses. */
const GROUPS = 4096;

let kernel: VoleOprf | undefined;

/** Both parts; the first call compiles the module and tests it. */
export function voleOprfKernel(): VoleOprf {
  kernel ??= voleOprfFromModule(voleOprfWasm) ?? referenceVoleOprf;
  return kernel;
}

/** Both parts behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function voleOprfFromModule(base64: string): VoleOprf | undefined {
  return provenTwin(() => hosted(new ModulePool<VoleOprfModule>(base64)), passesVoleOprfSelfTest);
}

function hosted(pool: ModulePool<VoleOprfModule>): VoleOprf {
  return {
    *ask(shape, input) {
      const job = new RowsJob(pool, shape, countAsked(shape, input));
      // The reference tells equal keys from rows that happen to be dependent.
      return (yield* job.ask(input)) ?? (yield* referenceVoleOprf.ask(shape, input));
    },
    *evaluate(shape, input) {
      return yield* new RowsJob(pool, shape, countEvaluated(shape, input)).evaluate(input);
    },
  };
}

/** The rows of n records in a module's memory; offsets are from the heap base. */
class RowsJob {
  readonly #pool: ModulePool<VoleOprfModule>;
  readonly #module: VoleOprfModule;
  readonly #memory: Uint8Array;
  /** Multiples of a factor, outside the host's part. */
  readonly #multiples: Uint8Array;
  readonly #base: number;
  readonly #count: number;
  readonly #columns: number;
  readonly #groups: number;
  readonly #elementBytes: number;
  readonly #salt: number;
  /** What is on its way into the module. */
  readonly #staging: number;
  /** log2 of the columns of a part. */
  readonly #shift: number;
  readonly #parts: number;
  readonly #partEnds: number;
  readonly #places: number;
  /** Rows in parts; when they are in order: slots and sums of an elimination, then values. */
  readonly #work: number;
  readonly #rows: number;
  /** K' or C, before C the table P. */
  readonly #table: number;

  constructor(pool: ModulePool<VoleOprfModule>, { rowCount, field }: VoleOprfShape, count: number) {
    this.#count = count;
    this.#columns = okvsColumns(rowCount);
    this.#groups = Math.ceil(this.#columns / 4);
    this.#elementBytes = fieldBytes(field);
    this.#shift = Math.max(0, Math.ceil(Math.log2(this.#columns)) - PART_BITS);
    this.#parts = Math.ceil(this.#columns / 2 ** this.#shift);
    const layout = new MemoryLayout();
    this.#salt = layout.part(32);
    this.#staging = layout.part(Math.max(COPY_BYTES, VOLE_RECORD_BYTES * (ROWS + 4)));
    this.#partEnds = layout.part(4 * (this.#parts + 1));
    this.#places = layout.part(4 * (2 ** this.#shift + 1));
    this.#work = layout.part(Math.max(ROW_BYTES * count, (BAND_BYTES + GF128_BYTES) * 4 * this.#groups));
    this.#rows = layout.part(ROW_BYTES * count);
    this.#table = layout.part(GF128_BYTES * 4 * this.#groups);
    this.#pool = pool;
    this.#module = pool.take(layout.bytes);
    this.#base = this.#module.heapBase();
    this.#memory = new Uint8Array(this.#module.memory.buffer, this.#base);
    this.#multiples = new Uint8Array(this.#module.memory.buffer, this.#module.tables.value);
  }

  /** Undefined where a row depends on others. */
  *ask({ seed, records, a, c }: AskInput): Steps<Asked | undefined> {
    yield* this.#placeRows(seed, records);
    if (!(yield* this.#eliminate())) {
      this.#pool.give(this.#module);
      return undefined;
    }
    yield* this.#solve();
    const differences = yield* this.#addTable(a);
    yield* copyInto(this.#memory, this.#table, c);
    const values = yield* this.#decode();
    this.#pool.give(this.#module);
    return { differences, values };
  }

  *evaluate({ seed, records, k, differences, delta }: EvaluateInput): Steps<Uint8Array> {
    yield* this.#placeRows(seed, records);
    const tables = multiplesTables(delta, this.#elementBytes);
    try {
      yield* copyInto(this.#memory, this.#table, k);
      yield* this.#addScaled(differences, tables);
      return yield* this.#decode(tables);
    } finally {
      tables.fill(0);
      this.#memory.fill(0, this.#table, this.#table + k.length);
      this.#pool.give(this.#module);
    }
  }

  /** Expands and sorts. */
  *#placeRows(seed: Uint8Array, records: Uint8Array): Steps<void> {
    const [module, base, shift] = [this.#module, this.#base, this.#shift];
    const [ends, work, rows] = [base + this.#partEnds, base + this.#work, base + this.#rows];
    const range = this.#columns - BAND_BITS + 1;
    this.#memory.set(seed, this.#salt);
    this.#memory.fill(0, this.#partEnds, this.#partEnds + 4 * (this.#parts + 1));
    for (const [from, to] of ranges(this.#count, ROWS)) {
      this.#memory.set(records.subarray(VOLE_RECORD_BYTES * from, VOLE_RECORD_BYTES * to), this.#staging);
      const [own, staged] = [rows + ROW_BYTES * from, base + this.#staging];
      module.expandRows(base + this.#salt, staged, to - from, from, range, own, shift, ends);
      yield;
    }
    module.placeStarts(ends, this.#parts);
    for (const [from, to] of ranges(this.#count, ROWS)) {
      module.partRows(rows, from, to, shift, ends, work);
      yield;
    }
    let first = 0;
    for (const [part, end] of new Uint32Array(this.#memory.buffer, ends, this.#parts).entries()) {
      module.orderRows(work, first, end, part * 2 ** shift, shift, base + this.#places, rows);
      first = end;
      if (part % PARTS === PARTS - 1) yield;
    }
  }

  *#eliminate(): Steps<boolean> {
    const slots = this.#base + this.#work;
    const sums = slots + BAND_BYTES * 4 * this.#groups;
    yield* this.#clear(this.#work, BAND_BYTES * 4 * this.#groups);
    for (const [from, to] of ranges(this.#count, ROWS)) {
      const rows = this.#base + this.#rows + ROW_BYTES * from;
      if (this.#module.eliminateRows(rows, to - from, slots, sums) >= 0) return false;
      yield;
    }
    return true;
  }

  /** The table P, where the free columns are zero. */
  *#solve(): Steps<void> {
    const slots = this.#base + this.#work;
    const sums = slots + BAND_BYTES * 4 * this.#groups;
    const table = this.#base + this.#table;
    yield* this.#clear(this.#table, this.#elementBytes * 4 * this.#groups);
    for (let to = this.#groups; to > 0; to -= GROUPS) {
      this.#module.backSubstitute(slots, sums, table, this.#elementBytes / 4, Math.max(0, to - GROUPS), to);
      yield;
    }
  }

  /** A + P. */
  *#addTable(a: Uint8Array): Steps<Uint8Array> {
    const out = new Uint8Array(a.length);
    for (const [from, to] of ranges(a.length, COPY_BYTES)) {
      this.#memory.set(a.subarray(from, to), this.#staging);
      const bytes = Math.ceil((to - from) / 16) * 16;
      this.#module.addBytes(this.#base + this.#staging, this.#base + this.#table + from, bytes);
      out.set(this.#memory.subarray(this.#staging, this.#staging + to - from), from);
      yield;
    }
    return out;
  }

  /** Adds D times the factor of `tables` to the table. */
  *#addScaled(differences: Uint8Array, tables: Uint32Array): Steps<void> {
    const bytes = this.#elementBytes;
    for (const [from, to] of ranges(this.#columns, ROWS)) {
      this.#memory.set(differences.subarray(bytes * from, bytes * to), this.#staging);
      this.#withMultiples(tables, () => {
        const sums = this.#base + this.#table + GF128_BYTES * from;
        this.#module.addScaled(sums, this.#base + this.#staging, bytes, to - from);
      });
      yield;
    }
  }

  /** Values of all rows in the order of their records; with `tables` their hashes times its factor are in them. */
  *#decode(tables?: Uint32Array): Steps<Uint8Array> {
    const [module, table, values] = [this.#module, this.#base + this.#table, this.#base + this.#work];
    let built = 0;
    for (const [from, to] of ranges(this.#count, ROWS)) {
      const rows = this.#base + this.#rows + ROW_BYTES * from;
      if (tables === undefined) built = module.decodeRows(rows, to - from, table, WIDE_WORDS, this.#groups, built);
      else {
        this.#withMultiples(tables, () => module.scaleHashes(rows, this.#elementBytes, to - from));
        built = module.addDecoded(rows, to - from, table, WIDE_WORDS, this.#groups, built);
      }
      module.scatterValues(rows, to - from, values);
      yield;
    }
    const out = new Uint8Array(this.#count * GF128_BYTES);
    yield* copyInto(out, 0, this.#memory.subarray(this.#work, this.#work + out.length));
    return out;
  }

  /** With tables of a secret factor, which are there for this slice alone: another computation may follow it. */
  #withMultiples(tables: Uint32Array, work: () => void): void {
    this.#multiples.set(asBytes(tables));
    try {
      work();
    } finally {
      this.#module.wipe();
    }
  }

  *#clear(at: number, bytes: number): Steps<void> {
    for (const [from, to] of ranges(bytes, COPY_BYTES)) {
      this.#memory.fill(0, at + from, at + to);
      yield;
    }
  }
}
