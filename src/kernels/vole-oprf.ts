/**
 * The oblivious PRF on a VOLE in WebAssembly: the twin of `referenceVoleOprf`, giving the same bytes. The module is built
 * from assembly/vole-oprf.ts and embedded; nothing is read at run time. Where WebAssembly SIMD is missing, or the module
 * fails its self-test, the reference runs.
 */
import {
  checkDecoding,
  checkEncoding,
  checkEvaluation,
  checkRecords,
  referenceVoleOprf,
  type VoleOprf,
} from '../crypto/vole-oprf.ts';
import { voleOprfWasm } from './generated/vole-oprf-wasm.ts';
import { ModulePool } from './module-pool.ts';
import { provenTwin } from './twin.ts';
import { VoleOprfJob, type VoleOprfModule } from './vole-oprf-job.ts';
import { passesVoleOprfSelfTest } from './vole-oprf-self-test.ts';

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
    *expandRows(shape, input) {
      return yield* new VoleOprfJob(pool, shape, { count: checkRecords(input), gives: 'rows' }).expandRows(input);
    },
    *encode(shape, input) {
      const count = checkEncoding(shape, input);
      const job = new VoleOprfJob(pool, shape, { count, gives: 'table', expandedRows: input.expandedRows });
      // The reference tells equal keys from rows that happen to be dependent.
      return (yield* job.encode(input)) ?? (yield* referenceVoleOprf.encode(shape, input));
    },
    *decode(shape, input) {
      const count = checkDecoding(shape, input);
      const job = new VoleOprfJob(pool, shape, { count, gives: 'values', expandedRows: input.expandedRows });
      return yield* job.decode(input);
    },
    *evaluate(shape, input) {
      const count = checkEvaluation(shape, input);
      const job = new VoleOprfJob(pool, shape, { count, gives: 'values', expandedRows: input.expandedRows });
      return yield* job.evaluate(input);
    },
  };
}
