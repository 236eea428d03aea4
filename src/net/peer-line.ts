/**
 * The way to one peer, whoever dials: at most one connection, an attempt to make one, and whoever waits for it.
 *
 * Who keeps which when both dial at once: the side with the smaller transport key lets its own stand as soon as the peer
 * has answered it, and turns the other away; the other side gives its own up when the smaller key confirms. Nothing goes
 * over a connection before its responder has accepted it (see `establish.ts`), so no run is lost by this.
 */
import type { Clock } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import { Backoff, type BackoffLimits } from './backoff.ts';
import type { Rng } from '../crypto/rng.ts';
import type { Connection } from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { type EstablishOptions, establishAsInitiator } from './establish.ts';
import { type MessageSocket, SocketTimeout } from './message-socket.ts';
import { type IncomingRun, RunMux } from './mux.ts';
import { type DialFailure, dialError } from './net-errors.ts';
import type { Peer } from './peers.ts';
import type { MuxLimits } from './run-link.ts';
import type { SuiteName } from './suite.ts';

export interface LineOptions {
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly rng: Rng;
  readonly dial: (url: string, signal: AbortSignal) => Promise<MessageSocket>;
  readonly establish: EstablishOptions;
  readonly limits: {
    readonly handshakeMs: number;
    readonly waitMs: number;
    readonly goodMs: number;
    readonly backoff: BackoffLimits;
    readonly mux: MuxLimits;
  };
  /** The own key is smaller than the peer's. */
  readonly winsTies: boolean;
  /** The peer as it may be dialled now; undefined when it may not. */
  readonly dialable: () => Peer | undefined;
  readonly onRun: (run: IncomingRun) => void;
  readonly onEvent: (event: LineEvent) => void;
}

export interface Origin {
  readonly dialledBy: 'us' | 'peer';
  readonly suite: SuiteName;
  /** The peer's clock minus the one here: both sides say the time in the handshake. */
  readonly clockOffsetMs: number;
}

export type LineEvent =
  | ({ readonly kind: 'connected'; readonly peer: PartyId } & Origin)
  | { readonly kind: 'disconnected'; readonly peer: PartyId; readonly end: ConnectionEnd }
  | { readonly kind: 'dial-failed'; readonly peer: PartyId; readonly failure: DialFailure };

interface Waiter {
  resolve(mux: RunMux): void;
  reject(error: unknown): void;
}

interface Attempt {
  /** The peer has answered, and this side has said that it keeps the connection. */
  confirming: boolean;
  giveUp(): void;
}

/** A day: what every platform's timers can hold. */
const LONGEST_TIMER_MS = 24 * 3_600_000;

export class PeerLine {
  readonly name: PartyId;
  readonly #options: LineOptions;
  readonly #backoff: Backoff;
  readonly #waiters = new Set<Waiter>();
  #mux: RunMux | undefined;
  #attempt: Attempt | undefined;
  #cancelRetry: () => void = () => undefined;
  #cancelExpiry: () => void = () => undefined;
  #kept = false;
  #stopped = false;

  constructor(name: PartyId, options: LineOptions) {
    this.name = name;
    this.#options = options;
    this.#backoff = new Backoff(options.limits.backoff, options.rng);
  }

  /** The connection, if there is one that can be used. */
  get mux(): RunMux | undefined {
    return this.#mux?.open === true ? this.#mux : undefined;
  }

  /** The connection, or the outcome of one attempt to make it. */
  async connect(signal: AbortSignal | undefined): Promise<RunMux> {
    if (this.mux !== undefined) return this.mux;
    const connected = this.#wait(signal);
    this.#dial();
    return await connected;
  }

  /** Keeps a connection up from now on, as far as the peer has a url. */
  keep(): void {
    this.#kept = true;
    if (this.mux === undefined) this.#dial();
  }

