/**
 * Questions about ten million accounts, once, a process for each party over WebSockets and Noise: overlap of two such lists, and flag
 * of one with three lists of three million. What counts is the peak of memory of a party, and that the answers are right.
 * Run: `node dist/bench/experiments/large-questions.js [--accounts N] [--question overlap|large-flag] [--out FILE]`.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureCold, type QuestionSummary } from '../../src/measure/measure-question.ts';
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import { machineRecord, type MachineRecord } from '../machine.ts';
import { LARGE_PARTY_PROGRAM } from '../parties/party-program.ts';
import { resultsDirectory, writeJson } from '../results.ts';
import { createLargeFlag, LARGE_FLAG } from './large-flag.ts';

const EXPERIMENT_FORMAT = 'blindflag-large-questions/1';

export async function measureLarge(name: string, accounts: number): Promise<QuestionSummary> {
  const question = name === LARGE_FLAG ? createLargeFlag() : createOverlapQuestion();
  const settings = { question: name, engine: 'vole', accounts, institutions: name === LARGE_FLAG ? 4 : 2 };
  const summary = await measureCold({ question, settings, program: LARGE_PARTY_PROGRAM, threads: 0 });
  if (!summary.correct) throw new Error(`Cannot trust the result: the answer of ${name} is wrong`);
  return summary;
}

interface LargeQuestionsExperiment extends MachineRecord {
  readonly format: typeof EXPERIMENT_FORMAT;
  readonly questions: readonly QuestionSummary[];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { accounts: { type: 'string' }, question: { type: 'string' }, out: { type: 'string' } },
  });
  const machine = machineRecord();
  const accounts = Number(values.accounts ?? 1e7);
  const names = values.question === undefined ? ['overlap', LARGE_FLAG] : [values.question];
  const questions: QuestionSummary[] = [];
  for (const name of names) {
    questions.push(await measureLarge(name, accounts));
    process.stdout.write(`${JSON.stringify(questions.at(-1), undefined, 2)}\n`);
  }
  const experiment: LargeQuestionsExperiment = { format: EXPERIMENT_FORMAT, ...machine, questions };
  writeJson(resolve(values.out ?? join(resultsDirectory(), 'large-questions.json')), experiment);
}
