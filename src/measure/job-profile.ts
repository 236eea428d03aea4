/** CPU time by job: a compute that runs jobs as the one it wraps and sums up what their steps take in this thread. */
import type { Steps } from '../crypto/steps.ts';
import type { Compute } from '../kit/compute.ts';

export class JobProfile implements Compute {
  readonly #compute: Compute;
  readonly #cpuMs = new Map<string, number>();

  constructor(compute: Compute) {
    this.#compute = compute;
  }

  run: Compute['run'] = (job, input, signal) =>
    this.#compute.run({ ...job, run: (given) => this.#timed(job.name, job.run(given)) }, input, signal);

  /** Milliseconds by the first part of a job's name. */
  get cpuMsByJob(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#cpuMs);
  }

  *#timed<T>(name: string, steps: Steps<T>): Steps<T> {
    const kind = name.split('/')[0];
    try {
      for (;;) {
        const start = process.cpuUsage();
        const step = steps.next();
        this.#cpuMs.set(kind, (this.#cpuMs.get(kind) ?? 0) + cpuMsSince(start));
        if (step.done === true) return step.value;
        yield;
      }
    } finally {
      endSteps(steps);
    }
  }
}

/** So that a job that is cancelled wipes and gives back what it holds; nothing where it has ended. */
function endSteps(steps: Steps<unknown>): void {
  steps.return(undefined);
}

/** Of all threads of this process. */
export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
