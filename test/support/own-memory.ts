/** What a module keeps below the part of its memory that a host lays out: no pool wipes it. */
import type { HostedModule, ModulePool } from '../../src/kernels/module-pool.ts';

/** Of the one instance that a pool has, as long as one small computation after another takes it. */
export class OwnMemory {
  readonly #module: HostedModule;
  readonly #untouched: Uint8Array;

  constructor(pool: ModulePool<HostedModule>) {
    this.#module = pool.take(64);
    pool.give(this.#module);
    this.#untouched = this.#bytes().slice();
  }

  /** How many bytes are not what they were at first. */
  get changed(): number {
    return this.#bytes().filter((byte, i) => byte !== this.#untouched[i]).length;
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#module.memory.buffer, 0, this.#module.heapBase());
  }
}
