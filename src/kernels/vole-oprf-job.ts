/**
 * One computation of the oblivious PRF on a VOLE in a module's memory; see vole-oprf.ts. For n records whose rows were not expanded
 * before either side's module has 84 n bytes: their rows and values, which encoding has none of.
 */
import { fieldBytes, GF128_BYTES, multiplesTables } from '../crypto/gf2.ts';
import { okvsColumns } from '../crypto/okvs.ts';
import { sharedBytes } from '../crypto/shared-bytes.ts';
import type { Steps } from '../crypto/steps.ts';
import {
  type DecodeInput,
  type EncodeInput,
  type EvaluateInput,
  type Records,
  type VoleOprfShape,
} from '../crypto/vole-oprf.ts';
import { BandJob, type BandModule, GROUPS } from './band-job.ts';
import type { ModulePool } from './module-pool.ts';
import { type MultiplesModule, withMultiples } from './multiples.ts';

/** The exports of assembly/vole-oprf.ts; addresses and counts are numbers. */
export interface VoleOprfModule extends BandModule, MultiplesModule {
  addDecoded: BandModule['decodeRows'];
  eliminateRows(rows: number, count: number, slots: number): number;
  backSubstitute(slots: number, table: number, bytes: number, from: number, to: number): void;
  scatterValues(rows: number, count: number, out: number): void;
  addScaled(sums: number, rows: number, bytes: number, count: number): void;
  scaleHashes(rows: number, bytes: number, count: number): void;
}

interface JobSizes {
  readonly count: number;
  /** Whether it gives a table, the values of all records, or neither. */
  readonly gives: 'table' | 'values' | 'rows';
  readonly expandedRows?: Uint8Array | undefined;
}

export class VoleOprfJob extends BandJob<VoleOprfModule> {
  readonly #columns: number;
  readonly #count: number;
  readonly #elementBytes: number;

  constructor(
    pool: ModulePool<VoleOprfModule>,
    { rowCount, field }: VoleOprfShape,
    { count, gives, expandedRows }: JobSizes,
  ) {
    const columns = okvsColumns(rowCount);
    super(pool, {
      columns,
      count,
      valueBytes: gives === 'values' ? GF128_BYTES : 0,
      eliminates: gives === 'table',
      expandedRows,
    });
    this.#columns = columns;
    this.#count = count;
    this.#elementBytes = fieldBytes(field);
  }

  /** See `VoleOprf.expandRows`. */
  *expandRows({ salt, records }: Records): Steps<Uint8Array> {
    try {
      yield* this.makeRows({ salt, records });
      return yield* this.takeRows((length) => new Uint8Array(length));
    } finally {
      this.end();
    }
  }

  /** Undefined where a row depends on others. */
  *encode({ salt, records }: EncodeInput): Steps<Uint8Array | undefined> {
    try {
      yield* this.makeRows({ salt, records });
      if (!(yield* this.eliminate(this.module.eliminateRows))) return undefined;
      return yield* this.#solve();
    } finally {
      this.end();
    }
  }

  *decode({ salt, records, c }: DecodeInput): Steps<Uint8Array> {
    try {
      yield* this.makeRows({ salt, records });
      yield* this.decodeAll(c, GF128_BYTES, this.module.scatterValues);
      return yield* this.#values();
    } finally {
      this.end();
    }
  }

  *evaluate({ salt, records, k, differences, delta }: EvaluateInput): Steps<Uint8Array> {
    const tables = multiplesTables(delta, this.#elementBytes);
    try {
      yield* this.makeRows({ salt, records });
      for (let part = 0; part < this.parts; part++) {
        withMultiples(this.module, tables, () => this.#evaluatePart(part, k, differences));
        yield;
      }
      return yield* this.#values();
    } finally {
      tables.fill(0);
      this.memory.fill(0, 0, this.at.heads);
      this.end();
    }
  }

  #evaluatePart(part: number, k: Uint8Array, differences: Uint8Array): void {
    const rows = this.orderPart(part);
    const [from, to] = this.moveWindow(part, k, GF128_BYTES);
    const bytes = this.#elementBytes;
    const own = differences.subarray(4 * bytes * from, 4 * bytes * to);
    this.memory.set(own, this.at.staging);
    const [window, staged] = [this.base + this.at.window, this.base + this.at.staging];
    this.module.addScaled(window, staged, bytes, own.length / bytes);
    this.module.scaleHashes(this.base + this.at.rows, bytes, rows);
    this.decodePart(rows, GF128_BYTES, this.module.addDecoded);
    this.module.scatterValues(this.base + this.at.rows, rows, this.base + this.at.values);
  }

  /** The table, with zeros for columns without a row. */
  *#solve(): Steps<Uint8Array> {
    const { slots, window } = this.at;
    const groupBytes = 4 * this.#elementBytes;
    const table = new Uint8Array(this.#elementBytes * this.#columns);
    for (let to = this.groups; to > 0; to -= GROUPS) {
      const from = Math.max(0, to - GROUPS);
      this.memory.fill(0, window, window + groupBytes * (to - from));
      const tableAt = this.base + window - groupBytes * from;
      this.module.backSubstitute(this.base + slots, tableAt, this.#elementBytes, from, to);
      const own = table.subarray(groupBytes * from, groupBytes * to);
      own.set(this.memory.subarray(window, window + own.length));
      yield;
    }
    return table;
  }

  *#values(): Steps<Uint8Array> {
    const out = sharedBytes(this.#count * GF128_BYTES);
    yield* this.takeValues(out);
    return out;
  }
}
