/**
 * What can happen to a flag, as one line of canonical JSON (RFC 8785) per event: signed by this institution and chained
 * by hash to the event before, so that none can be changed, left out or put elsewhere unseen.
 *
 * A line names accounts: it is this institution's own list and never leaves it. What is wrong with a line is told by its
 * number, never by what is in it.
 */
import { utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES, hashTuple } from '../crypto/hash.ts';
import { SIGNATURE_BYTES, SIGNING_KEY_BYTES } from '../crypto/signature.ts';
import { canonicalJson } from '../kit/canonical.ts';
import { PARTY_NAME } from '../kit/party.ts';
import {
  constant,
  hex,
  list,
  moment,
  optional,
  type Read,
  record,
  strings,
  text,
  union,
  whole,
} from './strict-json.ts';

/** What the flagged account was to the fraud. */
export const FLAG_ROLES = ['victim', 'first-payee', 'transit', 'cash-out', 'front-merchant'] as const;
export type FlagRole = (typeof FLAG_ROLES)[number];

/** From least to most certain. */
export const REPORTED_STATES = ['suspected', 'customer-reported', 'police-confirmed'] as const;
export type ReportedState = (typeof REPORTED_STATES)[number];

export const WITHDRAWAL_REASONS = ['mistaken', 'resolved', 'ordered', 'other'] as const;
export type WithdrawalReason = (typeof WITHDRAWAL_REASONS)[number];

/** One report about an account. */
export interface FlagReport {
  /** The flag it belongs to: see `flagId`. */
  readonly flag: string;
  /** Canonical. */
  readonly account: string;
  /** A code of the closed list of scam types. */
  readonly scamType: string;
  readonly role: FlagRole;
  readonly state: ReportedState;
  /** Tells who reported from who else did, and from nobody: see `reporterTag`. */
  readonly reporter?: string;
  /** Hash of what the institution keeps as evidence, 64 hexadecimal digits. */
  readonly evidence: string;
  readonly reportedAt: string;
  readonly expires: string;
}

export type FlagEvent =
  /** The first line of a register. */
  | { readonly kind: 'opened'; readonly institution: string; readonly key: string; readonly salt: string }
  | { readonly kind: 'reported'; readonly reports: readonly FlagReport[] }
  | { readonly kind: 'withdrawn'; readonly flag: string; readonly reason: WithdrawalReason }
  /** `reference`: the dispute id that an answer carried, where there is one. */
  | { readonly kind: 'disputed'; readonly flag: string; readonly reference?: string }
  /** The dispute was looked into and the flag stands. */
  | { readonly kind: 'upheld'; readonly flag: string }
  | { readonly kind: 'expired'; readonly flag: string };

export interface FlagEntry {
  readonly seq: number;
  /** Hash of the entry before, 64 hexadecimal digits; zeros at the first. */
  readonly prev: string;
  readonly at: string;
  readonly event: FlagEvent;
}

export interface SignedFlagEntry {
  readonly entry: FlagEntry;
  readonly signature: string;
}

/** Reports of one event: a line stays below a megabyte. */
export const MAX_REPORTS = 256;
export const FLAG_ID_BYTES = 16;
export const REPORTER_TAG_BYTES = 16;
export const SALT_BYTES = 32;
/** The dispute id of an answer. */
export const DISPUTE_ID_BYTES = 8;
const MAX_ACCOUNT_CHARACTERS = 128;

const flag = hex(FLAG_ID_BYTES);

const report: Read<FlagReport> = record<FlagReport>({
  flag,
  account: text(MAX_ACCOUNT_CHARACTERS),
  scamType: strings(/^[a-z][a-z-]{0,39}$/),
  role: union(FLAG_ROLES),
  state: union(REPORTED_STATES),
  reporter: optional(hex(REPORTER_TAG_BYTES)),
  evidence: hex(HASH_BYTES),
  reportedAt: moment,
  expires: moment,
});

const EVENTS: { readonly [K in FlagEvent['kind']]: Read<Extract<FlagEvent, { readonly kind: K }>> } = {
  opened: record({
    kind: constant('opened'),
    institution: strings(PARTY_NAME),
    key: hex(SIGNING_KEY_BYTES),
    salt: hex(SALT_BYTES),
  }),
  reported: record({ kind: constant('reported'), reports: list(report, MAX_REPORTS) }),
  withdrawn: record({ kind: constant('withdrawn'), flag, reason: union(WITHDRAWAL_REASONS) }),
  disputed: record<Extract<FlagEvent, { readonly kind: 'disputed' }>>({
    kind: constant('disputed'),
    flag,
    reference: optional(hex(DISPUTE_ID_BYTES)),
  }),
  upheld: record({ kind: constant('upheld'), flag }),
  expired: record({ kind: constant('expired'), flag }),
};
const KINDS = ['opened', 'reported', 'withdrawn', 'disputed', 'upheld', 'expired'] as const;

const event: Read<FlagEvent> = (value, path) => {
  const kind: unknown = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  return EVENTS[union(KINDS)(kind, path)](value, path);
};

const signedEntry: Read<SignedFlagEntry> = record({
  entry: record<FlagEntry>({ seq: whole(0, 2 ** 40), prev: hex(HASH_BYTES), at: moment, event }),
  signature: hex(SIGNATURE_BYTES),
});

export function encodeFlagEntry(signed: SignedFlagEntry): string {
  return canonical(signed);
}

/** undefined unless the line is the one canonical text of a signed entry. */
export function decodeFlagEntry(line: string): SignedFlagEntry | undefined {
  try {
    const signed = signedEntry(JSON.parse(line), '');
    return canonical(signed) === line ? signed : undefined;
  } catch {
    // Whatever is wrong with the line: it may name accounts, so nothing of it is passed on.
    return undefined;
  }
}

/** What the next entry names as the one before it. */
export function flagEntryHash(entry: FlagEntry): Uint8Array {
  return hashTuple('flag-entry', utf8(canonical(entry)));
}

/** What the signature of an entry is over. */
export function signedFlagText(entryHash: Uint8Array): Uint8Array {
  return hashTuple('signed-flag-entry', entryHash);
}

/** One flag per account, scam type and role; salted, so that the id of a flag tells nothing of the account. */
export function flagId(
  salt: Uint8Array,
  { account, scamType, role }: Pick<FlagReport, 'account' | 'scamType' | 'role'>,
): Uint8Array {
  return hashTuple('flag', salt, utf8(account), utf8(scamType), utf8(role)).subarray(0, FLAG_ID_BYTES);
}

/** Equal for two reports of one person about one account; the person's reference itself is not kept. */
export function reporterTag(salt: Uint8Array, account: string, reference: string): Uint8Array {
  return hashTuple('flag-reporter', salt, utf8(account), utf8(reference)).subarray(0, REPORTER_TAG_BYTES);
}

function canonical(value: object): string {
  // Made of strings and safe integers alone.
  return canonicalJson(value) ?? '';
}
