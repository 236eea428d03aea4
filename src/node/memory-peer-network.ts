/** Peer networks of several nodes in one process, for tests and demonstrations: the same contract as over sockets. */
import { toHex } from '../crypto/bytes.ts';
import { TransportError } from '../errors.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import type { Link, LinkEvents } from '../kit/link.ts';
import { createMemoryNetwork, type Interceptor } from '../kit/memory-network.ts';
import type { PartyId } from '../kit/party.ts';
import type { IncomingRun, PeerNetwork } from './peer-network.ts';
import { RunHandler } from './run-handler.ts';

export interface MemoryPeersOptions {
  readonly clock?: Pick<Clock, 'soon'>;
  readonly intercept?: Interceptor;
}

export interface MemoryPeers {
  /** The network of one node; connected from the call on. */
  join(self: PartyId): PeerNetwork;
  /** Takes a node off the network at once, as when its process is killed. */
  disconnect(party: PartyId): void;
}

/** Any number of nodes that all reach each other. */
export function createMemoryPeers(options: MemoryPeersOptions = {}): MemoryPeers {
  return new Switchboard(options);
}

/** One end of a link that its owner has not taken yet. */
interface Waiting {
  readonly link: Link;
  taken: boolean;
}

class Switchboard implements MemoryPeers {
  readonly #options: MemoryPeersOptions;
  readonly #nodes = new Map<PartyId, MemoryPeerNetwork>();
  readonly #left = new Set<PartyId>();
  /** By owner, peer and run. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: MemoryPeersOptions) {
    this.#options = options;
  }

  join(self: PartyId): PeerNetwork {
    this.#left.delete(self);
    const node = new MemoryPeerNetwork(self, this);
    this.#nodes.set(self, node);
    return node;
  }

  disconnect(party: PartyId): void {
    this.#left.add(party);
    const node = this.#nodes.get(party);
    this.#nodes.delete(party);
    // The other ends see it as a close after everything that was under way.
    node?.dropLinks();
  }

  peersOf(self: PartyId): readonly { readonly peer: PartyId; readonly connected: boolean }[] {
    const online = [...this.#nodes.keys()].filter((peer) => peer !== self);
    return [
      ...online.map((peer) => ({ peer, connected: true })),
      ...[...this.#left].filter((peer) => peer !== self).map((peer) => ({ peer, connected: false })),
    ];
  }

  open(self: PartyId, peer: PartyId, runName: Uint8Array): Link {
    const node = this.#nodes.get(self);
    const other = this.#nodes.get(peer);
    if (other === undefined || node === undefined) {
      throw new TransportError('Cannot reach party: its node is not there', {
        code: 'peer-closed',
        phase: 'connect',
        party: peer,
        remedy: 'ask its operator whether the node runs and is reachable, then start again',
      });
    }
    const mine = this.#waiting.get(key(self, peer, runName));
    if (mine !== undefined) {
      mine.taken = true;
      this.#waiting.delete(key(self, peer, runName));
      return mine.link;
    }
    const pair = createMemoryNetwork([self, peer], this.#options);
    const theirs: Waiting = { link: other.keep(linkOf(pair.links(peer), self)), taken: false };
    this.#waiting.set(key(peer, self, runName), theirs);
    (this.#options.clock ?? systemClock).soon(() => {
      if (theirs.taken) return;
      this.#waiting.delete(key(peer, self, runName));
      other.arrived({ peer: self, runName, link: theirs.link });
    });
    return node.keep(linkOf(pair.links(self), peer));
  }
}

function key(owner: PartyId, peer: PartyId, runName: Uint8Array): string {
  return `${owner} ${peer} ${toHex(runName)}`;
}

function linkOf(links: ReadonlyMap<PartyId, Link>, peer: PartyId): Link {
  const link = links.get(peer);
  if (link === undefined) throw new RangeError('Cannot link: a party cannot be its own peer');
  return link;
}

class MemoryPeerNetwork implements PeerNetwork {
  readonly #self: PartyId;
  readonly #board: Switchboard;
  readonly #links = new Set<OwnLink>();
  readonly #handler = new RunHandler();

  constructor(self: PartyId, board: Switchboard) {
    this.#self = self;
    this.#board = board;
  }

  openRun(runName: Uint8Array, peers: readonly PartyId[], signal: AbortSignal): Promise<ReadonlyMap<PartyId, Link>> {
    const links = new Map<PartyId, Link>();
    try {
      if (signal.aborted) throw new TransportError('Cannot open run: cancelled', { code: 'cancelled' });
      for (const peer of peers) {
        const link = this.#board.open(this.#self, peer, runName);
        links.set(peer, link);
      }
      return Promise.resolve(links);
    } catch (error) {
      for (const link of links.values()) link.close();
      return Promise.reject(error);
    }
  }

  onRun(handler: (run: IncomingRun) => void): void {
    this.#handler.set(handler);
  }

  status(): ReturnType<PeerNetwork['status']> {
    return this.#board.peersOf(this.#self).map((peer) => ({ ...peer, sinceMs: 0 }));
  }

  close(): Promise<void> {
    this.#board.disconnect(this.#self);
    return Promise.resolve();
  }

  arrived(run: IncomingRun): void {
    this.#handler.arrived(run);
  }

  keep(link: Link): Link {
    const own: OwnLink = new OwnLink(link, () => this.#links.delete(own));
    this.#links.add(own);
    return own;
  }

  dropLinks(): void {
    const links = [...this.#links];
    // All are closed before any user hears of it: an abort that one sends in return reaches nobody.
    for (const link of links) link.close();
    for (const link of links) link.lost();
  }
}

/** A link that can also end without its user's doing, as when a connection breaks. */
class OwnLink implements Link {
  readonly #link: Link;
  readonly #ended: () => void;
  #events: LinkEvents | undefined;

  constructor(link: Link, ended: () => void) {
    this.#link = link;
    this.#ended = ended;
  }

  send(pieces: readonly Uint8Array[]): void {
    this.#link.send(pieces);
  }

  attach(events: LinkEvents): void {
    this.#events = events;
    this.#link.attach(events);
  }

  close(): void {
    this.#ended();
    this.#link.close();
  }

  lost(): void {
    this.#events?.closed();
  }
}
