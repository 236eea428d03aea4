/**
 * The record from which one run of one party can be executed again: what was agreed, the seed of all its randomness, its
 * own rows, every message it was sent, and a digest of every message that it sent itself. Nothing else, and nothing that
 * the party's own software did not have anyway.
 *
 * A sequence of sections, each with a header of canonical JSON and a body:
 *
 *   length of the header (u32 LE) · length of the body (u32 LE) · header · body
 *
 * Secret as the run itself: seed and received messages give all keys and shares of the party. It stays where the node's
 * store is, for as many days as the contract says.
 */
import { concatBytes, u32le, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import { SEED_BYTES } from '../crypto/prg.ts';
import { SIGNATURE_BYTES } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { canonicalJson } from '../kit/canonical.ts';
import { PARTY_NAME, type PartyId, partyId } from '../kit/party.ts';
import { constant, hex, moment, type Read, record, strings, text, union, whole } from './strict-json.ts';

export const RECORD_VERSION = 4;

/** What the run was, as all parties agreed on it: enough to execute it from nothing but this file. */
export interface AuditHead {
  readonly section: 'head';
  /** Of the record and of the digests that peers countersigned; before 4 transcripts were hashed in other ways. */
  readonly v: typeof RECORD_VERSION;
  /** The run's name on the links. */
  readonly run: string;
  readonly self: PartyId;
  readonly initiator: PartyId;
  /** The offer as it is on the wire: protocol, parameters, parties with their keys, contract, rules. */
  readonly offer: string;
  readonly question: string;
  readonly seed: string;
  readonly startedAt: string;
  /** From then on the record is removed. */
  readonly keepUntil: string;
}

export type AuditSection =
  | AuditHead
  /** A batch of own rows; the body is their line: see `row-lines.ts`. */
  | { readonly section: 'rows'; readonly list: RowsOf }
  /** Of the frozen list that the rows are of. */
  | { readonly section: 'salt'; readonly salt: string }
  /** A part of a message that came; the body is its bytes. */
  | {
      readonly section: 'taken';
      readonly peer: PartyId;
      readonly channel: string;
      readonly message: string;
      readonly last: boolean;
    }
  /** A message that left. */
  | {
      readonly section: 'sent';
      readonly peer: PartyId;
      readonly channel: string;
      readonly message: string;
      readonly bytes: number;
      readonly digest: string;
    }
  /** An own signature of the run, by the hash of what it is over: they went to the others, and a seed does not give them. */
  | { readonly section: 'signature'; readonly over: string; readonly signature: string }
  /** The roles ended. Absent where the run failed before. */
  | { readonly section: 'end'; readonly sid: string };

/** What a party asks about, or answers from. */
export type RowsOf = 'asked' | 'held';

/** Of header and body. */
export const LENGTHS_BYTES = 8;
/** An offer has 64 KiB at most. */
export const MAX_HEADER_BYTES = 262_144;
/** A part of a message, or a batch of rows. */
export const MAX_BODY_BYTES: number = 32 * 2 ** 20;

export function encodeSection(header: AuditSection, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  // Made of strings, booleans and safe integers alone.
  const bytes = utf8(canonicalJson(header) ?? '');
  return concatBytes(u32le(bytes.length), u32le(body.length), bytes, body);
}

const party: Read<PartyId> = (value, path) => partyId(strings(PARTY_NAME)(value, path));
const boolean: Read<boolean> = (value, path) => (value === true ? true : constant(false)(value, path));
// As they may be on the wire.
const channel = strings(/^[a-z0-9:/._-]{1,200}$/);
const message = strings(/^[a-z0-9-]{1,64}$/);

type SectionOf<K extends AuditSection['section']> = Extract<AuditSection, { readonly section: K }>;
const SECTIONS: { readonly [K in AuditSection['section']]: Read<SectionOf<K>> } = {
  head: record<AuditHead>({
    section: constant('head'),
    v: constant(RECORD_VERSION),
    run: hex(16),
    self: party,
    initiator: party,
    offer: text(65_536),
    question: party,
    seed: hex(SEED_BYTES),
    startedAt: moment,
    keepUntil: moment,
  }),
  rows: record({ section: constant('rows'), list: union(['asked', 'held']) }),
  salt: record({ section: constant('salt'), salt: hex(HASH_BYTES) }),
  taken: record({ section: constant('taken'), peer: party, channel, message, last: boolean }),
  sent: record({
    section: constant('sent'),
    peer: party,
    channel,
    message,
    bytes: whole(0, 2 ** 40),
    digest: hex(HASH_BYTES),
  }),
  signature: record({ section: constant('signature'), over: hex(HASH_BYTES), signature: hex(SIGNATURE_BYTES) }),
  end: record({ section: constant('end'), sid: hex(HASH_BYTES) }),
};
const NAMES = ['head', 'rows', 'salt', 'taken', 'sent', 'signature', 'end'] as const;

const section: Read<AuditSection> = (value, path) => {
  const name: unknown = typeof value === 'object' && value !== null && 'section' in value ? value.section : undefined;
  return SECTIONS[union(NAMES)(name, path)](value, path);
};

/** @throws UsageError `bad-input` */
export function decodeHeader(bytes: Uint8Array): AuditSection {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return section(value, '');
  } catch {
    // It may hold a seed: nothing of it is passed on.
    throw isOfOtherVersion(value) ? recordOfOtherVersion() : damagedRecord();
  }
}

function isOfOtherVersion(value: unknown): boolean {
  const isHead = typeof value === 'object' && value !== null && 'section' in value && value.section === 'head';
  return isHead && 'v' in value && Number.isSafeInteger(value.v) && value.v !== RECORD_VERSION;
}

function recordOfOtherVersion(): UsageError {
  return new UsageError('Cannot audit: the record is of another version of the software', {
    code: 'bad-parameter',
    phase: 'audit/record',
    remedy: 'use the version with which the run was made',
  });
}

export function damagedRecord(): UsageError {
  return new UsageError('Cannot audit: the record of the run is damaged', {
    code: 'bad-input',
    phase: 'audit/record',
    remedy: 'restore the record from a backup; without it the run cannot be executed again',
  });
}
