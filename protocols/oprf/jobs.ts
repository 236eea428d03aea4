/** All jobs of this folder, for worker threads: a job that is not listed here cannot run in one. */
import type { AnyJob } from '../../src/kit/compute.ts';
import { binKeysJob, blindJob, evaluateJob, hashElementsJob, multiplyJob } from './dh-steps.ts';
import { differencesJob, valuesJob, voleEvaluateJob } from './vole-steps.ts';

export const oprfJobs: readonly AnyJob[] = [
  binKeysJob,
  blindJob,
  evaluateJob,
  multiplyJob,
  hashElementsJob,
  differencesJob,
  valuesJob,
  voleEvaluateJob,
];
