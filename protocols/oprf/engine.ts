/** The interface of an OPRF with one evaluation per bin; engines differ in how they compute it. */
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';

/** One evaluated record: a tag byte (item or filler) and a 32-byte digest. */
export const RECORD_BYTES = 33;
export const ITEM_TAG = 0;
/** Fills an empty bin: outside the domain of items, whatever its digest. */
export const FILLER_TAG = 1;

/** The holder's end of one opened evaluation. Its keys end with the run. */
export interface OprfHolder {
  /** Answers the receiver's one query. */
  answer(): Promise<void>;
  /** The function on own records: `records` n x 33, record i in bin `bins[i]`; result n x `valueBytes`. */
  evaluate(bins: Uint32Array, records: Uint8Array): Promise<Uint8Array>;
}

/**
 * Towards each holder the receiver learns one value per bin, of the record it chose for that bin, and nothing on any
 * other pair of bin and record. A holder learns nothing.
 */
export interface OprfEngine {
  readonly id: string;
  readonly valueBytes: number;
  readonly securityModel: string;
  /** `records` binCount x 33; the result has one binCount x `valueBytes` per holder, in the given order. */
  receive(io: Io, holders: readonly PartyId[], records: Uint8Array): Promise<readonly Uint8Array[]>;
  hold(io: Io, receiver: PartyId, binCount: number): OprfHolder;
  flow(receiver: PartyId, holder: PartyId, binCount: number): readonly ChannelRow[];
  rounds(binCount: number): number;
  /** log2 of the probability that a value of the function repeats for two different inputs, per pair. */
  readonly collisionLog2: number;
}
