/** One institution's connections to its pinned peers, made on demand or kept up, whoever dials. */
import { toHex } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { type Clock, MAX_CLOCK_DIFFERENCE_MS } from '../kit/clock.ts';
import type { Link } from '../kit/link.ts';
import type { PartyId } from '../kit/party.ts';
import { type BackoffLimits, DEFAULT_BACKOFF } from './backoff.ts';
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './connection.ts';
import { type EstablishOptions, establishAsResponder } from './establish.ts';
import type { Refusal, Rejection } from './handshake.ts';
import type { Identity } from './identity.ts';
import type { MessageSocket } from './message-socket.ts';
import type { IncomingRun, RunMux } from './mux.ts';
import { dialError } from './net-errors.ts';
import { type LineEvent, PeerLine } from './peer-line.ts';
import { type Peer, PeerBook, standingOf } from './peers.ts';
import type { Primitives } from './primitives.ts';
import { DEFAULT_REMEMBERED, ReplayGuard } from './replay-guard.ts';
import { DEFAULT_MUX_LIMITS, type MuxLimits } from './run-link.ts';
import { HYBRID_ONLY, type SuitePolicy } from './suite.ts';

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
  clockWindowMs: MAX_CLOCK_DIFFERENCE_MS,
  waitMs: 10_000,
  goodMs: 10_000,
  connection: DEFAULT_CONNECTION_LIMITS,
  mux: DEFAULT_MUX_LIMITS,
  backoff: DEFAULT_BACKOFF,
};

/** Why somebody who dialled got no connection. */
export type TurnedAway = Rejection | Refusal | 'unfinished' | 'duplicate' | 'expired' | 'revoked';

/** What a log is told; holds no key and nothing of what is sent. */
export type NetEvent =
  | LineEvent
  | {
      readonly kind: 'turned-away';
      /** Absent for strangers. */
      readonly peer?: PartyId;
      readonly why: TurnedAway;
      /** The peer's clock minus the one here, where that is why. */
      readonly clockOffsetMs?: number;
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

export class Network {
  readonly #options: NetworkOptions;
  readonly #limits: NetworkLimits;
  readonly #book: PeerBook;
  readonly #guard: ReplayGuard;
  readonly #establish: EstablishOptions;
  readonly #lines = new Map<PartyId, PeerLine>();
  /** Connections that have not ended, current or closing. */
  #open = 0;
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
    return [...this.#lines.values()].flatMap(({ mux }) => (mux === undefined ? [] : [mux]));
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
    return await this.#line(peer).connect(signal);
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
      if (peer !== undefined) this.#line(peer).keep();
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
    let clockOffsetMs = 0;
    const door = {
      admit: (key: Uint8Array): Peer | undefined => {
        const peer = this.#book.withKey(key);
        const standing = standingOf(peer, wallClock());
        if (standing === 'expired' || standing === 'revoked') refused = standing;
        return standing === 'good' ? peer : undefined;
      },
      judge: (peer: Peer, ephemeral: Uint8Array, sentMs: number) => {
        const nowMs = wallClock();
        clockOffsetMs = sentMs - nowMs;
        return this.#guard.judge(toHex(peer.transportKey), ephemeral, { sentMs, nowMs });
      },
      nowMs: wallClock,
    };
    establishAsResponder<Peer>(socket, door, this.#establish, {
      confirmed: (peer) => this.#current(peer) && this.#line(peer).confirmed(),
      established: (peer, connection, { suite }) => {
        this.#line(peer).established(connection, { dialledBy: 'peer', suite, clockOffsetMs });
        settled(true);
      },
      turnedAway: (why, peer) => {
        this.#tell({
          kind: 'turned-away',
          why: refused ?? why,
          ...(peer === undefined ? {} : { peer: peer.name }),
          ...(why === 'clock' ? { clockOffsetMs } : {}),
        });
        settled(false);
      },
    });
  }

  /**
   * Replaces the peer list. Connections to who is no longer in it, or not with the same key, end at
   * once, and are not kept up any more.
   * @throws UsageError `bad-parameter`, and nothing changes
   */
  updatePeers(peers: readonly Peer[]): void {
    const before = new Map(this.#book.all.map((peer) => [peer.name, toHex(peer.transportKey)]));
    this.#book.replace(peers);
    for (const [name, line] of this.#lines) {
      const peer = this.#book.named(name);
      const sameKey = peer !== undefined && before.get(name) === toHex(peer.transportKey);
      if (sameKey && standingOf(peer, this.#options.wallClock()) === 'good') {
        line.watchExpiry();
        continue;
      }
      line.drop();
      this.#lines.delete(name);
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
    for (const line of this.#lines.values()) line.stop();
    if (this.#open === 0) resolve();
    return promise;
  }

  /** The entry with which the handshake began still stands. */
  #current(peer: Peer): boolean {
    const now = this.#book.withKey(peer.transportKey);
    return now?.name === peer.name && standingOf(now, this.#options.wallClock()) === 'good';
  }

  #line(peer: Peer): PeerLine {
    const known = this.#lines.get(peer.name);
    if (known !== undefined) return known;
    const { clock, wallClock, rng, dial, identity, onRun } = this.#options;
    const line = new PeerLine(peer.name, {
      clock,
      wallClock,
      rng,
      dial,
      limits: this.#limits,
      establish: this.#establish,
      winsTies: toHex(identity.transport.publicKey) < toHex(peer.transportKey),
      dialable: () => {
        const entry = this.#book.named(peer.name);
        return standingOf(entry, wallClock()) === 'good' ? entry : undefined;
      },
      onRun: onRun ?? (({ link }) => link.close()),
      onEvent: (event) => this.#tell(event),
    });
    this.#lines.set(peer.name, line);
    return line;
  }

  #tell(event: NetEvent): void {
    if (event.kind === 'connected') this.#open++;
    if (event.kind === 'disconnected') this.#open--;
    this.#options.onEvent?.(event);
    if (this.#open === 0) this.#stopped?.resolve();
  }
}
