/**
 * Long loops run as jobs: a named, synchronous generator over plain data. In-thread they are sliced so that the event
 * loop turns between slices; a worker pool can implement the same port, since a job is found by its name and its input
 * and output are plain buffers and numbers.
 */
import { type Steps } from '../crypto/steps.ts';
import type { Clock } from './clock.ts';
import { takeConsumed, wipeConsumed } from './consumed-input.ts';

/** What a compute may do with a job's input, and where the job should run. */
export interface JobTraits<I> {
  /**
   * Fields of the input whose buffers the caller gives up, so that they move to another thread instead of being copied. From
   * `run` on the caller's views of them are empty, wherever the job runs; they are zeros when it has ended, and no part of its
   * output. A view of a part of a buffer cannot move alone: it is copied, and stays the caller's.
   */
  readonly consumes?: readonly (keyof I & string)[];
  /** Whether other threads are no gain: the input is small, or to hand it over takes about as long as the work. */
  inPlace?(input: I): boolean;
}

/** A long computation: `run` must depend on `input` alone; input and output must be structured-cloneable. */
export interface Job<I, O> extends Omit<JobTraits<I>, 'consumes'> {
  readonly name: string;
  readonly consumes?: readonly string[];
  run(input: I): Steps<O>;
}

/** A job; its name is unique among all jobs that a worker thread loads. */
export function defineJob<I, O>(
  name: string,
  run: (input: I) => Steps<O>,
  traits: JobTraits<NoInfer<I>> = {},
): Job<I, O> {
  return { ...traits, name, run };
}

/** A job of any types, for lists of jobs: where they run in other threads, they are found there by name. */
export type AnyJob = Job<unknown, unknown>;

/** Runs jobs. Must reject with `signal.reason` soon after an abort; may run many jobs at once. */
export interface Compute {
  run<I, O>(job: Job<I, O>, input: I, signal: AbortSignal): Promise<O>;
}

/** Work done between two turns of the event loop. Leaves room below the 50 ms that a node may hold its loop. */
const SLICE_MS = 8;

interface Task {
  /** Works for one slice; true when the task has ended. */
  slice(): boolean;
}

interface Work<I, O> {
  readonly job: Job<I, O>;
  /** The input with what the job consumes. */
  readonly taken: I;
  readonly clock: Pick<Clock, 'now'>;
  /** @throws why nobody waits for the job any more */
  requireWanted(): void;
}

interface Settling<O> {
  resolve(output: O): void;
  reject(error: unknown): void;
}

function taskOf<I, O>({ job, taken, clock, requireWanted }: Work<I, O>, { resolve, reject }: Settling<O>): Task {
  let steps: Steps<O> | undefined;
  const slice = (): boolean => {
    requireWanted();
    steps ??= job.run(taken);
    const until = clock.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done) {
        resolve(step.value);
        return true;
      }
    } while (clock.now() < until);
    return false;
  };
  return {
    slice() {
      let isDone = true;
      try {
        isDone = slice();
      } catch (error) {
        reject(error);
      }
      if (isDone) endJob(job, steps, taken);
      return isDone;
    },
  };
}

/** What was left of it is not worked on, but what it holds is wiped and given back as if it were. */
function endJob(job: Pick<AnyJob, 'consumes'>, steps: Steps<unknown> | undefined, taken: unknown): void {
  try {
    steps?.return(undefined);
  } finally {
    wipeConsumed(job, taken);
  }
}

/**
 * Runs jobs in this thread, round robin, one slice of at most about 8 ms per turn of the event loop. After an abort of `closed`
 * each rejects with its reason before its next slice.
 */
export function cooperativeCompute(clock: Pick<Clock, 'now' | 'soon'>, closed?: AbortSignal): Compute {
  const tasks: Task[] = [];
  let scheduled = false;

  const pump = (): void => {
    scheduled = false;
    const task = tasks.shift();
    if (task === undefined) return;
    if (!task.slice()) tasks.push(task);
    if (tasks.length > 0) schedule();
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    clock.soon(pump);
  };

  return {
    run(job, input, signal) {
      return new Promise((resolve, reject) => {
        const requireWanted = (): void => {
          signal.throwIfAborted();
          closed?.throwIfAborted();
        };
        tasks.push(taskOf({ job, taken: takeConsumed(job, input), clock, requireWanted }, { resolve, reject }));
        schedule();
      });
    },
  };
}
