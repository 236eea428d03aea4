/**
 * The oblivious programmable PRF in WebAssembly: the twin of `referenceOpprf`, giving the same bytes. The module is built from
 * assembly/opprf.ts and embedded; nothing is read at run time. Where WebAssembly SIMD is missing, or the module fails its
 * self-test, the reference runs.
 */
import { checkEntries, checkRead, checkQuery, type Opprf, referenceOpprf } from '../crypto/opprf.ts';
import { opprfWasm } from './generated/opprf-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { type OpprfModule, ProgrammeJob, ReadJob } from './opprf-job.ts';
import { passesOpprfSelfTest } from './opprf-self-test.ts';
import { provenTwin } from './twin.ts';

let kernel: Opprf | undefined;

/** Both sides; the first call compiles the module and tests it. */
export function opprfKernel(): Opprf {
  kernel ??= opprfFromModule(opprfWasm) ?? referenceOpprf;
  return kernel;
}

/** Both sides behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function opprfFromModule(base64: string): Opprf | undefined {
  return provenTwin(() => opprfOnPool(new ModulePool<OpprfModule>(base64)), passesOpprfSelfTest);
}

/** The OPPRF in instances of a pool, which it leaves as it found them. */
export function opprfOnPool(pool: ModulePool<OpprfModule>): Opprf {
  return {
    *programme(shape, entries) {
      checkEntries(shape, entries);
      const table = yield* new ProgrammeJob(pool, shape, entries).table();
      // The reference tells equal keys from rows that happen to be dependent.
      return table ?? (yield* referenceOpprf.programme(shape, entries));
    },
    *expandRows(shape, records) {
      checkRead(shape, records);
      return yield* new ReadJob(pool, shape, records).expandRows();
    },
    *read(shape, query) {
      checkQuery(shape, query);
      return yield* new ReadJob(pool, shape, query).read(query);
    },
  };
}
