/** `blindflag`: protocols, the kit they are made of, and the cryptographic core. Runs in Node and in browsers. */
export * from './errors.ts';

export {
  createFlag,
  type AccountRows,
  type AccountSource,
  type Disclosure,
  type DuplicatePolicy,
  type Evidence,
  flag,
  type FlagAnswer,
  type FlagInput,
  type FlagOptions,
  flagParameters,
  type FlagParameters,
  type FlagProtocol,
  idealFlag,
  MIN_BATCH,
  neededDisclosures,
} from '../protocols/flag/index.ts';
export {
  columnCell,
  createOverlap,
  dhOverlap,
  type HeldRow,
  idealOverlap,
  type IdealOverlap,
  type JoinedRows,
  MIN_OVERLAP_BATCH,
  neededOverlapDisclosures,
  overlap,
  type OverlapAnswer,
  type OverlapDisclosure,
  type OverlapDuplicatePolicy,
  type OverlapEngine,
  type OverlapInput,
  type OverlapMode,
  type OverlapOptions,
  overlapParameters,
  type OverlapParameters,
  type OverlapProtocol,
  type OverlapRows,
  type OverlapRowsAnswer,
  type OverlapSecurity,
  type OverlapSizeAnswer,
  type OverlapSource,
  type PackedColumn,
  type PackedColumns,
  type PayloadColumn,
} from '../protocols/overlap/index.ts';
export { dhOprf, type OprfEngine, type OprfHolder } from '../protocols/oprf/index.ts';

export { type Clock, systemClock, systemRng, type TimerOptions } from './kit/clock.ts';
export { type Compute, cooperativeCompute, defineJob, type Job } from './kit/compute.ts';
export type { Inbox, Io, Outbox, Progress } from './kit/io.ts';
export type { Link, LinkEvents } from './kit/link.ts';
export { createMemoryNetwork, type Interceptor, type MemoryNetwork } from './kit/memory-network.ts';
export { inputRoot } from './kit/input-root.ts';
export { bytesMessage, type Message, ringMessage, wordsMessage } from './kit/message.ts';
export type { Offer, OfferParty, Plain } from './kit/offer.ts';
export { type PartyId, partyId } from './kit/party.ts';
export { allowList, type AllowedQuestion, type Decision, denyAll, type Policy } from './kit/policy.ts';
export {
  type ChannelRow,
  defineProtocol,
  type FailureBound,
  type FlowRow,
  type Leakage,
  onChannel,
  type Prepared,
  type PrepareContext,
  type ProtocolDefinition,
  type ProtocolSpec,
} from './kit/protocol.ts';
export type { ListDisk, ListFile, ListFileShape, ListRecords } from './kit/list-disk.ts';
export type { OfferedRun } from './kit/offered-run.ts';
export { type Ports, runParty, type RunOptions, type RunReport, type RunResult } from './kit/run.ts';
export type { SessionLimits } from './kit/session-limits.ts';
export type { Traffic, TrafficObserver } from './kit/traffic.ts';
export type { TrafficTotals } from './kit/traffic-meter.ts';
export type { Rng } from './crypto/rng.ts';
export { ed25519Signer, type Signer, type Verifier, verifyEd25519 } from './crypto/signature.ts';

/** The curve kernels by themselves, for whoever builds on them: batches, packed rows, constant time in WebAssembly. */
export type { Group } from './crypto/group.ts';
export type { X25519 } from './crypto/x25519.ts';
export { ristretto255Engine, type Ristretto255Engine, ristretto255Kernel } from './kernels/ristretto255.ts';
export { x25519Kernel } from './kernels/x25519.ts';
