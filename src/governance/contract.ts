/**
 * A contract: one agreed question with all its terms, as every party signs it. Its canonical JSON (RFC 8785) is what is
 * hashed; the hash stands in every offer and so in every run id. There is no field that nothing enforces or shows.
 */
import { utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { UsageError } from '../errors.ts';
import { canonicalJson } from '../kit/canonical.ts';
import type { PartyId } from '../kit/party.ts';
import type { Leakage } from '../kit/protocol.ts';

/** How contracts are hashed and signed; a change of either is a new name. */
export const CONTRACT_SUITE = 'ed25519-sha256';

export const PERIODS = ['day', 'week', 'month'] as const;
/** By the calendar, in UTC: a week begins on Monday. */
export type Period = (typeof PERIODS)[number];

export interface Contract {
  readonly v: 1;
  readonly suite: typeof CONTRACT_SUITE;
  /** 32 hexadecimal digits, drawn when it was drafted: equal terms that are agreed on again are another contract. */
  readonly jobId: string;
  readonly projectId: string;
  /** The question's name in every party's configuration. */
  readonly question: string;
  /** Protocol id: `flag/12`. */
  readonly code: string;
  /** What subjects are known by; several are one key in this order. */
  readonly identifiers: readonly string[];
  /** The rules that give identifiers their form: version and hash. */
  readonly canon: string;
  readonly purpose: string;
  readonly legalBasis: string;
  /** By name. Everybody here has to sign. */
  readonly parties: readonly ContractParty[];
  /** Three parties that compute on shares; none where each run takes its first three contributors, or has no committee. */
  readonly committee: readonly PartyId[];
  /** What is read of whose lists: those who ask in order, then those who answer in order. */
  readonly inputs: readonly ContractInput[];
  readonly output: ContractOutput;
  readonly limits: ContractLimits;
  /** What the answer gives away, by name, as the terms acknowledge it. */
  readonly disclosures: readonly string[];
  /** What the protocol says that each party learns, over all who may ask, for lists of the largest size. */
  readonly leakage: readonly Leakage[];
  readonly retention: ContractRetention;
  /** ISO 8601 in UTC with milliseconds: from then on nothing is asked or answered under it. */
  readonly expires: string;
}

export interface ContractParty {
  readonly inst: PartyId;
  /** In the runs of all who may ask, by name. */
  readonly roles: readonly string[];
  /** Ed25519, 64 hexadecimal digits. */
  readonly key: string;
}

export interface ContractInput {
  readonly inst: PartyId;
  readonly dataset: 'accounts' | 'evidence' | 'holdings';
  /** As the configuration names them: `account`, `score`, or a column that the terms give. */
  readonly columns: readonly string[];
  /** The largest size that is declared: a power of two, or 33/32 to 63/32 of one. Of who asks it also bounds what is asked in one period. */
  readonly sizeBucket: number;
}

interface AnyOutput {
  /** Who learns it. */
  readonly receivers: readonly PartyId[];
  /** Never the sole ground for closing an account. */
  readonly advisory: true;
  /** Days for which an answer may be used. */
  readonly ttlDays: number;
  readonly duplicates: string;
}

export type ContractOutput =
  | (AnyOutput & {
      readonly type: 'bit';
      /** So many of those who answer list the account, at least. */
      readonly quorum: number;
      /** Their scores sum up to `threshold` as well; each is at most `max`. */
      readonly score?: { readonly threshold: number; readonly max: number };
    })
  | (AnyOutput & {
      readonly type: 'rows';
      /** Who learns which accounts both sides list: who asks alone, or both. */
      readonly mode: 'receiver' | 'both';
      /** Columns of the answering side's rows that the asker gets, with the most bytes of a content. */
      readonly columns: readonly { readonly name: string; readonly bytes: number }[];
      /** Different accounts, or none, of who learns, at least. */
      readonly smallestBatch: number;
    })
  | (AnyOutput & { readonly type: 'size'; readonly smallestBatch: number });

export interface ContractLimits {
  /** For each asker the declared sizes of its runs are added up over it; lists of those who answer stay as they are. */
  readonly period: Period;
  /** Answered runs of each asker until the contract expires. */
  readonly maxRuns: number;
  /** Runs of each asker that may fail while they open, in one period. */
  readonly failedStarts: number;
  /** The smallest size that is declared: a power of two. */
  readonly smallestBucket: number;
}

export interface ContractRetention {
  /** Days for which each party keeps what it needs to show that it followed the protocol. */
  readonly auditDays: number;
}

/** What no configuration says: it is stated when a contract is drafted. */
export interface ContractFrame {
  readonly jobId: string;
  readonly projectId: string;
  readonly legalBasis: string;
  readonly limits: Pick<ContractLimits, 'period' | 'maxRuns' | 'failedStarts'>;
  readonly retention: ContractRetention;
  readonly expires: string;
}

export function contractFrame({ jobId, projectId, legalBasis, limits, retention, expires }: Contract): ContractFrame {
  const { period, maxRuns, failedStarts } = limits;
  return { jobId, projectId, legalBasis, limits: { period, maxRuns, failedStarts }, retention, expires };
}

/** The one text of a contract. @throws UsageError `bad-parameter` when a value in it is no plain data */
export function contractText(contract: Contract): string {
  const text = canonicalJson(contract);
  if (text !== undefined) return text;
  throw new UsageError('Cannot write contract: its terms are no plain data', {
    code: 'bad-parameter',
    phase: 'contract',
    remedy: 'correct the terms of the question',
  });
}

/** What is signed and what runs are bound to: 32 bytes. */
export function contractHash(contract: Contract): Uint8Array {
  return hashTuple('contract', utf8(contractText(contract)));
}

export function isExpired({ expires }: Contract, nowMs: number): boolean {
  return nowMs >= Date.parse(expires);
}

/** Path of the first line in which two contracts differ: `output.quorum`, `inputs.2.sizeBucket`. */
export function differingLine(ours: Contract, theirs: Contract): string | undefined {
  return differenceAt(ours, theirs, '');
}

function differenceAt(ours: unknown, theirs: unknown, path: string): string | undefined {
  if (ours === theirs) return undefined;
  if (!isTree(ours) || !isTree(theirs) || Array.isArray(ours) !== Array.isArray(theirs)) return path;
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  for (const name of names) {
    const [left, right] = [entryOf(ours, name), entryOf(theirs, name)];
    const found = differenceAt(left, right, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function entryOf(tree: object, name: string): unknown {
  return Object.hasOwn(tree, name) ? (tree as { readonly [key: string]: unknown })[name] : undefined;
}
