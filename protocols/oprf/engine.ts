/** The interface of an OPRF with one evaluation per bin; engines differ in how they compute it. */
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';

/**
 * One evaluated record: an item's digest, a hash under the run id, or 32 random bytes where a bin has no item, which are
 * some item's digest with probability 2^-256.
 */
export const RECORD_BYTES = 32;
/** One value of the function. */
export const VALUE_BYTES = 16;

/** The holder's end of one opened evaluation. Its keys end with the run. */
export interface OprfHolder {
  /** Answers the receiver's one query. */
  answer(): Promise<void>;
  /** The function on own records, n x 32, each in k bins, n x k of them in their order; the result is n x k x 16. */
  evaluate(bins: Uint32Array, records: Uint8Array): Promise<Uint8Array>;
}

/**
 * Towards each holder the receiver learns one value per bin, of the record it chose for that bin, and nothing on any
 * other pair of bin and record. A holder learns nothing. Values it was not given are unknown to it but may be related:
 * whoever uses them hashes them first, with their bin.
 */
export interface OprfEngine {
  readonly id: string;
  readonly securityModel: string;
  /** `records` binCount x 32; the result has one binCount x 16 per holder, in the given order. */
  receive(io: Io, holders: readonly PartyId[], records: Uint8Array): Promise<readonly Uint8Array[]>;
  hold(io: Io, receiver: PartyId, binCount: number): OprfHolder;
  flow(receiver: PartyId, holder: PartyId, binCount: number): readonly ChannelRow[];
  rounds(binCount: number): number;
  /** log2 of the probability that a value of the function repeats for two different inputs, per pair. */
  readonly collisionLog2: number;
}
