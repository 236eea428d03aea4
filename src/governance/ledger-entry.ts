/**
 * Entries of an institution's ledger. Each is canonical JSON (RFC 8785), holds the hash of the one before it, and is signed
 * (Ed25519) by the institution: whoever has its public key can check all of them, and none can be changed, left out or put
 * elsewhere without the chain showing it. That the last ones are missing shows only in what other parties countersigned.
 */
import { concatBytes, fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES, hashTuple } from '../crypto/hash.ts';
import { SIGNATURE_BYTES, type Signer } from '../crypto/signature.ts';
import { InternalError } from '../errors.ts';
import { canonicalJson } from '../kit/canonical.ts';
import type { PartyId } from '../kit/party.ts';

/** The place of an entry in a ledger: everything up to it is fixed by the hash. */
export interface LedgerHead {
  readonly seq: number;
  /** 64 hexadecimal digits, as all hashes here. */
  readonly hash: string;
}

/** What a party of a run and this institution signed about each other's ledgers at its end. */
export interface PeerSeal {
  readonly peer: PartyId;
  readonly theirs: LedgerHead;
  /** Digest of all that the two said to each other in the run. */
  readonly transcript: string;
  /** Of this institution, and of the peer, on the same statement. */
  readonly signature: string;
  readonly countersignature: string;
}

/** Which run was sealed, and the head that this institution showed to all its parties. */
export interface SealedRun {
  readonly run: string;
  readonly sid: string;
  readonly own: LedgerHead;
}

export type Seal = SealedRun & PeerSeal;

/** What an entry says, by its kind. Names, numbers, times and hashes; never an item, and nothing that follows from one. */
export interface LedgerBodies {
  readonly 'contract-signed': {
    readonly question: string;
    readonly contract: string;
    /** Who approved it, where the node has a list of operators. */
    readonly operator?: string;
  };
  readonly 'contract-revoked': { readonly question: string; readonly contract: string; readonly operator?: string };
  readonly 'grant-revoked': { readonly question: string; readonly grant: string; readonly operator?: string };
  /** What this institution answers from in a period. */
  readonly snapshot: {
    readonly contract: string;
    readonly question: string;
    readonly period: string;
    readonly dataset: 'evidence' | 'holdings';
    readonly root: string;
    readonly bucket: number;
  };
  /** The request counts from here on: `bucket` padded rows of the asker, and one run. */
  readonly 'run-admitted': {
    readonly run: string;
    readonly question: string;
    readonly protocol: string;
    readonly asker: PartyId;
    /** Who answers from a list, sorted. */
    readonly contributors: readonly PartyId[];
    readonly bucket: number;
    /** Absent where the question runs without a signed contract. */
    readonly contract?: string;
    readonly period?: string;
    readonly grant?: string;
  };
  /** From here on something may have opened. */
  readonly 'run-opening': {
    readonly run: string;
    readonly sid: string;
    /** Commits this party to the seed of all its randomness in the run; absent where none is kept. */
    readonly seed?: string;
  };
  readonly 'run-ended': {
    readonly run: string;
    /** `done`, `interrupted` (this process ended), or the code of the error. */
    readonly outcome: string;
    readonly phase?: string;
    readonly party?: string;
    readonly sid?: string;
  };
  /**
   * The run ended before anything opened here, and before its asker had said anything under the id that it was to have, or
   * by the asker's doing.
   */
  readonly 'failed-start': {
    readonly run: string;
    readonly outcome: string;
    readonly phase?: string;
    readonly party?: string;
    /** This party's nonce was out: whoever began the run may have ended it because of the id it would have had. */
    readonly shown: boolean;
    /** A third party was busy, which is not the asker's doing: the request of the day is given back. */
    readonly givenBack: boolean;
  };
  /** So many requests of this kind of one peer on one day; not every one has an entry. */
  readonly refused: {
    readonly peer: PartyId;
    readonly reason: string;
    readonly count: number;
    readonly question?: string;
  };
  readonly alert: {
    readonly alert: AlertKind;
    readonly peer?: PartyId;
    readonly question?: string;
    readonly run?: string;
  };
  /** With each party of the run that did not withhold its own. */
  readonly 'heads-countersigned': SealedRun & { readonly peers: readonly PeerSeal[] };
}

export type AlertKind =
  /** A peer asks on although its budget is used up. */
  | 'enumeration'
  /** A peer uses up what it may ask in many small lists of accounts that are new each time. */
  | 'piecemeal'
  /** An asker may not start any more in the period: starts failed, the last one because of this party. */
  | 'failed-starts'
  /** A list is larger than the customer base that its institution has declared. */
  | 'above-base'
  /** A peer showed this institution's signature on a ledger that goes on where this one ends, or differs. */
  | 'own-rollback'
  /** The ledger of a peer is behind what this institution countersigned. */
  | 'peer-rollback'
  /** A list no longer is what it was when it was frozen for the period. */
  | 'snapshot-changed';

