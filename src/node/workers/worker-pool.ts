/** Computes jobs in worker threads, behind the same port as in this thread. Threads start when there is work for them. */
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { InternalError, TransportError } from '../../errors.ts';
import { type Clock, systemClock } from '../../kit/clock.ts';
import { type AnyJob, type Compute, cooperativeCompute, type Job } from '../../kit/compute.ts';
import { takeConsumed, wipeConsumed } from '../../kit/consumed-input.ts';
import { inputToPost } from './post-value.ts';
import { postedError } from './posted-error.ts';
import type { WorkerData, WorkerMessage } from './worker-messages.ts';

export interface WorkerPoolOptions {
  /** Address of a module that exports `jobs`, all jobs that may run: functions cannot be sent to a thread. */
  readonly jobs: URL;
  /** Threads at most; 0 computes in this thread; undefined takes all cores but one, which this thread needs itself, and four at most. */
  readonly size?: number;
  /** A thread without work ends after that long, and gives its memory back. undefined means 30 seconds. */
  readonly idleMs?: number;
  readonly clock?: Clock;
  /** The worker's compiled file; undefined means the one beside this. */
  readonly worker?: URL;
}

export interface WorkerPool extends Compute {
  /** Threads that run now. */
  readonly threads: number;
  /** Ends all threads; jobs under way reject, those in this thread before their next slice. */
  close(): Promise<void>;
}

const DEFAULT_IDLE_MS = 30_000;
/** A question of five institutions has four pairs to compute at once, and each thread keeps memories of up to 112 MB. */
const MOST_BY_DEFAULT = 4;

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const clock = options.clock ?? systemClock;
  const size = options.size ?? Math.min(MOST_BY_DEFAULT, availableParallelism() - 1);
  if (!Number.isInteger(size) || size < 0) throw new RangeError('Cannot make pool: size is no whole number');
  return new Pool({
    clock,
    size,
    jobs: options.jobs,
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    worker: options.worker ?? new URL('./worker.js', import.meta.url),
  });
}

interface Task {
  readonly id: number;
  readonly job: Pick<AnyJob, 'name' | 'consumes'>;
  readonly input: unknown;
  settle(outcome: { readonly output: unknown } | { readonly error: unknown }): void;
}

interface Thread {
  readonly worker: Worker;
  readonly cancelled: Int32Array;
  ready: boolean;
  /** What it works on; a cancelled task stays until the thread has given it up. */
  task: Task | undefined;
  cancelIdleTimer: (() => void) | undefined;
}

class Pool implements WorkerPool {
  readonly #options: Required<WorkerPoolOptions>;
  readonly #inPlace: Compute;
  readonly #threads = new Set<Thread>();
  #queue: Task[] = [];
  #nextId = 1;
  readonly #closing = new AbortController();

  constructor(options: Required<WorkerPoolOptions>) {
    this.#options = options;
    this.#inPlace = cooperativeCompute(options.clock, this.#closing.signal);
  }

  get threads(): number {
    return this.#threads.size;
  }

