/** One institution's configuration, checked and complete: what `readConfig` returns and `createNode` takes. */
import type { AccountColumns, CheckDigitPolicy, KeyColumn } from '../../data/account-check.ts';
import type { MalformedPolicy } from '../../data/account-source.ts';
import type { IdentifierType } from '../../data/identifiers.ts';
import type { PartyId } from '../../kit/party.ts';
import type { LogLevel } from '../log.ts';
import type { OperatorConfig } from '../agreements/operators.ts';
import type { DatasetTable } from '../lists/open-dataset.ts';

export interface NodeConfig {
  /** This institution's name, the same in every peer's configuration. */
  readonly name: PartyId;
  /** Absolute path, as are all paths here. */
  readonly identity: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly peers: readonly PeerConfig[];
  readonly datasets: {
    /** What is asked about. */
    readonly accounts?: DatasetConfig;
    /** What flag questions of others are answered from. */
    readonly evidence?: DatasetConfig;
    /** What overlap questions of others are answered from. */
    readonly holdings?: DatasetConfig;
  };
  /** What all parties agreed on, word by word the same at each of them. */
  readonly questions: readonly QuestionTerms[];
  /** Who may ask what; nothing else is answered. */
  readonly allow: readonly AllowEntry[];
  /** Who may request what of the running node. Absent: whoever may reach its socket holds all roles. */
  readonly operators?: readonly OperatorConfig[];
  readonly limits: NodeLimits;
  /** Folder of the durable store. */
  readonly store: string;
  readonly log: { readonly level: LogLevel };
  /** Of the screens and errors of this node's commands; its log is for machines and English. Absent: as the locale says. */
  readonly language?: 'en' | 'zh';
}

export interface PeerConfig {
  readonly name: PartyId;
  readonly url: string;
  /** The peer's public keys, as its operator gave them. */
  readonly card: string;
  /** Wall-clock milliseconds from which on the peer is not spoken to. */
  readonly expiresMs?: number;
  readonly revoked: boolean;
  /** How many customers it has declared to have; a larger list of it raises an alert. */
  readonly customers?: number;
}

/** A list of this institution. */
export interface DatasetConfig {
  readonly table: DatasetTable;
  /** `payload` says which column of the table has what the terms of a question call a column. */
  readonly columns: Omit<AccountColumns, 'payload'> & { readonly payload: Readonly<Record<string, string>> };
  readonly type: IdentifierType;
  /** Two letters of ISO 3166: whose numbering plan phone numbers without a country's code are in. */
  readonly region?: string;
  /** Further columns whose identifiers make one key with the account's. */
  readonly keyParts?: readonly KeyColumn[];
  readonly malformed: MalformedPolicy;
  readonly checkDigits: CheckDigitPolicy;
  /** Of times that say none. */
  readonly utcOffset: string;
}

export type QuestionTerms = FlagTerms | OverlapTerms;

interface CommonTerms {
  readonly name: string;
  /**
   * `signed`: asked and answered only under a contract of these terms that all parties signed. `configured`: the terms in
   * the configurations are the whole agreement; nobody can show later what was agreed, and nothing expires.
   */
  readonly agreement: 'signed' | 'configured';
  /** Who may ask. Absent, which a signed question does not allow: whomever `allow` lists. */
  readonly askers?: readonly PartyId[];
  /** What subjects are known by; several types are one key in this order. Absent: bank accounts of any kind. */
  readonly identifier?: readonly IdentifierType[];
}

/** The agreed terms of a `flag` question. */
export interface FlagTerms extends CommonTerms {
  readonly protocol: 'flag';
  /** Institutions that bring evidence, in order; one that asks contributes nothing to its own question. */
  readonly contributors: readonly PartyId[];
  /** Three parties that compute on shares. Absent: the first three contributors of a run. */
  readonly committee?: readonly PartyId[];
  readonly quorum: number;
  readonly score?: { readonly threshold: number; readonly max: number };
  readonly buckets: {
    /** The smallest size that is declared; a power of two. */
    readonly smallest: number;
    /** The largest list of an asker; a size below about half of it is rounded up to a power of two. */
    readonly asker: number;
    /** Every contributor's declared size. */
    readonly evidence: ReadonlyMap<PartyId, number>;
  };
  readonly duplicates: 'first' | 'max' | 'sum' | 'reject';
  readonly ttlDays: number;
  readonly purpose: string;
  /** Disclosures that the agreement says in words. */
  readonly acknowledged: readonly string[];
}

/** The agreed terms of an `overlap` question: who asks is the receiver, and asks one of the holders. */
export interface OverlapTerms extends CommonTerms {
  readonly protocol: 'overlap';
  /** Institutions that answer from their holdings. */
  readonly holders: readonly PartyId[];
  /** Who learns: the receiver, both, or the receiver only how many. */
  readonly mode: 'receiver' | 'both' | 'size-only';
  /** What the receiver gets of the holder's rows of common accounts, with the most bytes of a content. */
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
  readonly duplicates: 'join' | 'reject';
  /** Different accounts at least, or none, of a party that learns. */
  readonly smallestBatch: number;
  readonly buckets: {
    /** The smallest size that is declared; a power of two. */
    readonly smallest: number;
    /** The largest list of an asker. */
    readonly asker: number;
    /** Every holder's declared size; of rows where there are columns. */
    readonly holdings: ReadonlyMap<PartyId, number>;
  };
  readonly ttlDays: number;
  readonly purpose: string;
  /** What the agreement says in words that an answer gives away. */
  readonly acknowledged: readonly string[];
}

/** A grant: this institution's own consent, besides the agreement of all. */
export interface AllowEntry {
  /** Names it, for revoking it and for counting its uses. */
  readonly id?: string;
  /** Wall-clock milliseconds from which on it allows nothing. */
  readonly expiresMs?: number;
  /** Requests of all its askers together, ever. */
  readonly uses?: number;
  readonly question: string;
  readonly askers: readonly PartyId[];
  /** The largest declared size of one request. */
  readonly maxItems: number;
  /** Requests of each asker on one calendar day (UTC). */
  readonly perDay: number;
}

export interface NodeLimits {
  readonly deadlineMs: number;
  /** Runs that peers started and this node joined, at once. More are refused. */
  readonly concurrentRuns: number;
  /** Own questions at once. More wait. */
  readonly concurrentAsks: number;
  /** New runs after one that failed before anything of the protocol had left this node. */
  readonly retries: number;
  /** Time that running runs have to end when the node stops. */
  readonly stopMs: number;
  /** Worker threads; 0 computes in the main thread; undefined takes all cores but one, and four at most. */
  readonly workers?: number;
}
