/** What a node has to know of a protocol to ask and answer it from its configuration. The node is given these. */
import type { Source } from '../data/source.ts';
import type { Plain } from '../kit/offer.ts';
import type { PartyId } from '../kit/party.ts';
import type { FailureBound, Leakage } from '../kit/protocol.ts';
import type { RunOptions, RunResult } from '../kit/run.ts';
import type { FlagTerms } from './node-config.ts';

/** An institution's own rows for one run. */
export interface OwnRows {
  /** What it asks about; given to the asker only. */
  readonly accounts: Source | undefined;
  /** What it holds; given to contributors only. */
  readonly evidence: Source | undefined;
}

/** The asker's answer as the protocol gives it. */
export interface Marks {
  /** One byte per row of the asked accounts, in their order. */
  readonly flagged: Uint8Array;
  readonly advisory: true;
  readonly purpose: string;
  readonly ttlDays: number;
  readonly disputeId: string;
}

export type JoinOptions = Omit<RunOptions<unknown, unknown>, 'parameters' | 'input'> & {
  readonly rows: OwnRows;
  /** Called once the run has an id that all parties confirmed, before anything of the protocol itself leaves. */
  readonly onOpened?: () => void;
};

/** One run of a question, planned from the terms: nothing in it comes from another party but the declared size. */
export interface PlannedRun {
  /** Protocol id: `flag/1`. */
  readonly protocol: string;
  readonly parameters: { readonly [name: string]: Plain };
  /** In the protocol's order. */
  readonly roles: ReadonlyMap<PartyId, readonly string[]>;
  /** The size that the asker declares. */
  readonly askerBucket: number;
  readonly leakage: readonly Leakage[];
  readonly failures: readonly FailureBound[];
  /** Takes this node's part; only the asker gets marks. */
  join(options: JoinOptions): Promise<RunResult<Marks | undefined>>;
}

export interface QuestionKind {
  /** The value of `protocol` in the configuration. */
  readonly name: FlagTerms['protocol'];
  /** Protocol id: `flag/1`. */
  readonly protocol: string;
  /** @throws UsageError `bad-parameter` where the terms allow no such run */
  plan(terms: FlagTerms, run: { readonly asker: PartyId; readonly items: number }): PlannedRun;
  /** The asker's size that the parameters of a peer's offer declare; undefined where they declare none. */
  declaredItems(parameters: Plain): number | undefined;
}
