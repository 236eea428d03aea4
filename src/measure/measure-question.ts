/**
 * How a question is measured. Cold: the first run of fresh processes. Warm: after small runs, with base transfers made anew and with kept
 * ones in turn, so that a slow minute of the machine falls on both. With a yardstick those runs count, of each kind, that had quiet cores.
 */
import type { OperationCost, QuestionSettings } from './part.ts';
import { type MeasuredRun, PartyGroup, type PartyGroupOptions } from './party-group.ts';
import { isQuiet, quietRuns, slowestCounted } from './quiet-runs.ts';
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
  /** Those that the figures are of: with a yardstick not all of `samplesMs`; see `quietRuns`. */
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
  /** The same in proportion to the yardstick, where all runs that count had quiet cores: means. */
  readonly proportion?: number;
  readonly samplesMs?: QuestionSamples;
  /** Sent by all parties together. */
  readonly bytes: number;
  readonly parties: readonly PartySummary[];
}

/** Of every run. */
export interface QuestionSamples {
  /** CPU time of all parties. */
  readonly cpu: readonly number[];
  /** Of the yardstick beside it, the mean of all cores. */
  readonly yardstick: readonly number[];
  /** The same on the slowest core, the longer of before and after: what decides whether the run counts. */
  readonly slowest: readonly number[];
  /** Of all times of the yardstick until then. */
  readonly quickestMs: number;
}

/** What makes figures of a machine that others share comparable. */
export interface Yardstick {
  /**
   * Runs while nobody else has a part of the machine, as far as that can be had: more than once if need be.
   * @returns the last run, and milliseconds of something that stays the same
   * @throws where a result is wrong, also one that is not given
   */
  beside<T extends { readonly correct: boolean }>(run: () => Promise<T>): Promise<Beside<T>>;
}

export interface Beside<T> {
  readonly result: T;
  /** Before and after it, the mean of all cores. */
  readonly yardstickMs: number;
  /** The longer of before and after, on the slowest core. */
  readonly slowestMs: number;
  readonly quickestMs: number;
}

export interface ColdOptions {
  /** Each in processes of its own. Default: one. */
  readonly runs?: number;
  readonly yardstick?: Yardstick | undefined;
}

export interface WarmOptions {
  readonly threads: number;
  /** Of each kind, at least. */
  readonly runs: number;
  /** Goes on up to so many as long as all took less than that together. Default: no more runs. */
  readonly more?: Repetitions['more'];
  /** Default: only kept and fresh, without CPU time by job. */
  readonly profile?: boolean;
  readonly yardstick?: Yardstick | undefined;
}

/** Every run once, and all alike. */
const STEADY: Yardstick = {
  beside: async (run) => ({ result: await run(), yardstickMs: 1, slowestMs: 1, quickestMs: 1 }),
};

