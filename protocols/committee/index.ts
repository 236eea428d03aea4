export { type CircuitCost, type SumParams } from './carry-save.ts';
export { allZero, type BitGates, type Circuit, circuitCost, maskSlices, sumAtLeast, sumsAtLeast } from './circuits.ts';
export {
  ComponentHashes,
  componentHashesBytes,
  type Components,
  compareInputs,
  DealtComponent,
  dealtBytes,
  deal,
  type DealtInput,
  expandInput,
  expandSeed,
  receiveDeal,
  SEED_COMPONENTS,
  shareWords,
  wordComponents,
} from './deal.ts';
export {
  AndShares,
  type CommitteeMember,
  type Gates,
  joinCommittee,
  MEMBER_SEEDS_BYTES,
  MemberSeeds,
  ProductShares,
} from './member.ts';
export { committeeJobs } from './jobs.ts';
export { circuitFlow, dealFlow, joinFlow, compareFlow } from './flow.ts';
export { OutputShares, openFlow, openTo, receiveOpened } from './open.ts';
export { checkCommittee, type Committee, nextSeat, previousSeat, seatOf } from './seating.ts';
export { type CommitteeInput, type CommitteeOutput, type CommitteeParameters, sharedAnd } from './protocol.ts';
