/** SHA-256 of fixed bytes in plain JavaScript, computed between what is measured: what the machine is worth at that time to whoever computes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import { goesOn } from '../../src/measure/repetitions.ts';
import { mean } from '../../src/measure/statistics.ts';

const BYTES = new Uint8Array(2 ** 20);
/** Of the CPU time of what was measured before it. */
const SHARE = 0.1;
/** About three seconds: more of them say nothing new. */
const MOST_RUNS = 300;
/** The first runs are compiled while they run. */
const WARM_UPS = 12;

export interface YardstickOptions {
  /** None where figures do not matter. */
  readonly warmUps?: number;
  /** Milliseconds of once. */
  readonly onceMs?: () => number;
}

export class ComputeYardstick {
  readonly #onceMs: () => number;
  #lastMs: number;

  constructor({ warmUps = WARM_UPS, onceMs = hashMs }: YardstickOptions = {}) {
    this.#onceMs = onceMs;
    for (let k = 0; k < warmUps; k++) onceMs();
    this.#lastMs = this.#meanMs(0);
  }

  /** After something that took `spentMs`. @returns milliseconds of the yardstick, the mean of before and after */
  beside(spentMs: number): number {
    const before = this.#lastMs;
    this.#lastMs = this.#meanMs(SHARE * spentMs);
    return mean([before, this.#lastMs]);
  }

  /** Of as many times as take `leastMs` together; one at least. */
  #meanMs(leastMs: number): number {
    const repetitions = { least: 1, more: { most: MOST_RUNS, withinMs: leastMs } };
    let done = 0;
    let spentMs = 0;
    for (; goesOn(repetitions, { done, spentMs }); done++) spentMs += this.#onceMs();
    return spentMs / done;
  }
}

function hashMs(): number {
  const start = process.cpuUsage();
  sha256(BYTES);
  return cpuMsSince(start);
}
