/**
 * What the local administration says: one connection for one request, JSON lines. The client sends one line; the node
 * answers with any number of `progress` and `rows` lines and one `result` or `error`. Closing the connection cancels.
 */
import { toHex } from '../crypto/bytes.ts';
import type { Answer, AnswerRow } from './answer.ts';
import type { AskEvent } from './asking.ts';
import type { NodeStatus } from './node.ts';
import type { PostedError } from './posted-error.ts';
import type { RunRecord } from './run-records.ts';

export type AdminRequest =
  | { readonly op: 'status' }
  | { readonly op: 'runs'; readonly limit: number }
  | { readonly op: 'ask'; readonly question: string }
  | { readonly op: 'stop' };

export interface AdminResults {
  readonly status: NodeStatus;
  readonly runs: readonly RunRecord[];
  readonly ask: AnswerSummary;
  readonly stop: null;
}

export type AdminResponse =
  | { readonly kind: 'progress'; readonly event: AdminAskEvent }
  | { readonly kind: 'rows'; readonly rows: readonly AnswerRow[] }
  | { readonly kind: 'result'; readonly value: AdminResults[keyof AdminResults] }
  | { readonly kind: 'error'; readonly error: PostedError };

/** An answer without its rows, as plain data. */
export interface AnswerSummary
  extends Pick<
    Answer,
    | 'question'
    | 'run'
    | 'advisory'
    | 'purpose'
    | 'answered'
    | 'expires'
    | 'disputeId'
    | 'accountCount'
    | 'flaggedCount'
    | 'leakage'
  > {
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
  | { readonly kind: 'planned'; readonly askerBucket: number; readonly parties: readonly string[] }
  | { readonly kind: 'connecting'; readonly run: string; readonly attempt: number }
  | { readonly kind: 'running'; readonly phase: string; readonly done: number; readonly total: number }
  | { readonly kind: 'retrying'; readonly attempt: number; readonly code: string; readonly party?: string };

/** Longest request: a question's name and little else. */
export const MAX_REQUEST_BYTES = 4096;
/** Longest answer line: a batch of rows of accounts of at most 128 characters. */
export const MAX_RESPONSE_BYTES: number = 1 << 20;
export const ROWS_PER_LINE = 1000;
/** Newest records that one request may list. */
export const MAX_RUNS = 1000;

export function summaryOf(answer: Answer): AnswerSummary {
  const { rows: _rows, report, ...rest } = answer;
  const { sid, seconds, rounds, failureLog2, traffic } = report;
  const { sentBytes, receivedBytes } = traffic;
  return { ...rest, sid: toHex(sid), seconds, rounds, failureLog2, sentBytes, receivedBytes };
}

export function plainEvent(event: AskEvent): AdminAskEvent {
  switch (event.kind) {
    case 'planned': {
      const { askerBucket, roles } = event.planned;
      return { kind: 'planned', askerBucket, parties: [...roles.keys()] };
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
    case 'connecting':
      return event;
    default:
      return event satisfies never;
  }
}

/** The request that a line holds; undefined when it is none. */
export function parseRequest(line: string): AdminRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('op' in value)) return undefined;
  const { op, ...rest } = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(rest);
  switch (op) {
    case 'status':
    case 'stop':
      return keys.length === 0 ? { op } : undefined;
    case 'runs': {
      const { limit } = rest;
      const fits = typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_RUNS;
      return fits && keys.length === 1 ? { op, limit } : undefined;
    }
    case 'ask': {
      const { question } = rest;
      return typeof question === 'string' && keys.length === 1 ? { op, question } : undefined;
    }
    default:
      return undefined;
  }
}
