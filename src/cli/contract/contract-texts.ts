/** Texts of `blindflag contract`, `blindflag grant` and `blindflag operator`. */
import type { ContractOutput, Period } from '../../governance/contract.ts';
import type { LedgerHead } from '../../governance/ledger-entry.ts';
import type { GrantStatus } from '../../node/agreements/grants.ts';
import type { Fault } from '../texts.ts';

type HelpOf =
  | 'about'
  | 'draft'
  | 'show'
  | 'sign'
  | 'add'
  | 'list'
  | 'revoke'
  | 'basis'
  | 'expires'
  | 'project'
  | 'runs'
  | 'period'
  | 'auditDays'
  | 'yes'
  | 'grant'
  | 'grantRevoke'
  | 'operator'
  | 'operatorAdd'
  | 'operatorRemove'
  | 'role';

export type ContractLabel =
  | 'contract'
  | 'purpose'
  | 'asks'
  | 'answer'
  | 'lists'
  | 'computes'
  | 'learns'
  | 'pooled'
  | 'notLearned'
  | 'often'
  | 'until'
  | 'kept'
  | 'technical'
  | 'signatures'
  | 'here';

/** What an overlap question does not tell, beside what is common. */
export type OverlapNotLearned = 'other-accounts' | 'which-accounts' | 'as-holder';

export type Signed = 'signed' | 'missing' | 'bad' | 'stranger';

export interface ContractTexts {
  readonly help: Readonly<Record<HelpOf, string>>;
  readonly labels: Readonly<Record<ContractLabel, string>>;
  askers(parties: readonly string[]): string;
  title(state: { readonly question: string; readonly project: string; readonly hash: string }): string;
  basis(text: string): string;
  answer(output: ContractOutput): string;
  /** `answers`: it answers from this list; else it asks about it. */
  list(input: {
    readonly inst: string;
    readonly dataset: string;
    readonly columns: readonly string[];
    readonly sizeBucket: number;
    readonly answers: boolean;
  }): string;
  identifiers(types: readonly string[]): string;
  smallestBucket(size: number): string;
  committee(parties: readonly string[]): string;
  firstThree(): string;
  noCommittee(): string;
  learner(parties: readonly string[]): string;
  overlapNotLearned(claim: OverlapNotLearned): string;
  often(limits: { readonly maxRuns: number; readonly failedStarts: number; readonly period: Period }): string;
  rowsInPeriod(period: Period): string;
  until(state: { readonly expires: string; readonly ttlDays: number; readonly advisory: boolean }): string;
  duplicates(policy: string): string;
  batch(accounts: number): string;
  kept(days: number): string;
  technical(state: {
    readonly code: string;
    readonly canon: string;
    readonly suite: string;
    readonly version: number;
    readonly job: string;
  }): string;
  party(state: {
    readonly inst: string;
    readonly roles: readonly string[];
    readonly key: string;
    readonly state: Signed;
  }): string;
  agrees(): string;
  differs(line: string): string;
  isRevoked(): string;
  drafted(path: string): string;
  signedNow(state: { readonly question: string; readonly path: string; readonly missing: readonly string[] }): string;
  oneOperator(): string;
  /** Signatures of a file that came which are not on its text, or not under the keys here: they are left out. */
  notTaken(state: { readonly question: string; readonly parties: readonly string[] }): string;
  added(state: { readonly question: string; readonly missing: readonly string[] }): string;
  listed(state: { readonly question: string; readonly state: string; readonly expires: string | undefined }): string;
  /** Why a contract cannot be used yet, or that it can. */
  standing(state: {
    readonly missing: readonly string[];
    readonly bad: readonly string[];
    readonly line: string | undefined;
    readonly expired: boolean;
    readonly revoked: boolean;
  }): string;
  notDrafted(): string;
  nothingSigned(): string;
  /** What only a running node tells. */
  notRunning(): string;
  grantListed(grant: GrantStatus): string;
  revoked(state: { readonly question: string; readonly runs: number }): string;
  grantRevoked(state: { readonly id: string; readonly runs: number }): string;
  /** What to keep, so that it shows when the entry is taken out again. */
  revokedAt(head: LedgerHead & { readonly folder: string }): string;
  revokedWithoutNode(): string;
  reloaded(): string;
  /** The running node was not told: nobody was named in whose name. */
  notReloaded(): string;
  operatorAdded(state: { readonly name: string; readonly role: string; readonly path: string }): string;
  firstOperator(): string;
  operatorRemoved(state: { readonly name: string; readonly path: string }): string;
  /** None is left. */
  lastOperator(): string;
  confirm(question: string): string;
  confirmRevoking(question: string): string;
  confirmGrantRevoking(id: string): string;
}

export interface ContractFaultTexts {
  noBasis(): Fault;
  badExpiry(): Fault;
  isOver(question: string): Fault;
  notConfirmed(): Fault;
  notRevoked(): Fault;
  grantNotRevoked(): Fault;
  noRole(roles: readonly string[]): Fault;
  operatorThere(name: string, file: string): Fault;
  noSuchOperator(name: string, names: readonly string[]): Fault;
  badName(option: string): Fault;
}
