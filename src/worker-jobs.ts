/** The module that worker threads load: all jobs of the kit and of the protocols that a node answers with. */
import { flagJobs } from '../protocols/flag/index.ts';
import { overlapJobs } from '../protocols/overlap/index.ts';
import { voleJobs } from '../protocols/vole/index.ts';
import type { AnyJob } from './kit/compute.ts';
import { kitJobs } from './kit/jobs.ts';

export const jobs: readonly AnyJob[] = [...kitJobs, ...flagJobs, ...overlapJobs, ...voleJobs];
