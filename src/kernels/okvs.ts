/**
 * The random band OKVS in WebAssembly: the twin of `referenceOkvs`, giving the same tables and values. The module is
 * built from assembly/okvs.ts and embedded; nothing is read at run time.
 *
 * Secret-dependent time as in the reference: sorting, elimination and look-ups are addressed by a party's own keys.
 * Where WebAssembly SIMD is missing, or the module fails its self-test, the reference runs.
 */
import { asBytes, asWords } from '../crypto/bytes.ts';
import {
  countEntries,
  countQuery,
  encodeOkvs,
  freeValues,
  OKVS_KEY_BYTES,
  type Okvs,
  type OkvsEntries,
  type OkvsKeying,
  type OkvsQuery,
  type OkvsShape,
  okvsShape,
  referenceOkvs,
} from '../crypto/okvs.ts';
import { type Secrets, wiping } from '../crypto/secrets.ts';
import { finish, type Steps } from '../crypto/steps.ts';
import { BandJob, type BandModule, columnOffset } from './band-job.ts';
import { okvsWasm } from './generated/okvs-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { fixedBytes } from './self-test-bytes.ts';
import { provenTwin } from './twin.ts';

/** The exports of assembly/okvs.ts; addresses and counts are numbers. */
export interface OkvsModule extends BandModule {
  expandRows(
    salt: number,
    labels: number,
    keys: number,
    values: number,
    words: number,
    masked: boolean,
    count: number,
    first: number,
    range: number,
    shift: number,
    heads: number,
  ): void;
}

/** Values are worked on as one vector. */
const MAX_VALUE_WORDS = 4;
const LABEL_BYTES = 4;

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
      const table = yield* new OkvsJob(pool, shape, { count, hasValues: false }).encode(entries);
      // The reference tells equal keys from rows that happen to be dependent.
      return table ?? (yield* encodeOkvs(shape, entries));
    },
    *decode(shape, query) {
      const count = countQuery(shape, query);
      if (shape.valueWords > MAX_VALUE_WORDS) return yield* referenceOkvs.decode(shape, query);
      return yield* new OkvsJob(pool, shape, { count, hasValues: true }).decode(query);
    },
  };
}

/** One computation in a module's memory. */
export class OkvsJob extends BandJob<OkvsModule> {
  readonly #shape: OkvsShape;
  readonly #count: number;

  constructor(
    pool: ModulePool<OkvsModule>,
    shape: OkvsShape,
    { count, hasValues }: { readonly count: number; readonly hasValues: boolean },
  ) {
    const { columns, valueWords } = shape;
    const inputBytes = OKVS_KEY_BYTES + LABEL_BYTES + 4 * valueWords;
    super(pool, { columns, count, inputBytes, valueWords: hasValues ? valueWords : 0 });
    this.#shape = shape;
    this.#count = count;
  }

  /** The table, or undefined where a row depends on others. */
  *encode(entries: OkvsEntries): Steps<Uint32Array | undefined> {
    try {
      yield* this.#placeKeys(entries, entries.values);
      if (!(yield* this.eliminate())) return undefined;
      return yield* wiping((secrets) => this.#solve(entries, secrets));
    } finally {
      this.end();
    }
  }

  *#solve({ rng }: OkvsEntries, secrets: Secrets): Steps<Uint32Array> {
    const free = secrets.hold(yield* freeValues(this.#shape, this.#count, rng));
    return asWords(yield* this.solve(this.#shape.valueWords, asBytes(free)));
  }

  *decode(query: OkvsQuery): Steps<Uint32Array> {
    const { valueWords } = this.#shape;
    try {
      yield* this.#placeKeys(query);
      yield* this.decodeAll(asBytes(query.table), valueWords, this.module.addDecoded);
      const out = new Uint32Array(this.#count * valueWords);
      yield* this.takeValues(asBytes(out));
      return out;
    } finally {
      this.end();
    }
  }

  #placeKeys(
    { seed, keys, labels, masked = false }: OkvsKeying & { readonly keys: Uint8Array },
    values?: Uint32Array,
  ): Steps<void> {
    const { valueWords } = this.#shape;
    const inputs = [
      { bytes: keys, width: OKVS_KEY_BYTES },
      { bytes: labels === undefined ? NOTHING : asBytes(labels), width: LABEL_BYTES },
      { bytes: values === undefined ? NOTHING : asBytes(values), width: 4 * valueWords },
    ];
    const [labelsAt, valuesAt] = [columnOffset(OKVS_KEY_BYTES), columnOffset(OKVS_KEY_BYTES + LABEL_BYTES)];
    return this.placeRows(seed, inputs, ({ salt, inputs: at, count, first, range, shift, heads }) =>
      this.module.expandRows(
        salt,
        labels === undefined ? 0 : at + labelsAt,
        at,
        values === undefined ? 0 : at + valuesAt,
        valueWords,
        masked,
        count,
        first,
        range,
        shift,
        heads,
      ),
    );
  }
}

const NOTHING = new Uint8Array(0);

/** Few enough for one turn of the event loop, and so many that rows begin at different columns. */
const SELF_TEST_KEYS = 220;

/** One small table against the reference, with labels and masks. */
function passesSelfTest(okvs: Okvs): boolean {
  const shape = okvsShape(SELF_TEST_KEYS, 3);
  const labels = new Uint32Array(fixedBytes(4 * SELF_TEST_KEYS).buffer);
  const keying = { seed: fixedBytes(32), labels, masked: true };
  const values = new Uint32Array(fixedBytes(12 * SELF_TEST_KEYS).buffer);
  const entries = { ...keying, keys: fixedBytes(OKVS_KEY_BYTES * SELF_TEST_KEYS), values };
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
