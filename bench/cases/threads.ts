/**
 * Multiplications on curves in one worker thread and in two, by the pool that a node uses. Rows go out in parts of some
 * milliseconds, each to the thread that is free, so that a thread whose core others use too gets fewer of them.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { multiplyJob } from '../../protocols/oprf/index.ts';
import { concatBytes } from '../../src/crypto/bytes.ts';
import { ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { x25519Kernel } from '../../src/kernels/x25519.ts';
import type { Job } from '../../src/kit/compute.ts';
import { createWorkerPool } from '../../src/node/workers/worker-pool.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual } from '../bench-case.ts';
import { x25519Job } from './x25519-jobs.ts';

const COUNT = 8192;
/** Rows of 32 bytes that a thread gets at once: 15 to 30 ms of work, against a tenth of one to post them. */
const PART_BYTES = 32 * 512;
const MODEL = 'arithmetic alone; constant time as far as the WebAssembly engine allows';

/** What is multiplied, row by row, and how the driver's own thread would. */
interface Multiplication {
  readonly area: string;
  /** The module that exports the job for worker threads. */
  readonly jobs: URL;
  readonly job: Job<{ readonly points: Uint8Array; readonly scalars: Uint8Array }, Uint8Array | undefined>;
  points(rows: number): Uint8Array;
  scalars(rows: number): Uint8Array;
  here(scalars: Uint8Array, points: Uint8Array): Uint8Array | undefined;
}

const x25519: Multiplication = {
  area: 'x25519',
  jobs: new URL('./x25519-jobs.js', import.meta.url),
  job: x25519Job,
  points: (rows) => insecureSeededRng('bench', 'threads points')(32 * rows),
  scalars: (rows) => insecureSeededRng('bench', 'threads scalars')(32 * rows),
  here: (scalars, points) => x25519Kernel().multiply(scalars, points),
};

const ristretto: Multiplication = {
  area: 'group',
  jobs: new URL('../../src/worker-jobs.js', import.meta.url),
  job: multiplyJob,
  points: (rows) => ristretto255Kernel().fromUniform(insecureSeededRng('bench', 'threads points')(64 * rows)),
  scalars: (rows) => scalarsBelowOrder(rows),
  here: (scalars, points) => ristretto255Kernel().multiply(points, scalars),
};

/** Below 2^252, which is below the group's order. */
function scalarsBelowOrder(rows: number): Uint8Array {
  const scalars = insecureSeededRng('bench', 'threads scalars')(32 * rows);
  for (let top = 31; top < scalars.length; top += 32) scalars[top] &= 0x0f;
  return scalars;
}

export const threadCases: readonly BenchCase[] = [x25519, ristretto].flatMap((what) => [
  threadsCase(what, 1),
  threadsCase(what, 2),
]);

function threadsCase(what: Multiplication, threads: number): BenchCase {
  const worker = new URL('../../src/node/workers/worker.js', import.meta.url);
  return {
    id: `${what.area}/threads/${threads}-of-${COUNT}`,
    securityModel: MODEL,
    unit: 'product',
    items: COUNT,
    kind: 'macro',
    repetitions: 5,
    selection: 'default',
    comparedBy: 'wall',
    ...(threads === 1 ? {} : { baseline: `${what.area}/threads/1-of-${COUNT}` }),
    async setUp() {
      if (!existsSync(fileURLToPath(worker))) return { skipped: 'worker threads run compiled files alone' };
      const [points, scalars] = [what.points(COUNT), what.scalars(COUNT)];
      const pool = createWorkerPool({ jobs: what.jobs, size: threads, worker });
      const { signal } = new AbortController();
      const multiply = async (): Promise<Uint8Array> => {
        const parts = Array.from({ length: points.length / PART_BYTES }, (_, k) => ({
          points: points.subarray(k * PART_BYTES, (k + 1) * PART_BYTES),
          scalars: scalars.subarray(k * PART_BYTES, (k + 1) * PART_BYTES),
        }));
        const products = await Promise.all(parts.map((part) => pool.run(what.job, part, signal)));
        return concatBytes(...products.map(ran));
      };
      // Threads start, and the kernel is compiled in each, before the first run.
      await multiply();
      let given: Uint8Array | undefined;
      return {
        async run() {
          given = await multiply();
        },
        check: () => requireEqual(ran(given), ran(what.here(scalars, points)), 'products'),
        close: () => pool.close(),
      };
    },
  };
}
