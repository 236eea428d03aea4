/**
 * What the local administration says: one connection for one request, JSON lines. The client sends one line; the node
 * answers with any number of `progress` and `rows` lines and one `result` or `error`. Closing the connection cancels.
 * An operator asks for a nonce first (`challenge`) and sends the request signed.
 */
import type { DataReport } from '../../data/data-report.ts';
import { toHex } from '../../crypto/bytes.ts';
import type {
  Answer,
  AnswerRow,
  OverlapAnswer,
  OverlapRow,
  OverlapRowsAnswer,
  OverlapSizeAnswer,
} from '../runs/answer.ts';
import type { RunReport } from '../../kit/run.ts';
import type { AskEvent } from '../runs/asking.ts';
import type { RevokedConsent } from '../agreements/consent.ts';
import type { ContractStatus } from '../agreements/contract-book.ts';
import type { NodeEvent } from '../ledger/monitor.ts';
import type { GrantStatus } from '../agreements/grants.ts';
import type { NodeStatus } from '../node-status.ts';
import type { PostedError } from '../workers/posted-error.ts';
import type { RunRecord } from '../runs/run-records.ts';

export type AdminRequest =
  | { readonly op: 'status' }
  /** Goes on until the client leaves or the node stops. */
  | { readonly op: 'monitor' }
  | { readonly op: 'runs'; readonly limit: number }
  | {
      readonly op: 'ask';
      readonly question: string;
      readonly peer?: string;
      readonly onlyNew?: true;
      readonly waitMs?: number;
    }
  | { readonly op: 'answer'; readonly run: string }
  | { readonly op: 'consent' }
  | { readonly op: 'reload-contracts' }
  /** The hash is that of the contract that the operator was shown. */
  | { readonly op: 'sign-contract'; readonly question: string; readonly contract: string }
  | { readonly op: 'revoke-contract'; readonly question: string }
  | { readonly op: 'revoke-grant'; readonly id: string }
  | { readonly op: 'stop' };

/** A request under an operator's signature; `request` is its line. */
export interface SignedRequest {
  readonly operator: string;
  readonly request: string;
  /** Ed25519, 128 hexadecimal digits. */
  readonly signature: string;
}

/** First line of a client that has an operator's key. */
export const CHALLENGE_LINE = '{"op":"challenge"}';

export interface AdminResults {
  readonly status: NodeStatus;
  readonly monitor: null;
  readonly runs: readonly RunRecord[];
  readonly ask: AnswerSummary | OverlapSummary;
  readonly answer: OverlapRowsSummary;
  readonly consent: ConsentStatus;
  readonly 'reload-contracts': readonly ContractStatus[];
  /** Parties whose signature is still missing. */
  readonly 'sign-contract': readonly string[];
  readonly 'revoke-contract': RevokedConsent;
  readonly 'revoke-grant': RevokedConsent;
  readonly stop: null;
}

export type AdminResponse =
  /** 64 hexadecimal digits. */
  | { readonly kind: 'challenge'; readonly nonce: string }
  | { readonly kind: 'progress'; readonly event: AdminAskEvent }
  | { readonly kind: 'event'; readonly event: NodeEvent }
  /** So many events were left out because the client did not read. */
  | { readonly kind: 'missed'; readonly count: number }
  | { readonly kind: 'rows'; readonly rows: readonly (AnswerRow | OverlapRow)[] }
  | { readonly kind: 'result'; readonly value: AdminResults[keyof AdminResults] }
  | { readonly kind: 'error'; readonly error: PostedError };

/** What this institution has agreed to, and how that stands. */
export interface ConsentStatus {
  readonly contracts: readonly ContractStatus[];
  readonly grants: readonly GrantStatus[];
}

/** An answer without its rows, as plain data. */
export interface AnswerSummary extends Omit<Answer, 'rows' | 'report'>, RunFigures {}
export interface OverlapRowsSummary extends Omit<OverlapRowsAnswer, 'rows' | 'report'>, RunFigures {}
export interface OverlapSizeSummary extends Omit<OverlapSizeAnswer, 'report'>, RunFigures {}
export type OverlapSummary = OverlapRowsSummary | OverlapSizeSummary;

/** What a run took. */
interface RunFigures {
  readonly sid: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly failureLog2: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** An event of a question as plain data. */
export type AdminAskEvent =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'reading'; readonly rows: number }
  | { readonly kind: 'checked'; readonly report: DataReport }
  | { readonly kind: 'only-new'; readonly leftOut: number; readonly unasked: number }
  | {
      readonly kind: 'planned';
      readonly askerBucket: number;
      readonly parties: readonly string[];
      /** Names of what the terms acknowledge that the answer gives away. */
      readonly disclosures: readonly string[];
    }
  | { readonly kind: 'connecting'; readonly run: string; readonly attempt: number }
  | { readonly kind: 'waiting-for-parties'; readonly parties: readonly string[]; readonly leftMs: number }
  | { readonly kind: 'running'; readonly phase: string; readonly done: number; readonly total: number }
  | { readonly kind: 'retrying'; readonly attempt: number; readonly code: string; readonly party?: string };

