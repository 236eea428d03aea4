/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { chosenJob } from './chosen.ts';
import {
  challengeJob,
  chooseJob,
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
  challengeJob,
  chooseJob,
  chosenJob,
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
