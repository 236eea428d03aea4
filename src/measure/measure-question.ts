/**
 * How a question is measured. Cold: the first run of fresh processes. Warm: after small runs, with base transfers made anew and with kept
 * ones in turn, so that a slow minute of the machine falls on both.
 */
import type { OperationCost, QuestionSettings } from './part.ts';
import { type MeasuredRun, PartyGroup, type PartyGroupOptions } from './party-group.ts';
import { goesOn, type Repetitions } from './repetitions.ts';
import { mean, median, rounded, type Spread, spread, sum } from './statistics.ts';

/** Small runs before the first one that counts, after which an engine has compiled what it runs often. */
export const WARM_UP_RUNS = 20;
const WARM_UP_ACCOUNTS = 1024;

/** One party over all runs: medians, and of memory the highest. */
export interface PartySummary {
  readonly party: string;
  readonly roles: readonly string[];
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The most that it sent to one other party. */
  readonly mostToOneBytes: number;
  /** Of the operations alone, at the median. */
  readonly operations?: OperationCost;
  readonly cpuMsByJob?: Readonly<Record<string, number>>;
}

export interface QuestionSummary {
  readonly settings: QuestionSettings;
  readonly state: 'cold' | 'warm';
  readonly baseTransfers: 'fresh' | 'kept';
  readonly threads: number;
  readonly runs: number;
  readonly correct: boolean;
  readonly protocol: string;
  readonly securityModel: string;
  readonly rounds: number;
  readonly failureLog2: number;
  /** At the party that asks. */
  readonly wallMs: Spread;
  /** Of all parties together. */
  readonly cpuMs: Spread;
  /** The same in proportion to the yardstick before and after each run: the mean. */
  readonly proportion?: number;
  readonly samplesMs?: QuestionSamples;
  /** Sent by all parties together. */
  readonly bytes: number;
  readonly parties: readonly PartySummary[];
}

/** CPU time of every run, and of the yardstick before the first one and after each. */
export interface QuestionSamples {
  readonly cpu: readonly number[];
  readonly yardstick: readonly number[];
}

/** What makes figures of a machine that others share comparable. */
export interface Yardstick {
  /**
   * CPU time of something that stays the same, measured between runs: a machine that is slower for a while is so for both.
   * @returns milliseconds of one measuring, as the mean of some that take a part of `besideMs` altogether
   */
  measure(besideMs: number): Promise<number>;
  /**
   * Runs while nobody else has a part of the machine, as far as that can be had: more than once if need be.
   * @throws where a result is wrong, also one that is not given
   */
  undisturbed<T extends { readonly correct: boolean }>(run: () => Promise<T>): Promise<T>;
}

export interface WarmOptions {
  readonly threads: number;
  /** Of each kind, at least. */
  readonly runs: number;
  /** Goes on up to so many as long as all took less than that together. Default: no more runs. */
  readonly more?: Repetitions['more'];
  /** Default: only kept and fresh, without CPU time by job. */
  readonly profile?: boolean;
  readonly yardstick?: Yardstick;
}

/** The first run of fresh processes, which are ended then. */
export async function measureCold(options: PartyGroupOptions): Promise<QuestionSummary> {
  const group = await PartyGroup.start(options);
  try {
    const run = await group.run(options.settings, { keep: true });
    return summarize([run], {
      settings: options.settings,
      state: 'cold',
      baseTransfers: 'fresh',
      threads: options.threads,
    });
  } finally {
    await group.stop();
  }
}

/** Small runs of a question, until its processes are warm. @returns whether all their answers were right */
export async function warmUp(
  group: PartyGroup,
  settings: QuestionSettings,
  runs: number = WARM_UP_RUNS,
): Promise<boolean> {
  const small = { ...settings, accounts: Math.min(WARM_UP_ACCOUNTS, settings.accounts) };
  let correct = true;
  for (let k = 0; k < runs; k++) {
    const run = await group.run(small, { keep: k % 2 === 0 });
    correct &&= run.correct;
  }
  return correct;
}

