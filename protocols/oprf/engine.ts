/** The interface of an OPRF with one evaluation per bin; engines differ in how they compute it. */
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';

/** One value of the function. */
export const VALUE_BYTES = 16;

/** The public measures of an evaluation. */
export interface OprfSize {
  readonly binCount: number;
  /** One value may give away, or be equal to, that of another record in its bin with this probability at most, as log2. */
  readonly collisionLog2: number;
}

/** The holder's end of one opened evaluation. */
export interface OprfHolder {
  /** Answers the receiver's one query. */
  answer(): Promise<void>;
  /**
   * The function on own records, n x 32, each in k bins, n x k of them in their order; the result is n x k x 16, in memory of
   * its own, which the caller wipes.
   */
  evaluate(bins: Uint32Array, records: Uint8Array): Promise<Uint8Array>;
  /** Has the keys wiped, when the above have ended; none of them is called or awaited any more. */
  end(): void;
}

/** What the receiver asks. */
export interface OprfQueries {
  readonly size: OprfSize;
  /** binCount x 32. */
  readonly records: Uint8Array;
}

/**
 * Towards each holder the receiver learns one value per bin, of the record it chose for that bin, and nothing on any
 * other pair of bin and record. A holder learns nothing. Values it was not given are unknown to it but may be related:
 * whoever uses them hashes them first, with their bin.
 */
export interface OprfEngine {
  readonly id: string;
  readonly securityModel: string;
  /**
   * The engine for the shards of one run, which share what is made once; absent: they share nothing. Whoever wraps an engine wraps
   * what this returns as well.
   */
  ofRun?(io: Io): OprfEngine;
  /** binCount x 16 per holder, in the given order, in memory of their own, which the caller wipes. */
  receive(io: Io, holders: readonly PartyId[], query: OprfQueries): Promise<readonly Uint8Array[]>;
  hold(io: Io, receiver: PartyId, size: OprfSize): OprfHolder;
  flow(receiver: PartyId, holder: PartyId, size: OprfSize): readonly ChannelRow[];
  /**
   * Messages that wait for each other until the receiver has its values, where nothing is kept. `isFurther`: of a shard after the
   * first one, which every holder begins by itself.
   */
  rounds(size: OprfSize, isFurther?: boolean): number;
  /** log2 of the probability that one value gives away, or is equal to, that of another record in its bin: as asked for or below. */
  collisionLog2(size: OprfSize): number;
}
