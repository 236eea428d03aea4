export {
  type BaseOtPair,
  type BaseOtStore,
  memoryBaseOtStore,
  type MemoryBaseOtStore,
  noBaseOtStore,
  storeOfRun,
} from './base-ots.ts';
export { voleChosenRounds, voleHoldChosen } from './chosen.ts';
export { voleFlow } from './flow.ts';
export { voleJobs } from './jobs.ts';
export { volePlan, type VolePlan, voleRounds, type VoleShape } from './plan.ts';
export { createVole, type VoleInput, type VoleOutput, type VoleParameters } from './protocol.ts';
export { beginVole, type HeldVole, type ReceivedVole, type Vole, voleHold, voleReceive } from './roles.ts';