  /** Whether a connection that the peer dialled and confirmed is the one to keep. */
  confirmed(): boolean {
    if (this.#stopped) return false;
    if (this.mux !== undefined) {
      // Either it crossed the one that is here, or the peer knows that this one is dead and we do not yet.
      this.mux.connection.probe();
      return false;
    }
    return !(this.#attempt?.confirming === true && this.#options.winsTies);
  }

  /** Both sides keep this connection. */
  established(connection: Connection, origin: Origin): void {
    const { clock, limits, onRun, onEvent } = this.#options;
    const sinceMs = clock.now();
    const mux: RunMux = new RunMux(connection, {
      peer: this.name,
      clock,
      onRun,
      limits: limits.mux,
      onClosed: (end) => this.#disconnected(mux, end, sinceMs),
    });
    this.#mux = mux;
    this.#cancelRetry();
    this.#attempt?.giveUp();
    onEvent({ kind: 'connected', peer: this.name, ...origin });
    for (const waiter of this.#waiters) waiter.resolve(mux);
    this.watchExpiry();
  }

  /** Ends the connection when the peer's entry expires: as it stands now, so to be called again when it changes. */
  watchExpiry(): void {
    this.#cancelExpiry();
    if (this.#mux === undefined) return;
    const { clock, wallClock, dialable } = this.#options;
    const peer = dialable();
    if (peer === undefined) this.#mux.connection.cut();
    else if (peer.expiresMs !== undefined) {
      const leftMs = peer.expiresMs - wallClock();
      this.#cancelExpiry = clock.timer(Math.min(leftMs, LONGEST_TIMER_MS), () => this.watchExpiry());
    }
  }

  /** The peer is not permitted any more: ends everything at once, without a byte. */
  drop(): void {
    this.#kept = false;
    this.#cancelRetry();
    this.#attempt?.giveUp();
    this.#mux?.connection.cut();
    this.#rejectAll({ kind: 'not-permitted', standing: 'unknown' });
  }

  /** Ends everything, telling the peer. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
    this.#attempt?.giveUp();
    this.#rejectAll({ kind: 'stopped' });
    this.#mux?.connection.close('stopping');
  }

  #wait(signal: AbortSignal | undefined): Promise<RunMux> {
    const { clock, limits } = this.#options;
    return new Promise((resolve, reject) => {
      const cancelTimer = clock.timer(limits.handshakeMs + limits.waitMs, () =>
        waiter.reject(dialError(this.name, { kind: this.#attempt === undefined ? 'no-address' : 'timeout' })),
      );
      const cancelled = (): void => waiter.reject(signal?.reason);
      const done = (): void => {
        cancelTimer();
        signal?.removeEventListener('abort', cancelled);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        resolve(mux) {
          done();
          resolve(mux);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', cancelled, { once: true });
      this.#waiters.add(waiter);
    });
  }

  #rejectAll(failure: DialFailure): void {
    for (const waiter of this.#waiters) waiter.reject(dialError(this.name, failure));
  }

  #dial(): void {
    const peer = this.#options.dialable();
    if (this.#attempt !== undefined || this.#stopped || peer?.url === undefined) return;
    this.#cancelRetry();
    const controller = new AbortController();
    const attempt: Attempt = { confirming: false, giveUp: () => controller.abort() };
    this.#attempt = attempt;
    const failed = (failure: DialFailure): void => {
      if (this.#attempt === attempt) this.#attempt = undefined;
      this.#dialFailed(failure);
    };
    void this.#options.dial(peer.url, controller.signal).then(
      (socket) => {
        if (!controller.signal.aborted) {
          this.#initiate(socket, peer, attempt, failed);
          return;
        }
        socket.destroy();
        failed({ kind: 'duplicate' });
      },
      (cause: unknown) => {
        if (controller.signal.aborted) failed({ kind: 'duplicate' });
        else failed(cause instanceof SocketTimeout ? { kind: 'timeout' } : { kind: 'unreachable', cause });
      },
    );
  }

  #initiate(socket: MessageSocket, peer: Peer, attempt: Attempt, failed: (failure: DialFailure) => void): void {
    const { establish, wallClock } = this.#options;
    const responder = { publicKey: peer.transportKey, nowMs: wallClock() };
    attempt.giveUp = establishAsInitiator(socket, responder, establish, {
      failed,
      answered: () => {
        attempt.confirming = this.mux === undefined && !this.#stopped;
        return attempt.confirming;
      },
      established: (connection, { suite, peerMs }) => {
        if (this.#attempt === attempt) this.#attempt = undefined;
        this.established(connection, { dialledBy: 'us', suite, clockOffsetMs: peerMs - wallClock() });
      },
    });
  }

  #dialFailed(failure: DialFailure): void {
    const connected = this.mux !== undefined;
    if (!connected || failure.kind !== 'duplicate') {
      this.#options.onEvent({ kind: 'dial-failed', peer: this.name, failure });
    }
    if (connected || this.#stopped) return;
    // The peer keeps another connection, which may be about to be complete: whoever waits goes on waiting for it.
    if (failure.kind !== 'duplicate') this.#rejectAll(failure);
    if (this.#kept || this.#waiters.size > 0) this.#retryLater();
  }

  #retryLater(): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.timer(this.#backoff.next(), () => {
      if (this.mux === undefined) this.#dial();
    });
  }

  #disconnected(mux: RunMux, end: ConnectionEnd, sinceMs: number): void {
    if (this.#mux === mux) {
      this.#mux = undefined;
      this.#cancelExpiry();
    }
    this.#options.onEvent({ kind: 'disconnected', peer: this.name, end });
    if (this.#stopped) return;
    if (this.#options.clock.now() - sinceMs >= this.#options.limits.goodMs) this.#backoff.reset();
    if (this.#kept) this.#retryLater();
  }
}
