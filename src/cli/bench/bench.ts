/** `blindflag bench`: measures one question, a process per institution, and prints what it cost each of them. */
import { createFlagQuestion } from '../../measure/flag-question.ts';
import { measureCold, measureWarm, type QuestionSummary, warmUp } from '../../measure/measure-question.ts';
import { createOverlapQuestion } from '../../measure/overlap-question.ts';
import { PartyGroup, type PartyGroupOptions } from '../../measure/party-group.ts';
import { benchCsv, benchJson, benchScreen } from './bench-output.ts';
import type { BenchOptions } from './bench-arguments.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export interface BenchContext {
  readonly surroundings: Surroundings;
  readonly texts: Texts;
  /** The program of an institution. Default: the one of this package. */
  readonly program?: URL;
}

/** The exit code. @throws MpcError when parameters or a run fail; the signal's reason when it aborts */
export async function runBench(options: BenchOptions, context: BenchContext): Promise<number> {
  const { surroundings, texts } = context;
  const { stdout, stderr } = surroundings;
  const summaries = await measure(options, context);
  const wrong = summaries.filter(({ correct }) => !correct);
  if (wrong.length > 0) {
    stderr.write(`blindflag: ${texts.faults.differs([options.question])}\n`);
    return EXIT.wrongAnswer;
  }
  const output = { json: benchJson, csv: benchCsv, table: benchScreen }[options.format];
  stdout.write(output(summaries, texts.bench));
  return EXIT.ok;
}

async function measure(
  { question: name, runs, format, ...size }: BenchOptions,
  { surroundings, texts, program = new URL('../../measure/party-process.js', import.meta.url) }: BenchContext,
): Promise<readonly QuestionSummary[]> {
  const { stderr, signal } = surroundings;
  const tell = (step: 'cold' | 'warm-up' | 'warm'): void => {
    if (format === 'table') stderr.write(`${texts.bench.working(step)}\n`);
  };
  const { accounts, institutions, engine, security, threads } = size;
  const question = name === 'flag' ? createFlagQuestion() : createOverlapQuestion();
  const settings = { question: name, engine, accounts, institutions, ...(security === undefined ? {} : { security }) };
  const group: PartyGroupOptions = { question, settings, program, threads, signal };
  let parties: PartyGroup | undefined;
  try {
    tell('cold');
    const cold = await measureCold(group);
    parties = await PartyGroup.start(group);
    tell('warm-up');
    const correct = await warmUp(parties, settings);
    tell('warm');
    const warm = await measureWarm(parties, settings, { threads, runs });
    return [cold, ...warm.map((summary) => ({ ...summary, correct: summary.correct && correct }))];
  } catch (error) {
    // A process that was ended because of the interrupt is no failure of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    await parties?.stop();
  }
}
