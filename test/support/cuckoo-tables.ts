/** Cuckoo tables of random items. */
import { cuckooInsert } from '../../src/crypto/cuckoo.ts';
import { Prg } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';
import { InternalError } from '../../src/errors.ts';

export function randomDigests(count: number, seed: number): Uint8Array {
  return new Prg(new Uint8Array(32).fill(seed), new Uint8Array(), 'cuckoo test').bytes(32 * count);
}

/** Whether all items found a place. */
export function placed(positions: Uint32Array, bins: number): boolean {
  try {
    finish(cuckooInsert(positions, bins));
    return true;
  } catch (error) {
    if (error instanceof InternalError && error.code === 'table-full') return false;
    throw error;
  }
}
