/** SHA-256 of fixed bytes in plain JavaScript, computed between what is measured: what the machine is worth at that time to whoever computes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { cpuMsSince } from '../src/measure/job-profile.ts';
import { mean } from '../src/measure/statistics.ts';

const BYTES = new Uint8Array(2 ** 20);
/** Of the CPU time beside which it is measured, half before and half after. */
const SHARE = 0.1;
/** About three seconds: more of them say nothing new. */
const MOST_RUNS = 300;
/** The first runs are compiled while they run. */
const WARM_UPS = 12;

export class ComputeYardstick {
  #lastMs: number;

  /** @param warmUps none where figures do not matter */
  constructor(warmUps: number = WARM_UPS) {
    for (let k = 0; k < warmUps; k++) hashMs();
    this.#lastMs = this.again(0);
  }

  /** After something that took `besideMs`. @returns milliseconds of the yardstick: the mean of before and after it */
  beside(besideMs: number): number {
    const before = this.#lastMs;
    return mean([before, this.again(besideMs)]);
  }

  /** Measures anew after a time in which nothing was measured. */
  again(besideMs = 0): number {
    const samplesMs = [hashMs()];
    let spentMs = samplesMs[0];
    while (spentMs < SHARE * besideMs && samplesMs.length < MOST_RUNS) {
      const ms = hashMs();
      samplesMs.push(ms);
      spentMs += ms;
    }
    this.#lastMs = mean(samplesMs);
    return this.#lastMs;
  }
}

function hashMs(): number {
  const start = process.cpuUsage();
  sha256(BYTES);
  return cpuMsSince(start);
}
