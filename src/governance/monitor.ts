/**
 * What happens at a node, as typed events for whoever watches it. They are made from the ledger's entries once these are
 * durable, so that nothing is told that is not on the record; they name parties, questions, runs and numbers, and no item.
 */
import type { PartyId } from '../kit/party.ts';
import type { AlertKind, LedgerBodies, LedgerEntry } from './ledger-entry.ts';

type Told<K extends string, B> = { readonly kind: K; readonly at: string } & B;

export type MonitorEvent =
  /** A run has begun: the request counts. */
  | Told<'admitted', Pick<LedgerBodies['run-admitted'], 'run' | 'question' | 'asker' | 'bucket' | 'period'>>
  | Told<'opening', { readonly run: string }>
  | Told<'ended', Pick<LedgerBodies['run-ended'], 'run' | 'outcome' | 'phase' | 'party'>>
  | Told<'refused', LedgerBodies['refused']>
  | Told<'alert', RaisedAlert>
  | Told<'sealed', { readonly run: string; readonly peers: readonly PartyId[] }>
  | Told<'frozen', Pick<LedgerBodies['snapshot'], 'question' | 'period' | 'dataset'>>
  | Told<
      'agreement',
      { readonly what: 'contract-signed' | 'contract-revoked' | 'grant-revoked'; readonly question: string }
    >;

export interface RaisedAlert {
  readonly at: string;
  readonly alert: AlertKind;
  readonly peer?: PartyId;
  readonly question?: string;
  readonly run?: string;
}

/** What an entry of the ledger says to who watches. */
export function eventOf({ at, kind, body }: LedgerEntry): MonitorEvent {
  switch (kind) {
    case 'run-admitted': {
      const { run, question, asker, bucket, period } = body;
      return { kind: 'admitted', at, run, question, asker, bucket, ...(period === undefined ? {} : { period }) };
    }
    case 'run-opening':
      return { kind: 'opening', at, run: body.run };
    case 'run-ended':
    case 'failed-start': {
      const { run, outcome, phase, party } = body;
      const place = { ...(phase === undefined ? {} : { phase }), ...(party === undefined ? {} : { party }) };
      return { kind: 'ended', at, run, outcome, ...place };
    }
    case 'refused':
      return { kind: 'refused', at, ...body };
    case 'alert':
      return { kind: 'alert', at, ...body };
    case 'heads-countersigned':
      return { kind: 'sealed', at, run: body.run, peers: body.peers.map(({ peer }) => peer) };
    case 'snapshot': {
      const { question, period, dataset } = body;
      return { kind: 'frozen', at, question, period, dataset };
    }
    case 'contract-signed':
    case 'contract-revoked':
    case 'grant-revoked':
      return { kind: 'agreement', at, what: kind, question: body.question };
    default:
      return body satisfies never;
  }
}

/** What an institution declared of itself, and what it may ask: what its requests are held against. */
export interface AskerLimits {
  /** The size bucket of its customer base; undefined where it declared none. */
  readonly customerBucket?: number | undefined;
  /** Padded rows that it may ask about in a period, or on a day where there is none. */
  readonly mostRows: number;
}

/** One list in so many pieces, or more of them, is no screening of customers. */
const PIECES = 8;
/** Of all that it may ask. */
const NEAR_THE_CAP = 0.9;

/**
 * Looks for what single requests do not show. Padded sizes are all that others see of an asker's list:
 *
 * - `piecemeal`: it uses up what it may ask in many small lists. Accounts that were evaluated are left out of the next
 *   list, so each of these is of accounts that never were: a search through numbers looks so, growing customers do not.
 * - `above-base`: a list is larger than its institution has customers.
 */
export class AskPatterns {
  readonly #counted = new Map<string, { readonly period: string; runs: number; rows: number }>();

  /** Alerts that the request gives cause for; entries come in the order of the ledger. */
  admitted(at: string, body: LedgerBodies['run-admitted'], limits: AskerLimits): readonly AlertKind[] {
    const { asker, question, bucket, period = at.slice(0, 'yyyy-mm-dd'.length) } = body;
    const key = `${asker} ${question}`;
    let counted = this.#counted.get(key);
    if (counted?.period !== period) this.#counted.set(key, (counted = { period, runs: 0, rows: 0 }));
    counted.runs++;
    counted.rows += bucket;
    const { customerBucket, mostRows } = limits;
    const found: AlertKind[] = [];
    if (counted.runs >= PIECES && counted.rows >= NEAR_THE_CAP * mostRows) found.push('piecemeal');
    if (customerBucket !== undefined && bucket > customerBucket) found.push('above-base');
    return found;
  }
}
