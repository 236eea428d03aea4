/** `blindflag contract`, `blindflag grant` and `blindflag operator`: from words to a checked command. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Period, PERIODS } from '../../governance/contract.ts';
import { PARTY_NAME } from '../../kit/party.ts';
import { type OperatorRole, ROLES } from '../../node/agreements/operators.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { checkChoice } from '../screen/choice.ts';
import { addCommand, addGroup, folderOf, type Given, givenOptions } from '../subcommands.ts';
import type { Texts } from '../texts.ts';
import { checkRange, wholeNumber } from '../screen/whole-number.ts';

interface InFolder {
  readonly folder: string;
}

export interface ContractDraftOptions extends InFolder {
  readonly question: string;
  readonly legalBasis: string;
  readonly expires: string;
  readonly project: string;
  readonly runs: number;
  readonly period: Period;
  readonly auditDays: number;
}

export interface ContractShowOptions extends InFolder {
  /** A question's name, or a file. */
  readonly contract: { readonly question: string } | { readonly file: string };
  readonly json: boolean;
}

export interface ContractSignOptions extends InFolder {
  readonly question: string;
  readonly files: readonly string[];
  readonly confirmed: boolean;
}

export interface ContractAddOptions extends InFolder {
  readonly files: readonly string[];
}

export interface ContractListOptions extends InFolder {
  readonly json: boolean;
}

export interface ContractRevokeOptions extends InFolder {
  readonly question: string;
  readonly confirmed: boolean;
}

export interface GrantRevokeOptions extends InFolder {
  readonly id: string;
  readonly confirmed: boolean;
}

export interface OperatorAddOptions extends InFolder {
  readonly name: string;
  readonly role: OperatorRole;
}

export interface OperatorRemoveOptions extends InFolder {
  readonly name: string;
}

export type ContractInvocation =
  | { readonly kind: 'contract-draft'; readonly options: ContractDraftOptions }
  | { readonly kind: 'contract-show'; readonly options: ContractShowOptions }
  | { readonly kind: 'contract-sign'; readonly options: ContractSignOptions }
  | { readonly kind: 'contract-add'; readonly options: ContractAddOptions }
  | { readonly kind: 'contract-list'; readonly options: ContractListOptions }
  | { readonly kind: 'contract-revoke'; readonly options: ContractRevokeOptions }
  | { readonly kind: 'grant-revoke'; readonly options: GrantRevokeOptions }
  | { readonly kind: 'operator-add'; readonly options: OperatorAddOptions }
  | { readonly kind: 'operator-remove'; readonly options: OperatorRemoveOptions };

/** A run a day for a year. */
const DEFAULT_RUNS = '366';
const MAX_RUNS = 1_000_000;
const DEFAULT_AUDIT_DAYS = '30';
const MAX_AUDIT_DAYS = 3660;

type OnContract = (invocation: () => ContractInvocation) => void;

export function describeContracts(program: Command, texts: Texts, onCommand: OnContract): void {
  const { help, contract } = texts;
  const contracts = addGroup(program, 'contract', { about: contract.help.about, help });
  describeMaking(contracts, texts, onCommand);
  describeKept(contracts, texts, onCommand);
  describeRevoking(contracts, texts, onCommand);
  const grants = addGroup(program, 'grant', { about: contract.help.grant, help });
  describeGrantRevoking(grants, texts, onCommand);
  const operators = addGroup(program, 'operator', { about: contract.help.operator, help });
  describeOperators(operators, texts, onCommand);
}

function describeMaking(contracts: Command, { help, contract, faults }: Texts, onCommand: OnContract): void {
  const texts = contract.help;
  addCommand(contracts, 'draft <question> [dir]', { about: texts.draft, help })
    .option('--basis <text>', texts.basis)
    .option('--expires <time>', texts.expires)
    .option('--project <name>', texts.project)
    .option('--runs <number>', texts.runs)
    .option('--period <period>', texts.period)
    .option('--audit-days <days>', texts.auditDays)
    .action((question: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'contract-draft',
        options: draftOptions({ question, dir }, givenOptions(command, faults), faults),
      })),
    );
  addCommand(contracts, 'show <question-or-file> [dir]', { about: texts.show, help })
    .option('--json', help.node.nodeJson)
    .action((what: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'contract-show',
        options: {
          folder: folderOf(dir),
          contract: PARTY_NAME.test(what) ? { question: what } : { file: resolve(what) },
          json: givenOptions(command, faults)['json'] === true,
        },
      })),
    );
  addCommand(contracts, 'sign <question> [dir] [files...]', { about: texts.sign, help })
    .option('--as <name>', help.node.as)
    .option('--yes', texts.yes)
    .action((question: string, dir: string | undefined, files: readonly string[], _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'contract-sign',
        options: {
          folder: folderOf(dir),
          question,
          files: files.map((file) => resolve(file)),
          confirmed: givenOptions(command, faults)['yes'] === true,
        },
      })),
    );
}

