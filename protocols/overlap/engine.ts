/** The interface of what evaluates one secret function of the holder on the receiver's records; engines differ in how. */
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';

/** How the receiver's records go over. */
export interface Exchange {
  readonly receiver: PartyId;
  readonly holder: PartyId;
  /** The receiver's records: its bucket. */
  readonly rowCount: number;
  /** Rows of one message; divides `rowCount`. */
  readonly batchRows: number;
  /** The receiver gets its values in an order that nobody else than the holder knows. */
  readonly shuffled: boolean;
}

/** The holder's end. */
export interface OverlapEvaluation {
  /** Answers the receiver's records. */
  answer(): Promise<void>;
  /** The function on own records, n x 33 to n x `valueBytes`. */
  evaluate(records: Uint8Array): Promise<Uint8Array>;
  /** Wipes the key. */
  end(): void;
}

/**
 * The receiver learns the values of its records and nothing on others; the holder learns nothing. The function is fresh
 * in every run. A record is a tag byte and a 32-byte digest, as in protocols/oprf.
 */
export interface OverlapEngine {
  readonly id: string;
  readonly valueBytes: number;
  /** `records` rowCount x 33; the result is rowCount x `valueBytes`, in the records' order unless `shuffled`. */
  receive(io: Io, exchange: Exchange, records: Uint8Array): Promise<Uint8Array>;
  hold(io: Io, exchange: Exchange): OverlapEvaluation;
  flow(exchange: Exchange): readonly ChannelRow[];
  /** log2 of the probability that the values of two different records are equal. */
  readonly collisionLog2: number;
}
