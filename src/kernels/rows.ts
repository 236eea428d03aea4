/**
 * Work on packed rows in WebAssembly SIMD: the twin of `referenceRows`, giving the same bytes. The module is built from
 * assembly/rows.ts and embedded; nothing is read at run time.
 *
 * Numbers of rows choose addresses: they are public or the caller's own. What a computation leaves in the module's memory
 * is zeroed when it ends. Where WebAssembly SIMD is missing, the module fails its self-test, or a row is longer than a
 * vector, the reference runs.
 */
import { asBytes, equalBytes, firstIntegers } from '../crypto/bytes.ts';
import { countRows, type GatheredRows, referenceRows, type Rows, type RowWidths, sharedBy } from '../crypto/rows.ts';
import { finish, ranges, type Steps } from '../crypto/steps.ts';
import { rowsWasm } from './generated/rows-wasm.ts';
import { copyInto, type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { provenTwin } from './twin.ts';

/** The exports of assembly/rows.ts; addresses and counts are numbers. */
interface RowsModule extends HostedModule {
  resize(rows: number, width: number, count: number, kept: number, to: number, out: number): void;
  gather(rows: number, width: number, numbers: number, added: number, count: number, share: number, out: number): void;
}

const VECTOR_BYTES = 16;
/** Rows that are in the module's memory at once, a few hundred kilobytes. */
const ROWS = 8192;

let kernel: Rows | undefined;

/** Work on rows in bulk; the first call compiles the module and tests it. */
export function rowsKernel(): Rows {
  kernel ??= rowsFromModule(rowsWasm) ?? referenceRows;
  return kernel;
}

/** The work behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function rowsFromModule(base64: string): Rows | undefined {
  return provenTwin(() => hostedRows(new ModulePool<RowsModule>(base64)), passesSelfTest);
}

function hostedRows(pool: ModulePool<RowsModule>): Rows {
  return {
    *resize(rows, widths) {
      const count = countRows(rows, widths);
      const fits = widths.to <= VECTOR_BYTES;
      return yield* fits ? resize(pool, rows, widths, count) : referenceRows.resize(rows, widths);
    },
    *gather(gathered) {
      const share = sharedBy(gathered);
      const fits = 4 * gathered.words <= VECTOR_BYTES && share <= ROWS;
      return yield* fits ? gather(pool, gathered, share) : referenceRows.gather(gathered);
    },
  };
}

function* resize(
  pool: ModulePool<RowsModule>,
  rows: Uint8Array,
  { from, to, skip = 0 }: RowWidths,
  count: number,
): Steps<Uint8Array> {
  const layout = new MemoryLayout();
  const rowsAt = layout.part(ROWS * from + VECTOR_BYTES);
  const outAt = layout.part(ROWS * to + VECTOR_BYTES);
  const module = pool.take(layout.bytes);
  const base = module.heapBase();
  const memory = new Uint8Array(module.memory.buffer, base);
  const out = new Uint8Array(count * to);
  for (const [first, last] of ranges(count, ROWS)) {
    memory.set(rows.subarray(first * from, last * from), rowsAt);
    module.resize(base + rowsAt + skip, from, last - first, Math.min(from - skip, to), to, base + outAt);
    out.set(memory.subarray(outAt, outAt + (last - first) * to), first * to);
    yield;
  }
  pool.give(module);
  return out;
}

function* gather(
  pool: ModulePool<RowsModule>,
  { words, rows, numbers, added }: GatheredRows,
  share: number,
): Steps<Uint32Array> {
  const width = 4 * words;
  const step = Math.max(1, Math.floor(ROWS / share));
  const layout = new MemoryLayout();
  const numbersAt = layout.part(4 * step * share);
  const addedAt = layout.part(step * width + VECTOR_BYTES);
  const outAt = layout.part(step * share * width + VECTOR_BYTES);
  const rowsAt = layout.part(asBytes(rows).length + VECTOR_BYTES);
  const module = pool.take(layout.bytes);
  const base = module.heapBase();
  const memory = new Uint8Array(module.memory.buffer, base);
  const out = new Uint8Array(numbers.length * width);
  yield* copyInto(memory, rowsAt, asBytes(rows));
  for (const [first, last] of ranges(numbers.length / share, step)) {
    memory.set(asBytes(numbers.subarray(first * share, last * share)), numbersAt);
    memory.set(asBytes(added.subarray(first * words, last * words)), addedAt);
    const [at, count] = [first * share * width, (last - first) * share];
    module.gather(base + rowsAt, width, base + numbersAt, base + addedAt, last - first, share, base + outAt);
    out.set(memory.subarray(outAt, outAt + count * width), at);
    yield;
  }
  pool.give(module);
  return new Uint32Array(out.buffer);
}

/** Both kinds of work on rows of each width against the reference. */
function passesSelfTest(rows: Rows): boolean {
  const bytes = Uint8Array.from({ length: 39 * 16 }, (_, i) => (i * 167) ^ (i >> 3));
  const words = new Uint32Array(bytes.buffer);
  const run = (by: Rows): readonly Uint8Array[] => [
    ...[9, 12, 16].map((from) =>
      finish(by.resize(bytes.subarray(0, 39 * from), { from, to: 25 - from, skip: from - 9 })),
    ),
    ...[1, 2, 3, 4].map((width) => {
      const numbers = firstIntegers(39).map((k) => (k * 7) % 39);
      return asBytes(finish(by.gather({ words: width, rows: words, numbers, added: words.subarray(0, 13 * width) })));
    }),
  ];
  const expected = run(referenceRows);
  return run(rows).every((result, k) => equalBytes(result, expected[k]));
}
