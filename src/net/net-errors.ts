/** The errors of this room, in one place: what, where, whose side, what to do. */
import { type ErrorCode, type MpcError, PolicyError, ProtocolError, TransportError, UsageError } from '../errors.ts';
import type { PartyId } from '../kit/party.ts';
import type { ConnectionEnd } from './connection-end.ts';
import type { Refusal } from './handshake.ts';

const PHASE = 'connect';

/** Why no connection came about. */
export type DialFailure =
  /** No TCP connection or no WebSocket at that address. */
  | { readonly kind: 'unreachable'; readonly cause: unknown }
  /** With the time at the other side, in milliseconds since 1970. */
  | { readonly kind: 'refused'; readonly why: Refusal; readonly peerMs: number }
  /** The other side ended the connection without an answer. */
  | { readonly kind: 'unanswered' }
  /** Whoever answered does not hold the pinned key. */
  | { readonly kind: 'not-the-peer' }
  | { readonly kind: 'timeout' }
  /** There is, or is about to be, another connection between the two. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'no-address' }
  | { readonly kind: 'not-permitted'; readonly standing: 'unknown' | 'expired' | 'revoked' }
  | { readonly kind: 'stopped' };

/** What a failure is to people: whose side it is on, what happened, what to do. */
interface Told {
  readonly error: typeof MpcError;
  readonly code: ErrorCode;
  readonly text: string;
  readonly remedy: string;
}

const FAILURES: Readonly<Record<Exclude<DialFailure['kind'], 'refused' | 'not-permitted'>, Told>> = {
  unreachable: {
    error: TransportError,
    code: 'peer-silent',
    text: 'nothing answers at the address of the party',
    remedy: 'check its url in the peer list, its firewall, and with its operator whether the node runs',
  },
  unanswered: {
    error: TransportError,
    code: 'peer-closed',
    text: 'the other side ended the connection without an answer',
    remedy:
      'it does not answer whom it does not know: ask its operator whether your public card is in its peer list, ' +
      'not expired or revoked, and compare the clocks of both sides',
  },
  'not-the-peer': {
    error: ProtocolError,
    code: 'bad-signature',
    text: 'whoever answers there does not hold the pinned key',
    remedy: 'compare the public card in the peer list with the one its operator reads out to you',
  },
  timeout: {
    error: TransportError,
    code: 'peer-silent',
    text: 'the other side did not answer in time',
    remedy: 'check whether something between the two nodes holds the traffic back; ask its operator',
  },
  duplicate: {
    error: TransportError,
    code: 'peer-closed',
    text: 'the other side keeps another connection that is not here',
    remedy: 'try again: the old connection is being checked and ends if it is dead',
  },
  'no-address': {
    error: UsageError,
    code: 'peer-silent',
    text: 'the party has no url and has not connected',
    remedy: 'ask its operator to start the node, or add a url to the peer list if it can be reached',
  },
  stopped: {
    error: TransportError,
    code: 'cancelled',
    text: 'this node is stopping',
    remedy: 'start it again first',
  },
};

const REFUSALS: Readonly<Record<Refusal, Pick<Told, 'text' | 'remedy'>>> = {
  clock: {
    text: 'the clocks of the two sides differ by too much',
    remedy: 'set the clock here by NTP; if it is right, ask the operator of that party to set the one there',
  },
  version: {
    text: 'the other side speaks another version',
    remedy: 'update whichever side has the older software',
  },
  suite: {
    text: 'the other side does not accept this suite of algorithms',
    remedy: 'agree on a suite with its operator: by default only the post-quantum hybrid is accepted',
  },
};

const STANDINGS = {
  unknown: 'the party is not in the peer list',
  expired: 'the party has an expired key',
  revoked: 'the party has a revoked key',
} as const;

export function dialError(party: PartyId, failure: DialFailure): MpcError {
  const { error: SidesError, code, text, remedy } = toldOf(failure);
  const cause = failure.kind === 'unreachable' ? { cause: failure.cause } : {};
  return new SidesError(`Cannot connect: ${text}`, { code, phase: PHASE, party, remedy, ...cause });
}

function toldOf(failure: DialFailure): Told {
  switch (failure.kind) {
    case 'refused':
      return { error: PolicyError, code: 'refused-by-peer', ...REFUSALS[failure.why] };
    case 'not-permitted':
      return {
        error: PolicyError,
        code: 'refused',
        text: STANDINGS[failure.standing],
        remedy: 'add its current public card to the peer list if it is to take part',
      };
    default:
      return FAILURES[failure.kind];
  }
}

/** One line for a log: how a connection ended. */
export function describeEnd(end: ConnectionEnd): string {
  switch (end.kind) {
    case 'closed-here':
      return `closed here: ${end.why}`;
    case 'closed-by-peer':
      return `closed by the peer: ${end.why}`;
    case 'lost':
      return 'lost: the process or the network on the way ended';
    case 'silent':
      return 'given up: the peer shows no sign of life or takes nothing';
    case 'violation':
      return `ended: ${end.error.message}`;
  }
}
