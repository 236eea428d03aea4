/**
 * One established connection to one peer: frames cut into records and put together again, heartbeat, idle close, and a
 * bound on everything that waits. Which run a frame belongs to is not known here.
 *
 * What waits to be sent stays with the runs (see `mux.ts`) except for about 1 MiB in the socket; that is encrypted only
 * when its turn comes, so no run's bulk delays another's frames or the heartbeat by more than that.
 */
import type { Clock } from '../kit/clock.ts';
import { concatBytes } from '../crypto/bytes.ts';
import { MpcError } from '../errors.ts';
import { maxFrameBytes, runBytes } from '../wire/frame.ts';
import { closePayload, type CloseReason, closeReasonIn, type ConnectionEnd } from './connection-end.ts';
import { Liveness, type LivenessLimits } from './liveness.ts';
import type { MessageSocket } from './message-socket.ts';
import { badRecord, MAX_RECORD_BYTES, type NetRecord, type RecordLayer } from './record-layer.ts';

export interface ConnectionLimits extends LivenessLimits {
  /** Time without any run after which the connection is closed. Infinity: never. */
  readonly idleMs: number;
  /** Time to send what waits when the connection is closed. */
  readonly closeMs: number;
  /** Bytes that the socket is given ahead of what it has sent. */
  readonly socketBytes: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  heartbeatMs: 15_000,
  answerMs: 10_000,
  idleMs: 10 * 60_000,
  closeMs: 5_000,
  socketBytes: 2 ** 20,
};

export type Outgoing =
  | { readonly kind: 'frame'; readonly pieces: readonly Uint8Array[] }
  | { readonly kind: 'end'; readonly run: Uint8Array };

/** Whoever shares the connection among runs. */
export interface ConnectionUser {
  /** What to send next; undefined when nothing waits. `wake` has taken its bytes when it returns. */
  next(): Outgoing | undefined;
  /** A whole frame, at most 1 MiB. An error that it throws ends the connection as a violation. */
  frame(bytes: Uint8Array): void;
  /** The peer sends nothing more in that run. */
  ended(run: Uint8Array): void;
  /** Some run is going on. */
  busy(): boolean;
  closed(end: ConnectionEnd): void;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
}

const IDLE_USER: ConnectionUser = {
  next: () => undefined,
  frame: () => undefined,
  ended: () => undefined,
  busy: () => false,
  closed: () => undefined,
};

export class Connection {
  readonly #socket: MessageSocket;
  readonly #records: RecordLayer;
  readonly #options: ConnectionOptions;
  #user: ConnectionUser = IDLE_USER;
  /** Parts of the frame that is coming in. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** A frame of several records that is going out, and how far it is. */
  #outgoing: Uint8Array | undefined;
  #sentOfOutgoing = 0;
  #sentBytes = 0;
  readonly #liveness: Liveness;
  #lastBusyMs: number;
  #answerDue = false;
  #closing: CloseReason | undefined;
  #end: ConnectionEnd | undefined;
  #cancelTimer: () => void;

  /** Takes over a socket on which the handshake is complete. */
  constructor(socket: MessageSocket, records: RecordLayer, options: ConnectionOptions) {
    this.#socket = socket;
    this.#records = records;
    this.#options = options;
    const nowMs = options.clock.now();
    this.#liveness = new Liveness(options.limits, nowMs);
    this.#lastBusyMs = nowMs;
    this.#cancelTimer = this.#nextCheck();
    socket.attach({
      message: (bytes) => this.#received(bytes),
      drained: () => this.wake(),
      closed: () => this.#ended({ kind: 'lost' }),
    });
  }

  get open(): boolean {
    return this.#end === undefined && this.#closing === undefined;
  }

