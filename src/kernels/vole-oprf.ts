/**
 * The oblivious PRF on a VOLE in WebAssembly: the twin of `referenceVoleOprf`, giving the same bytes. The module is built
 * from assembly/vole-oprf.ts and embedded; nothing is read at run time.
 *
 * Secret-dependent time as in the reference. For n records either side's module has 82 n bytes: rows, whose room slots take
 * over, and values. Tables pass through it in windows. Where WebAssembly SIMD is missing, or the module fails its self-test,
 * the reference runs.
 */
import { fieldBytes, GF128_BYTES, multiplesTables } from '../crypto/gf2.ts';
import { okvsColumns } from '../crypto/okvs.ts';
import type { Steps } from '../crypto/steps.ts';
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
  addBytes(to: number, from: number, bytes: number): void;
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

