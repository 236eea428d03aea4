/** The peers that a configuration pins, with the keys on their cards. */
import { UsageError } from '../errors.ts';
import type { PartyId } from '../kit/party.ts';
import { parseCard, type PublicCard } from '../net/identity.ts';
import type { Peer } from '../net/peers.ts';
import type { PeerConfig } from '../node/config/node-config.ts';

/** The peer that an entry of the configuration pins. @throws UsageError when its card is none, or another's */
export function pinnedPeer({ name, url, card, expiresMs, revoked }: PeerConfig, index: number): Peer {
  let parsed: PublicCard;
  try {
    parsed = parseCard(card);
  } catch (cause) {
    throw peerProblem(index, { name, what: 'its card is damaged', cause });
  }
  if (parsed.name !== name) throw peerProblem(index, { name, what: 'its card is that of another institution' });
  const { transportKey, signingKey } = parsed;
  return { name, transportKey, signingKey, url, revoked, ...(expiresMs === undefined ? {} : { expiresMs }) };
}

function peerProblem(
  index: number,
  { name, what, cause }: { readonly name: PartyId; readonly what: string; readonly cause?: unknown },
): UsageError {
  return new UsageError(`Cannot start: $.peers[${index}].card: ${what}`, {
    code: 'bad-parameter',
    phase: 'configuration',
    party: name,
    remedy: 'copy the whole card that its operator gave you',
    cause,
  });
}
