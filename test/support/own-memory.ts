/** What a module keeps below the part of its memory that a host lays out: no pool wipes it. */
import { expect, it } from 'vitest';
import type { Steps } from '../../src/crypto/steps.ts';
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

/** Of computations whose table has columns for most of a ring, by what was done. */
export function itLeavesNothing(
  own: OwnMemory,
  computations: readonly (readonly [done: string, begin: () => Steps<unknown>])[],
): void {
  it.each(computations)('leaves nothing in the module’s own memory when it has %s', (_done, begin) => {
    const steps = begin();
    let most = 0;
    while (steps.next().done !== true) most = Math.max(most, own.changed);
    // The columns in the ring, most of it, and more.
    expect(most).toBeGreaterThan(50_000);
    expect(own.changed).toBe(0);
  });

  it.each(computations)('leaves nothing there when it has not %s all', (_done, begin) => {
    const steps = begin();
    while (own.changed === 0) expect(steps.next().done).toBe(false);
    steps.return(undefined);
    expect(own.changed).toBe(0);
  });
}
