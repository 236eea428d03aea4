/** `blindflag audit`: from words to the run that is audited. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AuditTexts } from './audit-texts.ts';
import { checkChoice } from './choice.ts';
import { runName } from './node-arguments.ts';
import { type FaultTexts, type HelpTexts, LANGUAGES } from './texts.ts';

export interface AuditOptions {
  readonly folder: string;
  /** The run's name, or its first digits. */
  readonly run: string;
  readonly json: boolean;
}

export function describeAudit(
  program: Command,
  { help, audit, faults }: { readonly help: HelpTexts; readonly audit: AuditTexts; readonly faults: FaultTexts },
  onAudit: (options: () => AuditOptions) => void,
): void {
  program
    .command('audit <run> [dir]')
    .description(audit.help.about)
    .option('--lang <language>', help.language)
    .option('--json', audit.help.json)
    .helpOption('-h, --help', help.help)
    .allowExcessArguments(false)
    .action((run: string, dir: string | undefined, _own: unknown, command: Command) =>
      onAudit(() => {
        const given: Readonly<Record<string, unknown>> = command.optsWithGlobals();
        checkChoice('--lang', given['lang'], LANGUAGES, faults);
        return { folder: resolve(dir ?? '.'), run: runName(run, faults), json: given['json'] === true };
      }),
    );
}
