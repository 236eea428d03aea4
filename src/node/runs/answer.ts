/** What a party learned of a run, and how long and for what that may be used. */
import { InternalError } from '../../errors.ts';
import { DAY_MS } from '../../governance/period.ts';
import type { PartyId } from '../../kit/party.ts';
import type { RunReport } from '../../kit/run.ts';
import type { Conditions, JoinedCells, Outcome, PlannedRun } from '../questions/question.ts';

/** One account's answer. A flag is advice: never the sole ground for closing an account. */
export interface AnswerRow {
  /** The asker's own account, canonical. */
  readonly account: string;
  readonly flagged: boolean;
  readonly advisory: true;
  /** ISO 8601: the answer must not be used from then on. */
  readonly expires: string;
  /** Quote it when an answer is disputed: it names the run and nothing in it. */
  readonly disputeId: string;
}

/** One own row, or where there are columns one pair of an own row and a row that the other party has of its account. */
export interface OverlapRow extends Omit<AnswerRow, 'flagged'> {
  /** Whether the other party lists the account. */
  readonly common: boolean;
  /** By name, of a common account: what the other party wrote, without characters that steer a screen. */
  readonly columns?: Readonly<Record<string, string>>;
}

interface AnswerHead {
  readonly question: string;
  /** The run's name on the links: 32 hexadecimal digits. */
  readonly run: string;
  readonly advisory: true;
  readonly purpose: string;
  /** ISO 8601. */
  readonly answered: string;
  readonly expires: string;
  readonly disputeId: string;
  /** Names of what the terms acknowledge. */
  readonly disclosures: readonly string[];
  readonly leakage: PlannedRun['leakage'];
  readonly report: RunReport;
}

/** Of a question to all parties: one bit for each own account. */
export interface Answer extends AnswerHead {
  readonly kind: 'flags';
  readonly accountCount: number;
  readonly flaggedCount: number;
  /** In the order of the dataset. Objects are made as they are taken: a list of 10^7 needs no 10^7 objects. */
  rows(): IterableIterator<AnswerRow>;
}

/** Of a question to one party: which own accounts it lists as well. */
export interface OverlapRowsAnswer extends AnswerHead {
  readonly kind: 'overlap';
  /** The other party. */
  readonly peer: PartyId;
  /** Own rows, and how many of them are of a common account. */
  readonly accountCount: number;
  readonly commonCount: number;
  /** Names of the columns that rows of common accounts have. */
  readonly columns: readonly string[];
  /** In the order of the dataset, made as they are taken. */
  rows(): IterableIterator<OverlapRow>;
}

/** Of a question to one party: how many different accounts both list. */
export interface OverlapSizeAnswer extends AnswerHead {
  readonly kind: 'size';
  readonly peer: PartyId;
  readonly size: number;
}

export type OverlapAnswer = OverlapRowsAnswer | OverlapSizeAnswer;

export interface AnswerParts {
  readonly question: string;
  readonly run: string;
  readonly planned: PlannedRun;
  readonly self: PartyId;
  /** Payload columns of the terms, for a party that gets them. */
  readonly columns: readonly string[];
  /** Canonical accounts in batches, in the order of the dataset. */
  readonly batches: Iterable<readonly string[]>;
  readonly outcome: Outcome;
  readonly report: RunReport;
  /** Wall-clock time. */
  readonly nowMs: number;
}

export function makeAnswer(parts: AnswerParts): Answer | OverlapAnswer {
  const { outcome, batches } = parts;
  const head = headOf(parts, outcome);
  switch (outcome.kind) {
    case 'flags': {
      const { flagged } = outcome;
      const rows = (): IterableIterator<AnswerRow> => flagRows(head, batches, flagged);
      return { ...head, kind: 'flags', accountCount: flagged.length, flaggedCount: countOf(flagged), rows };
    }
    case 'rows': {
      const { held, joined } = outcome;
      const columns = joined === undefined ? [] : parts.columns;
      const rows = (): IterableIterator<OverlapRow> => overlapRows(head, batches, { held, joined, columns });
      const counts = { accountCount: held.length, commonCount: countOf(held) };
      return { ...head, kind: 'overlap', peer: otherParty(parts), columns, ...counts, rows };
    }
    case 'size':
      return { ...head, kind: 'size', peer: otherParty(parts), size: outcome.size };
    default:
      return outcome satisfies never;
  }
}

function headOf({ question, run, planned, report, nowMs }: AnswerParts, conditions: Conditions): AnswerHead {
  const { purpose, ttlDays, disputeId } = conditions;
  return {
    question,
    run,
    advisory: true,
    purpose,
    answered: new Date(nowMs).toISOString(),
    expires: new Date(nowMs + ttlDays * DAY_MS).toISOString(),
    disputeId,
    disclosures: planned.disclosures,
    leakage: planned.leakage,
    report,
  };
}

function otherParty({ planned, self }: AnswerParts): PartyId {
  const [other, ...more] = [...planned.roles.keys()].filter((party) => party !== self);
  if (other !== undefined && more.length === 0) return other;
  throw new InternalError('Cannot answer: the run is not one of two parties', { code: 'internal' });
}

function countOf(bits: Uint8Array): number {
  return bits.reduce((sum, bit) => sum + bit, 0);
}

function* flagRows(
  { expires, disputeId }: AnswerHead,
  batches: AnswerParts['batches'],
  flagged: Uint8Array,
): Generator<AnswerRow> {
  let row = 0;
  for (const batch of batches) {
    for (const account of batch) {
      yield { account, flagged: flagged[row] === 1, advisory: true, expires, disputeId };
      row++;
    }
  }
}

interface Compared {
  readonly held: Uint8Array;
  readonly joined: JoinedCells | undefined;
  readonly columns: readonly string[];
}

function* overlapRows(
  { expires, disputeId }: AnswerHead,
  batches: AnswerParts['batches'],
  { held, joined, columns }: Compared,
): Generator<OverlapRow> {
  let row = 0;
  for (const batch of batches) {
    for (const account of batch) {
      const common = held[row] === 1;
      const plain: OverlapRow = { account, common, advisory: true, expires, disputeId };
      if (!common || joined === undefined) yield plain;
      else for (const cells of joinedRows(joined, row, columns)) yield { ...plain, columns: cells };
      row++;
    }
  }
}

function* joinedRows(
  { first, count, cell }: JoinedCells,
  row: number,
  columns: readonly string[],
): Generator<Readonly<Record<string, string>>> {
  for (let k = first[row]; k < first[row] + count[row]; k++) {
    yield Object.fromEntries(columns.map((name) => [name, shownText(cell(name, k))]));
  }
}

/** What another institution wrote: nothing in it moves a cursor, ends a line or turns the direction of text. */
function shownText(content: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(content)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
