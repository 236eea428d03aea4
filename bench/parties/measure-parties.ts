/** Runs the series: groups of processes, links between them, and what the model says of those. */
import {
  measureCold,
  measureWarm,
  type QuestionSummary,
  warmUp,
  type Yardstick,
} from '../../src/measure/measure-question.ts';
import type { QuestionSettings } from '../../src/measure/part.ts';
import { PartyGroup, type PartyGroupOptions } from '../../src/measure/party-group.ts';
import { quietRuns } from '../../src/measure/quiet-runs.ts';
import { mean, rounded, type Spread, spread, sum } from '../../src/measure/statistics.ts';
import { AllCores } from '../all-cores.ts';
import { requireResult } from '../bench-case.ts';
import { AT_ONCE } from '../compute-yardstick.ts';
import { modelMs } from '../link/link-shape.ts';
import { TcpProxy } from '../link/tcp-proxy.ts';
import { type LinkModel, type PartiesRow, rowId } from './parties-report.ts';
import { PARTY_PROGRAM } from './party-program.ts';
import type { Series } from './series.ts';

/** Offer, commitment, opening and confirmation come before a protocol's own messages. */
const OPENING_MESSAGES = 4;
/** Runs of a question: few of a long one, more of a short one, whose every run is off by more. */
const LEAST_RUNS = 3;
const MORE_RUNS = { most: 31, withinMs: 8_000 } as const;
/** Accounts of all institutions above which a question is asked once, and neither cold nor for a profile. */
const LARGEST: number = 2 ** 22;
const ALL_ASK_RUNS = 7;
/** Of a question, for quiet cores: sixty of them wait three minutes altogether. */
const PATIENCE_MS = 3000;

export interface PartiesOptions {
  readonly short?: boolean;
  /** Another Node, and its version; without it what needs it is skipped. */
  readonly otherNode?: { readonly path: string; readonly version: string } | undefined;
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
  const rows: PartiesRow[] = [];
  const skipped = all.filter((series) => isMissing(series, options)).map(skippedSeries);
  const cores = new AllCores();
  try {
    for (const series of all.filter((each) => !isMissing(each, options))) {
      for (const row of await measureSeries(series, { ...options, cores, earlier: rows })) {
        requireResult(row.correct, `${row.id}: wrong answer`);
        rows.push(row);
        options.onRow?.(row);
      }
    }
  } finally {
    cores.stop();
  }
  return { rows, skipped };
}

function isMissing({ node }: Series, { otherNode }: PartiesOptions): boolean {
  return node === 'other' && otherNode === undefined;
}

function skippedSeries({ settings: [first] }: Series): MeasuredParties['skipped'][number] {
  const { question, engine, institutions } = first;
  return { id: `${question}/${engine}/${institutions} in another Node`, reason: 'there is no other Node here' };
}

interface SeriesOptions extends PartiesOptions {
  readonly cores: AllCores;
  readonly earlier: readonly PartiesRow[];
}

async function measureSeries(
  series: Series,
  { short = false, otherNode, onQuestion, cores, earlier }: SeriesOptions,
): Promise<readonly PartiesRow[]> {
  const { question, settings, threads, link, cold } = series;
  const other = series.node === 'other' ? otherNode : undefined;
  const proxies: TcpProxy[] = [];
  const route = async (to: number): Promise<number> => {
    const proxy = await TcpProxy.open({ to, shape: link });
    proxies.push(proxy);
    return proxy.port;
  };
  const options: PartyGroupOptions = {
    question,
    threads,
    settings: settings[0],
    program: PARTY_PROGRAM,
    ...(other === undefined ? {} : { node: other.path }),
    ...(link === undefined ? {} : { route }),
  };
  const where = { node: other?.version ?? process.version, link: link?.name ?? 'loopback' };
  const rows: PartiesRow[] = [];
  const add = (summary: QuestionSummary): void => {
    const row = { ...summary, ...where, id: rowId(summary, where) };
    const model = modelOf(row, series, [...earlier, ...rows]);
    rows.push(model === undefined ? row : { ...row, model });
  };
  for (const own of cold ? settings.filter((each) => !isLargest(each)) : []) {
    const yardstick = await yardstickOf(cores, short);
    add((await yardstick.beside(() => measureCold({ ...options, settings: own }))).result);
  }
  const group = await PartyGroup.start(options);
  try {
    requireResult(await warmUp(group, settings[0], short ? 2 : undefined), 'a run of the warm-up is wrong');
    // Small runs need no worker threads: these start, and compile, in a run of their own.
    if (threads > 0) await group.run(settings[0], { keep: true });
    for (const own of settings) {
      onQuestion?.(
        `${own.question}, ${own.institutions} × ${own.accounts}, ${threads} threads, ${where.link}, ${where.node}`,
      );
      const isOnce = short || isLargest(own);
      const yardstick = await yardstickOf(cores, short);
      const summaries = await measureWarm(group, own, {
        threads,
        yardstick,
        runs: isOnce ? 1 : LEAST_RUNS,
        ...(isOnce ? {} : { more: MORE_RUNS }),
        profile: series.profile && !isLargest(own),
      });
      for (const summary of summaries) add(summary);
      const last = rows.pop();
      if (last === undefined) continue;
      const allAskWallMs =
        series.allAsk === own.accounts
          ? await allAsk(group, own, { runs: short ? 1 : ALL_ASK_RUNS, yardstick })
          : undefined;
      rows.push(allAskWallMs === undefined ? last : { ...last, allAskWallMs });
    }
  } finally {
    await group.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
  return rows;
}

function isLargest({ accounts, institutions }: QuestionSettings): boolean {
  return accounts * institutions > LARGEST;
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
): Promise<Spread> {
  const wallMs: number[] = [];
  const yardstickMs: number[] = [];
  for (let k = 0; k < runs; k++) {
    const all = [];
    for (let asker = 0; asker < settings.institutions; asker++) {
      all.push(await yardstick.beside(() => group.run({ ...settings, asker }, { keep: true })));
    }
    wallMs.push(sum(all.map(({ result }) => result.wallMs)));
    yardstickMs.push(mean(all.map((run) => run.yardstickMs)));
  }
  return spread(quietRuns(yardstickMs).map((run) => wallMs[run]));
}

/** Beside a run over a link: from the same run without one, where that was measured. */
function modelOf(row: PartiesRow, { link }: Series, earlier: readonly PartiesRow[]): LinkModel | undefined {
  if (link === undefined) return undefined;
  const { settings, threads, state, baseTransfers, node } = row;
  const same = earlier.find(
    ({ id }) => id === rowId({ ...row, settings, threads, state, baseTransfers }, { node, link: 'loopback' }),
  );
  if (same === undefined) return undefined;
  const model = {
    computeMs: same.wallMs.median,
    messages: row.rounds + OPENING_MESSAGES,
    bytes: Math.max(...row.parties.map(({ mostToOneBytes }) => mostToOneBytes)),
  };
  return { ...model, modelMs: rounded(modelMs(model, link)) };
}
