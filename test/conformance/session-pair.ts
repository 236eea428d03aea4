/** One session against a peer that a test plays by hand, frame by frame. */
import { concatBytes } from '../../src/crypto/bytes.ts';
import type { Link, LinkEvents } from '../../src/kit/link.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { Session } from '../../src/kit/session.ts';
import { DEFAULT_LIMITS, type SessionLimits } from '../../src/kit/session-limits.ts';
import { IdleClock } from '../../src/testing.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import type { Frame } from '../../src/wire/frame.ts';

export const SELF: PartyId = partyId('bank-a');
export const PEER: PartyId = partyId('bank-b');
export const RUN: Uint8Array = new Uint8Array(16).fill(7);

/** A frame without the run's name, which the peer of a test adds. */
type Unnamed<F> = F extends Frame ? Omit<F, 'run'> : never;

export interface PlayedPeer {
  readonly session: Session;
  readonly clock: IdleClock;
  /** What the session has sent. */
  readonly received: readonly Frame[];
  /** Hands a frame to the session; returns its length. */
  send(frame: Unnamed<Frame>): number;
  close(): void;
}

/** `answer` is called for every frame of the session and may send. */
export function playPeer(
  limits: Partial<SessionLimits> = {},
  answer: (frame: Frame, peer: PlayedPeer) => void = () => undefined,
): PlayedPeer {
  const clock = new IdleClock();
  const received: Frame[] = [];
  let events: LinkEvents | undefined;
  const link: Link = {
    send: (pieces) => {
      const frame = decodeFrame(concatBytes(...pieces));
      received.push(frame);
      clock.soon(() => answer(frame, peer));
    },
    attach: (attached) => (events = attached),
    close: () => undefined,
  };
  const session = new Session({
    self: SELF,
    run: RUN,
    links: new Map([[PEER, link]]),
    clock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    signal: undefined,
    observers: [],
  });
  const peer: PlayedPeer = {
    session,
    clock,
    received,
    send(frame) {
      const bytes = encodeFrame({ ...frame, run: RUN });
      events?.frame(bytes);
      return bytes.length;
    },
    close: () => events?.closed(),
  };
  return peer;
}
