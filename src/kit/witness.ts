/** Who sees messages as they leave and as a role takes them, with their content: digests and records of the own party. */
import type { PartyId } from './party.ts';

/** One frame's part of a message. */
export interface WitnessedPart {
  readonly peer: PartyId;
  readonly channel: string;
  readonly message: string;
  /** It ends the message. */
  readonly last: boolean;
  /** Belongs to the transport: a witness copies what it keeps. */
  readonly body: Uint8Array;
}

/** Parts of one channel and direction come in their order; a witness must be quick and must not throw. */
export interface MessageWitness {
  sent(part: WitnessedPart): void;
  taken(part: WitnessedPart): void;
}
