/** All jobs of the kit, for worker threads. */
import type { AnyJob } from './compute.ts';
import { inputRootJob } from './input-root.ts';
import { verifyJob } from './verify.ts';

export const kitJobs: readonly AnyJob[] = [inputRootJob, verifyJob];
