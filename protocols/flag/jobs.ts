/** All jobs that a flag run may compute, for worker threads: those of the blocks it is made of. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { committeeJobs } from '../committee/index.ts';
import { itemJobs } from '../items/index.ts';
import { matchJobs } from '../match/index.ts';
import { oprfJobs } from '../oprf/index.ts';

export const flagJobs: readonly AnyJob[] = [...itemJobs, ...oprfJobs, ...matchJobs, ...committeeJobs];