/** Runs of warm processes: a summary with fresh base transfers, and where the engine has any one with kept ones. */
export async function measureWarm(
  group: Pick<PartyGroup, 'run'>,
  settings: QuestionSettings,
  { threads, runs, more, profile = false, yardstick }: WarmOptions,
): Promise<readonly QuestionSummary[]> {
  const keeps = settings.engine === 'vole' ? [false, true] : [false];
  const measured = keeps.map((): MeasuredRun[] => []);
  const yards: number[] = [];
  let spentMs = 0;
  let wallMs = 0;
  for (let done = 0; goesOn({ least: runs, more }, { done, spentMs: wallMs }); done++) {
    if (yardstick !== undefined) yards.push(await yardstick.measure(spentMs));
    spentMs = 0;
    for (const [index, keep] of keeps.entries()) {
      const once = (): Promise<MeasuredRun> => group.run(settings, { keep });
      const run = yardstick === undefined ? await once() : await yardstick.undisturbed(once);
      measured[index].push(run);
      spentMs += cpuOf(run);
      wallMs += run.wallMs;
    }
  }
  if (yardstick !== undefined) yards.push(await yardstick.measure(spentMs));
  const summaries = measured.map((own, index) => ({
    ...summarize(own, { settings, threads, state: 'warm', baseTransfers: keeps[index] ? 'kept' : 'fresh' }),
    ...(yardstick === undefined ? {} : byYardstick(own, yards)),
  }));
  if (!profile) return summaries;
  const last = keeps.length - 1;
  const profiled = await group.run(settings, { keep: keeps[last], profile: true });
  return summaries.map((summary, index) => (index === last ? withProfile(summary, profiled) : summary));
}

function summarize(
  runs: readonly MeasuredRun[],
  how: Pick<QuestionSummary, 'settings' | 'state' | 'baseTransfers' | 'threads'>,
): QuestionSummary {
  const [first] = runs;
  const { protocol, securityModel, rounds, failureLog2 } = first;
  return {
    ...how,
    runs: runs.length,
    correct: runs.every((run) => run.correct),
    protocol,
    securityModel,
    rounds,
    failureLog2,
    wallMs: spread(runs.map((run) => run.wallMs)),
    cpuMs: spread(runs.map(cpuOf)),
    bytes: sum(first.parties.map(({ sentBytes }) => sentBytes)),
    parties: first.parties.map((_, index) => summarizeParty(runs, index)),
  };
}

function byYardstick(
  runs: readonly MeasuredRun[],
  yards: readonly number[],
): Required<Pick<QuestionSummary, 'proportion' | 'samplesMs'>> {
  return {
    proportion: rounded(mean(proportions(runs, yards))),
    samplesMs: { cpu: runs.map((run) => rounded(cpuOf(run))), yardstick: yards.map((ms) => rounded(ms)) },
  };
}

/** Of every run: its CPU time by the mean of the yardsticks before and after it. */
function proportions(runs: readonly MeasuredRun[], yards: readonly number[]): readonly number[] {
  return runs.map((run, k) => (2 * cpuOf(run)) / (yards[k] + yards[k + 1]));
}

/** Milliseconds of all parties together. */
export function cpuOf({ parties }: MeasuredRun): number {
  return sum(parties.map(({ cpuMs }) => cpuMs));
}

function summarizeParty(runs: readonly MeasuredRun[], index: number): PartySummary {
  const costs = runs.map(({ parties }) => parties[index]);
  const [{ party, roles, sentBytes, receivedBytes, mostToOneBytes }] = costs;
  const operations = costs.flatMap((cost) => (cost.operations === undefined ? [] : [cost.operations]));
  return {
    party,
    roles,
    cpuMs: rounded(median(costs.map(({ cpuMs }) => cpuMs))),
    peakRssBytes: Math.max(...costs.map(({ peakRssBytes }) => peakRssBytes)),
    sentBytes,
    receivedBytes,
    mostToOneBytes,
    ...(operations.length === 0
      ? {}
      : {
          operations: {
            wallMs: rounded(median(operations.map(({ wallMs }) => wallMs))),
            cpuMs: rounded(median(operations.map(({ cpuMs }) => cpuMs))),
            sentBytes: operations[0].sentBytes,
          },
        }),
  };
}

function withProfile(summary: QuestionSummary, { correct, parties }: MeasuredRun): QuestionSummary {
  return {
    ...summary,
    correct: summary.correct && correct,
    parties: summary.parties.map((party, index) => {
      const { cpuMs, cpuMsByJob = {} } = parties[index];
      const inJobs = sum(Object.values(cpuMsByJob));
      const all = { ...cpuMsByJob, other: Math.max(0, cpuMs - inJobs) };
      return { ...party, cpuMsByJob: Object.fromEntries(Object.entries(all).map(([job, ms]) => [job, rounded(ms)])) };
    }),
  };
}