/** First runs of fresh processes, which are ended then. */
export async function measureCold(
  options: PartyGroupOptions,
  { runs = 1, yardstick }: ColdOptions = {},
): Promise<QuestionSummary> {
  const { settings, threads } = options;
  const all: Beside<MeasuredRun>[] = [];
  while (all.length < runs) {
    const run = await (yardstick ?? STEADY).beside(async () => {
      const group = await PartyGroup.start(options);
      try {
        return await group.run(settings, { keep: true });
      } finally {
        await group.stop();
      }
    });
    all.push(run);
  }
  return summarize(all, { settings, threads, state: 'cold', baseTransfers: 'fresh' }, yardstick);
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

/** Fresh ones first; kept ones where an engine has any, and processes had a run before. */
export function baseTransfersOf(
  { engine }: QuestionSettings,
  state: QuestionSummary['state'],
): readonly QuestionSummary['baseTransfers'][] {
  return state === 'warm' && engine === 'vole' ? ['fresh', 'kept'] : ['fresh'];
}

/** Runs of warm processes: a summary with fresh base transfers, and where the engine has any one with kept ones. */
export async function measureWarm(
  group: Pick<PartyGroup, 'run'>,
  settings: QuestionSettings,
  { threads, runs, more, profile = false, yardstick }: WarmOptions,
): Promise<readonly QuestionSummary[]> {
  const kinds = baseTransfersOf(settings, 'warm');
  const measured = kinds.map((): Beside<MeasuredRun>[] => []);
  let spentMs = 0;
  for (let done = 0; goesOn({ least: runs, more }, { done, spentMs }); done++) {
    for (const [index, kind] of kinds.entries()) {
      const run = await (yardstick ?? STEADY).beside(() => group.run(settings, { keep: kind === 'kept' }));
      measured[index].push(run);
      spentMs += run.result.wallMs;
    }
  }
  const summaries = measured.map((all, index) =>
    summarize(all, { settings, threads, state: 'warm', baseTransfers: kinds[index] }, yardstick),
  );
  if (!profile) return summaries;
  const last = kinds.length - 1;
  const profiled = await group.run(settings, { keep: kinds[last] === 'kept', profile: true });
  return summaries.map((summary, index) => (index === last ? withProfile(summary, profiled) : summary));
}

/** Times are those of the runs that count, all else of all runs; samples where there was a yardstick. */
function summarize(
  all: readonly Beside<MeasuredRun>[],
  how: Pick<QuestionSummary, 'settings' | 'state' | 'baseTransfers' | 'threads'>,
  yardstick: Yardstick | undefined,
): QuestionSummary {
  const runs = all.map(({ result }) => result);
  const samplesMs = samplesOf(all);
  const numbers = quietRuns(samplesMs.slowest, samplesMs.quickestMs);
  const counted = numbers.map((run) => runs[run]);
  const [first] = runs;
  const { protocol, securityModel, rounds, failureLog2 } = first;
  return {
    ...how,
    runs: counted.length,
    correct: runs.every((run) => run.correct),
    protocol,
    securityModel,
    rounds,
    failureLog2,
    wallMs: spread(counted.map((run) => run.wallMs)),
    cpuMs: spread(numbers.map((run) => samplesMs.cpu[run])),
    bytes: sum(first.parties.map(({ sentBytes }) => sentBytes)),
    ...(yardstick === undefined ? {} : byYardstick(samplesMs)),
    parties: first.parties.map((_, index) => summarizeParty(runs, counted, index)),
  };
}

function samplesOf(all: readonly Beside<MeasuredRun>[]): QuestionSamples {
  return {
    cpu: all.map(({ result }) => rounded(cpuOf(result))),
    yardstick: all.map(({ yardstickMs }) => rounded(yardstickMs)),
    slowest: all.map(({ slowestMs }) => rounded(slowestMs)),
    quickestMs: rounded(Math.min(...all.map(({ quickestMs }) => quickestMs))),
  };
}

function byYardstick(samplesMs: QuestionSamples): Pick<QuestionSummary, 'proportion' | 'samplesMs'> {
  const proportion = proportionOf(samplesMs);
  return { samplesMs, ...(proportion === undefined ? {} : { proportion }) };
}

/** Of the runs that count; undefined where a core was not quiet beside one of them. */
export function proportionOf({ cpu, yardstick, slowest, quickestMs }: QuestionSamples): number | undefined {
  if (!isQuiet(slowestCounted(slowest, quickestMs), quickestMs)) return undefined;
  const counted = quietRuns(slowest, quickestMs);
  return rounded(mean(counted.map((run) => cpu[run])) / mean(counted.map((run) => yardstick[run])));
}

/** Milliseconds of all parties together. */
export function cpuOf({ parties }: MeasuredRun): number {
  return sum(parties.map(({ cpuMs }) => cpuMs));
}

function summarizeParty(runs: readonly MeasuredRun[], counted: readonly MeasuredRun[], index: number): PartySummary {
  const costs = counted.map(({ parties }) => parties[index]);
  const [{ party, roles, sentBytes, receivedBytes, mostToOneBytes }] = costs;
  const operations = costs.flatMap((cost) => (cost.operations === undefined ? [] : [cost.operations]));
  return {
    party,
    roles,
    cpuMs: rounded(median(costs.map(({ cpuMs }) => cpuMs))),
    peakRssBytes: Math.max(...runs.map(({ parties }) => parties[index].peakRssBytes)),
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
