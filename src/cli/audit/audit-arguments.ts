/** `blindflag audit`: from words to the run that is audited. */
import type { Command } from 'commander';
import type { AuditTexts } from './audit-texts.ts';
import { runName } from '../node/node-arguments.ts';
import { addCommand, folderOf, givenOptions } from '../subcommands.ts';
import type { FaultTexts, HelpTexts } from '../texts.ts';

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
  addCommand(program, 'audit <run> [dir]', { about: audit.help.about, help })
    .option('--json', audit.help.json)
    .action((run: string, dir: string | undefined, _own: unknown, command: Command) =>
      onAudit(() => {
        const given = givenOptions(command, faults);
        return { folder: folderOf(dir), run: runName(run, faults), json: given['json'] === true };
      }),
    );
}
