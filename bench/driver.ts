/**
 * Times cases. Micro cases go to benny one after the other. Macro cases are repeated in rounds: each round runs every
 * case once, so that a slow minute of the machine falls on all of them. What is compared is run in turn, A B, B A, and
 * by CPU time, which a busy neighbour on a shared machine disturbs least.
 */
import { performance } from 'node:perf_hooks';
import type { BenchCase, CaseFacts, PreparedCase } from './bench-case.ts';
import { type SampleOptions, sampleMs } from './benny-suite.ts';
import { AT_ONCE, ComputeYardstick } from './compute-yardstick.ts';
import { longestTurns } from './longest-turns.ts';
import { type Ratio, ratioOf } from './ratio.ts';
import type { CaseResult } from './results.ts';
import { cpuMsSince } from '../src/measure/job-profile.ts';
import { median, quantile, rounded } from '../src/measure/statistics.ts';

export interface MeasureOptions {
  /** Every case about once: whether it works, not how fast it is. */
  readonly short?: boolean;
  readonly onResult?: (result: CaseResult) => void;
}

export interface Measured {
  readonly results: readonly CaseResult[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** Of one process; a full bench has several (`passes.ts`). */
const FULL: SampleOptions = { maxTime: 0.2, minSamples: 10, minTime: 0.02 };
const SHORT: SampleOptions = { maxTime: 0.02, minSamples: 1, minTime: 0.001 };
const DEFAULT_REPETITIONS = 5;
/** In each of nine processes; see ratio.ts for which of them count. */
const PAIRS = 6;
/** CPU time of one half of a pair at least: far above the microseconds that the clock of CPU time resolves. */
const PAIR_BLOCK_MS = 20;
const RSS_INTERVAL_MS = 10;
/** Of a case, and of its pairs, in one pass: a hundred of them wait a minute or two altogether. */
const PATIENCE_MS = 700;

/** Runs and checks all cases. @throws WrongResult at the first wrong result, and whatever a case throws */
export async function measure(cases: readonly BenchCase[], options: MeasureOptions = {}): Promise<Measured> {
  const results: CaseResult[] = [];
  const skipped: { id: string; reason: string }[] = [];
  const report = (result: CaseResult): void => {
    results.push(result);
    options.onResult?.(result);
  };
  for (const micro of cases.filter((candidate) => candidate.kind === 'micro')) {
    const prepared = await micro.setUp();
    if ('skipped' in prepared) skipped.push({ id: micro.id, reason: prepared.skipped });
    else report(await measureMicro(micro, prepared, cases, options));
  }
  await measureMacros(
    cases.filter((candidate) => candidate.kind === 'macro'),
    options,
    { report, skip: (id, reason) => void skipped.push({ id, reason }) },
  );
  const order = new Map(cases.map((candidate, index) => [candidate.id, index]));
  results.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  return { results, skipped };
}

async function measureMicro(
  micro: BenchCase,
  prepared: PreparedCase,
  cases: readonly BenchCase[],
  { short = false }: MeasureOptions,
): Promise<CaseResult> {
  const once = (): void => {
    if (prepared.run() instanceof Promise)
      throw new TypeError(`Cannot measure ${micro.id}: a micro case must not wait`);
  };
  once();
  prepared.check();
  const yardstick = await yardstickOf(short);
  const { result: samples } = await yardstick.beside(() => sampleMs(micro.id, once, short ? SHORT : FULL));
  prepared.check();
  const result = summarize(micro, samples, prepared.facts?.() ?? {});
  const baseline = cases.find((candidate) => candidate.id === micro.baseline);
  const speedup = baseline === undefined ? undefined : await comparePair(micro, prepared, baseline, short);
  await prepared.close?.();
  return speedup === undefined ? result : { ...result, speedup };
}

/** One run of a macro case. */
interface Observation {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

interface MacroSinks {
  readonly report: (result: CaseResult) => void;
  readonly skip: (id: string, reason: string) => void;
}

async function measureMacros(
  cases: readonly BenchCase[],
  { short = false }: MeasureOptions,
  { report, skip }: MacroSinks,
): Promise<void> {
  let left = cases.map((bench) => ({
    bench,
    repetitions: short ? 1 : (bench.repetitions ?? DEFAULT_REPETITIONS),
    observations: [] as Observation[],
    prepared: undefined as PreparedCase | undefined,
    yardstick: undefined as ComputeYardstick | undefined,
  }));
  const all = left;
  while (left.length > 0) {
    for (const job of left) {
      const prepared = job.prepared ?? (await job.bench.setUp());
      if ('skipped' in prepared) {
        skip(job.bench.id, prepared.skipped);
        job.repetitions = 0;
        continue;
      }
      job.prepared = prepared;
      job.yardstick ??= await yardstickOf(short);
      const { result: observation } = await job.yardstick.beside(async () => {
        const observed = await observe(prepared);
        prepared.check();
        return observed;
      });
      job.observations.push(observation);
      if (job.observations.length < job.repetitions) continue;
      const turns = await longestTurns(() => prepared.run());
      prepared.check();
      const result = { ...summarizeMacro(job.bench, job.observations, prepared.facts?.() ?? {}), ...turns };
      const baseline = all.find(
        ({ bench, observations }) => bench.id === job.bench.baseline && observations.length > 0,
      );
      report(baseline === undefined ? result : { ...result, speedup: speedupByRounds(job, baseline) });
      await prepared.close?.();
    }
    left = left.filter((job) => job.observations.length < job.repetitions);
  }
}

interface Observed {
  readonly bench: BenchCase;
  readonly observations: readonly Observation[];
}

/** Time of an item, against the baseline's in the same round. */
function speedupByRounds(own: Observed, baseline: Observed): Ratio {
  const perItem = ({ bench, observations }: Observed, rounds: number): number[] =>
    observations
      .slice(0, rounds)
      .map(({ wallMs, cpuMs }) => (own.bench.comparedBy === 'wall' ? wallMs : cpuMs) / bench.items);
  const rounds = Math.min(own.observations.length, baseline.observations.length);
  return ratioOf(baseline.bench.id, 'total', { own: perItem(own, rounds), baseline: perItem(baseline, rounds) });
}

async function observe(prepared: PreparedCase): Promise<Observation> {
  let peakRssBytes = process.memoryUsage.rss();
  const sampler = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, RSS_INTERVAL_MS);
  const start = process.cpuUsage();
  const startMs = performance.now();
  try {
    await prepared.run();
    const wallMs = performance.now() - startMs;
    const cpuMs = cpuMsSince(start);
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
    return { wallMs, cpuMs, peakRssBytes };
  } finally {
    clearInterval(sampler);
  }
}

/** Times both in turn; the one that begins changes from pair to pair. */
async function comparePair(
  bench: BenchCase,
  prepared: PreparedCase,
  baseline: BenchCase,
  short: boolean,
): Promise<Ratio> {
  const other = await baseline.setUp();
  if ('skipped' in other) throw new TypeError(`Cannot compare ${bench.id}: its baseline is skipped`);
  const pairs = short ? 1 : PAIRS;
  const blockMs = short ? 0 : PAIR_BLOCK_MS;
  const own = (): number => cpuMsPerRun(prepared, blockMs) / bench.items;
  const others = (): number => cpuMsPerRun(other, blockMs) / baseline.items;
  // Both are warm before the first pair: `prepared` from its samples.
  if (!short) others();
  const samplesMs = { own: [] as number[], baseline: [] as number[] };
  const yardstick = await yardstickOf(short);
  for (let pair = 0; pair < pairs; pair++) {
    const { result } = await yardstick.beside(() =>
      pair % 2 === 0 ? [own(), others()] : [others(), own()].toReversed(),
    );
    samplesMs.own.push(result[0]);
    samplesMs.baseline.push(result[1]);
  }
  prepared.check();
  other.check();
  await other.close?.();
  return ratioOf(baseline.id, 'middle', samplesMs);
}

/** With all patience that a case has. */
function yardstickOf(short: boolean): Promise<ComputeYardstick> {
  return ComputeYardstick.start(short ? AT_ONCE : { patienceMs: PATIENCE_MS });
}

function cpuMsPerRun(prepared: PreparedCase, blockMs: number): number {
  const start = process.cpuUsage();
  let runs = 0;
  let spentMs: number;
  do {
    void prepared.run();
    runs++;
    spentMs = cpuMsSince(start);
  } while (spentMs < blockMs);
  // One run shorter than the clock's microsecond would otherwise count as none.
  return Math.max(spentMs, 0.001) / runs;
}

function summarizeMacro(bench: BenchCase, observations: readonly Observation[], facts: CaseFacts): CaseResult {
  return {
    ...summarize(
      bench,
      observations.map(({ wallMs }) => wallMs),
      facts,
    ),
    cpuMs: rounded(median(observations.map(({ cpuMs }) => cpuMs))),
    // Later runs start from what earlier ones, of larger cases too, have left behind.
    peakRssBytes: observations[0].peakRssBytes,
  };
}

function summarize(bench: BenchCase, samples: readonly number[], facts: CaseFacts): CaseResult {
  const medianMs = median(samples);
  return {
    id: bench.id,
    securityModel: bench.securityModel,
    unit: bench.unit,
    items: bench.items,
    iterations: samples.length,
    medianMs: rounded(medianMs),
    minMs: rounded(Math.min(...samples)),
    maxMs: rounded(Math.max(...samples)),
    p95Ms: rounded(quantile(samples, 0.95)),
    opsPerSecond: rounded(1000 / medianMs),
    nsPerItem: rounded((1e6 * medianMs) / bench.items),
    ...facts,
    ...(facts.bytes === undefined ? {} : { bytesPerItem: rounded(facts.bytes / bench.items) }),
  };
}
