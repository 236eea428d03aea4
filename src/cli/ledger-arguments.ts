/** `blindflag ledger`: from words to a checked command. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LedgerHead } from '../governance/ledger-entry.ts';
import { ArgumentError } from './argument-error.ts';
import { checkChoice } from './choice.ts';
import { LANGUAGES, type Texts } from './texts.ts';

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
  const group = program
    .command('ledger')
    .description(texts.about)
    .helpOption('-h, --help', help.help)
    .helpCommand(false)
    .copyInheritedSettings(program);
  const describe = (usage: string, description: string): Command =>
    group
      .command(usage)
      .description(description)
      .option('--json', help.node.nodeJson)
      .option('--lang <language>', help.language)
      .helpOption('-h, --help', help.help)
      .allowExcessArguments(false);
  const optionsOf = (dir: string | undefined, command: Command): LedgerShowOptions & { readonly head: unknown } => {
    const given: Readonly<Record<string, unknown>> = command.optsWithGlobals();
    checkChoice('--lang', given['lang'], LANGUAGES, faults);
    return { folder: resolve(dir ?? '.'), json: given['json'] === true, head: given['head'] };
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
