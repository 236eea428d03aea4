/**
 * SHA-256 of fixed bytes in plain JavaScript, computed between what is measured: what a core is worth at that time to whoever computes.
 *
 * A virtual core is often one half of a real one. While somebody else works on the other half, work takes a third to two thirds longer,
 * by its kind, so that not even ratios stay the same; otherwise it is as fast as ever. So what is measured waits for a quiet core, and is
 * measured again where that did not last, until patience is over. Only the yardstick decides it, never what was measured.
 */
import { performance } from 'node:perf_hooks';
import { sha256 } from '@noble/hashes/sha2.js';
import { cpuMsSince } from '../src/measure/job-profile.ts';
import type { Beside } from '../src/measure/measure-question.ts';
import { isQuiet } from '../src/measure/quiet-runs.ts';
import { goesOn } from '../src/measure/repetitions.ts';
import { mean } from '../src/measure/statistics.ts';

const BYTES = new Uint8Array(2 ** 20);
/** Of the time of what was measured, that the yardstick goes on for after it. */
const SHARE = 0.1;
/** About seven seconds: more of them say nothing new. */
const MOST_RUNS = 1000;
/** The first runs are compiled while they run. */
const WARM_UPS = 12;
const PATIENCE_MS = 2000;

export interface YardstickOptions {
  readonly warmUps?: number;
  /** Milliseconds of once, on each of the cores that are measured on. Default: on this process's. */
  readonly onceMs?: () => readonly number[] | Promise<readonly number[]>;
  /** Of the quickest run so far, in whichever process; where there are several cores, on the slowest of them. */
  readonly quickestMs?: number;
  /** For waiting and measuring again, altogether. */
  readonly patienceMs?: number;
  readonly clock?: () => number;
}

/** Where figures do not matter. */
export const AT_ONCE: YardstickOptions = { warmUps: 0, patienceMs: 0 };

/** Of one time or the mean of several: what says whether all cores are quiet, and what a core was worth. */
interface Taken {
  readonly times: number;
  readonly slowestMs: number;
  readonly meanMs: number;
}

/** Of all times in this process. */
let quickestHereMs = Infinity;

export class ComputeYardstick {
  readonly #onceMs: () => readonly number[] | Promise<readonly number[]>;
  readonly #clock: () => number;
  #quickestMs: number;
  #patienceMs: number;

  private constructor({
    onceMs,
    quickestMs = Infinity,
    patienceMs = PATIENCE_MS,
    clock = () => performance.now(),
  }: YardstickOptions) {
    this.#onceMs = onceMs ?? ((): readonly number[] => [hashMs()]);
    this.#clock = clock;
    this.#quickestMs = onceMs === undefined ? Math.min(quickestMs, quickestHereMs) : quickestMs;
    this.#patienceMs = patienceMs;
  }

  static async start(options: YardstickOptions = {}): Promise<ComputeYardstick> {
    const yardstick = new ComputeYardstick(options);
    for (let k = options.warmUps ?? WARM_UPS; k > 0; k--) await yardstick.#once();
    return yardstick;
  }

  get quickestMs(): number {
    return this.#quickestMs;
  }

  /**
   * Does something that is measured. @returns its result, and milliseconds of the yardstick: the mean of all times before and after, and of
   * all cores. Once before it, as that time was waited for and says little of a long run.
   */
  async beside<T>(work: () => T | Promise<T>): Promise<Beside<T>> {
    for (;;) {
      const before = await this.#waited();
      const startMs = this.#clock();
      const result = await work();
      const spentMs = this.#clock() - startMs;
      const after = await this.#several(SHARE * spentMs);
      if (this.#isQuiet(after) || spentMs >= this.#patienceMs) {
        return {
          result,
          yardstickMs: (before.meanMs + after.times * after.meanMs) / (1 + after.times),
          slowestMs: Math.max(before.slowestMs, after.slowestMs),
          quickestMs: this.#quickestMs,
        };
      }
      this.#patienceMs -= this.#clock() - startMs;
    }
  }

  /** Goes on until all cores are quiet. @returns the last time */
  async #waited(): Promise<Taken> {
    for (;;) {
      const startMs = this.#clock();
      const taken = await this.#once();
      if (this.#isQuiet(taken) || this.#patienceMs <= 0) return taken;
      this.#patienceMs -= this.#clock() - startMs;
    }
  }

  #isQuiet({ slowestMs }: Taken): boolean {
    return isQuiet(slowestMs, this.#quickestMs);
  }

  /** The means of as many times as take `leastMs` together; one at least. */
  async #several(leastMs: number): Promise<Taken> {
    const repetitions = { least: 1, more: { most: MOST_RUNS, withinMs: leastMs } };
    const all: Taken[] = [];
    const startMs = this.#clock();
    while (goesOn(repetitions, { done: all.length, spentMs: this.#clock() - startMs })) all.push(await this.#once());
    return {
      times: all.length,
      slowestMs: mean(all.map(({ slowestMs }) => slowestMs)),
      meanMs: mean(all.map(({ meanMs }) => meanMs)),
    };
  }

  async #once(): Promise<Taken> {
    const byCore = await this.#onceMs();
    const slowestMs = Math.max(...byCore);
    this.#quickestMs = Math.min(this.#quickestMs, slowestMs);
    return { times: 1, slowestMs, meanMs: mean(byCore) };
  }
}

/** In this process, on its core. What other threads of the process do counts as CPU time, and what other processes do as time. */
export function hashMs(): number {
  const startMs = performance.now();
  const start = process.cpuUsage();
  sha256(BYTES);
  const ms = Math.min(cpuMsSince(start), performance.now() - startMs);
  quickestHereMs = Math.min(quickestHereMs, ms);
  return ms;
}
