/**
 * One institution's connections to its pinned peers: at most one to each, made on demand or kept up, whoever dials.
 *
 * Who keeps which when both dial at once: the side with the smaller transport key lets its own stand as soon as the peer
 * has answered it, and turns the other away; the other side gives its own up when the smaller key confirms. Nothing goes
 * over a connection before its responder has accepted it (see `establish.ts`), so no run is lost by this.
 */
import { toHex } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import type { Clock } from '../kit/clock.ts';
import type { Link } from '../kit/link.ts';
import type { PartyId } from '../kit/party.ts';
import { Backoff, type BackoffLimits, DEFAULT_BACKOFF } from './backoff.ts';
import { type Connection, type ConnectionEnd, type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './connection.ts';
import { type EstablishOptions, establishAsInitiator, establishAsResponder } from './establish.ts';
import type { Refusal, Rejection } from './handshake.ts';
import type { Identity } from './identity.ts';
import type { MessageSocket } from './message-socket.ts';
import { DEFAULT_MUX_LIMITS, type IncomingRun, type MuxLimits, RunMux } from './mux.ts';
import { type DialFailure, dialError } from './net-errors.ts';
import { type Peer, PeerBook, standingOf } from './peers.ts';
import type { Primitives } from './primitives.ts';
import { DEFAULT_REMEMBERED, DEFAULT_WINDOW_MS, ReplayGuard } from './replay-guard.ts';
import { HYBRID_ONLY, type SuiteName, type SuitePolicy } from './suite.ts';

export interface NetworkLimits {
  /** Time for the handshake of one connection, once its socket is open. */
  readonly handshakeMs: number;
  /** How far a peer's clock may be off. */
  readonly clockWindowMs: number;
  /** Time that `connect` waits for a peer which can only dial itself. */
  readonly waitMs: number;
  /** A connection that held this long was a good one: waiting times start anew. */
  readonly goodMs: number;
  readonly connection: ConnectionLimits;
  readonly mux: MuxLimits;
  readonly backoff: BackoffLimits;
}

export const DEFAULT_NETWORK_LIMITS: NetworkLimits = {
  handshakeMs: 5_000,
  clockWindowMs: DEFAULT_WINDOW_MS,
  waitMs: 10_000,
  goodMs: 10_000,
  connection: DEFAULT_CONNECTION_LIMITS,
  mux: DEFAULT_MUX_LIMITS,
  backoff: DEFAULT_BACKOFF,
};

/** What a log is told; holds no key and nothing of what is sent. */
export type NetEvent =
  | { readonly kind: 'connected'; readonly peer: PartyId; readonly dialledBy: 'us' | 'peer'; readonly suite: SuiteName }
  | { readonly kind: 'disconnected'; readonly peer: PartyId; readonly end: ConnectionEnd }
  | { readonly kind: 'dial-failed'; readonly peer: PartyId; readonly failure: DialFailure }
  | {
      readonly kind: 'turned-away';
      /** Absent for strangers. */
      readonly peer?: PartyId;
      readonly why: Rejection | Refusal | 'unfinished' | 'duplicate' | 'expired' | 'revoked';
    };

export interface NetworkOptions {
  readonly identity: Identity;
  readonly peers: readonly Peer[];
  readonly primitives: Primitives;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly rng: Rng;
  /** Opens a socket to a url; rejects when nothing is there. */
  readonly dial: (url: string, signal: AbortSignal) => Promise<MessageSocket>;
  readonly suites?: SuitePolicy;
  readonly limits?: Partial<NetworkLimits>;
  /** A peer begins a run. Default: such runs are closed. */
  readonly onRun?: (run: IncomingRun) => void;
  readonly onEvent?: (event: NetEvent) => void;
  /** The version this side speaks; for tests. */
  readonly version?: number;
}

interface Waiter {
  resolve(mux: RunMux): void;
  reject(error: unknown): void;
}

/** What is known of one peer while this process runs. */
interface PeerState {
  readonly name: PartyId;
  mux: RunMux | undefined;
  attempt: { readonly controller: AbortController; confirming: boolean; giveUp: () => void } | undefined;
  readonly waiters: Set<Waiter>;
  readonly backoff: Backoff;
  cancelRetry: () => void;
  /** Dial again whenever there is no connection. */
  kept: boolean;
}

export class Network {
  readonly #options: NetworkOptions;
  readonly #limits: NetworkLimits;
  readonly #book: PeerBook;
  readonly #guard: ReplayGuard;
  readonly #establish: EstablishOptions;
  readonly #states = new Map<PartyId, PeerState>();
  /** Connections that have not ended, current or closing, with what happens when they do. */
  readonly #ending = new Set<RunMux>();
  #stopped: { readonly promise: Promise<void>; resolve: () => void } | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_NETWORK_LIMITS, ...options.limits };
    this.#book = new PeerBook(options.peers);
    this.#guard = new ReplayGuard({
      startMs: options.wallClock(),
      windowMs: this.#limits.clockWindowMs,
      remembered: DEFAULT_REMEMBERED,
    });
    this.#establish = {
      side: {
        identity: options.identity.transport,
        primitives: options.primitives,
        rng: options.rng,
        suites: options.suites ?? HYBRID_ONLY,
        ...(options.version === undefined ? {} : { version: options.version }),
      },
      clock: options.clock,
      handshakeMs: this.#limits.handshakeMs,
      connection: this.#limits.connection,
    };
  }

  /** The open connections, at most one to each peer. */
  get connections(): readonly RunMux[] {
    return [...this.#states.values()].flatMap(({ mux }) => (mux?.open === true ? [mux] : []));
  }

  /** Peers with an open connection. */
  get connected(): readonly PartyId[] {
    return this.connections.map((mux) => mux.peer);
  }

  /**
   * The connection to a peer, dialled when there is none. One attempt: trying again is the caller's matter.
   * @throws MpcError that says whose side it is and what to do
   */
  async connect(name: PartyId, { signal }: { readonly signal?: AbortSignal } = {}): Promise<RunMux> {
    signal?.throwIfAborted();
    if (this.#stopped !== undefined) throw dialError(name, { kind: 'stopped' });
    const peer = this.#book.named(name);
    const standing = standingOf(peer, this.#options.wallClock());
    if (peer === undefined || standing !== 'good') {
      throw dialError(name, { kind: 'not-permitted', standing: standing === 'good' ? 'unknown' : standing });
    }
    const state = this.#state(peer);
    if (state.mux?.open === true) return state.mux;
    const connected = this.#wait(state, signal);
    if (peer.url !== undefined) this.#dial(peer, peer.url, state);
    return await connected;
  }

  /** Links of one run to every given party, connecting where needed. Closes the ones it has when one fails. */
  async links(
    parties: readonly PartyId[],
    runName: Uint8Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadonlyMap<PartyId, Link>> {
    const muxes = await Promise.all(parties.map((party) => this.connect(party, options)));
    const links = new Map<PartyId, Link>();
    try {
      for (const mux of muxes) links.set(mux.peer, mux.run(runName));
    } catch (error) {
      for (const link of links.values()) link.close();
      throw error;
    }
    return links;
  }

  /** Keeps connections to these peers up from now on, as far as they have a url. */
  keep(names: readonly PartyId[]): void {
    for (const name of names) {
      const peer = this.#book.named(name);
      if (peer === undefined) continue;
      const state = this.#state(peer);
      state.kept = true;
      if (state.mux?.open !== true && peer.url !== undefined) this.#dial(peer, peer.url, state);
    }
  }

  /** Takes over a socket that somebody opened to us. `settled` tells whether it became a connection. */
  accept(socket: MessageSocket, settled: (established: boolean) => void = () => undefined): void {
    if (this.#stopped !== undefined) {
      socket.destroy();
      settled(false);
      return;
    }
    const { wallClock } = this.#options;
    let refused: 'expired' | 'revoked' | undefined;
    establishAsResponder<Peer>(
      socket,
      {
        admit: (key) => {
          const peer = this.#book.withKey(key);
          const standing = standingOf(peer, wallClock());
          if (standing === 'expired' || standing === 'revoked') refused = standing;
          return standing === 'good' ? peer : undefined;
        },
        judge: (peer, ephemeral, sentMs) =>
          this.#guard.judge(toHex(peer.transportKey), ephemeral, { sentMs, nowMs: wallClock() }),
      },
      this.#establish,
      {
        confirmed: (peer) => this.#confirmed(peer),
        established: (peer, connection, { suite }) => {
          this.#established(peer, connection, { dialledBy: 'peer', suite });
          settled(true);
        },
        turnedAway: (why, peer) => {
          this.#tell({ kind: 'turned-away', why: refused ?? why, ...(peer === undefined ? {} : { peer: peer.name }) });
          settled(false);
        },
      },
    );
  }

  /**
   * Replaces the peer list. Connections to who is no longer in it, or not with the same key, end at once.
   * @throws UsageError `bad-parameter`, and nothing changes
   */
  updatePeers(peers: readonly Peer[]): void {
    const before = new Map(this.#book.all.map((peer) => [peer.name, toHex(peer.transportKey)]));
    this.#book.replace(peers);
    for (const state of this.#states.values()) {
      const peer = this.#book.named(state.name);
      const same = peer !== undefined && before.get(state.name) === toHex(peer.transportKey);
      if (!same || standingOf(peer, this.#options.wallClock()) !== 'good') this.#drop(state);
    }
  }

  /** Closes every connection; resolves when all have ended. */
  stop(): Promise<void> {
    if (this.#stopped !== undefined) return this.#stopped.promise;
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#stopped = { promise, resolve };
    for (const state of this.#states.values()) {
      state.cancelRetry();
      state.attempt?.giveUp();
      this.#settle(state, (waiter) => waiter.reject(dialError(state.name, { kind: 'stopped' })));
      state.mux?.connection.close('stopping');
    }
    if (this.#ending.size === 0) resolve();
    return promise;
  }

  #state(peer: Peer): PeerState {
    let state = this.#states.get(peer.name);
    if (state === undefined) {
      state = {
        name: peer.name,
        mux: undefined,
        attempt: undefined,
        waiters: new Set(),
        backoff: new Backoff(this.#limits.backoff, this.#options.rng),
        cancelRetry: () => undefined,
        kept: false,
      };
      this.#states.set(peer.name, state);
    }
    return state;
  }

  #wait(state: PeerState, signal: AbortSignal | undefined): Promise<RunMux> {
    return new Promise((resolve, reject) => {
      const { handshakeMs, waitMs } = this.#limits;
      const cancelTimer = this.#options.clock.timer(handshakeMs + waitMs, () =>
        waiter.reject(dialError(state.name, { kind: state.attempt === undefined ? 'no-address' : 'timeout' })),
      );
      const cancelled = (): void => waiter.reject(signal?.reason);
      const done = (): void => {
        cancelTimer();
        signal?.removeEventListener('abort', cancelled);
        state.waiters.delete(waiter);
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
      state.waiters.add(waiter);
    });
  }

  #settle(state: PeerState, how: (waiter: Waiter) => void): void {
    for (const waiter of state.waiters) how(waiter);
  }

  #dial(peer: Peer, url: string, state: PeerState): void {
    if (state.attempt !== undefined || this.#stopped !== undefined) return;
    state.cancelRetry();
    const controller = new AbortController();
    const attempt = { controller, confirming: false, giveUp: () => controller.abort() };
    state.attempt = attempt;
    const failed = (failure: DialFailure): void => {
      if (state.attempt === attempt) state.attempt = undefined;
      this.#dialFailed(state, failure);
    };
    void this.#options.dial(url, controller.signal).then(
      (socket) => {
        if (controller.signal.aborted) {
          socket.destroy();
          failed({ kind: 'duplicate' });
          return;
        }
        attempt.giveUp = establishAsInitiator(
          socket,
          { publicKey: peer.transportKey, nowMs: this.#options.wallClock() },
          this.#establish,
          {
            answered: () => {
              attempt.confirming = state.mux?.open !== true && this.#stopped === undefined;
              return attempt.confirming;
            },
            established: (connection, { suite }) => {
              if (state.attempt === attempt) state.attempt = undefined;
              this.#established(peer, connection, { dialledBy: 'us', suite });
            },
            failed,
          },
        );
      },
      (cause: unknown) => failed(controller.signal.aborted ? { kind: 'duplicate' } : { kind: 'unreachable', cause }),
    );
  }

  #dialFailed(state: PeerState, failure: DialFailure): void {
    const connected = state.mux?.open === true;
    if (!connected || failure.kind !== 'duplicate') this.#tell({ kind: 'dial-failed', peer: state.name, failure });
    if (connected || this.#stopped !== undefined) return;
    // The peer keeps another connection, which may be about to be complete: whoever waits goes on waiting for it.
    if (failure.kind !== 'duplicate') {
      this.#settle(state, (waiter) => waiter.reject(dialError(state.name, failure)));
    }
    if (state.kept || state.waiters.size > 0) this.#retryLater(state);
  }

  #retryLater(state: PeerState): void {
    state.cancelRetry();
    if (this.#stopped !== undefined) return;
    state.cancelRetry = this.#options.clock.timer(state.backoff.next(), () => {
      const peer = this.#book.named(state.name);
      const good = standingOf(peer, this.#options.wallClock()) === 'good';
      if (good && peer?.url !== undefined && state.mux?.open !== true) this.#dial(peer, peer.url, state);
    });
  }

  /** Whether a connection that the peer dialled is the one to keep. */
  #confirmed(peer: Peer): boolean {
    if (this.#stopped !== undefined) return false;
    const state = this.#state(peer);
    if (state.mux?.open === true) {
      // Either it crossed the one that is here, or the peer knows that this one is dead and we do not yet.
      state.mux.connection.probe();
      return false;
    }
    if (state.attempt?.confirming === true && this.#ownKeyIsSmaller(peer)) return false;
    return true;
  }

  #ownKeyIsSmaller(peer: Peer): boolean {
    return toHex(this.#options.identity.transport.publicKey) < toHex(peer.transportKey);
  }

  #established(
    peer: Peer,
    connection: Connection,
    how: { readonly dialledBy: 'us' | 'peer'; readonly suite: SuiteName },
  ): void {
    const state = this.#state(peer);
    const sinceMs = this.#options.clock.now();
    const cancelExpiry = this.#watchExpiry(peer, connection);
    const mux: RunMux = new RunMux(connection, {
      peer: peer.name,
      clock: this.#options.clock,
      limits: this.#limits.mux,
      onRun: (run) => (this.#options.onRun ?? ((unwanted) => unwanted.link.close()))(run),
      onClosed: (end) => {
        cancelExpiry();
        this.#disconnected(state, mux, { end, sinceMs });
      },
    });
    this.#ending.add(mux);
    state.mux = mux;
    state.cancelRetry();
    state.attempt?.giveUp();
    this.#tell({ kind: 'connected', peer: peer.name, ...how });
    this.#settle(state, (waiter) => waiter.resolve(mux));
  }

  #disconnected(state: PeerState, mux: RunMux, how: { readonly end: ConnectionEnd; readonly sinceMs: number }): void {
    this.#ending.delete(mux);
    if (state.mux === mux) state.mux = undefined;
    this.#tell({ kind: 'disconnected', peer: state.name, end: how.end });
    if (this.#stopped !== undefined) {
      if (this.#ending.size === 0) this.#stopped.resolve();
      return;
    }
    if (this.#options.clock.now() - how.sinceMs >= this.#limits.goodMs) state.backoff.reset();
    if (state.kept) this.#retryLater(state);
  }

  /** Ends the connection when the peer's entry expires; timers of a day at most, which every platform can hold. */
  #watchExpiry(peer: Peer, connection: Connection): () => void {
    let cancel = (): void => undefined;
    const watch = (): void => {
      if (peer.expiresMs === undefined) return;
      const leftMs = peer.expiresMs - this.#options.wallClock();
      if (leftMs <= 0) connection.cut();
      else cancel = this.#options.clock.timer(Math.min(leftMs, 24 * 3_600_000), watch);
    };
    watch();
    return () => cancel();
  }

  #drop(state: PeerState): void {
    state.cancelRetry();
    state.attempt?.giveUp();
    state.mux?.connection.cut();
    this.#settle(state, (waiter) =>
      waiter.reject(dialError(state.name, { kind: 'not-permitted', standing: 'unknown' })),
    );
  }

  #tell(event: NetEvent): void {
    this.#options.onEvent?.(event);
  }
}
