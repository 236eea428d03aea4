/**
 * The offer: everything about a run that all parties must agree on, in one canonical byte string (RFC 8785 JSON).
 * Each party builds its own from what it was configured with and compares; no party runs on another's word.
 */
import { hashTuple, HASH_BYTES } from '../crypto/hash.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import { SIGNING_KEY_BYTES } from '../crypto/signature.ts';
import { ProtocolError, UsageError } from '../errors.ts';
import { canonicalJson } from './canonical.ts';
import type { PartyId } from './party.ts';

/** A plain-data value: what parameters are made of. */
export type Plain = string | number | boolean | undefined | readonly Plain[] | { readonly [key: string]: Plain };

export interface OfferParty {
  readonly id: PartyId;
  /** Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly roles: readonly string[];
}

export interface Offer {
  readonly protocol: string;
  readonly parameters: Plain;
  /** In the protocol's fixed order. */
  readonly parties: readonly OfferParty[];
  readonly initiator: PartyId;
  /** Hash of the contract that the run is under, 32 bytes. */
  readonly contract: Uint8Array;
  /** Distinguishes the runs of one contract. */
  readonly runNumber: number;
  /**
   * The rules that gave the parties' inputs their form: version and hash, '' for none. Parties with others would not find
   * what they have in common, and nothing would show it.
   */
  readonly inputRules: string;
  /** Flow control: senders and receivers have to count alike. */
  readonly windowBytes: number;
}

export const MAX_OFFER_BYTES = 65_536;

/** One line per field that has to agree, so that a difference has a name. */
type OfferFields = Readonly<Record<string, string>>;

/** @throws UsageError `bad-parameter` when a value is no plain data or the offer is too long */
export function encodeOffer(offer: Offer): Uint8Array {
  const bytes = utf8(canonicalText(offerFields(offer)));
  if (bytes.length > MAX_OFFER_BYTES) {
    throw new UsageError('Cannot offer run: the parameters are too long', { code: 'bad-parameter' });
  }
  return bytes;
}

export function hashOffer(offer: Offer): Uint8Array {
  return hashTuple('offer', encodeOffer(offer));
}

/**
 * Compares the initiator's offer with the own one.
 * @throws ProtocolError `offer-mismatch` that names the first differing field, never its value
 */
export function checkOffer(theirs: Uint8Array, own: Offer): void {
  const expected = offerFields(own);
  const difference = differingField(theirs, expected);
  if (difference === undefined) return;
  throw new ProtocolError(`Cannot join run: the parties were configured with different values of '${difference}'`, {
    code: 'offer-mismatch',
    phase: 'offer',
    party: own.initiator,
    remedy: `compare '${difference}' with the initiator's operator; nothing was sent that depends on data`,
  });
}

function differingField(theirs: Uint8Array, expected: OfferFields): string | undefined {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(theirs);
    if (text === canonicalText(expected)) return undefined;
    parsed = JSON.parse(text);
  } catch {
    return 'encoding';
  }
  if (typeof parsed !== 'object' || parsed === null) return 'encoding';
  const received = new Map<string, unknown>(Object.entries(parsed));
  const different = Object.keys(expected).find((field) => received.get(field) !== expected[field]);
  if (different !== undefined) return different;
  // A parameter that is set at the initiator alone: its name is the initiator's word and is not repeated.
  return received.size > Object.keys(expected).length ? 'parameters' : 'encoding';
}

function offerFields(offer: Offer): OfferFields {
  if (offer.contract.length !== HASH_BYTES || offer.parties.some((p) => p.publicKey.length !== SIGNING_KEY_BYTES)) {
    throw new UsageError('Cannot offer run: a hash or key has the wrong length', { code: 'bad-parameter' });
  }
  const fields: Record<string, string> = {
    protocol: offer.protocol,
    contract: toHex(offer.contract),
    run: String(offer.runNumber),
    rules: offer.inputRules,
    window: String(offer.windowBytes),
    initiator: offer.initiator,
    parties: canonicalText(offer.parties.map((party) => party.id)),
    keys: canonicalText(offer.parties.map((party) => toHex(party.publicKey))),
    roles: canonicalText(offer.parties.map((party) => party.roles)),
  };
  if (typeof offer.parameters !== 'object' || Array.isArray(offer.parameters)) {
    throw new UsageError('Cannot offer run: parameters are no record', { code: 'bad-parameter' });
  }
  for (const [name, value] of Object.entries(offer.parameters)) {
    if (value !== undefined) fields[`parameters.${name}`] = canonicalText(value);
  }
  return fields;
}

function canonicalText(value: unknown): string {
  const text = canonicalJson(value);
  if (text === undefined) {
    throw new UsageError('Cannot offer run: parameters are no plain data', { code: 'bad-parameter' });
  }
  return text;
}
