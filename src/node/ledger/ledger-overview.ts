/** What a ledger says to a person: who asked what and when, what may have opened, what is left of each limit. */
import { Budgets } from '../../governance/budgets.ts';
import type { LedgerBodies, LedgerEntry, LedgerHead } from '../../governance/ledger-entry.ts';
import { keepLatestSeal } from '../../governance/ledger-state.ts';
import type { PartyId } from '../../kit/party.ts';
import { type BudgetLine, budgetLines, type Limits } from './budget-lines.ts';

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
      case 'heads-countersigned': {
        const { own, peers } = entry.body;
        for (const { peer, theirs } of peers) keepLatestSeal(this.#seals, { at, peer, own, theirs });
        return;
      }
      default:
    }
  }

  overview(limits: Limits, nowMs: number): LedgerOverview {
    return {
      entries: this.#entries,
      runs: [...this.#runs.values()].toReversed(),
      budgets: budgetLines(this.#budgets, limits, nowMs),
      refusals: this.#refusals.toReversed(),
      alerts: this.#alerts.toReversed(),
      seals: [...this.#seals.values()],
    };
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
