/** What a node needs of a transport, over WebSockets: its runs over the connections of `net`, and what its operator is told of them. */
import type { MpcError } from '../errors.ts';
import { MAX_CLOCK_DIFFERENCE_MS, systemWallClock } from '../kit/clock.ts';
import type { Link } from '../kit/link.ts';
import { toHex } from '../crypto/bytes.ts';
import type { PartyId } from '../kit/party.ts';
import { describeEnd, type DialFailure, dialError } from '../net/net-errors.ts';
import type { NetEvent, TurnedAway } from '../net/network.ts';
import { type NodeNetwork, type NodeNetworkOptions, openNodeNetwork } from '../net/node-network.ts';
import { clockError, suspectClock } from '../node/clock-check.ts';
import type { IncomingRun, PeerNetwork, PeerStatus } from '../node/peer-network.ts';
import { RunHandler } from '../node/run-handler.ts';
import { errorToPost } from '../node/workers/posted-error.ts';

/** What happens to the connections, for a log or a screen; holds no key and nothing of what is sent. */
export type PeerEvent =
  | { readonly kind: 'connected'; readonly peer: PartyId }
  | { readonly kind: 'disconnected'; readonly peer: PartyId; readonly how: string }
  /** Told once while the reason stays the same. */
  | { readonly kind: 'unreachable'; readonly peer: PartyId; readonly error: MpcError }
  /** A clock, here or at a peer, is so wrong that no run can begin. Told once while it is the same party's. */
  | { readonly kind: 'clock-wrong'; readonly error: MpcError }
  /** `peer` is absent where a stranger was turned away. */
  | { readonly kind: 'turned-away'; readonly peer?: PartyId; readonly why: TurnedAway };

export interface WsPeersOptions extends Omit<NodeNetworkOptions, 'onRun' | 'onEvent'> {
  readonly onPeer?: (event: PeerEvent) => void;
}

export interface WsPeers extends PeerNetwork {
  /** Where peers reach this node; undefined where it only dials. */
  readonly port: number | undefined;
}

/** Listens, and keeps connections to all peers that may be spoken to. @throws UsageError when the port cannot be opened */
export async function openWsPeers(options: WsPeersOptions): Promise<WsPeers> {
  const peers = new Peers(options);
  await peers.open();
  return peers;
}

interface PeerState {
  connected: boolean;
  sinceMs: number;
  lastError: MpcError | undefined;
  clockOffsetMs: number | undefined;
}

class Peers implements WsPeers {
  readonly #options: WsPeersOptions;
  readonly #wallClock: () => number;
  readonly #states = new Map<PartyId, PeerState>();
  /** Links that `openRun` is about to take: frames that come for them meanwhile are no run of the peer's own. */
  readonly #opening = new Map<string, number>();
  /** The party whose clock the operator was told of. */
  #suspect: PartyId | undefined;
  #network: NodeNetwork | undefined;
  readonly #handler = new RunHandler();

