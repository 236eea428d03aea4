/** From words to a checked command. Commander finds the options; what their values may be is said here. */
import { Command, CommanderError } from 'commander';
import { MIN_BATCH } from '../../protocols/flag/index.ts';
import { ArgumentError } from './errors/argument-error.ts';
import { type AuditOptions, describeAudit } from './audit/audit-arguments.ts';
import { type BenchOptions, describeBench } from './bench/bench-arguments.ts';
import { checkChoice } from './screen/choice.ts';
import {
  type DemoOptions,
  type DemoSource,
  type EngineId,
  ENGINES,
  MAX_INSTITUTIONS,
  MIN_INSTITUTIONS,
  MIN_QUORUM,
  SCORE_MAX,
} from './demo/demo-options.ts';
import { type ContractInvocation, describeContracts } from './contract/contract-arguments.ts';
import { displayWidth, wrapColumns } from './screen/display-width.ts';
import { describeFlags, type FlagsInvocation } from './flags/flag-arguments.ts';
import { describeLedger, type LedgerInvocation } from './ledger/ledger-arguments.ts';
import { describeNodeCommands, type NodeInvocation } from './node/node-arguments.ts';
import { packageVersion } from './package-version.ts';
import { nodeQuestions } from '../service/start-node.ts';
import { type Fault, type FaultTexts, type HelpTexts, LANGUAGES, type Texts } from './texts.ts';
import { checkRange, wholeNumber } from './screen/whole-number.ts';

export type Invocation =
  /** Help or version: text to print. */
  | { readonly kind: 'print'; readonly text: string }
  /** No command was given: the help, and a failure. */
  | { readonly kind: 'nothing-asked'; readonly text: string }
  | { readonly kind: 'demo'; readonly options: DemoOptions }
  | { readonly kind: 'bench'; readonly options: BenchOptions }
  | FlagsInvocation
  | { readonly kind: 'audit'; readonly options: AuditOptions }
  | ContractInvocation
  | LedgerInvocation
  | NodeInvocation;

const HELP_COLUMNS = 100;

/** @throws ArgumentError */
export function parseArguments(args: readonly string[], texts: Texts, columns: number | undefined): Invocation {
  let printed = '';
  let given: (() => Invocation) | undefined;
  const program = describeProgram(texts, (invocation) => (given = invocation));
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => (printed += text),
      writeErr: (text) => (printed += text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(columns ?? HELP_COLUMNS, HELP_COLUMNS),
      getErrHelpWidth: () => Math.min(columns ?? HELP_COLUMNS, HELP_COLUMNS),
    });
  }
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text: printed };
    if (error.code === 'commander.help') return { kind: 'nothing-asked', text: printed };
    throw new ArgumentError(commanderFault(error, texts.faults));
  }
  // Commander has either thrown or called the one action.
  if (given === undefined) throw new ArgumentError(texts.faults.badCommandLine());
  return given();
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((below) => withSubcommands(below))];
}

function describeProgram(texts: Texts, onCommand: (invocation: () => Invocation) => void): Command {
  const { help, faults } = texts;
  const program = new Command('blindflag')
    .configureHelp({
      displayWidth,
      boxWrap: (text, width) => wrapColumns(text, width).join('\n'),
      styleTitle: (title) => help.headings[title as keyof HelpTexts['headings']] ?? title,
    })
    .description(help.about)
    .usage(help.usage)
    .version(versionText(), '-V, --version', help.version)
    .option('--lang <language>', help.language)
    .helpOption('-h, --help', help.help)
    .helpCommand('help [command]', help.helpCommand)
    .addHelpText('after', () => `\n${wrapColumns(help.node.exitCodes, HELP_COLUMNS).join('\n')}`);
  describeDemo(program, help, (options) => onCommand(() => ({ kind: 'demo', options: demoOptions(options, faults) })));
  describeNodeCommands(program, texts, onCommand);
  describeContracts(program, texts, onCommand);
  describeLedger(program, texts, onCommand);
  describeFlags(program, texts, onCommand);
  describeAudit(program, texts, (options) => onCommand(() => ({ kind: 'audit', options: options() })));
  describeBench(program, texts, (options) => onCommand(() => ({ kind: 'bench', options: options() })));
  return program;
}

