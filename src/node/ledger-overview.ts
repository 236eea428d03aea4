/** What a ledger says to a person: who asked what and when, what may have opened, what is left of each limit. */
import { type AgreedLimits, Budgets } from '../governance/budgets.ts';
import type { LedgerBodies, LedgerEntry, LedgerHead } from '../governance/ledger-entry.ts';
import { periodOf } from '../governance/period.ts';
import type { PartyId } from '../kit/party.ts';
import type { AllowEntry } from './node-config.ts';

export interface OverviewRun {
  readonly run: string;
  readonly at: string;
  readonly question: string;
  readonly asker: PartyId;
  readonly bucket: number;
  /** Something may have opened at this institution. */
  readonly mayHaveOpened: boolean;
  /** `running`, `done`, `interrupted`, or the code of the error. */
  readonly outcome: string;
}

export interface Used {
  readonly used: number;
  readonly most: number;
}

/** One limit of one asker. */
export type BudgetLine =
  | ({ readonly kind: 'day'; readonly question: string; readonly asker: PartyId } & Used)
  | ({ readonly kind: 'grant'; readonly question: string; readonly grant: string } & Used)
  | {
      readonly kind: 'contract';
      readonly question: string;
      readonly asker: PartyId;
      readonly period: string;
      readonly rows: Used;
      readonly runs: Used;
      readonly failedStarts: Used;
    };

/** Heads that this institution and a peer signed for each other last. */
export interface OverviewSeal {
  readonly at: string;
  readonly peer: PartyId;
  readonly own: LedgerHead;
  readonly theirs: LedgerHead;
}

export interface LedgerOverview {
  readonly entries: number;
  /** Newest first. */
  readonly runs: readonly OverviewRun[];
  readonly budgets: readonly BudgetLine[];
  readonly refusals: readonly (LedgerBodies['refused'] & { readonly at: string })[];
  readonly alerts: readonly (LedgerBodies['alert'] & { readonly at: string })[];
  readonly seals: readonly OverviewSeal[];
}

/** A question under a contract here, with what it limits for each who may ask. */
export interface AgreedQuestion {
  readonly question: string;
  readonly askers: readonly (readonly [asker: PartyId, limits: AgreedLimits])[];
  /** Who answers; where each answers for itself, this institution. */
  readonly contributors: readonly PartyId[];
}

/** What is shown of each list at most. */
const SHOWN = 100;

/** Takes entries in their order; `overview` may be asked at any time. */
export class LedgerReading {
  readonly #budgets = new Budgets();
  readonly #runs = new Map<string, OverviewRun>();
  readonly #refusals: (LedgerBodies['refused'] & { readonly at: string })[] = [];
  readonly #alerts: (LedgerBodies['alert'] & { readonly at: string })[] = [];
  readonly #seals = new Map<PartyId, OverviewSeal>();
  #entries = 0;

  add(entry: LedgerEntry): void {
    this.#budgets.apply(entry);
    this.#entries++;
    const { at } = entry;
    switch (entry.kind) {
      case 'run-admitted': {
        const { run, question, asker, bucket } = entry.body;
        this.#runs.set(run, { run, at, question, asker, bucket, mayHaveOpened: false, outcome: 'running' });
        if (this.#runs.size > SHOWN) this.#runs.delete(this.#runs.keys().next().value ?? '');
        return;
      }
      case 'run-opening':
        this.#change(entry.body.run, { mayHaveOpened: true });
        return;
      case 'run-ended':
      case 'failed-start':
        this.#change(entry.body.run, { outcome: entry.body.outcome });
        return;
      case 'refused':
        keepLast(this.#refusals, { ...entry.body, at });
        return;
      case 'alert':
        keepLast(this.#alerts, { ...entry.body, at });
        return;
      case 'head-countersigned': {
        const { peer, own, theirs } = entry.body;
        this.#seals.set(peer, { at, peer, own, theirs });
        return;
      }
      default:
    }
  }

  overview(
    limits: { readonly allow: readonly AllowEntry[]; readonly agreed: readonly AgreedQuestion[] },
    nowMs: number,
  ): LedgerOverview {
    return {
      entries: this.#entries,
      runs: [...this.#runs.values()].reverse(),
      budgets: [...this.#ofAllow(limits.allow, nowMs), ...limits.agreed.flatMap((one) => this.#ofContract(one, nowMs))],
      refusals: this.#refusals.toReversed(),
      alerts: this.#alerts.toReversed(),
      seals: [...this.#seals.values()],
    };
  }

  #ofAllow(allow: readonly AllowEntry[], nowMs: number): readonly BudgetLine[] {
    return allow.flatMap(({ id, question, askers, perDay, uses }): BudgetLine[] => [
      ...askers.map((asker): BudgetLine => {
        const used = this.#budgets.requestsToday({ question, asker }, nowMs);
        return { kind: 'day', question, asker, used, most: perDay };
      }),
      ...(id === undefined || uses === undefined
        ? []
        : [{ kind: 'grant', question, grant: id, used: this.#budgets.uses(id), most: uses } as const]),
    ]);
  }

  #ofContract({ question, askers, contributors }: AgreedQuestion, nowMs: number): readonly BudgetLine[] {
    return askers.map(([asker, limits]) => {
      const { rows, runs, failedStarts } = this.#budgets.use(limits, { asker, contributors }, nowMs);
      return {
        kind: 'contract',
        question,
        asker,
        period: periodOf(limits.period, nowMs),
        rows: { used: rows, most: limits.baseRows },
        runs: { used: runs, most: limits.maxRuns },
        failedStarts: { used: failedStarts, most: limits.failedStarts },
      };
    });
  }

  #change(run: string, change: Partial<OverviewRun>): void {
    const before = this.#runs.get(run);
    if (before !== undefined) this.#runs.set(run, { ...before, ...change });
  }
}

function keepLast<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > SHOWN) list.shift();
}
