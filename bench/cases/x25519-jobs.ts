/** The job of x25519-threads.ts, in a module that a worker thread can load. */
import type { Steps } from '../../src/crypto/steps.ts';
import { x25519Kernel } from '../../src/kernels/x25519.ts';
import { type AnyJob, defineJob, type Job } from '../../src/kit/compute.ts';

/** Rows between two pauses: a few milliseconds. */
const ROWS_PER_STEP = 128;

export const x25519Job: Job<{ readonly scalar: Uint8Array; readonly points: Uint8Array }, Uint8Array> = defineJob(
  'bench/x25519',
  function* ({ scalar, points }): Steps<Uint8Array> {
    const out = new Uint8Array(points.length);
    for (let at = 0; at < points.length; at += 32 * ROWS_PER_STEP) {
      const products = x25519Kernel().multiply(scalar, points.subarray(at, at + 32 * ROWS_PER_STEP));
      if (products === undefined) throw new RangeError('Cannot multiply: a point is of small order');
      out.set(products, at);
      yield;
    }
    return out;
  },
);

export const jobs: readonly AnyJob[] = [x25519Job];
