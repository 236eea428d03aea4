/** The interface of what evaluates one secret function of the holder on the receiver's records; engines differ in how. */
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { FailureBound, FlowRow } from '../../src/kit/protocol.ts';
import type { OverlapSecurity } from './parameters.ts';

/** How the receiver's records go over. */
export interface Exchange {
  readonly receiver: PartyId;
  readonly holder: PartyId;
  /** The receiver's records: its bucket, or what a shard of it has room for. */
  readonly rowCount: number;
  /** Rows of one message; the last one has what is left. */
  readonly batchRows: number;
  /** The holder's own records: its bucket, or what a shard of it has room for. */
  readonly heldCount: number;
  /** Exchanges like this one that a run has, one for each shard. */
  readonly shards: number;
  readonly security: OverlapSecurity;
  /** The receiver gets its values in an order that nobody else than the holder knows. */
  readonly shuffled: boolean;
}

/** The holder's end. */
export interface OverlapEvaluation {
  /**
   * Names, before `answer`, the records that `evaluate` gets first, so that work that needs no query is done while waiting for one;
   * absent: there is no such work. The records stay the caller's.
   */
  expect?(records: Uint8Array): void;
  /** Answers the receiver's records. */
  answer(): Promise<void>;
  /**
   * The function on own records, n x 32 to n x `valueBytes`, of all records or of a part of them which `more` follow. The result is
   * in memory of its own, which the caller wipes; the records stay the caller's.
   */
  evaluate(records: Uint8Array, options?: { readonly more?: boolean }): Promise<Uint8Array>;
  /** Has the key wiped, when the above have ended; none of them is called or awaited any more. */
  end(): void;
}

/**
 * The receiver learns the values of its records and nothing on others; the holder learns nothing. The function is fresh
 * in every run. A record is a 32-byte digest.
 */
export interface OverlapEngine {
  readonly id: string;
  /** The variants that there are. */
  readonly securities: readonly OverlapSecurity[];
  readonly valueBytes: number;
  /** Whether it serves exchanges that are `shuffled`. */
  readonly shuffles: boolean;
  /** Whether it serves an exchange of these sizes; a plan with another is refused. */
  serves(exchange: Exchange): boolean;
  /** The engine for the shards of one run, which share what is made once; absent: they share nothing. */
  ofRun?(io: Io): OverlapEngine;
  /**
   * `records` rowCount x 32, to be read until it is over; the result is rowCount x `valueBytes`, in the records' order unless
   * `shuffled`, in memory of its own, which the caller wipes and gives to others.
   */
  receive(io: Io, exchange: Exchange, records: Uint8Array): Promise<Uint8Array>;
  hold(io: Io, exchange: Exchange): OverlapEvaluation;
  /** Messages on the channel that `receive` and `hold` are given, and on channels below it. */
  flow(exchange: Exchange, channel: string): readonly FlowRow[];
  /**
   * The longest chain of messages until the holder can evaluate, without kept base transfers. `after` is the last message of the
   * shard before: after rows the holder begins this shard, after confirmations the receiver.
   */
  rounds(exchange: Exchange, after: 'nothing' | 'rows' | 'confirmations'): number;
  /** log2 of the probability that two different records are one to the function. */
  readonly collisionLog2: number;
  /** What else can go wrong in a run, in all shards together. */
  failures(exchange: Exchange): readonly FailureBound[];
  /**
   * What a receiver that departs from the protocol may learn beyond the answers on as many accounts as its bucket has. Numbers
   * that grow with sizes read `up to 256 accounts`: a contract says those of the largest.
   */
  receiverDeparture(exchange: Exchange): string | undefined;
  /** What a holder that departs from the protocol may learn of the receiver's list beyond its answer. */
  holderDeparture(exchange: Exchange): string | undefined;
}
