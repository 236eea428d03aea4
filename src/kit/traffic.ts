/** What is told of the frames of a run: never their content, but to witnesses. */
import type { Part } from './outbound-channel.ts';
import type { PartyId } from './party.ts';
import type { MessageWitness } from './witness.ts';

/** One data frame. */
export interface Traffic {
  readonly peer: PartyId;
  readonly channel: string;
  readonly message: string;
  readonly sequence: number;
  readonly last: boolean;
  /** The message body's bytes in this frame. */
  readonly bodyBytes: number;
  /** The whole frame. */
  readonly frameBytes: number;
}

/** Sees every data frame that leaves and every one that a role takes; for meters, ledgers and tests. */
export interface TrafficObserver {
  sent?(traffic: Traffic): void;
  taken?(traffic: Traffic): void;
}

/** Who is told of a run's frames. */
export interface TrafficListeners {
  readonly observers: readonly TrafficObserver[];
  /** Sees what `observers` see, with its content. */
  readonly witnesses?: readonly MessageWitness[] | undefined;
}

/** One frame on its way: a part of a message, and whose. */
export interface FramedPart {
  readonly peer: PartyId;
  readonly channel: string;
  readonly part: Part;
  readonly frameBytes: number;
}

export function tell(
  what: 'sent' | 'taken',
  { peer, channel, part, frameBytes }: FramedPart,
  { observers, witnesses = [] }: TrafficListeners,
): void {
  const { name: message, sequence, last, body } = part;
  for (const observer of observers) {
    observer[what]?.({ peer, channel, message, sequence, last, bodyBytes: body.length, frameBytes });
  }
  for (const witness of witnesses) witness[what]({ peer, channel, message, last, body });
}