  /** Whom frames go to from now on. */
  serve(user: ConnectionUser): void {
    this.#user = user;
    if (this.#end !== undefined) user.closed(this.#end);
    else this.wake();
  }

  /** Something waits to be sent. */
  wake(): void {
    if (this.#end !== undefined) return;
    this.#noteDrain();
    // An answer waits for room like all else: a peer that asks and does not read costs one, not one a question.
    if (this.#answerDue && this.#socket.bufferedBytes < this.#options.limits.socketBytes) {
      this.#answerDue = false;
      this.#write('pong');
    }
    while (this.#socket.bufferedBytes < this.#options.limits.socketBytes) {
      if (!this.#sendNext()) {
        if (this.#closing !== undefined) this.#finishClosing(this.#closing);
        return;
      }
    }
  }

  /** Asks for a sign of life now, when somebody has a reason to doubt it. */
  probe(): void {
    if (!this.open || this.#liveness.asking) return;
    this.#ask();
    this.#cancelTimer();
    this.#cancelTimer = this.#nextCheck();
  }

  /** Ends it at once and without a word: the peer may not be here any more. */
  cut(): void {
    if (this.#end !== undefined) return;
    this.#socket.destroy();
    this.#ended({ kind: 'closed-here', why: 'not-permitted' });
  }

  /** Sends what waits, says why, and ends. */
  close(why: CloseReason): void {
    if (!this.open) return;
    this.#closing = why;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.timer(this.#options.limits.closeMs, () => this.#finishClosing(why));
    this.wake();
  }

  /** One record of what waits; false when nothing does. */
  #sendNext(): boolean {
    if (this.#outgoing !== undefined) {
      this.#sendPart(this.#outgoing);
      return true;
    }
    const next = this.#user.next();
    if (next === undefined) return false;
    if (next.kind === 'end') this.#write('end', next.run);
    else this.#begin(next.pieces);
    return true;
  }

  /** What fits one record, as every frame of a session does, is sealed from where it lies; a longer one waits here. */
  #begin(pieces: readonly Uint8Array[]): void {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes <= MAX_RECORD_BYTES) {
      this.#lastBusyMs = this.#options.clock.now();
      this.#write('last', ...pieces);
      return;
    }
    this.#sentOfOutgoing = 0;
    this.#sendPart(concatBytes(...pieces));
  }

  #sendPart(frame: Uint8Array): void {
    this.#lastBusyMs = this.#options.clock.now();
    const piece = frame.subarray(this.#sentOfOutgoing, this.#sentOfOutgoing + MAX_RECORD_BYTES);
    this.#sentOfOutgoing += piece.length;
    const last = this.#sentOfOutgoing === frame.length;
    this.#outgoing = last ? undefined : frame;
    this.#write(last ? 'last' : 'part', piece);
  }

  #write(kind: NetRecord['kind'], ...payload: readonly Uint8Array[]): void {
    const message = this.#records.seal(kind, ...payload);
    this.#sentBytes += message.length;
    this.#socket.send(message);
  }

  #received(message: Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#liveness.received(this.#options.clock.now());
    try {
      this.#take(this.#records.open(message));
    } catch (error) {
      const violation = error instanceof MpcError ? error : badRecord('a frame cannot be taken', error);
      this.#ended({ kind: 'violation', error: violation });
    }
  }

  #take({ kind, payload }: NetRecord): void {
    switch (kind) {
      case 'part':
        // Full parts only: then a frame has one form, and few bytes cannot cost many records.
        if (payload.length !== MAX_RECORD_BYTES) throw badRecord('a part of a frame is not full');
        this.#append(payload);
        return;
      case 'last': {
        this.#append(payload);
        const frame = this.#parts.length === 1 ? payload : concatBytes(...this.#parts);
        this.#parts = [];
        this.#partBytes = 0;
        this.#user.frame(frame);
        return;
      }
      case 'end':
        if (payload.length !== runBytes) throw badRecord('a run name has the wrong length');
        this.#user.ended(payload);
        return;
      case 'ping':
        // At most one answer waits, however often the peer asks.
        this.#answerDue = true;
        this.wake();
        return;
      case 'pong':
        return;
      case 'close':
        this.#ended({ kind: 'closed-by-peer', why: closeReasonIn(payload) });
        return;
      case 'confirm':
      case 'accept':
        throw badRecord('a record of the handshake came after it');
      default:
        kind satisfies never;
    }
  }

  #append(payload: Uint8Array): void {
    this.#lastBusyMs = this.#options.clock.now();
    this.#partBytes += payload.length;
    if (this.#partBytes > maxFrameBytes) throw badRecord('a frame is too long');
    this.#parts.push(payload);
  }

  #nextCheck(): () => void {
    const { heartbeatMs, answerMs } = this.#options.limits;
    return this.#options.clock.timer(Math.min(heartbeatMs, answerMs), () => this.#check());
  }

  #check(): void {
    const { clock, limits } = this.#options;
    const nowMs = clock.now();
    this.#noteDrain();
    if (this.#user.busy()) this.#lastBusyMs = nowMs;
    const verdict = this.#liveness.verdict(nowMs);
    if (verdict === 'dead') {
      this.#ended({ kind: 'silent' });
      return;
    }
    if (nowMs - this.#lastBusyMs >= limits.idleMs) {
      this.close('idle');
      return;
    }
    if (verdict === 'ask') this.#ask();
    this.#cancelTimer = this.#nextCheck();
  }

  #ask(): void {
    this.#liveness.asked(this.#options.clock.now());
    this.#write('ping');
  }

  #noteDrain(): void {
    this.#liveness.sent(this.#sentBytes, this.#socket.bufferedBytes, this.#options.clock.now());
  }

  #finishClosing(why: CloseReason): void {
    if (this.#end !== undefined) return;
    this.#write('close', closePayload(why));
    this.#ended({ kind: 'closed-here', why });
  }

  #ended(end: ConnectionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#cancelTimer();
    if (end.kind === 'closed-here' || end.kind === 'closed-by-peer') this.#socket.close();
    else this.#socket.destroy();
    this.#outgoing = undefined;
    this.#parts = [];
    this.#user.closed(end);
  }
}