  constructor(options: WsPeersOptions) {
    this.#options = options;
    this.#wallClock = options.wallClock ?? systemWallClock.now;
    for (const { name } of options.peers) {
      this.#states.set(name, {
        connected: false,
        sinceMs: this.#wallClock(),
        lastError: undefined,
        clockOffsetMs: undefined,
      });
    }
  }

  async open(): Promise<void> {
    this.#network = await openNodeNetwork({
      ...this.#options,
      onRun: (run) => this.#arrived(run),
      onEvent: (event) => this.#happened(event),
    });
    this.#network.network.keep(this.#options.peers.filter((peer) => peer.revoked !== true).map((peer) => peer.name));
  }

  get port(): number | undefined {
    return this.#network?.listener?.port;
  }

  async openRun(
    runName: Uint8Array,
    peers: readonly PartyId[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<PartyId, Link>> {
    const keys = peers.map((peer) => runKey(peer, runName));
    for (const key of keys) this.#opening.set(key, (this.#opening.get(key) ?? 0) + 1);
    try {
      return (await this.#network?.network.links(peers, runName, { signal })) ?? new Map<PartyId, Link>();
    } finally {
      for (const key of keys) {
        const left = (this.#opening.get(key) ?? 1) - 1;
        if (left === 0) this.#opening.delete(key);
        else this.#opening.set(key, left);
      }
    }
  }

  onRun(handler: (run: IncomingRun) => void): void {
    this.#handler.set(handler);
  }

  status(): readonly PeerStatus[] {
    return [...this.#states].map(([peer, { connected, sinceMs, lastError, clockOffsetMs }]) => ({
      peer,
      connected,
      sinceMs,
      ...(lastError === undefined ? {} : { lastError: errorToPost(lastError) }),
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    }));
  }

  async close(): Promise<void> {
    await this.#network?.close();
  }

  #arrived({ peer, runName, link }: IncomingRun): void {
    if (this.#opening.has(runKey(peer, runName))) return;
    this.#handler.arrived({ peer, runName, link });
  }

  #happened(event: NetEvent): void {
    const { onPeer = () => undefined } = this.#options;
    switch (event.kind) {
      case 'connected':
        this.#set(event.peer, { connected: true, lastError: undefined, clockOffsetMs: event.clockOffsetMs });
        onPeer({ kind: 'connected', peer: event.peer });
        this.#compareClocks();
        return;
      case 'disconnected':
        this.#set(event.peer, { connected: false });
        onPeer({ kind: 'disconnected', peer: event.peer, how: describeEnd(event.end) });
        return;
      case 'dial-failed':
        this.#dialFailed(event.peer, event.failure);
        return;
      case 'turned-away':
        onPeer({ kind: 'turned-away', why: event.why, ...(event.peer === undefined ? {} : { peer: event.peer }) });
        if (event.peer !== undefined && event.clockOffsetMs !== undefined) {
          this.#clockIsOff(event.peer, this.#wallClock() + event.clockOffsetMs);
        }
        return;
      default:
        event satisfies never;
    }
  }

  #dialFailed(peer: PartyId, failure: DialFailure): void {
    const { onPeer = () => undefined } = this.#options;
    const state = this.#states.get(peer);
    if (failure.kind === 'refused' && failure.why === 'clock') {
      this.#clockIsOff(peer, failure.peerMs);
      return;
    }
    // A node that runs with a wrong clock says nothing to messages that it takes for recordings: the reason is known.
    if (failure.kind === 'unanswered' && isOff(state?.clockOffsetMs)) return;
    const error = dialError(peer, failure);
    const isNews = state?.lastError?.message !== error.message;
    // Where nobody is, nobody's clock is wrong.
    this.#set(peer, { lastError: error, ...(failure.kind === 'unreachable' ? { clockOffsetMs: undefined } : {}) });
    if (isNews && failure.kind !== 'duplicate') onPeer({ kind: 'unreachable', peer, error });
    this.#compareClocks();
  }

  /** No connection came about because the peer's clock says `peerMs`; one that stands was measured after an answer. */
  #clockIsOff(peer: PartyId, peerMs: number): void {
    const { onPeer = () => undefined } = this.#options;
    const state = this.#states.get(peer);
    if (state === undefined || state.connected) return;
    const error = dialError(peer, { kind: 'refused', why: 'clock', peerMs });
    const isNews = state.lastError?.message !== error.message;
    this.#set(peer, { lastError: error, clockOffsetMs: peerMs - this.#wallClock() });
    if (isNews) onPeer({ kind: 'unreachable', peer, error });
    this.#compareClocks();
  }

  #compareClocks(): void {
    const self = this.#options.identity.card.name;
    const suspect = suspectClock(self, this.status());
    const isNews = suspect !== undefined && suspect.party !== this.#suspect;
    this.#suspect = suspect?.party;
    if (isNews) this.#options.onPeer?.({ kind: 'clock-wrong', error: clockError(self, suspect) });
  }

  #set(peer: PartyId, change: Partial<Omit<PeerState, 'sinceMs'>>): void {
    const state = this.#states.get(peer);
    if (state === undefined) return;
    const was = state.connected;
    Object.assign(state, change);
    if (state.connected !== was) state.sinceMs = this.#wallClock();
  }
}

function isOff(clockOffsetMs: number | undefined): boolean {
  return clockOffsetMs !== undefined && Math.abs(clockOffsetMs) > MAX_CLOCK_DIFFERENCE_MS;
}

function runKey(peer: PartyId, runName: Uint8Array): string {
  return `${peer} ${toHex(runName)}`;
}
