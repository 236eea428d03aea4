/**
 * Asks whether the time of a computation depends on a secret: "fixed against random" (Reparaz, Balasch, Verbauwhede 2017;
 * Goodwill et al. 2011). Secrets of two classes, one repeated value and fresh random ones, are prepared in one buffer,
 * in random order, so that both classes read the same kind of memory and every slow moment falls on both. A time counts
 * relative to the median of the 64 around it, of whatever class: other programs make a processor slow for milliseconds.
 *
 * What it cannot see: a leak smaller than the noise of this machine for the number of measurements; secrets that matter
 * only in other than the two classes (a fixed value is chosen for each target where its known shortcuts would show); code
 * that is not yet optimised, since targets are warmed up; leaks through caches, ports, power or frequency that leave the
 * time of a whole call alone; another engine, processor or version of V8. It gives evidence, not proof; the argument is
 * the fixed schedule of the code.
 */
import type { Rng } from '../../src/crypto/rng.ts';
import { type Comparison, compareTimes, median } from './welch.ts';

export interface TimingTarget {
  readonly name: string;
  readonly secretBytes: number;
  /** The secret of the fixed class. */
  readonly fixed: Uint8Array;
  /** Makes a secret of random bytes valid, in place. */
  readonly shape?: (secret: Uint8Array) => void;
  run(secret: Uint8Array): void;
}

export interface LeakTestOptions {
  /** Measurements of one batch, both classes together. */
  readonly measurements: number;
  readonly rng: Rng;
}

/**
 * Beyond this |t| a batch speaks of a leak. For classes of one distribution |t| of a single test is above 4.5 with
 * probability 7e-6; the crops are tests of nearly the same numbers.
 */
export const SUSPICIOUS = 4.5;
/** A leak is one that shows in every batch: a disturbance of the machine does not come three times. */
export const BATCHES = 3;
const WARM_UP = 500;
const BLOCK = 64;

/** Measures up to three batches, and stops at the first that shows no leak. */
export function testForLeak(target: TimingTarget, { measurements, rng }: LeakTestOptions): readonly Comparison[] {
  measure(target, Math.min(WARM_UP, measurements), rng);
  const batches: Comparison[] = [];
  while (batches.length < BATCHES) {
    const { fixed, random } = measure(target, measurements, rng);
    batches.push(compareTimes(fixed, random));
    if (!isSuspicious(batches[batches.length - 1])) break;
  }
  return batches;
}

/** Whether all batches speak of a leak. */
export function leaks(batches: readonly Comparison[]): boolean {
  return batches.length === BATCHES && batches.every(isSuspicious);
}

/** For messages: t and the difference of medians, by batch. */
export function describeBatches(batches: readonly Comparison[]): string {
  return batches.map(({ t, difference }) => `|t| ${t.toFixed(1)}, ${(100 * difference).toFixed(2)} %`).join('; ');
}

function isSuspicious({ t }: Comparison): boolean {
  return t > SUSPICIOUS;
}

function measure(target: TimingTarget, count: number, rng: Rng): { fixed: Float64Array; random: Float64Array } {
  const { secretBytes } = target;
  const classes = rng(count).map((byte) => byte & 1);
  const secrets = rng(count * secretBytes);
  const at = (i: number): Uint8Array => secrets.subarray(i * secretBytes, (i + 1) * secretBytes);
  for (let i = 0; i < count; i++) {
    if (classes[i] === 0) at(i).set(target.fixed);
    else target.shape?.(at(i));
  }
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const secret = at(i);
    const start = process.hrtime.bigint();
    target.run(secret);
    times[i] = Number(process.hrtime.bigint() - start);
  }
  const relative = withoutDrift(times);
  const ofClass = (wanted: number): Float64Array => relative.filter((_, i) => classes[i] === wanted);
  return { fixed: ofClass(0), random: ofClass(1) };
}

/** Every time divided by the median of its block. */
function withoutDrift(times: Float64Array): Float64Array {
  const out = new Float64Array(times.length);
  for (let from = 0; from < times.length; from += BLOCK) {
    const block = times.subarray(from, from + BLOCK);
    const middle = median(block);
    block.forEach((time, i) => (out[from + i] = time / middle));
  }
  return out;
}
