/** The peers that this institution has pinned: whom it talks to, and until when. Nobody else exists for it. */
import { toHex } from '../crypto/bytes.ts';
import { SIGNING_KEY_BYTES } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { PARTY_NAME, type PartyId } from '../kit/party.ts';
import { KEY_BYTES } from './primitives.ts';

export interface Peer {
  readonly name: PartyId;
  /** X25519, 32 bytes. */
  readonly transportKey: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** `ws://` or `wss://`; absent where only the peer can dial. */
  readonly url?: string;
  /** Milliseconds since 1970 from which on the peer is a stranger. */
  readonly expiresMs?: number;
  readonly revoked?: boolean;
}

export type Standing = 'good' | 'unknown' | 'expired' | 'revoked';

export class PeerBook {
  #byName: ReadonlyMap<PartyId, Peer> = new Map();
  #byKey: ReadonlyMap<string, Peer> = new Map();

  /** @throws UsageError `bad-parameter` when an entry is malformed or two share a name or a key */
  constructor(peers: readonly Peer[]) {
    this.replace(peers);
  }

  /** The whole new list, or, when it is refused, still the old one. */
  replace(peers: readonly Peer[]): void {
    for (const peer of peers) checkPeer(peer);
    const byName = new Map(peers.map((peer) => [peer.name, peer]));
    const byKey = new Map(peers.map((peer) => [toHex(peer.transportKey), peer]));
    const signing = new Set(peers.map((peer) => toHex(peer.signingKey)));
    if (byName.size < peers.length) throw listError('a name is there twice');
    if (byKey.size < peers.length || signing.size < peers.length) throw listError('a key is there twice');
    this.#byName = byName;
    this.#byKey = byKey;
  }

  get all(): readonly Peer[] {
    return [...this.#byName.values()];
  }

  named(name: PartyId): Peer | undefined {
    return this.#byName.get(name);
  }

  withKey(transportKey: Uint8Array): Peer | undefined {
    return this.#byKey.get(toHex(transportKey));
  }
}

/** Whether a peer may be here now. */
export function standingOf(peer: Peer | undefined, nowMs: number): Standing {
  if (peer === undefined) return 'unknown';
  if (peer.revoked === true) return 'revoked';
  return peer.expiresMs !== undefined && nowMs >= peer.expiresMs ? 'expired' : 'good';
}

function checkPeer({ name, transportKey, signingKey, url, expiresMs }: Peer): void {
  if (!PARTY_NAME.test(name)) throw listError('a name is not 1 to 32 of a-z, 0-9 and -');
  if (transportKey.length !== KEY_BYTES || signingKey.length !== SIGNING_KEY_BYTES) {
    throw listError('a key is not 32 bytes', name);
  }
  if (url !== undefined && !isWebSocketUrl(url))
    throw listError('a url is not ws://host:port or wss://host:port', name);
  if (expiresMs !== undefined && !Number.isFinite(expiresMs)) throw listError('an expiry is no time', name);
}

function isWebSocketUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === 'ws:' || protocol === 'wss:') && username === '' && password === '' && hash === '';
}

function listError(what: string, party?: PartyId): UsageError {
  return new UsageError(`Cannot use peer list: ${what}`, {
    code: 'bad-parameter',
    ...(party === undefined ? {} : { party }),
    remedy: 'correct the entry; the list in use stays as it was',
  });
}
