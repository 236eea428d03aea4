/** Runs the series: groups of processes, links between them, and what the model says of those. */
import {
  baseTransfersOf,
  measureCold,
  measureWarm,
  type QuestionSummary,
  warmUp,
  type Yardstick,
} from '../../src/measure/measure-question.ts';
import type { QuestionSettings } from '../../src/measure/part.ts';
import { PartyGroup, type PartyGroupOptions } from '../../src/measure/party-group.ts';
import { quietRuns, slowestCounted } from '../../src/measure/quiet-runs.ts';
import { rounded, spread, sum } from '../../src/measure/statistics.ts';
import { AllCores } from '../all-cores.ts';
import { requireResult } from '../bench-case.ts';
import { AT_ONCE } from '../compute-yardstick.ts';
import { LINK_SHAPES, modelMs } from '../link/link-shape.ts';
import { TcpProxy } from '../link/tcp-proxy.ts';
import { type AllAsk, type PartiesRow, rowId } from './parties-report.ts';
import { disturbedAmong, quieterOf } from './attempts.ts';
import { PARTY_PROGRAM } from './party-program.ts';
import { isLargest, type Series } from './series.ts';

/** Where nothing lies between parties. */
const LOOPBACK = 'loopback';
/** Offer, commitment, opening and confirmation come before a protocol's own messages. */
const OPENING_MESSAGES = 4;
/** Runs of a question: few of a long one, more of a short one, whose every run is off by more. */
const LEAST_RUNS = 3;
const MORE_RUNS = { most: 31, withinMs: 8_000 } as const;
/** Of fresh processes: whether cores are quiet is chance, and each takes seconds. */
const COLD_RUNS = 4;
const ALL_ASK_RUNS = 7;
/** Of a question, for quiet cores: seventy of them wait three and a half minutes altogether. */
const PATIENCE_MS = 3000;

export interface PartiesOptions {
  readonly short?: boolean;
  /** Another Node, and its version; without it what needs it is skipped. */
  readonly otherNode?: { readonly path: string; readonly version: string } | undefined;
  /** Measured before: what had no quiet cores, or is not among it, is asked, as long as there is time, and the quieter attempt stays. */
  readonly again?: { readonly rows: readonly PartiesRow[]; readonly withinMs: number } | undefined;
  /** Before a question is asked, in words. */
  readonly onQuestion?: (what: string) => void;
  readonly onRow?: (row: PartiesRow) => void;
}

