import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { QuestionSummary } from '../../measure/measure-question.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { parseArguments } from '../arguments.ts';
import { runBench } from './bench.ts';
import type { BenchOptions } from './bench-arguments.ts';
import { benchCsv, benchScreen } from './bench-output.ts';
import { EXIT } from '../errors/exit-code.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';
import { textsOf } from '../texts.ts';

const en = textsOf('en');
const DIST = resolve(process.env['BLINDFLAG_DIST'] ?? 'dist');
const program = pathToFileURL(join(DIST, 'src', 'measure', 'party-process.js'));

function optionsOf(...words: readonly string[]): BenchOptions {
  const invocation = parseArguments(['bench', ...words], en, undefined);
  if (invocation.kind !== 'bench') throw new TypeError('another command was understood');
  return invocation.options;
}

const SUMMARY: QuestionSummary = {
  settings: { question: 'flag', engine: 'vole', accounts: 1000, institutions: 4 },
  state: 'warm',
  baseTransfers: 'kept',
  threads: 0,
  runs: 3,
  correct: true,
  protocol: 'flag/12',
  securityModel: 'semi-honest, of course',
  rounds: 22,
  failureLog2: -41.87,
  wallMs: { median: 1234, min: 1000, max: 2000 },
  cpuMs: { median: 900, min: 800, max: 1000 },
  bytes: 3_000_000,
  parties: ['bank-0', 'bank-1'].map((party, k) => ({
    party,
    roles: k === 0 ? ['asker'] : ['contributor', 'member'],
    cpuMs: 450,
    peakRssBytes: 1e8,
    sentBytes: 1_500_000,
    receivedBytes: 1_500_000,
    mostToOneBytes: 1_500_000,
  })),
};

describe('blindflag bench', () => {
  it('reads its options, numbers also as papers write them', () => {
    expect(optionsOf('flag', '--accounts', '1e5', '--institutions', '7', '--runs', '1', '--json')).toEqual({
      question: 'flag',
      accounts: 100_000,
      institutions: 7,
      engine: 'vole',
      security: undefined,
      threads: 0,
      runs: 1,
      format: 'json',
    });
    expect(optionsOf('overlap', '--csv', '--security', 'semi-honest')).toMatchObject({
      accounts: 10_000,
      institutions: 2,
      security: 'semi-honest',
      format: 'csv',
    });
  });

  it.each([
    [['bench']],
    [['bench', 'match']],
    [['bench', 'overlap', '--accounts', '31']],
    [['bench', 'overlap', '--accounts', '1e9']],
    [['bench', 'overlap', '--institutions', '3']],
    [['bench', 'flag', '--institutions', '2']],
    [['bench', 'flag', '--security', 'malicious']],
    [['bench', 'flag', '--engine', 'ideal']],
    [['bench', 'flag', '--runs', '0']],
    [['bench', 'flag', '--json', '--csv']],
  ])('refuses %j', (words) => {
    expect(() => parseArguments(words, en, undefined)).toThrow(ArgumentError);
  });

  it('prints one JSON object of right answers when it ran, a process for each institution', async () => {
    const recorded = recordedSurroundings();
    const options = { ...optionsOf('overlap', '--accounts', '64', '--runs', '1', '--json'), engine: 'dh' } as const;
    const code = await runBench(options, { surroundings: recorded, texts: en, program });
    expect(code).toBe(EXIT.ok);
    expect(recorded.err()).toBe('');
    const { format, measured } = JSON.parse(recorded.out()) as { format: string; measured: QuestionSummary[] };
    expect(format).toBe('blindflag-bench-question/1');
    expect(measured.map(({ state }) => state)).toEqual(['cold', 'warm']);
    expect(measured.every(({ correct, parties }) => correct && parties.length === 2)).toBe(true);
  });

  it('gives a line of values for each party, under the names of all', () => {
    const [head, ...lines] = benchCsv([SUMMARY]).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.split(',')).toHaveLength(head.split(',').length);
    expect(lines[1]).toContain('flag/12,vole,4,1000,0,warm,kept,3,22,-41.87,1234,bank-1,contributor member,450,');
  });

  it.each(['en', 'zh'] as const)('shows what each party did, in %s', (language) => {
    const screen = benchScreen([SUMMARY], textsOf(language).bench);
    for (const part of ['1.23', '900', 'bank-0', 'bank-1', '100.0 MB', '3.0 MB', '2^-41.8'])
      expect(screen).toContain(part);
    if (language === 'zh') expect(screen).not.toMatch(/\b(?:warm|kept|party|peak|sent)\b/);
  });
});
