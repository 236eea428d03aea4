/** Watches the ledger of a running node: tells who listens, keeps the last alerts, and raises those that patterns give cause for. */
import {
  AskPatterns,
  type AskerLimits,
  eventOf,
  type MonitorEvent,
  type RaisedAlert,
} from '../../governance/monitor.ts';
import type { AlertKind, LedgerBodies, LedgerEntry } from '../../governance/ledger-entry.ts';
import type { Ledger } from '../../governance/ledger.ts';
import { type PartyId, partyId } from '../../kit/party.ts';
import type { BudgetLine } from './budget-lines.ts';
import type { BudgetsLeft } from './budgets-left.ts';
import { errorFields, type Log } from '../log.ts';

const ALERTS_KEPT = 20;
/** More than a period has of runs, as a rule; patterns look at one period. */
const EARLY_KEPT = 1000;

/** What the ledger says, and after each request what is used up of each limit of its asker. */
export type NodeEvent = MonitorEvent | { readonly kind: 'budget'; readonly at: string; readonly line: BudgetLine };

export interface MonitorOptions {
  readonly ledger: Ledger;
  readonly budgets: BudgetsLeft;
  readonly log: Log;
}

export class Monitor {
  readonly #listeners = new Set<(event: NodeEvent) => void>();
  readonly #patterns = new AskPatterns();
  readonly #alerts: RaisedAlert[] = [];
  #options: MonitorOptions | undefined;
  /** Runs under way, for the budgets that their ends change. */
  readonly #admitted = new Map<string, LedgerBodies['run-admitted']>();
  /** Admitted before the limits were known here: at the start of the node. */
  #early: { readonly at: string; readonly body: LedgerBodies['run-admitted'] }[] = [];

  /** From here on limits are known; what the ledger had before is taken into account. */
  start(options: MonitorOptions): void {
    this.#options = options;
    for (const { at, body } of this.#early) this.#patterns.admitted(at, body, this.#limitsOf(body));
    this.#early = [];
  }

  /** Newest first. */
  get alerts(): readonly RaisedAlert[] {
    return this.#alerts.toReversed();
  }

  /** Tells the listener of all that comes, until the returned function is called. It must be quick and not throw. */
  listen(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** An entry that is durable. `isNew`: it came now, and was not there when the node started. */
  take(entry: LedgerEntry, isNew: boolean): void {
    const { at, kind, body } = entry;
    if (kind === 'alert') this.#takeAlert({ at, ...body }, isNew);
    if (isNew) this.#tell(eventOf(entry));
    if (kind === 'run-admitted') this.#takeAdmitted(at, body, isNew);
    if (kind === 'failed-start' && isNew) this.#takeFailedStart(body);
    if (kind === 'run-ended' || kind === 'failed-start') this.#takeEnded(at, body.run, isNew);
  }

  #takeAlert(raised: RaisedAlert, isNew: boolean): void {
    this.#alerts.push(raised);
    if (this.#alerts.length > ALERTS_KEPT) this.#alerts.shift();
    const { alert, peer, question } = raised;
    if (!isNew) return;
    const about = { ...(peer === undefined ? {} : { peer }), ...(question === undefined ? {} : { question }) };
    this.#options?.log.write('warn', 'alert', { alert, ...about });
  }

  #takeAdmitted(at: string, body: LedgerBodies['run-admitted'], isNew: boolean): void {
    if (this.#options === undefined) {
      this.#early.push({ at, body });
      if (this.#early.length > EARLY_KEPT) this.#early.shift();
      return;
    }
    const found = this.#patterns.admitted(at, body, this.#limitsOf(body));
    if (!isNew) return;
    this.#admitted.set(body.run, body);
    for (const alert of found) void this.#raise({ alert, peer: body.asker, question: body.question, run: body.run });
    this.#tellBudget(at, body);
  }

  /** Others can use up an asker's starts, by what they withhold: people are told once it has none left. */
  #takeFailedStart({ run, shown, party }: LedgerBodies['failed-start']): void {
    const admitted = this.#admitted.get(run);
    if (admitted === undefined || !shown) return;
    const { question, asker } = admitted;
    const lines = this.#options?.budgets.linesOf(question, asker) ?? [];
    const isOver = lines.some(
      (line) => line.kind === 'contract' && line.asker === asker && line.failedStarts.used >= line.failedStarts.most,
    );
    const peer = party === undefined ? asker : partyId(party);
    if (isOver) void this.#raise({ alert: 'failed-starts', peer, question, run });
  }

  #takeEnded(at: string, run: string, isNew: boolean): void {
    const body = this.#admitted.get(run);
    this.#admitted.delete(run);
    if (isNew && body !== undefined) this.#tellBudget(at, body);
  }

  #limitsOf(body: LedgerBodies['run-admitted']): AskerLimits {
    return this.#options?.budgets.limitsOf(body) ?? { mostRows: Infinity };
  }

  #tellBudget(at: string, { question, asker }: LedgerBodies['run-admitted']): void {
    if (this.#listeners.size === 0) return;
    for (const line of this.#options?.budgets.linesOf(question, asker) ?? []) this.#tell({ kind: 'budget', at, line });
  }

  #tell(event: NodeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Once a day. Never rejects: that it could not be written is logged. */
  async #raise(alert: {
    readonly alert: AlertKind;
    readonly peer: PartyId;
    readonly question: string;
    readonly run: string;
  }): Promise<void> {
    if (this.#options === undefined) return;
    const { ledger, log } = this.#options;
    if (ledger.state.hasAlert(alert)) return;
    const { peer } = alert;
    try {
      await ledger.append('alert', alert);
    } catch (error) {
      log.write('error', 'ledger-failed', { peer, ...errorFields(error) });
    }
  }
}
