/**
 * The cuckoo table in WebAssembly: the twin of `referenceCuckoo`, giving the same bins, places and records. The module is built from
 * assembly/cuckoo.ts and embedded; nothing is read at run time.
 *
 * Positions and paths depend on the placing party's own items, as in the reference; what they leave in the module's memory
 * is zeroed. Where WebAssembly is missing, or the module fails its self-test, the reference runs.
 */
import { asBytes, equalBytes } from '../crypto/bytes.ts';
import {
  checkRecords,
  type Cuckoo,
  CUCKOO_POSITIONS,
  checkDigests,
  type PlacedDigests,
  referenceCuckoo,
  tableFull,
} from '../crypto/cuckoo.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { finish, ranges, type Steps } from '../crypto/steps.ts';
import { cuckooWasm } from './generated/cuckoo-wasm.ts';
import { copyInto, type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { fixedBytes } from './self-test-bytes.ts';
import { provenTwin } from './twin.ts';

/** The exports of assembly/cuckoo.ts; addresses and counts are numbers. */
interface CuckooModule extends HostedModule {
  positions(digests: number, count: number, bins: number, out: number): void;
  configure(items: number, owner: number, queued: number, origin: number, mark: number): void;
  insert(from: number, to: number): number;
  writeDigests(records: number, itemOfBin: number, count: number, digests: number): void;
}

/** Items between two pauses: about a millisecond of work. */
const ITEMS = 8192;

let kernel: Cuckoo | undefined;

/** The table; the first call compiles the module and tests it. */
export function cuckooKernel(): Cuckoo {
  kernel ??= cuckooFromModule(cuckooWasm) ?? referenceCuckoo;
  return kernel;
}

/** The table behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function cuckooFromModule(base64: string): Cuckoo | undefined {
  return provenTwin(() => hostedCuckoo(new ModulePool<CuckooModule>(base64)), passesSelfTest);
}

function hostedCuckoo(pool: ModulePool<CuckooModule>): Cuckoo {
  return {
    *positions(digests, bins) {
      const count = checkDigests(digests, bins);
      const layout = new MemoryLayout();
      const [digestsAt, outAt] = [layout.part(ITEMS * RECORD_BYTES), layout.part(ITEMS * POSITION_BYTES)];
      const module = pool.take(layout.bytes);
      const base = module.heapBase();
      const memory = new Uint8Array(module.memory.buffer, base);
      const out = new Uint8Array(count * POSITION_BYTES);
      for (const [from, to] of ranges(count, ITEMS)) {
        memory.set(digests.subarray(from * RECORD_BYTES, to * RECORD_BYTES), digestsAt);
        module.positions(base + digestsAt, to - from, bins, base + outAt);
        out.set(memory.subarray(outAt, outAt + (to - from) * POSITION_BYTES), from * POSITION_BYTES);
        yield;
      }
      pool.give(module);
      return new Uint32Array(out.buffer);
    },
    *insert(positions, bins) {
      if (bins < CUCKOO_POSITIONS || largest(positions) >= bins) {
        return yield* referenceCuckoo.insert(positions, bins);
      }
      return yield* insert(pool, positions, bins);
    },
    writeDigests: (records, placed) => writeDigests(pool, records, placed),
  };
}

const POSITION_BYTES: number = 4 * CUCKOO_POSITIONS;

function* insert(pool: ModulePool<CuckooModule>, positions: Uint32Array, bins: number): Steps<Int32Array> {
  const layout = new MemoryLayout();
  const items = layout.part(positions.byteLength);
  const owners = layout.part(4 * bins);
  const others = [layout.part(4 * bins), layout.part(4 * bins), layout.part(4 * bins)] as const;
  const module = pool.take(layout.bytes);
  const base = module.heapBase();
  const memory = new Uint8Array(module.memory.buffer, base);
  memory.set(asBytes(positions), items);
  memory.fill(255, owners, owners + 4 * bins);
  const [queued, origin, mark] = others;
  module.configure(base + items, base + owners, base + queued, base + origin, base + mark);
  for (const [from, to] of ranges(positions.length / CUCKOO_POSITIONS, ITEMS)) {
    const failed = module.insert(from, to);
    if (failed >= 0) {
      pool.give(module);
      throw tableFull();
    }
    yield;
  }
  const out = new Int32Array(memory.slice(owners, owners + 4 * bins).buffer);
  pool.give(module);
  return out;
}

function* writeDigests(pool: ModulePool<CuckooModule>, records: Uint8Array, placed: PlacedDigests): Steps<void> {
  checkRecords(records, placed);
  const { digests, itemOfBin } = placed;
  const layout = new MemoryLayout();
  const [recordsAt, itemsAt] = [layout.part(ITEMS * RECORD_BYTES), layout.part(4 * ITEMS)];
  const digestsAt = layout.part(digests.length);
  const module = pool.take(layout.bytes);
  const base = module.heapBase();
  const memory = new Uint8Array(module.memory.buffer, base);
  yield* copyInto(memory, digestsAt, digests);
  for (const [from, to] of ranges(itemOfBin.length, ITEMS)) {
    const own = records.subarray(from * RECORD_BYTES, to * RECORD_BYTES);
    memory.set(own, recordsAt);
    memory.set(asBytes(itemOfBin.subarray(from, to)), itemsAt);
    module.writeDigests(base + recordsAt, base + itemsAt, to - from, base + digestsAt);
    own.set(memory.subarray(recordsAt, recordsAt + own.length));
    yield;
  }
  pool.give(module);
}

function largest(numbers: Uint32Array): number {
  let found = -1;
  for (let i = 0; i < numbers.length; i++) found = Math.max(found, numbers[i]);
  return found;
}

/** A table that is as full as a run's, against the reference. */
function passesSelfTest(cuckoo: Cuckoo): boolean {
  const digests = fixedBytes(100 * RECORD_BYTES);
  const run = (by: Cuckoo): readonly Uint8Array[] => {
    const positions = finish(by.positions(digests, 140));
    const itemOfBin = finish(by.insert(positions, 140));
    const records = fixedBytes(140 * RECORD_BYTES);
    finish(by.writeDigests(records, { digests, itemOfBin }));
    return [asBytes(positions), asBytes(itemOfBin), records];
  };
  const expected = run(referenceCuckoo);
  return run(cuckoo).every((result, k) => equalBytes(result, expected[k]));
}
