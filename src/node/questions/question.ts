/** What a node has to know of a protocol to ask and answer it from its configuration. The node is given these. */
import type { Source } from '../../data/source.ts';
import type { Plain } from '../../kit/offer.ts';
import type { PartyId } from '../../kit/party.ts';
import type { FailureBound, Leakage } from '../../kit/protocol.ts';
import type { RunOptions, RunResult } from '../../kit/run.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import type { KeptSecrets } from './kept-secrets.ts';

/** An institution's own rows for one run. */
export interface OwnRows {
  /** What it asks about; given to the asker only. */
  readonly asked: Source | undefined;
  /** What it answers from; given to parties that bring a list. */
  readonly held: Source | undefined;
  /** The list as it was frozen for a period, where `held` is such a one: it knows its salt once it was read. */
  readonly frozen?: { readonly salt: string | undefined } | undefined;
}

/** How long and for what an answer may be used, as the protocol says it. */
export interface Conditions {
  readonly advisory: true;
  readonly purpose: string;
  readonly ttlDays: number;
  readonly disputeId: string;
}

/** The asker's answer of a flag run as the protocol gives it. */
export interface Marks extends Conditions {
  /** One byte per row of the asked accounts, in their order. */
  readonly flagged: Uint8Array;
}

/** What a party learned of a run. */
export type Outcome =
  | ({ readonly kind: 'flags' } & Marks)
  | ({
      readonly kind: 'rows';
      /** One byte per own row: 1 where the other party lists the account. */
      readonly held: Uint8Array;
      /** The other party's rows of common accounts, where the terms have columns and this party gets them. */
      readonly joined?: JoinedCells;
    } & Conditions)
  | ({ readonly kind: 'size'; readonly size: number } & Conditions);

/** Own row r meets the rows first[r] .. first[r] + count[r] - 1 of the other party. */
export interface JoinedCells {
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  readonly cell: (column: string, row: number) => Uint8Array;
}

export type JoinOptions = Omit<RunOptions<unknown, unknown>, 'parameters' | 'input'> & {
  readonly rows: OwnRows;
  /** Called once the run has an id that all parties confirmed, before anything of the protocol itself leaves. */
  readonly onOpened?: () => void;
};

/** One run of a question, planned from the terms: nothing in it comes from another party but the declared size. */
export interface PlannedRun {
  /** Protocol id: `flag/12`. */
  readonly protocol: string;
  readonly parameters: { readonly [name: string]: Plain };
  /** In the protocol's order. */
  readonly roles: ReadonlyMap<PartyId, readonly string[]>;
  /** The size that the asker declares. */
  readonly askerBucket: number;
  /** Fewer accounts of the asker, but for none at all, are refused before anybody is contacted. */
  readonly smallestBatch: number;
  /** Names of what a run may give away beyond its answer, or of what its answer is: the terms acknowledge them. */
  readonly disclosures: readonly string[];
  readonly leakage: readonly Leakage[];
  readonly failures: readonly FailureBound[];
  /** Takes this node's part; undefined at a party that learns nothing. */
  join(options: JoinOptions): Promise<RunResult<Outcome | undefined>>;
}

/** Whose run is to be planned. */
export interface RunRequest {
  readonly asker: PartyId;
  /** How many different accounts it asks about. */
  readonly items: number;
  /** Whom it asks, where a question goes to one institution; other kinds do not look at it. */
  readonly peer?: PartyId | undefined;
}

export interface QuestionKind {
  /** The value of `protocol` in the configuration. */
  readonly name: QuestionTerms['protocol'];
  /** Protocol id: `flag/12`. */
  readonly protocol: string;
  /** Whom `asker` can put the question to, one at a time; or it goes to all parties of the terms at once. */
  peers(terms: QuestionTerms, asker: PartyId): readonly PartyId[] | 'all';
  /** @throws UsageError `bad-parameter` where the terms allow no such run */
  plan(terms: QuestionTerms, run: RunRequest): PlannedRun;
  /**
   * A run of these parameters of a former offer, to be executed again. @throws UsageError `bad-parameter` when they are none
   */
  replay(parameters: Plain): Pick<PlannedRun, 'join'>;
  /** The asker's size that the parameters of a peer's offer declare; undefined where they declare none. */
  declaredItems(parameters: Plain): number | undefined;
  /** What its runs keep for later ones. Absent: nothing. */
  readonly kept?: KeptSecrets;
}
