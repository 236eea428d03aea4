/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { placeJob, readJob, rowsJob } from './asker.ts';
import { ownRecordsJob, programmeJob, targetRowsJob } from './contributor.ts';
import { differenceJob } from './member.ts';

export const matchJobs: readonly AnyJob[] = [
  placeJob,
  rowsJob,
  readJob,
  targetRowsJob,
  ownRecordsJob,
  programmeJob,
  differenceJob,
];
