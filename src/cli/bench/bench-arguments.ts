/** `blindflag bench`: from words to what is measured. */
import type { Command } from 'commander';
import { MIN_BATCH } from '../../../protocols/flag/index.ts';
import type { OverlapSecurity } from '../../../protocols/overlap/index.ts';
import type { BenchTexts } from './bench-texts.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { checkChoice } from '../screen/choice.ts';
import { type EngineId, ENGINES, MAX_INSTITUTIONS, MIN_INSTITUTIONS } from '../demo/demo-options.ts';
import { type AnswerFormat, PROTOCOLS } from '../node/node-arguments.ts';
import { addCommand, type Given, givenOptions } from '../subcommands.ts';
import type { FaultTexts, HelpTexts } from '../texts.ts';
import { checkRange, wholeNumber } from '../screen/whole-number.ts';

export interface BenchOptions {
  readonly question: (typeof PROTOCOLS)[number];
  readonly accounts: number;
  readonly institutions: number;
  readonly engine: EngineId;
  /** Of overlap; undefined is the protocol's default. */
  readonly security: OverlapSecurity | undefined;
  /** Worker threads of every institution. */
  readonly threads: number;
  /** Runs behind a median. */
  readonly runs: number;
  readonly format: AnswerFormat;
}

const SECURITIES: readonly OverlapSecurity[] = ['malicious', 'semi-honest'];
const MAX_ACCOUNTS = 10_000_000;
const MAX_RUNS = 1000;
const MAX_THREADS = 64;

export function describeBench(
  program: Command,
  { help, bench, faults }: { readonly help: HelpTexts; readonly bench: BenchTexts; readonly faults: FaultTexts },
  onBench: (options: () => BenchOptions) => void,
): void {
  const texts = bench.help;
  addCommand(program, 'bench <protocol>', { about: texts.about, help })
    .usage(`[options] ${PROTOCOLS.join('|')}`)
    .option('--accounts <count>', texts.accounts)
    .option('--institutions <count>', texts.institutions)
    .option('--engine <name>', help.engine)
    .option('--security <model>', texts.security)
    .option('--threads <count>', texts.threads)
    .option('--runs <count>', texts.runs)
    .option('--json', help.json)
    .option('--csv', texts.csv)
    .action((protocol: string, _own: unknown, command: Command) =>
      onBench(() => benchOptions(protocol, givenOptions(command, faults), faults)),
    );
}

/** @throws ArgumentError */
function benchOptions(protocol: string, given: Given, faults: FaultTexts): BenchOptions {
  const question = checkChoice('<protocol>', protocol, PROTOCOLS, faults) ?? 'flag';
  const number = (option: string, fallback: string, range: { readonly min: number; readonly max: number }): number => {
    const value = wholeNumber(option, plainDigits(given[option.slice(2)] ?? fallback), faults);
    checkRange(option, value, range, faults);
    return value;
  };
  const least = question === 'overlap' ? { min: 2, max: 2 } : { min: MIN_INSTITUTIONS, max: MAX_INSTITUTIONS };
  return {
    question,
    institutions: number('--institutions', question === 'overlap' ? '2' : '5', least),
    accounts: number('--accounts', '10000', { min: MIN_BATCH, max: MAX_ACCOUNTS }),
    threads: number('--threads', '0', { min: 0, max: MAX_THREADS }),
    runs: number('--runs', '3', { min: 1, max: MAX_RUNS }),
    engine: checkChoice('--engine', given['engine'], ENGINES, faults) ?? ENGINES[0],
    security: checkChoice(
      '--security',
      given['security'],
      question === 'overlap' ? SECURITIES : ['semi-honest'],
      faults,
    ),
    format: formatOf(given, faults),
  };
}

function formatOf(given: Given, faults: FaultTexts): AnswerFormat {
  const [json, csv] = [given['json'] === true, given['csv'] === true];
  if (json && csv) throw new ArgumentError(faults.twoOutputs('--csv', '--json'));
  return json ? 'json' : csv ? 'csv' : 'table';
}

/** `1e5`, as papers write it, in digits. */
function plainDigits(text: unknown): unknown {
  const parts = typeof text === 'string' ? /^(\d{1,3})e(\d{1,2})$/.exec(text) : null;
  return parts === null ? text : `${parts[1]}${'0'.repeat(Number(parts[2]))}`;
}
