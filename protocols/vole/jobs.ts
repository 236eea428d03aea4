/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { chosenJob } from './chosen.ts';
import {
  chooseJob,
  expandCheckedJob,
  expandHolderJob,
  expandReceiverJob,
  holdBaseJob,
  offerJob,
  pickJob,
  plantJob,
  pointsJob,
  proveJob,
  receiveBaseJob,
} from './steps.ts';

export const voleJobs: readonly AnyJob[] = [
  chooseJob,
  chosenJob,
  expandCheckedJob,
  expandHolderJob,
  expandReceiverJob,
  holdBaseJob,
  offerJob,
  pickJob,
  plantJob,
  pointsJob,
  proveJob,
  receiveBaseJob,
];
