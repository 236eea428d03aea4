/** Texts of `blindflag ledger`. */
import type { LedgerFault } from '../../governance/ledger-check.ts';
import type { AlertKind, LedgerHead } from '../../governance/ledger-entry.ts';
import type { BudgetLine } from '../../node/ledger/budget-lines.ts';
import type { LedgerOverview, OverviewRun, OverviewSeal } from '../../node/ledger/ledger-overview.ts';
import type { Fault } from '../texts.ts';

type HelpOf = 'about' | 'verify' | 'show' | 'head';
type LabelOf = 'ledger' | 'runs' | 'budgets' | 'refusals' | 'alerts' | 'seals';

export interface LedgerTexts {
  readonly help: Readonly<Record<HelpOf, string>>;
  readonly labels: Readonly<Record<LabelOf, string>>;
  readonly none: string;
  /** Bytes behind the last whole entry. */
  piece(bytes: number): string;
  good(state: { readonly entries: number; readonly head: LedgerHead | undefined }): string;
  bad(state: { readonly seq: number; readonly fault: LedgerFault }): string;
  run(run: OverviewRun & { readonly minute: string }): string;
  budget(line: BudgetLine): string;
  refusal(refusal: LedgerOverview['refusals'][number] & { readonly minute: string }): string;
  alert(alert: {
    readonly alert: AlertKind;
    readonly peer: string | undefined;
    readonly question: string | undefined;
  }): string;
  seal(seal: OverviewSeal & { readonly minute: string }): string;
}

export interface LedgerFaultTexts {
  badHead(): Fault;
}
