/** What a protocol is made of: data that describes it, and roles that run it. */
import type { Rng } from '../crypto/rng.ts';
import type { Compute } from './compute.ts';
import type { Io } from './io.ts';
import type { ListDisk } from './list-disk.ts';
import type { PartyId } from './party.ts';

/** One row of a protocol's message table, for given parameters. */
export interface FlowRow {
  /** The channel below the protocol's own, without its path. */
  readonly channel: string;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly message: string;
  readonly count: number;
  /** Body bytes of all of them. */
  readonly bytes: number;
  /** Not sent where both parties kept the result from an earlier run, nor in shards after the first; depends on no input. */
  readonly unlessKept?: true;
}

/** A row before it is known on which channel. */
export type ChannelRow = Omit<FlowRow, 'channel'>;

/** Puts rows on a channel and leaves out what a party sends to itself, which crosses no wire. */
export function onChannel(channel: string, rows: readonly ChannelRow[]): readonly FlowRow[] {
  return rows.filter((row) => row.from !== row.to).map((row) => ({ channel, ...row }));
}

/** What a party learns beyond its own input: shown before a run and kept after it. */
export interface Leakage {
  readonly to: string;
  readonly learns: string;
}

/** Statistical security of a whole run in bits. */
export const STATISTICAL_BITS = 40;

/** Probability of each bad event in a run, as log2; they add up to the run's statistical error. */
export interface FailureBound {
  readonly event: string;
  readonly log2: number;
}

export interface ProtocolSpec<P> {
  /** Name and version: `flag/12`. A change on the wire changes the version. */
  readonly id: string;
  readonly securityModel: string;
  /** Checks everything that can be checked before a run; returns frozen parameters. @throws UsageError */
  validate(parameters: P): P;
  /** The parties of a run in their fixed order, each with its roles. */
  roles(parameters: P): ReadonlyMap<PartyId, readonly string[]>;
  /** All messages of a run: count, direction and length, equal for every input of the same parameters. */
  flow(parameters: P): readonly FlowRow[];
  /** Length of the longest chain of messages that wait for each other. */
  rounds(parameters: P): number;
  failures(parameters: P): readonly FailureBound[];
  leakage(parameters: P): readonly Leakage[];
}

/** What the reading of one's own input may use. */
export interface PrepareContext {
  readonly self: PartyId;
  readonly rng: Rng;
  readonly compute: Compute;
  readonly signal: AbortSignal;
  /** Where long lists are kept; undefined: in memory. */
  readonly disk?: ListDisk | undefined;
}

/** A party's input, read and checked before anything is sent. */
export interface Prepared<T> {
  readonly value: T;
  /** 32 bytes that commit this party to its input for the run (salted: says nothing about it). */
  readonly root: Uint8Array;
  /** Lets go of what the input holds beyond memory; called when the run has ended, however. A second time does nothing. */
  close?(): Promise<void>;
}

export interface ProtocolDefinition<P, I, T, O> {
  readonly spec: ProtocolSpec<P>;
  /** Reads, checks and commits the own input. @throws UsageError before anything is sent */
  prepare(parameters: P, input: I, context: PrepareContext): Promise<Prepared<T>>;
  /** Runs all roles of `io.self`. */
  run(io: Io, parameters: P, input: T): Promise<O>;
}

/** Fixes the types of a protocol; the value is the one that `runParty` takes. */
export function defineProtocol<P, I, T, O>(definition: ProtocolDefinition<P, I, T, O>): ProtocolDefinition<P, I, T, O> {
  return Object.freeze(definition);
}

/** log2 of the sum of probabilities given as log2. */
export function addLog2(terms: readonly number[]): number {
  if (terms.length === 0) return -Infinity;
  const largest = Math.max(...terms);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log2(terms.reduce((sum, term) => sum + 2 ** (term - largest), 0));
}