/** Longest request: a question's name and little else, twice quoted where it is signed. */
export const MAX_REQUEST_BYTES = 4096;
/**
 * Longest answer line: a batch of rows of accounts of at most 128 characters; with columns a row has some 900 bytes at
 * most, as names and contents of a run are bounded.
 */
export const MAX_RESPONSE_BYTES: number = 1 << 20;
export const ROWS_PER_LINE = 1000;
/** Newest records that one request may list. */
export const MAX_RUNS = 1000;
/** Longest wait of a question for its parties. */
export const MAX_WAIT_MS = 3_600_000;

export function summaryOf(answer: OverlapRowsAnswer): OverlapRowsSummary;
export function summaryOf(answer: Answer | OverlapAnswer): AnswerSummary | OverlapSummary;
export function summaryOf(answer: Answer | OverlapAnswer): AnswerSummary | OverlapSummary {
  const figures = figuresOf(answer.report);
  if (answer.kind === 'size') {
    const { report: _report, ...rest } = answer;
    return { ...rest, ...figures };
  }
  const { rows: _rows, report: _report, ...rest } = answer;
  return { ...rest, ...figures };
}

function figuresOf({ sid, seconds, rounds, failureLog2, traffic }: RunReport): RunFigures {
  const { sentBytes, receivedBytes } = traffic;
  return { sid: toHex(sid), seconds, rounds, failureLog2, sentBytes, receivedBytes };
}

export function plainEvent(event: AskEvent): AdminAskEvent {
  switch (event.kind) {
    case 'planned': {
      const { askerBucket, roles, disclosures } = event.planned;
      return { kind: 'planned', askerBucket, parties: [...roles.keys()], disclosures };
    }
    case 'running': {
      const { phase, done, total } = event.progress;
      return { kind: 'running', phase, done, total };
    }
    case 'retrying': {
      const { code, party } = event.error;
      return { kind: 'retrying', attempt: event.attempt, code, ...(party === undefined ? {} : { party }) };
    }
    case 'waiting':
    case 'reading':
    case 'checked':
    case 'only-new':
    case 'connecting':
    case 'waiting-for-parties':
      return event;
    default:
      return event satisfies never;
  }
}

function isWait(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_WAIT_MS;
}

const HASH = /^[0-9a-f]{64}$/;
const SIGNATURE = /^[0-9a-f]{128}$/;

/** Of the JSON object that a line is; undefined when it is none. */
function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** The signed request that a line holds; undefined when it is none. */
export function parseSigned(line: string): SignedRequest | undefined {
  const fields = fieldsOf(line);
  if (fields === undefined) return undefined;
  const { operator, request, signature, ...more } = fields;
  if (typeof operator !== 'string' || typeof request !== 'string' || typeof signature !== 'string') return undefined;
  return SIGNATURE.test(signature) && Object.keys(more).length === 0 ? { operator, request, signature } : undefined;
}

/** The request that a line holds; undefined when it is none. */
export function parseRequest(line: string): AdminRequest | undefined {
  const fields = fieldsOf(line);
  if (fields === undefined) return undefined;
  const { op, ...rest } = fields;
  const keys = Object.keys(rest);
  switch (op) {
    case 'status':
    case 'monitor':
    case 'consent':
    case 'reload-contracts':
    case 'stop':
      return keys.length === 0 ? { op } : undefined;
    case 'runs': {
      const { limit } = rest;
      const fits = typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_RUNS;
      return fits && keys.length === 1 ? { op, limit } : undefined;
    }
    case 'ask':
      return parseAsk(rest);
    case 'answer': {
      const { run } = rest;
      return typeof run === 'string' && keys.length === 1 ? { op, run } : undefined;
    }
    case 'sign-contract': {
      const { question, contract } = rest;
      if (typeof question !== 'string' || typeof contract !== 'string' || keys.length !== 2) return undefined;
      return HASH.test(contract) ? { op, question, contract } : undefined;
    }
    case 'revoke-contract': {
      const { question } = rest;
      return typeof question === 'string' && keys.length === 1 ? { op, question } : undefined;
    }
    case 'revoke-grant': {
      const { id } = rest;
      return typeof id === 'string' && keys.length === 1 ? { op, id } : undefined;
    }
    default:
      return undefined;
  }
}

function parseAsk(fields: Readonly<Record<string, unknown>>): AdminRequest | undefined {
  const { question, peer, onlyNew, waitMs, ...more } = fields;
  if (typeof question !== 'string' || Object.keys(more).length > 0) return undefined;
  if (peer !== undefined && typeof peer !== 'string') return undefined;
  if (onlyNew !== undefined && onlyNew !== true) return undefined;
  if (waitMs !== undefined && !isWait(waitMs)) return undefined;
  return {
    op: 'ask',
    question,
    ...(peer === undefined ? {} : { peer }),
    ...(onlyNew === undefined ? {} : { onlyNew }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}
