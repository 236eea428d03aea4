/** `blindflag demo`: every institution asks once about its own accounts, from a process of its own or all in this one. */
import { flag, type FlagProtocol, keepingFlag } from '../../../protocols/flag/index.ts';
import { memoryBaseOtStore } from '../../../protocols/vole/index.ts';
import { systemClock } from '../../kit/clock.ts';
import { buildReport, demoParameters } from './build-report.ts';
import type { DemoOptions } from './demo-options.ts';
import { startDemoNodes } from './demo-nodes.ts';
import { type DemoPlan, loadConsortium, planDemo, type PlannedRun } from './demo-plan.ts';
import type { DemoReport } from './demo-report.ts';
import { ask, type AskOptions, estimateRunSeconds, type FinishedRun } from './demo-run.ts';
import { openingScreen, resultScreen } from './demo-screen.ts';
import { EXIT } from '../errors/exit-code.ts';
import { plainProgress, type RunProgress, silentProgress, terminalProgress } from './run-progress.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Language, Texts } from '../texts.ts';

export interface DemoContext {
  readonly surroundings: Surroundings;
  readonly texts: Texts;
  /** What runs. Default: flag with its secure engines; a test puts a faulty one in its place. */
  readonly protocol?: FlagProtocol;
}

/** The exit code. @throws MpcError when data, parameters or a run fail; the signal's reason when it aborts */
export async function runDemo(options: DemoOptions, context: DemoContext): Promise<number> {
  const { surroundings, texts } = context;
  // Institutions keep base transfers from run to run, as their nodes do; the estimate's short run is on its own.
  const protocol = context.protocol ?? keepingFlag(memoryBaseOtStore());
  const { stdout, stderr, signal } = surroundings;
  const isShown = !options.json;
  const screen = { texts, columns: stdout.isTTY === true ? stdout.columns : undefined };
  if (isShown) stderr.write(`${texts.progress.making}\n`);

  const plan = planDemo(await loadConsortium(options, signal), options, texts.faults);
  const runSeconds = await estimateRunSeconds(
    context.protocol ?? flag,
    { options, run: plan.runs[0], faults: texts.faults },
    signal,
  );
  const opening = {
    parameters: demoParameters(protocol, options, plan),
    protocol: protocol.spec.id,
    helpers: plan.helpers,
    runSeconds,
  };
  if (isShown) stdout.write(openingScreen(opening, screen));

  const progress = chooseProgress(options, context, { runs: plan.runs, runSeconds });
  const runs = options.inMemory
    ? await askInTurn((run, asking) => ask(protocol, run, asking), plan.runs, { signal, progress, runSeconds })
    : await askNodes(plan, { signal, progress, runSeconds }, texts.language);
  const report = buildReport({ protocol, options, plan, runs });
  stdout.write(isShown ? resultScreen(report, screen) : `${JSON.stringify(report, undefined, 2)}\n`);
  return verdict(report, context);
}

async function askNodes(plan: DemoPlan, turn: Turn, language: Language): Promise<readonly FinishedRun[]> {
  const nodes = await startDemoNodes(plan, { ...turn, language });
  try {
    return await askInTurn((run, asking) => nodes.ask(run, asking), plan.runs, turn);
  } finally {
    await nodes.stop();
  }
}

interface Turn {
  readonly signal: AbortSignal;
  readonly progress: RunProgress;
  readonly runSeconds: number;
}

async function askInTurn(
  askOne: (run: PlannedRun, options: AskOptions) => Promise<FinishedRun>,
  runs: readonly PlannedRun[],
  { signal, progress, runSeconds }: Turn,
): Promise<readonly FinishedRun[]> {
  const finished: FinishedRun[] = [];
  try {
    for (const [index, run] of runs.entries()) {
      progress.started(index);
      const startMs = systemClock.now();
      const done = await askOne(run, {
        signal,
        expectedSeconds: runSeconds,
        onFraction: (fraction) => progress.moved(fraction),
      });
      const { flagged } = done.answer;
      progress.finished(index, {
        flagged: flagged.reduce((sum, bit) => sum + bit, 0),
        accounts: flagged.length,
        seconds: (systemClock.now() - startMs) / 1000,
      });
      finished.push(done);
    }
  } finally {
    progress.close();
  }
  return finished;
}

/** Progress goes to standard error, so that standard output holds the result alone. */
function chooseProgress(
  { json }: DemoOptions,
  { surroundings: { stderr, env }, texts }: DemoContext,
  { runs, runSeconds }: { readonly runs: readonly PlannedRun[]; readonly runSeconds: number },
): RunProgress {
  const names = runs.map(({ asker }) => asker.name);
  const options = { names, texts: texts.progress, runSeconds, clock: systemClock };
  if (stderr.isTTY === true && env['TERM'] !== 'dumb') return terminalProgress(stderr, options);
  return json ? silentProgress : plainProgress(stderr, options);
}

/** A demo can compare with the plaintext: an answer that differs is a defect, told loudly. */
function verdict(report: DemoReport, { surroundings, texts }: DemoContext): number {
  const wrong = report.institutions.filter(
    ({ check }) => check.plaintextRule !== 'equal' || check.messageShape === 'different',
  );
  if (wrong.length === 0) return EXIT.ok;
  surroundings.stderr.write(`\nblindflag: ${texts.faults.differs(wrong.map(({ name }) => name))}\n`);
  return EXIT.wrongAnswer;
}
