/** The command line: words in, an exit code out. Nothing here ends the process. */
import { MpcError, UsageError } from '../errors.ts';
import { ArgumentError } from './argument-error.ts';
import { parseArguments } from './arguments.ts';
import { runDemo } from './demo.ts';
import { EXIT } from './exit-code.ts';
import { processSurroundings, type Surroundings } from './surroundings.ts';
import { chooseLanguage, type Texts, textsOf } from './texts.ts';

/** Runs one command. Never rejects: a failure is a text on standard error and a code. */
export async function runCli(args: readonly string[], surroundings?: Surroundings): Promise<number> {
  if (surroundings !== undefined) return await runIn(surroundings, args);
  const process = processSurroundings();
  try {
    return await runIn(process, args);
  } finally {
    process.close();
  }
}

async function runIn(surroundings: Surroundings, args: readonly string[]): Promise<number> {
  const texts = textsOf(chooseLanguage(args, surroundings.env));
  try {
    return await runCommand(surroundings, args, texts);
  } catch (error) {
    return explain(error, surroundings, texts);
  }
}

async function runCommand(surroundings: Surroundings, args: readonly string[], texts: Texts): Promise<number> {
  const { stdout, stderr } = surroundings;
  const invocation = parseArguments(args, texts, stdout.columns);
  switch (invocation.kind) {
    case 'print':
      stdout.write(invocation.text);
      return EXIT.ok;
    case 'nothing-asked':
      stderr.write(invocation.text);
      return EXIT.usage;
    case 'demo':
      return await runDemo(invocation.options, { surroundings, texts });
  }
}

function explain(error: unknown, { stderr, signal }: Surroundings, { faults }: Texts): number {
  const say = (text: string): unknown => stderr.write(`blindflag: ${text}\n`);
  if (signal.aborted) {
    say(faults.interrupted());
    return EXIT.interrupted;
  }
  if (error instanceof ArgumentError) {
    say(error.describe());
    say(faults.seeHelp());
    return EXIT.usage;
  }
  if (error instanceof MpcError) {
    say(faults.known(error));
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
  // Another library's text might hold data; its name and where it was thrown do not.
  say(faults.unknown(error instanceof Error ? error.name : typeof error));
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack
    .split('\n')
    .filter((text) => text.startsWith('    at '))
    .slice(0, 3))
    stderr.write(`${line}\n`);
  return EXIT.failed;
}
