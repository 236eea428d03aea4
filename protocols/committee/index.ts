export { type CircuitCost, type SumParams } from './carry-save.ts';
export { allOnes, circuitCost, maskSlices, sumsAtLeast } from './circuits.ts';
export {
  compareInputs,
  deal,
  expandSeeds,
  type InputDraws,
  inputComponents,
  inputDraws,
  receiveDeal,
  roomForWords,
  SEED_COMPONENTS,
  seedComponents,
  shareWords,
  type WordComponent,
  wordComponents,
  type WordsToShare,
} from './deal.ts';
export {
  type CommitteeMember,
  type Gates,
  joinCommittee,
} from './member.ts';
export { committeeJobs } from './jobs.ts';
export { circuitFlow, dealFlow, joinFlow, compareFlow } from './flow.ts';
export { openFlow, openTo, receiveOpened } from './open.ts';
export { checkCommittee, type Committee } from './seating.ts';
export { sharedAnd } from './protocol.ts';
