/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { hashJob, maskJob } from './deal.ts';
import { andJob, multiplyRingJob } from './member.ts';
import { remaskJob } from './open.ts';

export const committeeJobs: readonly AnyJob[] = [hashJob, maskJob, andJob, multiplyRingJob, remaskJob];
