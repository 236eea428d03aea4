/**
 * The handshake over a socket, on either side, up to a connection that both keep:
 *
 *   initiator → responder   first message
 *   responder → initiator   second message: the initiator now knows that the responder is who it is
 *   initiator → responder   confirm: the responder now knows that the first message was no replay
 *   responder → initiator   accept, or close with `duplicate`
 *
 * Only after `accept` does anything else go over it, so of two connections dialled at the same moment none is used
 * before it is clear which one stays.
 */
import type { Clock } from '../kit/clock.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { closePayload } from './connection-end.ts';
import {
  type Answered,
  answerHandshake,
  type Doorkeeper,
  type HandshakeSide,
  openHandshake,
  type Refusal,
  type Rejection,
  type Secured,
} from './handshake.ts';
import type { MessageSocket } from './message-socket.ts';
import type { DialFailure } from './net-errors.ts';
import { type NetRecord, RecordLayer } from './record-layer.ts';

export interface EstablishOptions {
  readonly side: HandshakeSide;
  readonly clock: Clock;
  /** Time for all of it, from the open socket on. */
  readonly handshakeMs: number;
  readonly connection: ConnectionLimits;
  /** For tests: see `REKEY_AFTER`. */
  readonly rekeyAfter?: number;
}

export interface InitiatorEvents {
  /** The peer has answered; false abandons the connection in favour of another. */
  answered(): boolean;
  established(connection: Connection, secured: Answered): void;
  failed(failure: DialFailure): void;
}

/** Begins the handshake; the returned function gives it up. */
export function establishAsInitiator(
  socket: MessageSocket,
  peer: { readonly publicKey: Uint8Array; readonly nowMs: number },
  options: EstablishOptions,
  events: InitiatorEvents,
): () => void {
  const attempt = new Attempt(socket, options, (timedOut) =>
    events.failed({ kind: timedOut ? 'timeout' : 'unanswered' }),
  );
  const giveUp = (failure: DialFailure): void => attempt.end(() => events.failed(failure));
  const handshake = openHandshake(options.side, peer);
  const onAnswer = (message: Uint8Array): void => {
    let result: ReturnType<typeof handshake.finish>;
    try {
      result = handshake.finish(message);
    } catch {
      giveUp({ kind: 'not-the-peer' });
      return;
    }
    if (result.kind === 'refused') giveUp({ kind: 'refused', why: result.why, peerMs: result.peerMs });
    else if (!events.answered()) giveUp({ kind: 'duplicate' });
    else onSecured(result);
  };
  const onSecured = (secured: Answered): void => {
    const records = new RecordLayer(secured.states, options.rekeyAfter);
    attempt.expect((message) => {
      const record = openRecord(records, message);
      if (record?.kind === 'accept') attempt.succeed(records, (connection) => events.established(connection, secured));
      else giveUp({ kind: record?.kind === 'close' ? 'duplicate' : 'not-the-peer' });
    });
    socket.send(records.seal('confirm'));
  };
  attempt.expect(onAnswer);
  socket.send(handshake.first);
  return () => giveUp({ kind: 'duplicate' });
}

export interface ResponderEvents<P> {
  /** The peer is there, and now; false closes the connection in favour of another. */
  confirmed(peer: P): boolean;
  established(peer: P, connection: Connection, secured: Secured): void;
  /** Nothing was sent to `silent` ones. */
  turnedAway(why: Rejection | Refusal | 'unfinished' | 'duplicate', peer: P | undefined): void;
}

export function establishAsResponder<P>(
  socket: MessageSocket,
  door: Doorkeeper<P>,
  options: EstablishOptions,
  events: ResponderEvents<P>,
): void {
  let known: P | undefined;
  const attempt = new Attempt(socket, options, () => events.turnedAway('unfinished', known));
  attempt.expect((first) => {
    const answer = answerHandshake(options.side, first, door);
    if (answer.kind === 'silent') {
      attempt.end(() => events.turnedAway(answer.why, undefined));
      return;
    }
    known = answer.peer;
    socket.send(answer.second);
    if (answer.kind === 'refuse') {
      attempt.endAfterSending(() => events.turnedAway(answer.why, answer.peer));
      return;
    }
    const { peer } = answer;
    const records = new RecordLayer(answer.states, options.rekeyAfter);
    attempt.expect((message) => {
      if (openRecord(records, message)?.kind !== 'confirm') {
        attempt.end(() => events.turnedAway('malformed', peer));
      } else if (!events.confirmed(peer)) {
        socket.send(records.seal('close', closePayload('duplicate')));
        attempt.endAfterSending(() => events.turnedAway('duplicate', peer));
      } else {
        socket.send(records.seal('accept'));
        attempt.succeed(records, (connection) => events.established(peer, connection, answer));
      }
    });
  });
}

function openRecord(records: RecordLayer, message: Uint8Array): NetRecord | undefined {
  try {
    return records.open(message);
  } catch {
    return undefined;
  }
}

/** One socket during its handshake: one message at a time, one end. */
class Attempt {
  readonly #socket: MessageSocket;
  readonly #options: EstablishOptions;
  readonly #cancelTimer: () => void;
  readonly #unfinished: (timedOut: boolean) => void;
  #handler: (message: Uint8Array) => void = () => undefined;
  #over = false;

  constructor(socket: MessageSocket, options: EstablishOptions, unfinished: (timedOut: boolean) => void) {
    this.#socket = socket;
    this.#options = options;
    this.#unfinished = unfinished;
    this.#cancelTimer = options.clock.timer(options.handshakeMs, () => this.end(() => unfinished(true)));
    socket.attach({
      message: (bytes) => {
        if (!this.#over) this.#handler(bytes);
      },
      drained: () => undefined,
      closed: () => this.end(() => this.#unfinished(false)),
    });
  }

  expect(handler: (message: Uint8Array) => void): void {
    this.#handler = handler;
  }

  end(then: () => void): void {
    this.#finish(() => this.#socket.destroy(), then);
  }

  endAfterSending(then: () => void): void {
    this.#finish(() => this.#socket.close(), then);
  }

  succeed(records: RecordLayer, then: (connection: Connection) => void): void {
    const { clock, connection } = this.#options;
    this.#finish(
      () => undefined,
      () => then(new Connection(this.#socket, records, { clock, limits: connection })),
    );
  }

  #finish(first: () => void, then: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer();
    first();
    then();
  }
}
