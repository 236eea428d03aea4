/**
 * Products of many field elements with one, in WebAssembly: the twin of `referenceGf2`, giving the same bytes. The module
 * is built from assembly/gf2.ts and embedded; nothing is read at run time.
 *
 * The tables of the secret factor are built by the reference's code, without branches or look-ups on it, and zeroed after
 * each call; rows choose addresses and so are public or the caller's own. Where WebAssembly SIMD is missing, or the module
 * fails its self-test, the reference runs.
 */
import { asBytes, equalBytes } from '../crypto/bytes.ts';
import { countScaledRows, fieldBytes, type Gf2, multiplesTables, referenceGf2, type VoleField } from '../crypto/gf2.ts';
import { finish, type Steps } from '../crypto/steps.ts';
import { gf2Wasm } from './generated/gf2-wasm.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/gf2.ts. */
interface Gf2Module {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly tables: WebAssembly.Global;
  readonly sums: WebAssembly.Global;
  readonly rows: WebAssembly.Global;
  addScaledHalves(count: number): void;
  addScaled(count: number): void;
  wipe(): void;
}

const ROW_BYTES = 16;
/** Chunks between two pauses: about a millisecond. */
const SLICE_CHUNKS = 64;

let kernel: Gf2 | undefined;

/** The bulk arithmetic; the first call compiles the module and tests it. */
export function gf2Kernel(): Gf2 {
  kernel ??= gf2FromModule(gf2Wasm) ?? referenceGf2;
  return kernel;
}

/** The arithmetic behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function gf2FromModule(base64: string): Gf2 | undefined {
  return provenTwin(() => gf2FromExports(instantiate<Gf2Module>(base64)), passesSelfTest);
}

function gf2FromExports(module: Gf2Module): Gf2 {
  // The module never grows its memory, so views stay valid.
  const memory = new Uint8Array(module.memory.buffer);
  const slice = module.CHUNK.value * SLICE_CHUNKS;

  /** Rows [from, to), in chunks, with tables that are there for this slice alone: another computation may follow it. */
  function addSlice(sum: Uint8Array, rows: Uint8Array, tables: Uint32Array, from: number, to: number): void {
    const rowBytes = (ROW_BYTES * rows.length) / sum.length;
    const [sumsAt, rowsAt]: number[] = [module.sums.value, module.rows.value];
    memory.set(asBytes(tables), module.tables.value);
    try {
      for (let start = from; start < to; start += module.CHUNK.value) {
        const count = Math.min(module.CHUNK.value, to - start);
        const own = sum.subarray(ROW_BYTES * start, ROW_BYTES * (start + count));
        memory.set(own, sumsAt);
        memory.set(rows.subarray(rowBytes * start, rowBytes * (start + count)), rowsAt);
        if (rowBytes === ROW_BYTES) module.addScaled(count);
        else module.addScaledHalves(count);
        own.set(memory.subarray(sumsAt, sumsAt + own.length));
      }
    } finally {
      module.wipe();
    }
  }

  return {
    *addScaledRows(sum, scaled): Steps<void> {
      const count = countScaledRows(sum, scaled);
      const tables = multiplesTables(scaled.delta, fieldBytes(scaled.field));
      try {
        for (let from = 0; from < count; from += slice) {
          addSlice(sum, scaled.rows, tables, from, Math.min(from + slice, count));
          yield;
        }
      } finally {
        tables.fill(0);
      }
    },
  };
}

/** Rows of all bytes against the reference, in both fields. */
function passesSelfTest(gf2: Gf2): boolean {
  return (['gf64', 'gf128'] as const).every((field) =>
    equalBytes(selfTestSum(gf2, field), selfTestSum(referenceGf2, field)),
  );
}

function selfTestSum(gf2: Gf2, field: VoleField): Uint8Array {
  const rows = Uint8Array.from({ length: 256 * fieldBytes(field) }, (_, i) => i ^ (i >>> 4));
  const delta = Uint8Array.from({ length: ROW_BYTES }, (_, i) => 17 * i + 3);
  const sum = Uint8Array.from({ length: 256 * ROW_BYTES }, (_, i) => i);
  finish(gf2.addScaledRows(sum, { field, rows, delta }));
  return sum;
}