function describeKept(contracts: Command, { help, contract, faults }: Texts, onCommand: OnContract): void {
  const texts = contract.help;
  addCommand(contracts, 'add <dir> <files...>', { about: texts.add, help })
    .option('--as <name>', help.node.as)
    .action((dir: string, files: readonly string[], _own: unknown, command: Command) =>
      onCommand(() => {
        givenOptions(command, faults);
        return { kind: 'contract-add', options: { folder: folderOf(dir), files: files.map((file) => resolve(file)) } };
      }),
    );
  addCommand(contracts, 'list [dir]', { about: texts.list, help })
    .option('--as <name>', help.node.as)
    .option('--json', help.node.nodeJson)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'contract-list',
        options: { folder: folderOf(dir), json: givenOptions(command, faults)['json'] === true },
      })),
    );
}

function describeRevoking(contracts: Command, { help, contract, faults }: Texts, onCommand: OnContract): void {
  addCommand(contracts, 'revoke <question> [dir]', { about: contract.help.revoke, help })
    .option('--as <name>', help.node.as)
    .option('--yes', contract.help.yes)
    .action((question: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        const confirmed = givenOptions(command, faults)['yes'] === true;
        return { kind: 'contract-revoke', options: { folder: folderOf(dir), question, confirmed } };
      }),
    );
}

function describeGrantRevoking(grants: Command, { help, contract, faults }: Texts, onCommand: OnContract): void {
  addCommand(grants, 'revoke <id> [dir]', { about: contract.help.grantRevoke, help })
    .option('--as <name>', help.node.as)
    .option('--yes', contract.help.yes)
    .action((id: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        const confirmed = givenOptions(command, faults)['yes'] === true;
        return { kind: 'grant-revoke', options: { folder: folderOf(dir), id, confirmed } };
      }),
    );
}

function describeOperators(operators: Command, { help, contract, faults }: Texts, onCommand: OnContract): void {
  const texts = contract.help;
  addCommand(operators, 'add <name> [dir]', { about: texts.operatorAdd, help })
    .option('--role <role>', texts.role)
    .action((name: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        const role = checkChoice('--role', givenOptions(command, faults)['role'], ROLES, faults);
        if (role === undefined) throw new ArgumentError(faults.contract.noRole(ROLES));
        if (!PARTY_NAME.test(name)) throw new ArgumentError(faults.contract.badName(name));
        return { kind: 'operator-add', options: { folder: folderOf(dir), name, role } };
      }),
    );
  addCommand(operators, 'remove <name> [dir]', { about: texts.operatorRemove, help }).action(
    (name: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        givenOptions(command, faults);
        if (!PARTY_NAME.test(name)) throw new ArgumentError(faults.contract.badName(name));
        return { kind: 'operator-remove', options: { folder: folderOf(dir), name } };
      }),
  );
}

function draftOptions(
  { question, dir }: { readonly question: string; readonly dir: string | undefined },
  given: Given,
  faults: Texts['faults'],
): ContractDraftOptions {
  const { basis, expires, project = question } = given;
  if (typeof basis !== 'string' || basis.trim() === '' || basis.length > 500) {
    throw new ArgumentError(faults.contract.noBasis());
  }
  const expiresMs =
    typeof expires === 'string' && /^\d{4}-\d{2}-\d{2}/.test(expires) ? Date.parse(expires) : Number.NaN;
  if (!Number.isFinite(expiresMs)) throw new ArgumentError(faults.contract.badExpiry());
  if (typeof project !== 'string' || !PARTY_NAME.test(project)) {
    throw new ArgumentError(faults.contract.badName('--project'));
  }
  const runs = wholeNumber('--runs', given['runs'] ?? DEFAULT_RUNS, faults);
  checkRange('--runs', runs, { min: 1, max: MAX_RUNS }, faults);
  const auditDays = wholeNumber('--audit-days', given['auditDays'] ?? DEFAULT_AUDIT_DAYS, faults);
  checkRange('--audit-days', auditDays, { min: 0, max: MAX_AUDIT_DAYS }, faults);
  return {
    folder: folderOf(dir),
    question,
    legalBasis: basis.trim(),
    expires: new Date(expiresMs).toISOString(),
    project,
    runs,
    period: checkChoice('--period', given['period'], PERIODS, faults) ?? 'day',
    auditDays,
  };
}