/** The version, and on a line of its own the protocols of questions: institutions whose versions differ compare these. */
function versionText(): string {
  const protocols = nodeQuestions().map(({ protocol }) => protocol);
  return `blindflag ${packageVersion()}\n${protocols.join(', ')}`;
}

function describeDemo(
  program: Command,
  help: HelpTexts,
  onDemo: (options: Readonly<Record<string, unknown>>) => void,
): void {
  program
    .command('demo')
    .description(help.demo)
    .usage(help.demoUsage)
    .option('--institutions <count>', help.institutions)
    .option('--accounts <count>', help.accounts)
    .option('--amlsim <folder>', help.amlsim)
    .option('--quorum <count>', help.quorum)
    .option('--threshold <sum>', help.threshold)
    .option('--seed <text>', help.seed)
    .option('--engine <name>', help.engine)
    .option('--in-memory', help.inMemory)
    .option('--lang <language>', help.language)
    .option('--json', help.json)
    .helpOption('-h, --help', help.help)
    .allowExcessArguments(false)
    .action((_own: unknown, command: Command) => onDemo(command.optsWithGlobals()));
}

/** Commander's texts are English: only the word they are about is taken from them. */
function commanderFault(error: CommanderError, faults: FaultTexts): Fault {
  const word = /'([^']*)'/.exec(error.message)?.[1]?.split(' ')[0] ?? '';
  switch (error.code) {
    case 'commander.unknownOption':
      return faults.unknownOption(word);
    case 'commander.unknownCommand':
      return faults.unknownCommand(word);
    case 'commander.missingArgument':
      return faults.argumentMissing(word);
    case 'commander.optionMissingArgument':
      return faults.valueMissing(word);
    case 'commander.excessArguments':
      return faults.tooManyWords();
    default:
      return faults.badCommandLine();
  }
}

function demoOptions(given: Readonly<Record<string, unknown>>, faults: FaultTexts): DemoOptions {
  checkChoice('--lang', given['lang'], LANGUAGES, faults);
  const institutions = wholeNumber('--institutions', given['institutions'] ?? '4', faults);
  checkRange('--institutions', institutions, { min: MIN_INSTITUTIONS, max: MAX_INSTITUTIONS }, faults);
  const quorum = wholeNumber('--quorum', given['quorum'] ?? '2', faults);
  checkRange('--quorum', quorum, { min: MIN_QUORUM, max: institutions - 1, institutions }, faults);
  const scoreThreshold = wholeNumber('--threshold', given['threshold'] ?? '3', faults);
  checkRange('--threshold', scoreThreshold, { min: 1, max: (institutions - 1) * SCORE_MAX, institutions }, faults);
  return {
    source: source(given, faults),
    institutions,
    quorum,
    scoreThreshold,
    engine: engine(given['engine'] ?? 'vole', faults),
    inMemory: given['inMemory'] === true,
    json: given['json'] === true,
  };
}

function source(given: Readonly<Record<string, unknown>>, faults: FaultTexts): DemoSource {
  const { amlsim, accounts, seed } = given;
  if (typeof amlsim === 'string') {
    if (accounts !== undefined) throw new ArgumentError(faults.conflict('--accounts', '--amlsim'));
    if (seed !== undefined) throw new ArgumentError(faults.conflict('--seed', '--amlsim'));
    return { kind: 'amlsim', directory: amlsim };
  }
  const accountsPerInstitution = wholeNumber('--accounts', accounts ?? '1000', faults);
  if (accountsPerInstitution < MIN_BATCH) throw new ArgumentError(faults.tooFewAccounts('--accounts', MIN_BATCH));
  const text = seed ?? '1';
  if (typeof text !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(text)) throw new ArgumentError(faults.badSeed());
  return { kind: 'generated', accountsPerInstitution, seed: text };
}

function engine(given: unknown, faults: FaultTexts): EngineId {
  if (given === 'ideal') throw new ArgumentError(faults.insecureEngine(ENGINES));
  return checkChoice('--engine', given, ENGINES, faults) ?? ENGINES[0];
}
