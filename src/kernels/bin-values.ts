/**
 * Values of records in bins in WebAssembly SIMD: the twin of `referenceBinValues`, giving the same bytes. The module is built from
 * assembly/bin-values.ts and embedded; nothing is read at run time.
 *
 * The tables of the secret factor are there for a slice of work alone, as another computation may follow it. What a computation
 * leaves in the module's memory is zeroed when it ends. Where WebAssembly SIMD is missing, or the module fails its self-test, the
 * reference runs.
 */
import {
  BIN_VALUE_BYTES,
  type BinRecords,
  type BinValues,
  checkBinRecords,
  referenceBinValues,
} from '../crypto/bin-values.ts';
import { asBytes, equalBytes } from '../crypto/bytes.ts';
import { fieldBytes, multiplesTables } from '../crypto/gf2.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { finish, ranges, type Steps } from '../crypto/steps.ts';
import { binValuesWasm } from './generated/bin-values-wasm.ts';
import { copyInto, type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { type MultiplesModule, withMultiples } from './multiples.ts';
import { fixedBytes } from './self-test-bytes.ts';
import { provenTwin } from './twin.ts';

/** The exports of assembly/bin-values.ts; addresses and counts are numbers. */
export interface BinValuesModule extends HostedModule, MultiplesModule {
  evaluate(records: number, bytes: number, bins: number, share: number, keys: number, count: number, out: number): void;
}

/** Values between two pauses, a few tenths of a millisecond of work. */
const SLICE = 32_768;

let kernel: BinValues | undefined;

/** Values in bulk; the first call compiles the module and tests it. */
export function binValuesKernel(): BinValues {
  kernel ??= binValuesFromModule(binValuesWasm) ?? referenceBinValues;
  return kernel;
}

/** The work behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function binValuesFromModule(base64: string): BinValues | undefined {
  return provenTwin(() => binValuesOnPool(new ModulePool<BinValuesModule>(base64)), passesSelfTest);
}

/** The work in instances of a pool, which it leaves as it found them. */
export function binValuesOnPool(pool: ModulePool<BinValuesModule>): BinValues {
  return { evaluate: (input) => evaluate(pool, input) };
}

function* evaluate(pool: ModulePool<BinValuesModule>, input: BinRecords): Steps<Uint8Array> {
  const { count, share } = checkBinRecords(input);
  const { field, records, bins, keys, delta } = input;
  const step = Math.max(1, Math.min(count, Math.floor(SLICE / Math.max(1, share))));
  const layout = new MemoryLayout();
  const recordsAt = layout.part(step * RECORD_BYTES);
  const binsAt = layout.part(step * share * 4);
  const outAt = layout.part(step * share * BIN_VALUE_BYTES);
  const keysAt = layout.part(keys.length);
  const tables = multiplesTables(delta, fieldBytes(field));
  const module = pool.take(layout.bytes);
  const base = module.heapBase();
  const memory = new Uint8Array(module.memory.buffer, base);
  const [bytes, out] = [fieldBytes(field), new Uint8Array(bins.length * BIN_VALUE_BYTES)];
  try {
    yield* copyInto(memory, keysAt, keys);
    for (const [from, to] of ranges(count, step)) {
      memory.set(records.subarray(from * RECORD_BYTES, to * RECORD_BYTES), recordsAt);
      memory.set(asBytes(bins.subarray(from * share, to * share)), binsAt);
      withMultiples(module, tables, () =>
        module.evaluate(base + recordsAt, bytes, base + binsAt, share, base + keysAt, to - from, base + outAt),
      );
      const valueBytes = (to - from) * share * BIN_VALUE_BYTES;
      out.set(memory.subarray(outAt, outAt + valueBytes), from * share * BIN_VALUE_BYTES);
      yield;
    }
    return out;
  } finally {
    tables.fill(0);
    pool.give(module);
  }
}

/** Records of several bins each, in both fields, against the reference. */
function passesSelfTest(values: BinValues): boolean {
  return (['gf64', 'gf128'] as const).every((field) => {
    const bins = Uint32Array.from({ length: 3 * 50 }, (_, i) => (i * 7) % 40);
    const [records, keys] = [fixedBytes(50 * RECORD_BYTES), fixedBytes(40 * BIN_VALUE_BYTES)];
    const input = { field, records, bins, keys, delta: fixedBytes(16) };
    return equalBytes(finish(values.evaluate(input)), finish(referenceBinValues.evaluate(input)));
  });
}
