/**
 * What a node needs of a transport: authenticated links to pinned peers, one per run and pair of parties. Reconnecting,
 * backoff and liveness of connections are the transport's; what a link carries is the session's.
 */
import type { Link } from '../kit/link.ts';
import type { PartyId } from '../kit/party.ts';
import type { PostedError } from './workers/posted-error.ts';

/** A link that a peer opened here, before this node asked for one of that run. */
export interface IncomingRun {
  /** Authenticated: the pinned peer at the other end, whatever it claims later. */
  readonly peer: PartyId;
  /** 16 bytes. */
  readonly runName: Uint8Array;
  readonly link: Link;
}

export interface PeerStatus {
  readonly peer: PartyId;
  readonly connected: boolean;
  /** Wall-clock milliseconds since when it is as `connected` says. */
  readonly sinceMs: number;
  /** Why it is not connected; an error of this package, never a peer's text. */
  readonly lastError?: PostedError;
  /** The peer's clock minus the one here, as last measured: also where the two did not connect because of it. */
  readonly clockOffsetMs?: number;
}

/**
 * A link is named by its run and its two ends, and either end may open it first: it is then given to the other end's
 * handler, unless that end has opened it too, which gets it from its own call. So no pair ever has two links of one run
 * at a time. Frames that arrive before a link is attached are kept in order; how many is the transport's to bound.
 */
export interface PeerNetwork {
  /**
   * Links of one run to the named peers; resolves when all of them are connected.
   * @throws TransportError that names the first peer that cannot be reached (the other links are closed again), or
   * `cancelled` after an abort
   */
  openRun(runName: Uint8Array, peers: readonly PartyId[], signal: AbortSignal): Promise<ReadonlyMap<PartyId, Link>>;
  /** Sets the one handler; links that come before it is set wait for it. */
  onRun(handler: (run: IncomingRun) => void): void;
  status(): readonly PeerStatus[];
  /** Closes all links and connections, after what was handed to them has left, or within a time limit of its own. */
  close(): Promise<void>;
}
