/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { joinScoresJob, numberJob } from './distinct-items.ts';
import { digestJob } from './items.ts';
import { partsJob } from './list-root.ts';
import { runDigestJob, shardNumberJob, shardOrderJob } from './shards.ts';

export const itemJobs: readonly AnyJob[] = [
  digestJob,
  joinScoresJob,
  numberJob,
  partsJob,
  runDigestJob,
  shardNumberJob,
  shardOrderJob,
];
