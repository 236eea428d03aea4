/**
 * What a demo found, as data: the object that `--json` prints, and all that the screen shows. It holds masked accounts
 * and row numbers of each institution's own list, no evidence.
 */
import type { Disclosure } from '../../../protocols/flag/index.ts';
import type { PrecisionRecall } from '../../data/evaluate.ts';
import type { DemoSource, EngineId } from './demo-options.ts';
import type { NotLearned } from '../ask/not-learned.ts';

export interface DemoReport {
  readonly kind: 'blindflag-demo';
  /** Of this shape. */
  readonly version: 1;
  readonly versions: { readonly blindflag: string; readonly node: string; readonly protocol: string };
  readonly parameters: DemoParameters;
  /** In the order in which they asked. */
  readonly institutions: readonly InstitutionReport[];
  /** Committee members that hold no accounts. */
  readonly helpers: readonly { readonly name: string; readonly traffic: TrafficReport }[];
  readonly totals: TotalsReport;
  /** All that is learned in all runs, beyond one's own input; equal statements are joined. */
  readonly whoLearnedWhat: readonly LearnedStatement[];
  readonly advisory: true;
  readonly purpose: string;
}

export interface DemoParameters {
  readonly source: DemoSource;
  readonly institutions: number;
  readonly quorum: number;
  readonly scoreThreshold: number;
  readonly scoreMax: number;
  /** Rows of evidence whose score was cut to `scoreMax`. */
  readonly cappedScores: number;
  readonly engine: EngineId;
  /** All parties in one process; otherwise a process each. */
  readonly inMemory: boolean;
  readonly securityModel: string;
  /** Declared sizes: all that others learn about the length of a list. */
  readonly askerBucket: number;
  readonly contributorBucket: number;
  /** What a contract would have to say in words. */
  readonly acknowledged: readonly Disclosure[];
}

export interface InstitutionReport {
  readonly name: string;
  readonly accounts: number;
  readonly flagged: FlaggedReport;
  /** Against the accounts that are to be found. */
  readonly jointly: QualityReport;
  /** The same score threshold on its own evidence, without the others. */
  readonly alone: QualityReport;
  readonly check: CheckReport;
  /** Its own run, as asker. */
  readonly run: RunMeasurements;
  /** In all runs of the demo. */
  readonly traffic: TrafficReport;
  /** Statements of the protocol about this institution as asker, then about every party. */
  readonly learned: readonly string[];
  readonly notLearned: readonly NotLearned[];
  readonly ttlDays: number;
  readonly disputeId: string;
}

interface FlaggedReport {
  readonly count: number;
  /** Row numbers in the institution's own list, from 0. */
  readonly rows: readonly number[];
  /** The first of them, masked. */
  readonly masked: readonly string[];
}

/** How good a set of flags is; null where there is nothing to divide by. */
export interface QualityReport {
  readonly flagged: number;
  readonly toFind: number;
  readonly found: number;
  readonly precision: number | null;
  readonly recall: number | null;
}

/** `not-observed`: between processes nobody sees the messages but their ends. */
export type MessageShape = 'as-planned' | 'different' | 'not-observed';

interface CheckReport {
  /** The answer against the rule on plaintext, which only a demo can compute. */
  readonly plaintextRule: 'equal' | 'different';
  /** Every message's direction, number and length against those fixed by the parameters alone. */
  readonly messageShape: MessageShape;
}

export interface RunMeasurements {
  readonly runId: string;
  readonly committee: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Absent where the run was in other processes. */
  readonly sentMessages?: number;
  readonly receivedMessages?: number;
  /** log2 of the run's achieved statistical error. */
  readonly failureLog2: number;
}

export interface TrafficReport {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface TotalsReport {
  readonly accounts: number;
  readonly flagged: number;
  readonly jointly: QualityReport;
  readonly alone: QualityReport;
  /** Over all parties and runs: what is sent is received. */
  readonly traffic: TrafficReport;
  /** The runs one after another. */
  readonly seconds: number;
  readonly failureLog2: number;
  /** Answers that equal the rule on plaintext. */
  readonly equalAnswers: number;
}

export interface LearnedStatement {
  /** As the protocol names them; an institution that asks by its name. */
  readonly to: readonly string[];
  /** Under which condition, where there is one. */
  readonly when?: string;
  readonly learns: string;
}

export function qualityReport(quality: PrecisionRecall): QualityReport {
  return {
    flagged: quality.flagged,
    toFind: quality.relevant,
    found: quality.hits,
    precision: quality.precision ?? null,
    recall: quality.recall ?? null,
  };
}