export type LedgerKind = keyof LedgerBodies;

/** One entry; `kind` says what `body` is. */
export type LedgerEntry = {
  readonly [K in LedgerKind]: {
    readonly seq: number;
    /** Hash of the entry before it, of the first one the ledger's start. */
    readonly prev: string;
    /** ISO 8601 in UTC with milliseconds, by the clock here. */
    readonly at: string;
    /** 32 random hexadecimal digits: whoever sees the hash of an entry cannot try out what it may say. */
    readonly salt: string;
    readonly kind: K;
    readonly body: LedgerBodies[K];
  };
}[LedgerKind];

export const SALT_BYTES = 16;

export const LEDGER_KINDS: readonly LedgerKind[] = [
  'contract-signed',
  'contract-revoked',
  'grant-revoked',
  'snapshot',
  'run-admitted',
  'run-opening',
  'run-ended',
  'failed-start',
  'refused',
  'alert',
  'heads-countersigned',
];

export interface SignedEntry {
  readonly entry: LedgerEntry;
  readonly hash: string;
  readonly signature: Uint8Array;
}

/** What the first entry's `prev` is: a ledger belongs to one institution and key. */
export function ledgerStart(party: PartyId, publicKey: Uint8Array): string {
  return toHex(hashTuple('ledger-start', utf8(party), publicKey));
}

function hashText(text: string): string {
  return toHex(hashTuple('ledger-entry', utf8(text)));
}

/** What the institution signs. */
export function signedText(hash: string): Uint8Array {
  return hashTuple('signed-ledger-entry', fromHex(hash));
}

/** The line of an entry in a ledger's file, without its end. */
export function writeEntry(entry: LedgerEntry, signer: Signer): { readonly line: string; readonly hash: string } {
  const text = textOf(entry);
  const hash = hashText(text);
  // Of all its names this comes last, so the line is canonical as well.
  return { hash, line: `${text.slice(0, -1)},"signature":"${toHex(signer.sign(signedText(hash)))}"}` };
}

const HEX_HASH = new RegExp(`^[0-9a-f]{${2 * HASH_BYTES}}$`);
const HEX_SALT = new RegExp(`^[0-9a-f]{${2 * SALT_BYTES}}$`);
const HEX_SIGNATURE = new RegExp(`^[0-9a-f]{${2 * SIGNATURE_BYTES}}$`);

/** The entry that a line is the one canonical text of; undefined when it is none. Signature and chain are not checked. */
export function readEntry(line: string): SignedEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { signature, ...fields } = value;
  const { seq, prev, at, salt, kind, body, ...more } = fields;
  if (Object.keys(more).length > 0 || !isRecord(body)) return undefined;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return undefined;
  if (typeof prev !== 'string' || !HEX_HASH.test(prev)) return undefined;
  if (typeof at !== 'string' || !Number.isFinite(Date.parse(at))) return undefined;
  if (typeof salt !== 'string' || !HEX_SALT.test(salt)) return undefined;
  if (typeof signature !== 'string' || !HEX_SIGNATURE.test(signature)) return undefined;
  if (!LEDGER_KINDS.some((known) => known === kind)) return undefined;
  if (canonicalJson(value) !== line) return undefined;
  // Of the kind's shape, because its signature will be found to be the institution's own.
  const entry = fields as unknown as LedgerEntry;
  return { entry, hash: hashText(textOf(entry)), signature: fromHex(signature) };
}

/** Whether a line that is no entry here has the form of one, of a kind that another version writes. */
export function isOfOtherVersion(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return (
      isRecord(value) && typeof value['kind'] === 'string' && !LEDGER_KINDS.some((known) => known === value['kind'])
    );
  } catch {
    return false;
  }
}

/** Text that both parties of a seal sign: the same at both, whoever is first. */
export function sealStatement(
  sid: Uint8Array,
  transcript: Uint8Array,
  ends: readonly { readonly party: PartyId; readonly head: LedgerHead }[],
): Uint8Array {
  const sorted = ends.toSorted((a, b) => (a.party < b.party ? -1 : 1));
  const fields = sorted.flatMap(({ party, head }) => [utf8(party), utf8(String(head.seq)), fromHex(head.hash)]);
  return hashTuple('ledger-seal', concatBytes(sid), transcript, ...fields);
}

function textOf(value: object): string {
  const text = canonicalJson(value);
  if (text !== undefined) return text;
  throw new InternalError('Cannot write ledger: an entry is no plain data', { code: 'internal', phase: 'ledger' });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
