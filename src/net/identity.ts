/**
 * An institution's identity: an X25519 key for transport and an Ed25519 key for signatures. The public half is handed
 * round as a card, one printable line whose checksum catches slips of typing (not forgery: compare cards over a channel
 * that you trust).
 */
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { Rng } from '../crypto/rng.ts';
import { ed25519Signer, SIGNING_KEY_BYTES, type Signer } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { PARTY_NAME, type PartyId, partyId } from '../kit/party.ts';
import { type KeyAgreement, type KeyPair, KEY_BYTES } from './primitives.ts';

export interface PublicCard {
  readonly name: PartyId;
  /** X25519, 32 bytes. */
  readonly transportKey: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly signingKey: Uint8Array;
}

const CARD_PREFIX = 'blindflag-card-1';
/** A slip passes with probability 2^-32. */
const CHECKSUM_BYTES = 4;
const KEYS_BYTES: number = KEY_BYTES + SIGNING_KEY_BYTES;

/** Length of what `exportSecrets` gives: the X25519 secret, then the Ed25519 secret. */
export const SECRETS_BYTES = 64;

/** Makes a signer of an Ed25519 secret of 32 bytes; platforms bring their own. */
export type NewSigner = (secret: Uint8Array) => Signer;

const plainSigner: NewSigner = (secret) => ed25519Signer(() => secret);

/** Keeps its secrets to itself: printing or serialising it shows the public card only. */
export class Identity {
  readonly card: PublicCard;
  readonly transport: KeyPair;
  readonly signer: Signer;
  readonly #secrets: Uint8Array;

  /** @throws RangeError when the secrets are not 64 bytes */
  constructor(name: PartyId, secrets: Uint8Array, keyAgreement: KeyAgreement, newSigner: NewSigner = plainSigner) {
    if (secrets.length !== SECRETS_BYTES) throw new RangeError('Cannot use identity: secrets have the wrong length');
    this.#secrets = Uint8Array.from(secrets);
    this.transport = keyAgreement(this.#secrets.subarray(0, KEY_BYTES));
    this.signer = newSigner(this.#secrets.subarray(KEY_BYTES));
    this.card = { name, transportKey: this.transport.publicKey, signingKey: this.signer.publicKey };
  }

  /** A copy of the secrets, for sealing into a file; wipe it afterwards. */
  exportSecrets(): Uint8Array {
    return Uint8Array.from(this.#secrets);
  }

  toJSON(): string {
    return formatCard(this.card);
  }
}

export function createIdentity(name: PartyId, rng: Rng, keyAgreement: KeyAgreement): Identity {
  return new Identity(name, rng(SECRETS_BYTES), keyAgreement);
}

/** `blindflag-card-1:<name>:<keys and checksum in hex>` */
export function formatCard(card: PublicCard): string {
  const keys = concatBytes(card.transportKey, card.signingKey);
  return `${CARD_PREFIX}:${card.name}:${toHex(concatBytes(keys, checksum(card.name, keys)))}`;
}

/** @throws UsageError `bad-input` when the line is no card, or not all of one */
export function parseCard(line: string): PublicCard {
  const [prefix, name, hex, ...rest] = line.trim().split(':');
  if (prefix !== CARD_PREFIX || rest.length > 0 || name === undefined || !PARTY_NAME.test(name)) {
    throw cardError('it is not of the form blindflag-card-1:name:keys');
  }
  const bytes = hex === undefined ? undefined : hexBytes(hex, KEYS_BYTES + CHECKSUM_BYTES);
  if (bytes === undefined) throw cardError('its keys are not complete');
  const keys = bytes.subarray(0, KEYS_BYTES);
  if (!equalBytes(checksum(name, keys), bytes.subarray(KEYS_BYTES))) throw cardError('its checksum does not fit');
  return { name: partyId(name), transportKey: keys.slice(0, KEY_BYTES), signingKey: keys.slice(KEY_BYTES) };
}

/** `length` bytes of lower-case hex; undefined when the text is anything else. */
export function hexBytes(text: string, length: number): Uint8Array | undefined {
  return text.length === 2 * length && /^[0-9a-f]*$/.test(text) ? fromHex(text) : undefined;
}

function checksum(name: string, keys: Uint8Array): Uint8Array {
  return hashTuple('public-card', utf8(name), keys).subarray(0, CHECKSUM_BYTES);
}

function cardError(what: string): UsageError {
  return new UsageError(`Cannot read public card: ${what}`, {
    code: 'bad-input',
    remedy: 'copy the whole line that its operator gave you',
  });
}
