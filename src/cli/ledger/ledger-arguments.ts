/** `blindflag ledger`: from words to a checked command. */
import type { Command } from 'commander';
import type { LedgerHead } from '../../governance/ledger-entry.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { addCommand, addGroup, folderOf, givenOptions } from '../subcommands.ts';
import type { Texts } from '../texts.ts';

export interface LedgerShowOptions {
  readonly folder: string;
  readonly json: boolean;
}

export interface LedgerVerifyOptions extends LedgerShowOptions {
  /** Heads of this ledger that other parties signed. */
  readonly heads: readonly LedgerHead[];
}

export type LedgerInvocation =
  | { readonly kind: 'ledger-verify'; readonly options: LedgerVerifyOptions }
  | { readonly kind: 'ledger-show'; readonly options: LedgerShowOptions };

export function describeLedger(
  program: Command,
  { help, ledger, faults }: Texts,
  onCommand: (invocation: () => LedgerInvocation) => void,
): void {
  const texts = ledger.help;
  const group = addGroup(program, 'ledger', { about: texts.about, help });
  const describe = (usage: string, about: string): Command =>
    addCommand(group, usage, { about, help }).option('--json', help.node.nodeJson);
  const optionsOf = (dir: string | undefined, command: Command): LedgerShowOptions & { readonly head: unknown } => {
    const given = givenOptions(command, faults);
    return { folder: folderOf(dir), json: given['json'] === true, head: given['head'] };
  };

  describe('verify [dir]', texts.verify)
    .option('--head <heads...>', texts.head)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        const { head, ...options } = optionsOf(dir, command);
        const heads = Array.isArray(head) ? head.map((text) => headOf(String(text), faults)) : [];
        return { kind: 'ledger-verify', options: { ...options, heads } };
      }),
    );
  describe('show [dir]', texts.show).action((dir: string | undefined, _own: unknown, command: Command) =>
    onCommand(() => {
      const { head: _none, ...options } = optionsOf(dir, command);
      return { kind: 'ledger-show', options };
    }),
  );
}

/** `12:` and 64 hexadecimal digits, as `ledger show` writes it. */
function headOf(text: string, faults: Texts['faults']): LedgerHead {
  const [, seq, hash] = /^(\d{1,12}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (hash === undefined) throw new ArgumentError(faults.ledger.badHead());
  return { seq: Number(seq), hash };
}
