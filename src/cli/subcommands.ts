/** What the commands of a node's folder have in common: their help, the language, and the folder they work in. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { checkChoice } from './screen/choice.ts';
import { type FaultTexts, type HelpTexts, LANGUAGES } from './texts.ts';

/** Options as commander read them. */
export type Given = Readonly<Record<string, unknown>>;

interface About {
  readonly about: string;
  readonly help: HelpTexts;
}

/** A word that has commands below it. */
export function addGroup(program: Command, name: string, { about, help }: About): Command {
  return program
    .command(name)
    .description(about)
    .helpOption('-h, --help', help.help)
    .helpCommand(false)
    .copyInheritedSettings(program);
}

export function addCommand(parent: Command, usage: string, { about, help }: About): Command {
  return parent
    .command(usage)
    .description(about)
    .option('--lang <language>', help.language)
    .helpOption('-h, --help', help.help)
    .allowExcessArguments(false);
}

/** @throws ArgumentError */
export function givenOptions(command: Command, faults: FaultTexts): Given {
  const given: Given = command.optsWithGlobals();
  checkChoice('--lang', given['lang'], LANGUAGES, faults);
  return given;
}

export function folderOf(dir: string | undefined): string {
  return resolve(dir ?? '.');
}

export function textOf(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}
