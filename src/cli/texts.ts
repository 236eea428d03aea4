/**
 * Every text that a person reads, per language, behind one interface: a text that a language lacks is a type error.
 * What a protocol says about itself (leakage, security model) comes from the protocol; `protocol` puts it into words.
 */
import type { Disclosure } from '../../protocols/flag/index.ts';
import type { MpcError } from '../errors.ts';
import type { AuditTexts } from './audit/audit-texts.ts';
import type { BenchTexts } from './bench/bench-texts.ts';
import type { ContractFaultTexts, ContractTexts } from './contract/contract-texts.ts';
import type { DataTexts } from './data/data-texts.ts';
import type { FlagFaultTexts, FlagTexts } from './flags/flag-texts.ts';
import type { LedgerFaultTexts, LedgerTexts } from './ledger/ledger-texts.ts';
import type { DemoParameters, DemoReport, LearnedStatement, MessageShape, QualityReport } from './demo/demo-report.ts';
import type { MonitorTexts } from './ledger/monitor-texts.ts';
import type { NodeFaultTexts, NodeHelpTexts, NodeTexts } from './node/node-texts.ts';
import type { NotLearned } from './ask/not-learned.ts';
import { englishTexts } from './text-en.ts';
import { chineseTexts } from './text-zh.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Texts {
  readonly language: Language;
  readonly help: HelpTexts;
  readonly faults: FaultTexts;
  readonly progress: ProgressTexts;
  readonly demo: DemoTexts;
  readonly node: NodeTexts;
  readonly data: DataTexts;
  readonly bench: BenchTexts;
  readonly flags: FlagTexts;
  readonly audit: AuditTexts;
  readonly monitor: MonitorTexts;
  readonly contract: ContractTexts;
  readonly ledger: LedgerTexts;
  /** Words for a statement of the protocol; a statement that is not known here stays as it is. */
  protocol(statement: string): string;
}

/** A mistake on the command line: what is wrong, and what to do. */
export interface Fault {
  readonly what: string;
  readonly remedy: string;
}

export interface HelpTexts {
  readonly about: string;
  readonly usage: string;
  readonly demoUsage: string;
  /** Headings of the help: commander's English one to this language's. */
  readonly headings: Readonly<Record<'Usage:' | 'Options:' | 'Commands:', string>>;
  readonly version: string;
  readonly help: string;
  readonly helpCommand: string;
  readonly language: string;
  readonly demo: string;
  readonly institutions: string;
  readonly accounts: string;
  readonly amlsim: string;
  readonly quorum: string;
  readonly threshold: string;
  readonly seed: string;
  readonly engine: string;
  readonly inMemory: string;
  readonly json: string;
  readonly node: NodeHelpTexts;
}

export interface FaultTexts {
  notInteger(option: string): Fault;
  outOfRange(
    option: string,
    range: { readonly min: number; readonly max: number; readonly institutions?: number },
  ): Fault;
  tooFewAccounts(option: string, minimum: number): Fault;
  smallInstitution(name: string, accounts: number, minimum: number): Fault;
  badSeed(): Fault;
  notOffered(option: string, choices: readonly string[]): Fault;
  insecureEngine(choices: readonly string[]): Fault;
  conflict(option: string, other: string): Fault;
  /** Two options that each say how the output is written. */
  twoOutputs(option: string, other: string): Fault;
  unknownOption(option: string): Fault;
  unknownCommand(command: string): Fault;
  valueMissing(option: string): Fault;
  /** The name as the usage of the command writes it. */
  argumentMissing(name: string): Fault;
  tooManyWords(): Fault;
  /** A command line that is wrong in a way that has no text of its own. */
  badCommandLine(): Fault;
  /** An error of the package: what, where, whose side, what to do. */
  known(error: MpcError): string;
  unknown(name: string): string;
  interrupted(): string;
  differs(names: readonly string[]): string;
  seeHelp(): string;
  readonly node: NodeFaultTexts;
  readonly flags: FlagFaultTexts;
  readonly contract: ContractFaultTexts;
  readonly ledger: LedgerFaultTexts;
}

export interface ProgressTexts {
  readonly waiting: string;
  readonly making: string;
  running(state: { readonly seconds: number; readonly leftSeconds: number | undefined }): string;
  done(state: { readonly flagged: number; readonly accounts: number; readonly seconds: number }): string;
  left(state: { readonly runs: number; readonly seconds: number }): string;
}

export interface DemoTexts {
  readonly title: string;
  readonly labels: Readonly<
    Record<
      | 'data'
      | 'rule'
      | 'protocol'
      | 'model'
      | 'sizes'
      | 'committee'
      | 'note'
      | 'work'
      | 'flagged'
      | 'jointly'
      | 'alone'
      | 'learned'
      | 'notLearned'
      | 'run'
      | 'traffic'
      | 'bound'
      | 'check'
      | 'advice',
      string
    >
  >;
  readonly columns: Readonly<
    Record<
      | 'institution'
      | 'accounts'
      | 'toFind'
      | 'flagged'
      | 'found'
      | 'precision'
      | 'recall'
      | 'aloneFlagged'
      | 'aloneFound'
      | 'sent'
      | 'received'
      | 'rounds'
      | 'seconds'
      | 'bound',
      string
    >
  >;
  readonly total: string;
  readonly headings: Readonly<Record<'comparison' | 'cost' | 'whoLearnedWhat', string>>;
  data(parameters: DemoParameters): string;
  rule(parameters: DemoParameters): string;
  protocol(report: { readonly protocol: string; readonly engine: string; readonly inMemory: boolean }): string;
  sizes(parameters: DemoParameters): string;
  committee(helpers: readonly string[]): string;
  disclosure(disclosure: Disclosure): string;
  capped(rows: number, max: number): string;
  work(state: { readonly runs: number; readonly runSeconds: number }): string;
  flagged(state: { readonly count: number; readonly accounts: number; readonly masked: readonly string[] }): string;
  quality(quality: QualityReport): string;
  notLearned(claim: NotLearned): string;
  run(state: {
    readonly rounds: number;
    readonly seconds: number;
    readonly sent: string;
    readonly received: string;
  }): string;
  traffic(state: { readonly sent: string; readonly received: string }): string;
  bound(value: string): string;
  plaintextRule(equal: boolean): string;
  messageShape(shape: MessageShape): string;
  advice(state: { readonly ttlDays: number; readonly disputeId: string }): string;
  whoLearns(statement: LearnedStatement): string;
  toFind(): string;
  summary(report: DemoReport): string;
  advisory(ttlDays: number): string;
}

export function textsOf(language: Language): Texts {
  return language === 'zh' ? chineseTexts : englishTexts;
}

/** `--lang` where it is given and known, else what the node's configuration names, else the locale's, else English. */
export function chooseLanguage(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  configured?: Language,
): Language {
  const at = args.findLastIndex((arg) => arg === '--lang' || arg.startsWith('--lang='));
  const given = at < 0 ? undefined : args[at] === '--lang' ? args[at + 1] : args[at].slice('--lang='.length);
  const chosen = LANGUAGES.find((language) => language === given) ?? configured;
  if (chosen !== undefined) return chosen;
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find((value) => value !== undefined && value !== '');
  return locale?.toLowerCase().startsWith('zh') === true ? 'zh' : 'en';
}
