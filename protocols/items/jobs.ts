/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { numberJob } from './distinct-items.ts';
import { digestJob, shardJob } from './items.ts';
import { partsJob } from './list-root.ts';
import { shardOrderJob } from './shards.ts';

export const itemJobs: readonly AnyJob[] = [digestJob, numberJob, shardJob, partsJob, shardOrderJob];
