/** The module that worker threads load: all jobs of the protocols that a node answers with. */
import { flagJobs } from '../protocols/flag/index.ts';
import type { AnyJob } from './kit/compute.ts';

export const jobs: readonly AnyJob[] = [...flagJobs];
