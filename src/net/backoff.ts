/** Waiting times between attempts: doubled each time up to a bound, and spread, so that many nodes do not come at once. */
import type { Rng } from '../crypto/rng.ts';

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: BackoffLimits = { firstMs: 500, maxMs: 60_000 };

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #rng: Rng;
  #attempts = 0;

  constructor(limits: BackoffLimits, rng: Rng) {
    this.#limits = limits;
    this.#rng = rng;
  }

  /** The next time to wait: between half and all of the doubled one. */
  next(): number {
    const fullMs = Math.min(this.#limits.maxMs, this.#limits.firstMs * 2 ** this.#attempts);
    if (fullMs < this.#limits.maxMs) this.#attempts++;
    const [low, high] = this.#rng(2);
    return fullMs / 2 + (fullMs / 2) * ((256 * high + low) / 65_536);
  }

  /** The last attempt was good. */
  reset(): void {
    this.#attempts = 0;
  }
}
