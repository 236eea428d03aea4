/** All cases, in the order in which they run and are reported. */
import type { BenchCase } from '../bench-case.ts';
import { amlsimCases } from './amlsim.ts';
import { bitSliceCases } from './bit-slices.ts';
import { committeeCases } from './committee.ts';
import { largeFlagCases, smallFlagCases } from './flag.ts';
import { dataCases } from './data.ts';
import { governanceCases } from './governance.ts';
import { groupCases } from './group.ts';
import { tableCases } from './tables.ts';
import { localGateCases } from './local-gates.ts';
import { netCases } from './net.ts';
import { nodeProcessCases } from './node-process.ts';
import { oprfCases } from './oprf.ts';
import { overlapCases } from './overlap.ts';
import { sharingCases } from './sharing.ts';
import { threadCases } from './threads.ts';
import { voleCases } from './vole.ts';
import { voprfCases } from './voprf.ts';
import { wireCases } from './wire.ts';
import { x25519Cases } from './x25519.ts';

export const allCases: readonly BenchCase[] = [
  ...groupCases,
  ...x25519Cases,
  ...threadCases,
  ...oprfCases,
  ...voprfCases,
  ...tableCases,
  ...voleCases,
  ...localGateCases,
  ...sharingCases,
  ...bitSliceCases,
  ...wireCases,
  ...dataCases,
  ...committeeCases,
  ...netCases,
  ...nodeProcessCases,
  ...governanceCases,
  ...smallFlagCases,
  ...amlsimCases,
  ...overlapCases,
  ...largeFlagCases,
];
