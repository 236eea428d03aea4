/** The job of threads.ts on Curve25519, in a module that a worker thread can load. */
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { x25519Kernel } from '../../src/kernels/x25519.ts';
import { type AnyJob, defineJob, type Job } from '../../src/kit/compute.ts';

/** Bytes of rows between two pauses: a few milliseconds of work. */
const STEP_BYTES = 32 * 128;

export const x25519Job: Job<{ readonly scalars: Uint8Array; readonly points: Uint8Array }, Uint8Array> = defineJob(
  'bench/x25519',
  function* ({ scalars, points }): Steps<Uint8Array> {
    const out = new Uint8Array(points.length);
    for (const [from, to] of ranges(points.length, STEP_BYTES)) {
      const products = x25519Kernel().multiply(scalars.subarray(from, to), points.subarray(from, to));
      if (products === undefined) throw new RangeError('Cannot multiply: a point is of small order');
      out.set(products, from);
      yield;
    }
    return out;
  },
);

export const jobs: readonly AnyJob[] = [x25519Job];
