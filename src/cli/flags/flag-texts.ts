/** Texts of `blindflag flags`. */
import type { Flag } from '../../governance/flag-register.ts';
import type { Fault } from '../texts.ts';

type HelpOf =
  | 'about'
  | 'add'
  | 'import'
  | 'withdraw'
  | 'dispute'
  | 'uphold'
  | 'expire'
  | 'list'
  | 'account'
  | 'scamType'
  | 'role'
  | 'state'
  | 'reporter'
  | 'evidence'
  | 'evidenceFile'
  | 'reportedAt'
  | 'days'
  | 'reason'
  | 'reference'
  | 'all'
  | 'accounts';

/** A flag as a screen shows it: the account masked, unless it was asked for in full. */
export interface ShownFlag extends Omit<Flag, 'reporters' | 'account'> {
  readonly account: string;
  readonly reporters: number;
  /** It counts in the answers to others. */
  readonly stands: boolean;
}

export interface FlagTexts {
  readonly help: Readonly<Record<HelpOf, string>>;
  readonly askAccount: string;
  added(flag: string): string;
  imported(state: { readonly reports: number; readonly flags: number }): string;
  changed(flag: ShownFlag): string;
  line(flag: ShownFlag): string;
  /** How many flags there are, and how many of them stand. */
  counts(state: { readonly flags: number; readonly stand: number }): string;
}

export interface FlagFaultTexts {
  /** The configuration has no register of flags. */
  noRegister(file: string): Fault;
  oneEvidence(): Fault;
  badEvidence(): Fault;
  unreadableEvidence(file: string): Fault;
  noReporter(): Fault;
  noAccount(): Fault;
  badAccount(): Fault;
  badTime(): Fault;
  badFlag(): Fault;
  /** None, or several, begin with these digits. */
  notOneFlag(found: number): Fault;
  badReference(): Fault;
}
