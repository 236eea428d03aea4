/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { unpackJob } from './columns.ts';
import { runRecordsJob, shuffleJob } from './dh.ts';
import { findJob } from './find.ts';
import { padJob } from './pad.ts';
import { mergeJob } from './pieces.ts';
import {
  expectedConfirmationsJob,
  checkConfirmationsJob,
  makeConfirmationsJob,
  countJob,
  sealJob,
  tagsJob,
} from './steps.ts';
import { decodeJob, encodeJob, expandRowsJob, voleEvaluateJob } from './vole-steps.ts';

export const overlapJobs: readonly AnyJob[] = [
  padJob,
  runRecordsJob,
  shuffleJob,
  sealJob,
  mergeJob,
  tagsJob,
  findJob,
  countJob,
  makeConfirmationsJob,
  expectedConfirmationsJob,
  checkConfirmationsJob,
  unpackJob,
  expandRowsJob,
  encodeJob,
  decodeJob,
  voleEvaluateJob,
];
