/** What a run needs of its session; an audit brings one that plays back what was received. */
import type { Cancellation } from './cancellation.ts';
import type { PartyId } from './party.ts';

export interface RunSession {
  readonly self: PartyId;
  /** Aborted when the run fails, with the error as its reason. */
  readonly signal: AbortSignal;
  /** The same, for whoever waits. */
  readonly cancellation: Cancellation;
  /** Sends one message; resolves when its last frame has left, which waits for the receiver's credit. */
  send(to: PartyId, channel: string, name: string, body: Uint8Array): Promise<void>;
  /**
   * Takes the next message of a channel, which must be `name` and `bytes` long (at most, where `variable`).
   * @throws ProtocolError when the peer sent anything else; TransportError when it does not send
   */
  receive(from: PartyId, channel: string, expected: ExpectedMessage): Promise<Uint8Array>;
  /** This party counts as computing, and so as waiting for itself, until `work` ends. */
  computing<T>(work: Promise<T>): Promise<T>;
  /** Ends the run here and tells every peer why: the code, the phase and the party, nothing else. */
  fail(error: unknown): void;
  /** Ends a run that succeeded. */
  close(): void;
}

export interface ExpectedMessage {
  readonly name: string;
  readonly bytes: number;
  readonly variable: boolean;
  /** As long as `bytes`: where a session may put the message together, instead of in memory of its own. */
  readonly room?: Uint8Array | undefined;
}
