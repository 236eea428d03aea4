/** `blindflag flags`: from words to what is to happen to the register of flags. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  FLAG_ROLES,
  type FlagRole,
  REPORTED_STATES,
  type ReportedState,
  WITHDRAWAL_REASONS,
  type WithdrawalReason,
} from '../../governance/flag-events.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { checkChoice } from '../screen/choice.ts';
import type { FlagTexts } from './flag-texts.ts';
import { addCommand, addGroup, folderOf, type Given, givenOptions, textOf } from '../subcommands.ts';
import type { FaultTexts, HelpTexts } from '../texts.ts';
import { checkRange, wholeNumber } from '../screen/whole-number.ts';

interface InFolder {
  readonly folder: string;
}

export interface FlagAddOptions extends InFolder {
  /** undefined: the person is asked for it, unseen. */
  readonly account: string | undefined;
  readonly scamType: string;
  readonly role: FlagRole;
  readonly state: ReportedState;
  readonly reporter: string | undefined;
  readonly evidence: { readonly hash: string } | { readonly file: string };
  readonly reportedAt: string | undefined;
  readonly days: number;
}

export interface FlagImportOptions extends InFolder {
  readonly file: string;
  readonly days: number;
}

export interface FlagListOptions extends InFolder {
  /** Also what does not stand any more. */
  readonly all: boolean;
  /** Accounts in full. */
  readonly accounts: boolean;
  readonly json: boolean;
}

/** What happens to one flag, by its number or the first digits of it. */
export interface FlagChangeOptions extends InFolder {
  readonly flag: string;
  readonly change:
    | { readonly kind: 'withdrawn'; readonly reason: WithdrawalReason }
    | { readonly kind: 'disputed'; readonly reference: string | undefined }
    | { readonly kind: 'upheld' | 'expired' };
}

export type FlagsInvocation =
  | { readonly kind: 'flags-add'; readonly options: FlagAddOptions }
  | { readonly kind: 'flags-import'; readonly options: FlagImportOptions }
  | { readonly kind: 'flags-change'; readonly options: FlagChangeOptions }
  | { readonly kind: 'flags-list'; readonly options: FlagListOptions };

/** Half a year: a list of accounts changes hands faster than it is looked through. */
const DEFAULT_DAYS = '180';
const MAX_DAYS = 3650;

export function describeFlags(
  program: Command,
  { help, flags, faults }: { readonly help: HelpTexts; readonly flags: FlagTexts; readonly faults: FaultTexts },
  onFlags: (invocation: () => FlagsInvocation) => void,
): void {
  const texts = flags.help;
  const group = addGroup(program, 'flags', { about: texts.about, help });
  const describe = (usage: string, about: string): Command => addCommand(group, usage, { about, help });
  const given = (command: Command): Given => givenOptions(command, faults);

  describe('add [dir]', texts.add)
    .option('--account <account>', texts.account)
    .option('--scam-type <type>', texts.scamType)
    .option('--role <role>', texts.role)
    .option('--state <state>', texts.state)
    .option('--reporter <reference>', texts.reporter)
    .option('--evidence <hash>', texts.evidence)
    .option('--evidence-file <file>', texts.evidenceFile)
    .option('--reported-at <time>', texts.reportedAt)
    .option('--days <count>', texts.days)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onFlags(() => ({ kind: 'flags-add', options: addOptions(dir, given(command), faults) })),
    );
  describe('import <file> [dir]', texts.import)
    .option('--days <count>', texts.days)
    .action((file: string, dir: string | undefined, _own: unknown, command: Command) =>
      onFlags(() => {
        const options = { folder: folderOf(dir), file: resolve(file), days: daysOf(given(command), faults) };
        return { kind: 'flags-import', options };
      }),
    );
  describeChanges(describe, { texts, faults, given }, onFlags);
  describe('list [dir]', texts.list)
    .option('--all', texts.all)
    .option('--accounts', texts.accounts)
    .option('--json', help.node.nodeJson)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onFlags(() => {
        const { all, accounts, json } = given(command);
        const options = { folder: folderOf(dir), all: all === true, accounts: accounts === true, json: json === true };
        return { kind: 'flags-list', options };
      }),
    );
}

function describeChanges(
  describe: (usage: string, description: string) => Command,
  {
    texts,
    faults,
    given,
  }: { readonly texts: FlagTexts['help']; readonly faults: FaultTexts; readonly given: (command: Command) => Given },
  onFlags: (invocation: () => FlagsInvocation) => void,
): void {
  const add = (command: Command, changeOf: (options: Given) => FlagChangeOptions['change']): Command =>
    command.action((flag: string, dir: string | undefined, _own: unknown, self: Command) =>
      onFlags(() => ({
        kind: 'flags-change',
        options: { folder: folderOf(dir), flag: flagNumber(flag, faults), change: changeOf(given(self)) },
      })),
    );
  add(describe('withdraw <flag> [dir]', texts.withdraw).option('--reason <reason>', texts.reason), (options) => ({
    kind: 'withdrawn',
    reason: checkChoice('--reason', options['reason'], WITHDRAWAL_REASONS, faults) ?? 'other',
  }));
  add(describe('dispute <flag> [dir]', texts.dispute).option('--reference <id>', texts.reference), (options) => ({
    kind: 'disputed',
    reference: disputeId(options['reference'], faults),
  }));
  add(describe('uphold <flag> [dir]', texts.uphold), () => ({ kind: 'upheld' }));
  add(describe('expire <flag> [dir]', texts.expire), () => ({ kind: 'expired' }));
}

function addOptions(dir: string | undefined, given: Given, faults: FaultTexts): FlagAddOptions {
  const [hash, file] = [textOf(given['evidence']), textOf(given['evidenceFile'])];
  if ((hash === undefined) === (file === undefined)) throw new ArgumentError(faults.flags.oneEvidence());
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) throw new ArgumentError(faults.flags.badEvidence());
  const state = checkChoice('--state', given['state'], REPORTED_STATES, faults) ?? 'suspected';
  const reporter = textOf(given['reporter']);
  if (state === 'customer-reported' && reporter === undefined) throw new ArgumentError(faults.flags.noReporter());
  return {
    folder: folderOf(dir),
    account: textOf(given['account']),
    scamType: textOf(given['scamType']) ?? 'other',
    role: checkChoice('--role', given['role'], FLAG_ROLES, faults) ?? 'first-payee',
    state,
    reporter,
    evidence: file === undefined ? { hash: hash ?? '' } : { file: resolve(file) },
    reportedAt: textOf(given['reportedAt']),
    days: daysOf(given, faults),
  };
}

function daysOf(given: Given, faults: FaultTexts): number {
  const days = wholeNumber('--days', given['days'] ?? DEFAULT_DAYS, faults);
  checkRange('--days', days, { min: 1, max: MAX_DAYS }, faults);
  return days;
}

/** As `list` shows it, in full or the first eight digits and more. */
function flagNumber(flag: string, faults: FaultTexts): string {
  if (/^[0-9a-f]{8,32}$/.test(flag)) return flag;
  throw new ArgumentError(faults.flags.badFlag());
}

function disputeId(given: unknown, faults: FaultTexts): string | undefined {
  const id = textOf(given);
  if (id === undefined || /^[0-9a-f]{16}$/.test(id)) return id;
  throw new ArgumentError(faults.flags.badReference());
}
