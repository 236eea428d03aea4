/** Made-up institutions with fraud rings across them, for examples and tests of a service that embeds a node. */
import { type ConsortiumOptions, generateConsortium } from '../data/consortium.ts';
import type { Consortium } from '../data/consortium-data.ts';
import { systemClock } from '../kit/clock.ts';
import { cooperativeCompute, defineJob } from '../kit/compute.ts';

const generateJob = defineJob('sample/consortium', generateConsortium);

export interface SampleOptions extends ConsortiumOptions {
  readonly signal?: AbortSignal;
}

/** Equal options give equal data. @throws UsageError `bad-parameter` or `resource-limit` */
export async function sampleConsortium({ signal, ...options }: SampleOptions): Promise<Consortium> {
  return await cooperativeCompute(systemClock).run(generateJob, options, signal ?? new AbortController().signal);
}
