/** What pool and worker say to each other. */
import type { PostedError } from './posted-error.ts';

/** What a worker is started with. */
export interface WorkerData {
  /** Address of a module that exports `jobs`. */
  readonly jobs: string;
  /** Holds the number of the task that is to be given up; shared, so that it is seen between two steps. */
  readonly cancelled: Int32Array;
}

export interface TaskMessage {
  readonly id: number;
  readonly job: string;
  readonly input: unknown;
}

export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PostedError }
  | { readonly kind: 'cancelled'; readonly id: number };
