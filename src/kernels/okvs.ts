/**
 * The random band OKVS in WebAssembly: the twin of `referenceOkvs`, giving the same tables and values. The module is
 * built from assembly/okvs.ts and embedded; nothing is read at run time.
 *
 * Secret-dependent time as in the reference: sorting, elimination and look-ups are addressed by a party's own keys.
 * Where WebAssembly SIMD is missing, or the module fails its self-test, the reference runs.
 */
import { asBytes } from '../crypto/bytes.ts';
import {
  countEntries,
  countQuery,
  encodeOkvs,
  type Okvs,
  type OkvsEntries,
  type OkvsKeying,
  type OkvsQuery,
  type OkvsShape,
  okvsShape,
  randomTable,
  referenceOkvs,
} from '../crypto/okvs.ts';
import { finish, ranges, type Steps } from '../crypto/steps.ts';
import { okvsWasm } from './generated/okvs-wasm.ts';
import { copyInto, type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { fixedBytes } from './self-test-bytes.ts';
import { provenTwin } from './twin.ts';

/** The exports of assembly/okvs.ts; addresses and counts are numbers. */
export interface OkvsModule extends HostedModule {
  expandRows(
    salt: number,
    labels: number,
    keys: number,
    count: number,
    range: number,
    bands: number,
    starts: number,
    masked: number,
    words: number,
  ): void;
  countStarts(starts: number, from: number, to: number, next: number): void;
  placeStarts(next: number, columns: number): void;
  orderRows(starts: number, from: number, to: number, next: number, order: number): void;
  eliminate(
    order: number,
    from: number,
    to: number,
    bands: number,
    starts: number,
    values: number,
    words: number,
    slots: number,
  ): number;
  backSubstitute(slots: number, table: number, words: number, from: number, to: number): void;
  decode(
    order: number,
    from: number,
    to: number,
    bands: number,
    starts: number,
    table: number,
    words: number,
    groups: number,
    out: number,
    built: number,
  ): number;
  wipe(): void;
}

const KEY_BYTES = 16;
const BAND_BYTES = 32;
/** A band, and the value of its row. */
const SLOT_BYTES = 48;
const BAND_BITS = 256;
/** Values are worked on as one vector. */
const MAX_VALUE_WORDS = 4;
/** Rows between two pauses: about a millisecond of work. */
const ROWS = 16_384;
/** Groups of four columns between two pauses. */
const GROUPS = 4096;

let kernel: Okvs | undefined;

/** Encoding and decoding; the first call compiles the module and tests it. */
export function okvsKernel(): Okvs {
  kernel ??= okvsFromModule(okvsWasm) ?? referenceOkvs;
  return kernel;
}

/** The OKVS behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function okvsFromModule(base64: string): Okvs | undefined {
  return provenTwin(() => okvsOnPool(new ModulePool<OkvsModule>(base64)), passesSelfTest);
}

/** The OKVS in instances of a pool, which it leaves as it found them. */
export function okvsOnPool(pool: ModulePool<OkvsModule>): Okvs {
  return {
    *encode(shape, entries) {
      const count = countEntries(shape, entries);
      if (shape.valueWords > MAX_VALUE_WORDS) return yield* encodeOkvs(shape, entries);
      const job = new EncodeJob(pool, shape, count);
      const table = yield* job.run(entries);
      // The reference tells equal keys from rows that happen to be dependent.
      return table ?? (yield* encodeOkvs(shape, entries));
    },
    *decode(shape, query) {
      const count = countQuery(shape, query);
      if (shape.valueWords > MAX_VALUE_WORDS) return yield* referenceOkvs.decode(shape, query);
      return yield* new DecodeJob(pool, shape, count).run(query);
    },
  };
}

/** The rows of n keys in a module's memory, in the order of their starts. */
class RowJob {
  protected readonly layout: MemoryLayout = new MemoryLayout();
  protected readonly pool: ModulePool<OkvsModule>;
  protected readonly shape: OkvsShape;
  protected readonly count: number;
  protected readonly groups: number;
  readonly #salt: number;
  readonly #labels: number;
  /** Keys, and when they are expanded the places and the order of their rows. */
  readonly #keys: number;
  readonly #nextBytes: number;
  /** Bands, and in an encoding the table when the rows are in their slots. */
  protected readonly bands: number;
  protected readonly starts: number;

  constructor(pool: ModulePool<OkvsModule>, shape: OkvsShape, count: number, bandBytes: number) {
    this.pool = pool;
    this.shape = shape;
    this.count = count;
    this.groups = Math.ceil(shape.columns / 4);
    const padded = Math.ceil(count / 4) * 4;
    this.#nextBytes = Math.ceil((shape.columns + 1) / 16) * 64;
    this.#salt = this.layout.part(32);
    this.#labels = this.layout.part(4 * padded);
    this.#keys = this.layout.part(Math.max(KEY_BYTES * padded, this.#nextBytes + 4 * count));
    this.bands = this.layout.part(Math.max(BAND_BYTES * padded, bandBytes));
    this.starts = this.layout.part(4 * padded);
  }

  /** Bytes of one value per row, and of those that only fill the last four. */
  protected get valuesBytes(): number {
    return 16 * this.shape.valueWords * Math.ceil(this.count / 4);
  }

  /** Works in an instance of the module, and leaves nothing of keys and table in what that keeps for itself. */
  protected *inModule<T>(work: (module: OkvsModule) => Steps<T>): Steps<T> {
    const module = this.pool.take(this.layout.bytes);
    try {
      return yield* work(module);
    } finally {
      module.wipe();
      this.pool.give(module);
    }
  }

  /** Expands, masks the values at `masked` where keys do so, and sorts; returns where the order is. */
  protected *sortedRows(
    module: OkvsModule,
    { seed, keys, labels, masked = false }: OkvsKeying & { readonly keys: Uint8Array },
    values: number,
  ): Steps<number> {
    const { shape, count } = this;
    const base = module.heapBase();
    const memory = new Uint8Array(module.memory.buffer, base);
    const bands = base + this.bands;
    const starts = base + this.starts;
    memory.set(seed, this.#salt);
    if (labels !== undefined) yield* copyInto(memory, this.#labels, asBytes(labels));
    yield* copyInto(memory, this.#keys, keys);
    for (let from = 0; from < count; from += ROWS) {
      const rows = Math.ceil((Math.min(count, from + ROWS) - from) / 4) * 4;
      const range = shape.columns - BAND_BITS + 1;
      module.expandRows(
        base + this.#salt,
        labels === undefined ? 0 : base + this.#labels + 4 * from,
        base + this.#keys + KEY_BYTES * from,
        rows,
        range,
        bands + BAND_BYTES * from,
        starts + 4 * from,
        masked ? values + 4 * shape.valueWords * from : 0,
        shape.valueWords,
      );
      yield;
    }
    const next = base + this.#keys;
    const order = next + this.#nextBytes;
    memory.fill(0, this.#keys, this.#keys + this.#nextBytes);
    for (const [from, to] of ranges(count, 4 * ROWS)) {
      module.countStarts(starts, from, to, next);
      yield;
    }
    module.placeStarts(next, shape.columns);
    for (const [from, to] of ranges(count, 4 * ROWS)) {
      module.orderRows(starts, from, to, next, order);
      yield;
    }
    return order;
  }
}

class EncodeJob extends RowJob {
  readonly #values: number;
  readonly #slots: number;

  constructor(pool: ModulePool<OkvsModule>, shape: OkvsShape, count: number) {
    super(pool, shape, count, 16 * shape.valueWords * Math.ceil(shape.columns / 4));
    this.#values = this.layout.part(this.valuesBytes);
    this.#slots = this.layout.part(SLOT_BYTES * 4 * this.groups);
  }

  /** The table, or undefined where a row depends on others. */
  run(entries: OkvsEntries): Steps<Uint32Array | undefined> {
    return this.inModule((module) => this.#encode(module, entries));
  }

  *#encode(module: OkvsModule, entries: OkvsEntries): Steps<Uint32Array | undefined> {
    const { shape, count, groups } = this;
    const words = shape.valueWords;
    const base = module.heapBase();
    const memory = new Uint8Array(module.memory.buffer, base);
    yield* copyInto(memory, this.#values, asBytes(entries.values));
    const values = base + this.#values;
    const order = yield* this.sortedRows(module, entries, values);
    const bands = base + this.bands;
    const starts = base + this.starts;
    const slots = base + this.#slots;
    for (const [from, to] of ranges(count, ROWS)) {
      const dependent = module.eliminate(order, from, to, bands, starts, values, words, slots);
      if (dependent >= 0) return undefined;
      yield;
    }
    const table = yield* randomTable(shape, entries.rng);
    yield* copyInto(memory, this.bands, asBytes(table));
    for (let to = groups; to > 0; to -= GROUPS) {
      module.backSubstitute(slots, bands, words, Math.max(0, to - GROUPS), to);
      yield;
    }
    yield* copyInto(asBytes(table), 0, memory.subarray(this.bands, this.bands + 4 * table.length));
    return table;
  }
}

class DecodeJob extends RowJob {
  readonly #table: number;
  readonly #out: number;

  constructor(pool: ModulePool<OkvsModule>, shape: OkvsShape, count: number) {
    super(pool, shape, count, 0);
    this.#table = this.layout.part(16 * shape.valueWords * this.groups);
    this.#out = this.layout.part(this.valuesBytes);
  }

  run(query: OkvsQuery): Steps<Uint32Array> {
    return this.inModule((module) => this.#decode(module, query));
  }

  *#decode(module: OkvsModule, query: OkvsQuery): Steps<Uint32Array> {
    const { shape, count, groups } = this;
    const words = shape.valueWords;
    const base = module.heapBase();
    const memory = new Uint8Array(module.memory.buffer, base);
    yield* copyInto(memory, this.#table, asBytes(query.table));
    const order = yield* this.sortedRows(module, query, base + this.#out);
    let built = 0;
    for (const [from, to] of ranges(count, ROWS)) {
      built = module.decode(
        order,
        from,
        to,
        base + this.bands,
        base + this.starts,
        base + this.#table,
        words,
        groups,
        base + this.#out,
        built,
      );
      yield;
    }
    const out = new Uint32Array(count * words);
    yield* copyInto(asBytes(out), 0, memory.subarray(this.#out, this.#out + 4 * out.length));
    return out;
  }
}

/** One small table against the reference, with labels and masks. */
/** Few enough for one turn of the event loop, and so many that rows begin at different columns. */
const SELF_TEST_KEYS = 220;

function passesSelfTest(okvs: Okvs): boolean {
  const shape = okvsShape(SELF_TEST_KEYS, 3);
  const labels = new Uint32Array(fixedBytes(4 * SELF_TEST_KEYS).buffer);
  const keying = { seed: fixedBytes(32), labels, masked: true };
  const values = new Uint32Array(fixedBytes(12 * SELF_TEST_KEYS).buffer);
  const entries = { ...keying, keys: fixedBytes(KEY_BYTES * SELF_TEST_KEYS), values };
  const filling = fixedBytes(4 * shape.columns * shape.valueWords);
  const encode = (by: Okvs): Uint32Array => {
    let at = 0;
    return finish(by.encode(shape, { ...entries, rng: (length) => filling.slice(at, (at += length)) }));
  };
  const table = encode(okvs);
  const expected = encode(referenceOkvs);
  const decoded = finish(okvs.decode(shape, { ...keying, keys: entries.keys, table: expected }));
  return table.every((word, i) => word === expected[i]) && decoded.every((word, i) => word === entries.values[i]);
}
