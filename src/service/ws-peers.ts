/** What a node needs of a transport, over WebSockets: its runs over the connections of `net`, and what its operator is told of them. */
import type { MpcError } from '../errors.ts';
import type { Link } from '../kit/link.ts';
import { toHex } from '../crypto/bytes.ts';
import type { PartyId } from '../kit/party.ts';
import { describeEnd, dialError } from '../net/net-errors.ts';
import type { NetEvent } from '../net/network.ts';
import { type NodeNetwork, type NodeNetworkOptions, openNodeNetwork, systemWallClock } from '../net/node-network.ts';
import type { IncomingRun, PeerNetwork, PeerStatus } from '../node/peer-network.ts';

/** What happens to the connections, for a log or a screen; holds no key and nothing of what is sent. */
export type PeerEvent =
  | { readonly kind: 'connected'; readonly peer: PartyId }
  | { readonly kind: 'disconnected'; readonly peer: PartyId; readonly how: string }
  /** Told once while the reason stays the same. */
  | { readonly kind: 'unreachable'; readonly peer: PartyId; readonly error: MpcError }
  /** `peer` is absent where a stranger was turned away. */
  | { readonly kind: 'turned-away'; readonly peer?: PartyId; readonly why: string };

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
  lastError: string | undefined;
}

class Peers implements WsPeers {
  readonly #options: WsPeersOptions;
  readonly #wallClock: () => number;
  readonly #states = new Map<PartyId, PeerState>();
  /** Links that `openRun` is about to take: frames that come for them meanwhile are no run of the peer's own. */
  readonly #opening = new Map<string, number>();
  #network: NodeNetwork | undefined;
  #handler: ((run: IncomingRun) => void) | undefined;

  constructor(options: WsPeersOptions) {
    this.#options = options;
    this.#wallClock = options.wallClock ?? systemWallClock;
    for (const { name } of options.peers) {
      this.#states.set(name, { connected: false, sinceMs: this.#wallClock(), lastError: undefined });
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
    this.#handler = handler;
  }

  status(): readonly PeerStatus[] {
    return [...this.#states].map(([peer, { connected, sinceMs, lastError }]) => ({
      peer,
      connected,
      sinceMs,
      ...(lastError === undefined ? {} : { lastError }),
    }));
  }

  async close(): Promise<void> {
    await this.#network?.close();
  }

  #arrived({ peer, runName, link }: IncomingRun): void {
    if (this.#opening.has(runKey(peer, runName))) return;
    if (this.#handler === undefined) link.close();
    else this.#handler({ peer, runName, link });
  }

  #happened(event: NetEvent): void {
    const { onPeer = () => undefined } = this.#options;
    switch (event.kind) {
      case 'connected':
        this.#set(event.peer, { connected: true, lastError: undefined });
        onPeer({ kind: 'connected', peer: event.peer });
        return;
      case 'disconnected':
        this.#set(event.peer, { connected: false });
        onPeer({ kind: 'disconnected', peer: event.peer, how: describeEnd(event.end) });
        return;
      case 'dial-failed': {
        const error = dialError(event.peer, event.failure);
        const isNews = this.#states.get(event.peer)?.lastError !== error.code;
        this.#set(event.peer, { lastError: error.code });
        if (isNews && event.failure.kind !== 'duplicate') onPeer({ kind: 'unreachable', peer: event.peer, error });
        return;
      }
      case 'turned-away':
        onPeer({ kind: 'turned-away', why: event.why, ...(event.peer === undefined ? {} : { peer: event.peer }) });
        return;
      default:
        event satisfies never;
    }
  }

  #set(peer: PartyId, change: Partial<Omit<PeerState, 'sinceMs'>>): void {
    const state = this.#states.get(peer);
    if (state === undefined) return;
    const was = state.connected;
    Object.assign(state, change);
    if (state.connected !== was) state.sinceMs = this.#wallClock();
  }
}

function runKey(peer: PartyId, runName: Uint8Array): string {
  return `${peer} ${toHex(runName)}`;
}
