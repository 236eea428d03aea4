export { dhOprf, requireElements } from './dh.ts';
export { type Blinded, blindJob, evaluateJob, multiplyJob } from './dh-steps.ts';
export { type OprfEngine, type OprfHolder, type OprfSize, VALUE_BYTES } from './engine.ts';
export { oprfJobs } from './jobs.ts';
export { createOprf, type OprfInput } from './protocol.ts';
export { voleOprf } from './vole.ts';
