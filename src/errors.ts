/**
 * The error tree, by whose fault it is. Callers switch on `code`, never on the text. No message carries a secret, an
 * item, a share or a value decoded from a peer.
 */

/** All codes; which class an error has follows from whose fault it is. */
export const ERROR_CODES = [
  // UsageError: what the caller gave
  'bad-parameter',
  'bad-input',
  'unreadable-source',
  'missing-column',
  'malformed-row',
  'duplicate-item',
  'too-many-items',
  'too-few-items',
  'resource-limit',
  // ProtocolError: what a peer sent
  'bad-frame',
  'bad-message',
  'unexpected-message',
  'oversize-message',
  'offer-mismatch',
  'bad-signature',
  'bad-commitment',
  'equivocation',
  'disagreement',
  'peer-aborted',
  // TransportError: the way between
  'peer-silent',
  'peer-closed',
  'deadline',
  'cancelled',
  // PolicyError: consent
  'refused',
  'refused-by-peer',
  // InternalError: us, or an event whose probability the parameters bound
  'table-full',
  'encoding-failed',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
  readonly code: ErrorCode;
  /** Where in the run, the path of a channel: `flag/shard:0/match/oprf`. */
  readonly phase?: string;
  /** The party whose side it is, by its name in the offer. */
  readonly party?: string;
  /** Of `peer-aborted`: the peer that sent the abort. Whom it blames (`party`) is only its claim. */
  readonly reportedBy?: string;
  /** What the person who reads this can do next: one sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** What to do about a peer that sends what no protocol allows. */
export const PEER_SOFTWARE_REMEDY = "the other side's software broke the protocol; compare versions with its operator";

/** Base of all errors that this package throws on purpose. */
export class MpcError extends Error {
  readonly code: ErrorCode;
  readonly phase: string | undefined;
  readonly party: string | undefined;
  readonly reportedBy: string | undefined;
  readonly remedy: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.phase = details.phase;
    this.party = details.party;
    this.reportedBy = details.reportedBy;
    this.remedy = details.remedy;
  }

  /** One line for a person: what, where, whose side, what to do. */
  describe(): string {
    const where = this.phase === undefined ? '' : ` [phase ${this.phase}]`;
    const whose = this.party === undefined ? '' : ` [party ${this.party}]`;
    const next = this.remedy === undefined ? '' : ` — ${this.remedy}`;
    return `${this.message}${where}${whose} (${this.code})${next}`;
  }
}

/** The caller's parameters or data. */
export class UsageError extends MpcError {}

/** Where in own data: names that the caller itself gave to its file and columns, and numbers; nothing that was read. */
export interface DataLocation {
  readonly file?: string;
  /** As a spreadsheet counts: the header is row 1. */
  readonly row?: number;
  /** As an editor counts, where a quote out of place leaves no rows to count. */
  readonly line?: number;
  readonly column?: string;
}

/** The caller's own rows. The location is for its own log and screen: a peer is told of any UsageError only that it was one. */
export class DataError extends UsageError {
  readonly location: DataLocation;

  constructor(message: string, details: ErrorDetails & { readonly location?: DataLocation }) {
    super(message, details);
    this.location = details.location ?? {};
  }
}
/** A peer broke the protocol. */
export class ProtocolError extends MpcError {}
/** A connection, a deadline, a cancellation. */
export class TransportError extends MpcError {}
/** A node may not do this: default deny, budgets, contracts. */
export class PolicyError extends MpcError {}
/** A defect of this package, or a random event whose probability the parameters bound. */
export class InternalError extends MpcError {}
