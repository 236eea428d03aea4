export {
  type BaseOtPair,
  type BaseOts,
  type BaseOtStore,
  type BaseOtStoreOptions,
  memoryBaseOtStore,
  noBaseOtStore,
} from './base-ots.ts';
export { voleFlow } from './flow.ts';
export { voleJobs } from './jobs.ts';
export { volePlan, type VolePlan, voleRounds, type VoleSecurity, type VoleShape } from './plan.ts';
export { createVole, type VoleInput, type VoleOutput, type VoleParameters, type VoleProtocol } from './protocol.ts';
export { type HeldVole, type ReceivedVole, type Vole, voleHold, voleReceive } from './roles.ts';
