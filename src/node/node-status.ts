/** What a node says of itself. */
import type { RaisedAlert } from '../governance/monitor.ts';
import type { PartyId } from '../kit/party.ts';
import type { ActiveRunStatus } from './runs/active-runs.ts';
import type { ContractStatus } from './agreements/contract-book.ts';
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
  readonly peers: readonly PeerStanding[];
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

export interface PeerStanding extends PeerStatus {
  /** ISO 8601: from then on the peer is not spoken to. Absent where the configuration says no time. */
  readonly expires?: string;
}

export function peerStanding(status: PeerStatus, expiresMs: number | undefined): PeerStanding {
  return expiresMs === undefined ? status : { ...status, expires: new Date(expiresMs).toISOString() };
}

/** A configured question, for people and for programs that choose one. */
export interface QuestionStatus {
  readonly name: string;
  readonly protocol: QuestionTerms['protocol'];
  /** With the version that this program has: `flag/12`. */
  readonly protocolId: string;
  /** `configured`: under the terms as they are here; else how the contract stands. */
  readonly agreement: 'configured' | ContractStatus['state'];
  /** The line that differs, where `agreement` is `stale`. */
  readonly line?: string;
  /** Hash of the contract, 64 hexadecimal digits, where there is one. */
  readonly contract?: string;
  /** ISO 8601: from then on nothing is asked or answered under the contract. */
  readonly expires?: string;
  /** Names of what the terms acknowledge that an answer gives away. */
  readonly acknowledged: readonly string[];
  /** Whom this node can ask, where the question goes to one institution. */
  readonly peers?: readonly PartyId[];
  readonly mode?: 'receiver' | 'both' | 'size-only';
  /** Columns of the peer's rows that an answer has. */
  readonly columns?: readonly string[];
}

export interface QuestionSurroundings {
  readonly kind: QuestionKind;
  readonly self: PartyId;
  readonly contracts: readonly ContractStatus[];
}

export function questionStatus(terms: QuestionTerms, { kind, self, contracts }: QuestionSurroundings): QuestionStatus {
  const { name, protocol, acknowledged } = terms;
  const peers = kind.peers(terms, self);
  const standing = contracts.find(({ question }) => question === name);
  return {
    name,
    protocol,
    protocolId: kind.protocol,
    acknowledged,
    agreement: terms.agreement === 'configured' ? 'configured' : (standing?.state ?? 'missing'),
    ...(standing?.line === undefined ? {} : { line: standing.line }),
    ...(standing?.contract === undefined ? {} : { contract: standing.contract }),
    ...(standing?.expires === undefined ? {} : { expires: standing.expires }),
    ...(peers === 'all' ? {} : { peers }),
    ...(terms.protocol === 'overlap' ? { mode: terms.mode, columns: terms.columns.map((column) => column.name) } : {}),
  };
}
