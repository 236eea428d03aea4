/** A worker thread of the pool: runs one job at a time, found by its name among those of the module it was given. */
import { parentPort, workerData } from 'node:worker_threads';
import { InternalError } from '../../errors.ts';
import type { AnyJob } from '../../kit/compute.ts';
import { outputToPost, wipePosted } from './post-value.ts';
import { errorToPost } from './posted-error.ts';
import type { TaskMessage, WorkerData, WorkerMessage } from './worker-messages.ts';

const { jobs: address, cancelled } = workerData as WorkerData;
const jobs = await loadJobs(address);

parentPort?.on('message', ({ id, job, input }: TaskMessage) => {
  try {
    run(id, findJob(job), input);
  } catch (error) {
    post({ kind: 'failed', id, error: errorToPost(error) });
  } finally {
    // This thread has it last: what came by copy, and what the job's caller gave up.
    wipePosted(input);
  }
});
post({ kind: 'ready' });

function run(id: number, job: AnyJob, input: unknown): void {
  const steps = job.run(input);
  for (;;) {
    const step = steps.next();
    if (step.done) {
      const { value, transfer } = outputToPost(step.value);
      post({ kind: 'done', id, output: value }, transfer);
      return;
    }
    if (Atomics.load(cancelled, 0) === id) {
      // So that what the job holds is wiped and given back.
      steps.return(undefined);
      post({ kind: 'cancelled', id });
      return;
    }
  }
}

function post(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, [...transfer]);
}

function findJob(name: string): AnyJob {
  const job = jobs.get(name);
  if (job !== undefined) return job;
  throw new InternalError(`Cannot compute: the worker's module has no job '${name}'`, {
    code: 'internal',
    phase: 'compute',
    remedy: 'export the job in the list of jobs that the pool was given',
  });
}

async function loadJobs(module: string): Promise<ReadonlyMap<string, AnyJob>> {
  const loaded = (await import(module)) as { readonly jobs?: readonly AnyJob[] };
  const map = new Map<string, AnyJob>();
  for (const job of loaded.jobs ?? []) {
    // Two jobs of one name would be chosen between by chance.
    if (map.has(job.name) && map.get(job.name) !== job) throw new TypeError(`Two jobs are named '${job.name}'`);
    map.set(job.name, job);
  }
  return map;
}
