/** What a node says of itself. */
import type { RaisedAlert } from '../governance/monitor.ts';
import type { PartyId } from '../kit/party.ts';
import type { ActiveRunStatus } from './runs/active-runs.ts';
import type { BudgetLine } from './ledger/budget-lines.ts';
import type { ClockSuspect } from './clock-check.ts';
import type { KeptAnswerStatus } from './runs/kept-answers.ts';
import type { QuestionTerms } from './config/node-config.ts';
import type { PeerStatus } from './peer-network.ts';
import type { QuestionKind } from './questions/question.ts';

export interface NodeStatus {
  readonly name: PartyId;
  readonly stopping: boolean;
  readonly upSeconds: number;
  readonly peers: readonly PeerStatus[];
  readonly questions: readonly QuestionStatus[];
  /** Own questions with a place, and those in line for one. */
  readonly asking: number;
  readonly waiting: number;
  /** Runs of peers. */
  readonly answering: number;
  readonly runs: readonly ActiveRunStatus[];
  /** Answers that came to this node from questions of others, newest first. */
  readonly answers: readonly KeptAnswerStatus[];
  /** What is used up of each limit of each asker. */
  readonly budgets: readonly BudgetLine[];
  /** The last ones, newest first. */
  readonly alerts: readonly RaisedAlert[];
  /** A party whose clock stands against the others'. */
  readonly clockSuspect?: ClockSuspect;
}

/** A configured question, for people and for programs that choose one. */
export interface QuestionStatus {
  readonly name: string;
  readonly protocol: QuestionTerms['protocol'];
  /** Names of what the terms acknowledge that an answer gives away. */
  readonly acknowledged: readonly string[];
  /** Whom this node can ask, where the question goes to one institution. */
  readonly peers?: readonly PartyId[];
  readonly mode?: 'receiver' | 'both' | 'size-only';
  /** Columns of the peer's rows that an answer has. */
  readonly columns?: readonly string[];
}

export function questionStatus(terms: QuestionTerms, kind: QuestionKind, self: PartyId): QuestionStatus {
  const { name, protocol, acknowledged } = terms;
  const peers = kind.peers(terms, self);
  return {
    name,
    protocol,
    acknowledged,
    ...(peers === 'all' ? {} : { peers }),
    ...(terms.protocol === 'overlap' ? { mode: terms.mode, columns: terms.columns.map((column) => column.name) } : {}),
  };
}