export interface MeasuredParties {
  readonly rows: readonly PartiesRow[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** @throws WrongResult at the first wrong answer */
export async function measureParties(all: readonly Series[], options: PartiesOptions = {}): Promise<MeasuredParties> {
  const { again } = options;
  const rows: PartiesRow[] = [];
  const beganMs = performance.now();
  const hasTime = (): boolean => performance.now() - beganMs < (again?.withinMs ?? Infinity);
  const cores = new AllCores();
  try {
    for (const series of all.filter((each) => !isMissing(each, options))) {
      for (const row of await measureSeries(series, {
        ...options,
        cores,
        hasTime,
        isAsked: askedOf(series, options),
      })) {
        rows.push(row);
        options.onRow?.(row);
      }
    }
  } finally {
    cores.stop();
  }
  const chosen = again === undefined ? rows : quieterOf(again.rows, rows);
  const skipped = all.filter((series) => isMissing(series, options) && !chosen.some(isOf(series))).map(skippedSeries);
  return { rows: chosen.map((row) => withModel(row, chosen)), skipped };
}

/** Rows that another Node gave are all of it: which one it was, nobody knows who has none. */
function isOf({ node, settings }: Series): (row: PartiesRow) => boolean {
  return (row) => node === 'other' && row.node !== process.version && row.settings.question === settings[0].question;
}

type IsAsked = (settings: QuestionSettings, state: QuestionSummary['state']) => boolean;

/** Everything; again, what had no quiet cores, or no time. */
function askedOf(series: Series, options: PartiesOptions): IsAsked {
  const { again } = options;
  if (again === undefined) return () => true;
  const stored = new Set(again.rows.map(({ id }) => id));
  const disturbed = new Set(disturbedAmong(again.rows).map(({ id }) => id));
  const where = whereOf(series, options);
  return (settings, state) =>
    baseTransfersOf(settings, state)
      .map((baseTransfers) => rowId({ settings, threads: series.threads, state, baseTransfers }, where))
      .some((id) => disturbed.has(id) || !stored.has(id));
}

function isMissing({ node }: Series, { otherNode }: PartiesOptions): boolean {
  return node === 'other' && otherNode === undefined;
}

function whereOf({ node, link }: Series, { otherNode }: PartiesOptions): Pick<PartiesRow, 'node' | 'link'> {
  const version = node === 'other' ? otherNode?.version : undefined;
  return { node: version ?? process.version, link: link?.name ?? LOOPBACK };
}

function skippedSeries({ settings: [first] }: Series): MeasuredParties['skipped'][number] {
  const { question, engine, institutions } = first;
  return { id: `${question}/${engine}/${institutions} in another Node`, reason: 'there is no other Node here' };
}

interface SeriesOptions extends PartiesOptions {
  readonly cores: AllCores;
  readonly isAsked: IsAsked;
  readonly hasTime: () => boolean;
}

async function measureSeries(series: Series, options: SeriesOptions): Promise<readonly PartiesRow[]> {
  const { question, threads, link } = series;
  const { short = false, otherNode, onQuestion, cores, isAsked, hasTime } = options;
  const cold = series.cold.filter((own) => isAsked(own, 'cold'));
  const settings = series.settings.slice(0, series.settings.findLastIndex((own) => isAsked(own, 'warm')) + 1);
  const proxies: TcpProxy[] = [];
  const route = async (to: number): Promise<number> => {
    const proxy = await TcpProxy.open({ to, shape: link });
    proxies.push(proxy);
    return proxy.port;
  };
  const groupOf = (own: QuestionSettings): PartyGroupOptions => ({
    question,
    threads,
    settings: own,
    program: PARTY_PROGRAM,
    ...(series.node === 'other' && otherNode !== undefined ? { node: otherNode.path } : {}),
    ...(link === undefined ? {} : { route }),
  });
  const where = whereOf(series, options);
  const tell = ({ question: name, institutions, accounts }: QuestionSettings, state: QuestionSummary['state']): void =>
    onQuestion?.(`${name}, ${institutions} × ${accounts}, ${state}, ${threads} threads, ${where.link}, ${where.node}`);
  const rows: PartiesRow[] = [];
  const rowOf = (summary: QuestionSummary): PartiesRow => {
    const row = { ...summary, ...where, id: rowId(summary, where) };
    requireResult(row.correct, `${row.id}: wrong answer`);
    return row;
  };
  for (const own of cold) {
    if (!hasTime()) return rows;
    tell(own, 'cold');
    const yardstick = await yardstickOf(cores, short);
    rows.push(rowOf(await measureCold(groupOf(own), { runs: short ? 1 : COLD_RUNS, yardstick })));
  }
  if (settings.length === 0 || !hasTime()) return rows;
  const group = await PartyGroup.start(groupOf(settings[0]));
  try {
    requireResult(await warmUp(group, settings[0], short ? 2 : undefined), 'a run of the warm-up is wrong');
    // Small runs need no worker threads: these start, and compile, in a run of their own.
    if (threads > 0) await group.run(settings[0], { keep: true });
    for (const own of settings) {
      if (!hasTime()) break;
      if (!isAsked(own, 'warm')) {
        // Processes have had all smaller sizes when they come to one, again too.
        await group.run(own, { keep: true });
        continue;
      }
      tell(own, 'warm');
      const isOnce = short || isLargest(own);
      const summaries = await measureWarm(group, own, {
        threads,
        yardstick: await yardstickOf(cores, short),
        runs: isOnce ? 1 : LEAST_RUNS,
        ...(isOnce ? {} : { more: MORE_RUNS }),
        profile: series.profile && !isLargest(own),
      });
      const ownRows = summaries.map(rowOf);
      if (series.allAsk === own.accounts) {
        const all = await allAsk(group, own, {
          runs: short ? 1 : ALL_ASK_RUNS,
          yardstick: await yardstickOf(cores, short),
        });
        rows.push(...ownRows.map((row) => (row.baseTransfers === 'kept' ? { ...row, allAsk: all } : row)));
      } else {
        rows.push(...ownRows);
      }
    }
  } finally {
    await group.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
  return rows;
}

/** For one question, which begins with all patience. */
async function yardstickOf(cores: AllCores, short: boolean): Promise<Yardstick> {
  const yardstick = await cores.yardstick(short ? AT_ONCE : { patienceMs: PATIENCE_MS });
  return {
    beside: (run) =>
      yardstick.beside(async () => {
        const each = await run();
        requireResult(each.correct, 'an answer is wrong');
        return each;
      }),
  };
}

/** Every institution asks, one after the other; preparing lists is in no figure. */
async function allAsk(
  group: PartyGroup,
  settings: QuestionSettings,
  { runs, yardstick }: { readonly runs: number; readonly yardstick: Yardstick },
): Promise<AllAsk> {
  const times: { readonly wallMs: number; readonly slowestMs: number; readonly quickestMs: number }[] = [];
  for (let k = 0; k < runs; k++) {
    const all = [];
    for (let asker = 0; asker < settings.institutions; asker++) {
      all.push(await yardstick.beside(() => group.run({ ...settings, asker }, { keep: true })));
    }
    times.push({
      wallMs: sum(all.map(({ result }) => result.wallMs)),
      slowestMs: Math.max(...all.map(({ slowestMs }) => slowestMs)),
      quickestMs: Math.min(...all.map(({ quickestMs }) => quickestMs)),
    });
  }
  const slowestMs = times.map((each) => each.slowestMs);
  const quickestMs = Math.min(...times.map((each) => each.quickestMs));
  return {
    wallMs: spread(quietRuns(slowestMs, quickestMs).map((run) => times[run].wallMs)),
    slowestMs: rounded(slowestCounted(slowestMs, quickestMs)),
    quickestMs: rounded(quickestMs),
  };
}

/** Beside a run over a link: from the same run without one, where that was measured. */
function withModel(row: PartiesRow, rows: readonly PartiesRow[]): PartiesRow {
  const link = LINK_SHAPES.find(({ name }) => name === row.link);
  const same = rows.find(({ id }) => id === rowId(row, { node: row.node, link: LOOPBACK }));
  if (link === undefined || same === undefined) return row;
  const model = {
    computeMs: same.wallMs.median,
    messages: row.rounds + OPENING_MESSAGES,
    bytes: Math.max(...row.parties.map(({ mostToOneBytes }) => mostToOneBytes)),
  };
  return { ...row, model: { ...model, modelMs: rounded(modelMs(model, link)) } };
}
