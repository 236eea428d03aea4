/** Tables of the multiples of a secret factor in a module that multiplies by it (assembly/multiples.ts). */
import { asBytes } from '../crypto/bytes.ts';

/** The exports of assembly/multiples.ts. */
export interface MultiplesModule {
  readonly memory: WebAssembly.Memory;
  readonly tables: WebAssembly.Global;
  wipeMultiples(): void;
}

/** Work with tables that are there for this slice alone: another computation may follow it. */
export function withMultiples(module: MultiplesModule, tables: Uint32Array, work: () => void): void {
  new Uint8Array(module.memory.buffer, module.tables.value).set(asBytes(tables));
  try {
    work();
  } finally {
    module.wipeMultiples();
  }
}
