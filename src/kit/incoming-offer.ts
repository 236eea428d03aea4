/**
 * The responder's first look at a run: which offer did the peer make on this link? Reads the first message without
 * taking it from the link, so that the session that joins later finds everything in place.
 */
import { equalBytes, fromHex } from '../crypto/bytes.ts';
import { PEER_SOFTWARE_REMEDY, ProtocolError } from '../errors.ts';
import { decodeFrame } from '../wire/decode.ts';
import type { Frame } from '../wire/frame.ts';
import type { Link, LinkEvents } from './link.ts';
import { encodeOffer, MAX_OFFER_BYTES, type Offer, type Plain } from './offer.ts';
import { OPEN_CHANNEL, OFFER_MESSAGE } from './opening.ts';
import { type PartyId, partyId } from './party.ts';

export interface IncomingOffer {
  readonly offer: Offer;
  /** The link as it was: whoever attaches sees every frame from the first on. */
  readonly link: Link;
}

/** What is held of a peer until a session joins: an offer, its frame, and room for a few probes. */
const MAX_WAITING_BYTES: number = 2 * MAX_OFFER_BYTES;

/**
 * Waits for the first frame of a link that a peer opened; it must be a whole offer by that peer.
 * @throws ProtocolError `bad-message` or `unexpected-message` that names the peer
 */
export function readIncomingOffer(link: Link, peer: PartyId): Promise<IncomingOffer> {
  return new Promise((resolve, reject) => {
    const waiting: (Uint8Array | undefined)[] = [];
    let joined: LinkEvents | undefined;
    let waitingBytes = 0;
    const forward = (frame: Uint8Array | undefined): void => {
      if (joined === undefined) hold(frame);
      else if (frame === undefined) joined.closed();
      else joined.frame(frame);
    };
    const hold = (frame: Uint8Array | undefined): void => {
      if (waitingBytes > MAX_WAITING_BYTES) return;
      waitingBytes += frame?.length ?? 0;
      if (waitingBytes <= MAX_WAITING_BYTES) {
        waiting.push(frame);
        return;
      }
      // Nobody who follows the protocol sends so much before it is answered.
      waiting.push(undefined);
      link.close();
    };
    const replaying: Link = {
      send: (pieces) => link.send(pieces),
      close: () => link.close(),
      attach(events) {
        joined = events;
        for (const frame of waiting.splice(0)) forward(frame);
      },
    };
    let first = true;
    link.attach({
      frame(bytes) {
        forward(bytes);
        if (!first) return;
        first = false;
        try {
          resolve({ offer: offerIn(bytes, peer), link: replaying });
        } catch (error) {
          reject(error);
        }
      },
      closed() {
        forward(undefined);
        if (first) reject(refusal('unexpected-message', peer));
      },
    });
  });
}

function offerIn(frameBytes: Uint8Array, peer: PartyId): Offer {
  let frame: Frame;
  try {
    frame = decodeFrame(frameBytes);
  } catch {
    throw refusal('bad-message', peer);
  }
  if (frame.kind !== 'data' || frame.channel !== OPEN_CHANNEL || frame.name !== OFFER_MESSAGE) {
    throw refusal('unexpected-message', peer);
  }
  if (frame.sequence !== 0 || !frame.last) throw refusal('unexpected-message', peer);
  const offer = readOffer(frame.body);
  if (offer === undefined || offer.initiator !== peer) throw refusal('bad-message', peer);
  return offer;
}

function refusal(code: 'bad-message' | 'unexpected-message', peer: PartyId): ProtocolError {
  return new ProtocolError('Cannot join run: it does not begin with an offer by this peer', {
    code,
    phase: 'offer',
    party: peer,
    remedy: PEER_SOFTWARE_REMEDY,
  });
}

const FIXED_FIELDS = [
  'protocol',
  'contract',
  'run',
  'rules',
  'window',
  'initiator',
  'parties',
  'keys',
  'roles',
] as const;
const PARAMETER = 'parameters.';

/** The offer that `bytes` encode; undefined unless they are the one canonical encoding of it. */
export function readOffer(bytes: Uint8Array): Offer | undefined {
  if (bytes.length > MAX_OFFER_BYTES) return undefined;
  try {
    const offer = parse(bytes);
    return offer !== undefined && equalBytes(encodeOffer(offer), bytes) ? offer : undefined;
  } catch {
    // Whatever is wrong with a peer's bytes, the answer is the same: this is no offer.
    return undefined;
  }
}

function parse(bytes: Uint8Array): Offer | undefined {
  const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'string') return undefined;
    fields.set(name, value);
  }
  const [protocol, contract, run, inputRules, window, initiator, parties, keys, roles] = FIXED_FIELDS.map(
    (name) => fields.get(name) ?? '',
  );
  const ids = textList(JSON.parse(parties)).map(partyId);
  const publicKeys = textList(JSON.parse(keys)).map(fromHex);
  const roleLists: unknown = JSON.parse(roles);
  if (!Array.isArray(roleLists) || roleLists.length !== ids.length || publicKeys.length !== ids.length)
    return undefined;
  const parameters = [...fields].filter(([name]) => name.startsWith(PARAMETER));
  return {
    protocol,
    initiator: partyId(initiator),
    contract: fromHex(contract),
    runNumber: Number(run),
    inputRules,
    windowBytes: Number(window),
    parties: ids.map((id, k) => ({ id, publicKey: publicKeys[k], roles: textList(roleLists[k]) })),
    parameters: Object.fromEntries(
      parameters.map(([name, value]): [string, Plain] => [name.slice(PARAMETER.length), JSON.parse(value) as Plain]),
    ),
  };
}

function textList(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) throw new TypeError('no text list');
  return value;
}