  run<I, O>(job: Job<I, O>, input: I, signal: AbortSignal): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      const ended = [this.#closing.signal, signal].find(({ aborted }) => aborted);
      if (ended !== undefined) {
        wipeConsumed(job, takeConsumed(job, input));
        throw ended.reason;
      }
      if (this.#options.size === 0 || job.inPlace?.(input) === true) {
        resolve(this.#inPlace.run(job, input, signal));
        return;
      }
      const giveUp = (): void => this.#giveUp(task, signal.reason);
      let settled = false;
      const task: Task = {
        id: this.#nextId++,
        job,
        input: takeConsumed(job, input),
        settle(outcome) {
          if (settled) return;
          settled = true;
          // Of a task that no thread was given; else they moved on.
          wipeConsumed(job, task.input);
          signal.removeEventListener('abort', giveUp);
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.output as O);
        },
      };
      // One run has many jobs at once, and one signal; every listener goes when its job ends.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#queue.push(task);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    const error = closedError();
    this.#closing.abort(error);
    for (const task of this.#queue.splice(0)) task.settle({ error });
    const threads = [...this.#threads];
    await Promise.all(
      threads.map(async (thread) => {
        thread.task?.settle({ error });
        this.#forget(thread);
        await thread.worker.terminate();
      }),
    );
  }

  #giveUp(task: Task, reason: unknown): void {
    task.settle({ error: reason });
    this.#queue = this.#queue.filter((queued) => queued !== task);
    for (const thread of this.#threads) {
      // The thread sees it between two steps, and says so before it gets the next task.
      if (thread.task === task) Atomics.store(thread.cancelled, 0, task.id);
    }
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      // The first of them: jobs that follow each other find the memories and modules of the one before.
      const idle = [...this.#threads].find((thread) => thread.ready && thread.task === undefined);
      if (idle === undefined) break;
      const task = this.#queue.shift();
      if (task !== undefined) this.#give(idle, task);
    }
    const starting = [...this.#threads].filter((thread) => !thread.ready).length;
    for (let wanted = this.#queue.length - starting; wanted > 0 && this.#threads.size < this.#options.size; wanted--) {
      this.#start();
    }
  }

  #give(thread: Thread, task: Task): void {
    try {
      const { value, transfer } = inputToPost(task.input, task.job.consumes);
      thread.worker.postMessage({ id: task.id, job: task.job.name, input: value }, [...transfer]);
    } catch (error) {
      task.settle({ error: defect("a job's input is no plain data", error) });
      return;
    }
    thread.cancelIdleTimer?.();
    thread.cancelIdleTimer = undefined;
    thread.task = task;
    thread.worker.ref();
  }

  #start(): void {
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const workerData: WorkerData = { jobs: this.#options.jobs.href, cancelled };
    const worker = new Worker(this.#options.worker, { workerData, execArgv: [], name: 'compute' });
    const thread: Thread = { worker, cancelled, ready: false, task: undefined, cancelIdleTimer: undefined };
    this.#threads.add(thread);
    let failure: unknown;
    worker.on('message', (message: WorkerMessage) => this.#said(thread, message));
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => this.#ended(thread, failure));
  }

  #said(thread: Thread, message: WorkerMessage): void {
    if (!this.#threads.has(thread)) return;
    if (message.kind === 'ready') thread.ready = true;
    else if (thread.task?.id === message.id) {
      const { task } = thread;
      thread.task = undefined;
      if (message.kind === 'done') task.settle({ output: message.output });
      else if (message.kind === 'failed') task.settle({ error: postedError(message.error) });
    }
    this.#dispatch();
    if (thread.task === undefined) this.#rest(thread);
  }

  /** A thread without work does not keep the process, and ends after a while. */
  #rest(thread: Thread): void {
    thread.worker.unref();
    thread.cancelIdleTimer?.();
    thread.cancelIdleTimer = this.#options.clock.timer(this.#options.idleMs, () => {
      this.#forget(thread);
      void thread.worker.terminate();
    });
  }

  /** A thread that ends by itself takes its own job with it, nothing else; one that never began takes the next. */
  #ended(thread: Thread, failure: unknown): void {
    if (!this.#threads.has(thread)) return;
    this.#forget(thread);
    const lost = thread.ready ? thread.task : this.#queue.shift();
    lost?.settle({ error: defect(thread.ready ? 'a worker thread ended' : 'a worker thread cannot start', failure) });
    this.#dispatch();
  }

  #forget(thread: Thread): void {
    thread.cancelIdleTimer?.();
    this.#threads.delete(thread);
  }
}

function defect(what: string, cause: unknown): InternalError {
  return new InternalError(`Cannot compute: ${what}`, {
    code: 'internal',
    phase: 'compute',
    remedy: 'start a new run; if it happens again, look at the memory of the machine and report it',
    cause,
  });
}

function closedError(): TransportError {
  return new TransportError('Cannot compute: the worker pool is closed', { code: 'cancelled', phase: 'compute' });
}
