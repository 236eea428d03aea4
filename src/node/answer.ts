/** The asker's answer: its own accounts with one bit each, and how long and for what that bit may be used. */
import type { RunReport } from '../kit/run.ts';
import type { PlannedRun } from './question.ts';

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

export interface Answer {
  readonly question: string;
  /** The run's name on the links: 32 hexadecimal digits. */
  readonly run: string;
  readonly advisory: true;
  readonly purpose: string;
  /** ISO 8601. */
  readonly answered: string;
  readonly expires: string;
  readonly disputeId: string;
  readonly accountCount: number;
  readonly flaggedCount: number;
  /** In the order of the dataset. Objects are made as they are taken: a list of 10^7 needs no 10^7 objects. */
  rows(): IterableIterator<AnswerRow>;
  readonly leakage: PlannedRun['leakage'];
  readonly report: RunReport;
}

export interface AnswerParts extends Omit<Answer, 'rows' | 'advisory' | 'accountCount' | 'flaggedCount'> {
  /** Canonical accounts in batches, in the order of the dataset. */
  readonly batches: readonly (readonly string[])[];
  /** One byte per account. */
  readonly flagged: Uint8Array;
}

export function makeAnswer({ batches, flagged, ...rest }: AnswerParts): Answer {
  const { expires, disputeId } = rest;
  return {
    ...rest,
    advisory: true,
    accountCount: flagged.length,
    flaggedCount: flagged.reduce((sum, bit) => sum + bit, 0),
    *rows() {
      let row = 0;
      for (const batch of batches) {
        for (const account of batch) {
          yield { account, flagged: flagged[row] === 1, advisory: true, expires, disputeId };
          row++;
        }
      }
    },
  };
}
