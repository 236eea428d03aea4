/** Where a run's randomness comes from: the platform, or one seed from which the run can be executed again. */
import { Prg, SEED_BYTES } from '../crypto/prg.ts';
import type { Rng } from '../crypto/rng.ts';

export interface Randomness {
  /** All of it comes from one seed. */
  readonly isSeeded: boolean;
  /**
   * The source for one purpose: a phase, or a task in it. What a purpose draws must not depend on the order in which
   * others draw, since that order is the network's.
   */
  of(purpose: string): Rng;
}

/** The same source for every purpose. */
export function unseeded(rng: Rng): Randomness {
  return { isSeeded: false, of: () => rng };
}

/** A stream per purpose under one secret seed of 32 bytes: the same purposes draw the same bytes whenever they draw. */
export function seeded(seed: Uint8Array): Randomness {
  if (seed.length !== SEED_BYTES) throw new RangeError('Cannot draw from seed: it is not 32 bytes');
  const streams = new Map<string, Rng>();
  return {
    isSeeded: true,
    of(purpose) {
      let stream = streams.get(purpose);
      if (stream === undefined) {
        const prg = new Prg(seed, new Uint8Array(0), `run ${purpose}`);
        streams.set(purpose, (stream = (length) => prg.bytes(length)));
      }
      return stream;
    },
  };
}
