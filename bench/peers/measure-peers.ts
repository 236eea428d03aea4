/**
 * Measures libraries beside this package. All that do the same task are measured in turn, so that a slow minute of the machine falls on all
 * of them; all tasks are measured in every round, so that the rounds of one are minutes apart; the order changes from round to round. A
 * ratio is one of mean CPU times over all runs: where somebody else makes a core slower for a part of the time, he does so for both.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mean, median, rounded, spread } from '../../src/measure/statistics.ts';
import { requireResult, WrongResult } from '../bench-case.ts';
import type { Ratio } from '../ratio.ts';
import { PEER_PROGRAM } from '../parties/party-program.ts';
import { installedVersion } from '../own-package.ts';
import { caseId, type PeerCase, type PeerSample } from './peer-case.ts';

interface AtTask {
  readonly task: string;
  /** Shown; beginning with `blindflag` where it is this package, against which the others are measured. */
  readonly library: string;
  readonly version?: string;
  readonly securityModel: string;
  readonly items: number;
  readonly unit: string;
}

/** What is measured at a task: a library's case, or this package's parties. */
export interface Contender extends AtTask {
  /** Rounds that it can be asked to take part in. */
  readonly rounds: number;
  measure(): Promise<PeerSample>;
}

export interface PeerRow extends AtTask {
  readonly samples: number;
  /** Of one run: all parties. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly cpuNsPerItem: number;
  /** CPU time of every run, by round. */
  readonly samplesMs: readonly (readonly number[])[];
  readonly bytes?: number;
  /** Of the process in the first round; where parties have one each, of the largest. */
  readonly peakRssBytes: number;
  /** How many times the CPU time of this package it takes. */
  readonly ratios: readonly PeerRatio[];
}

/** Over rounds. */
export type PeerRatio = Omit<Ratio, 'of' | 'samplesMs'>;

export interface MissingPeer {
  readonly task: string;
  readonly library: string;
  readonly reason: string;
}

export interface MeasuredPeers {
  readonly rows: readonly PeerRow[];
  readonly missing: readonly MissingPeer[];
}

export const MAX_ROUNDS = 5;
/** The largest case takes some minutes on a busy machine. */
const PATIENCE_MS = 1_200_000;

interface PeersOptions {
  readonly short?: boolean;
  /** Before a contender's round. */
  readonly onTurn?: ((contender: Contender, round: number) => void) | undefined;
  readonly onRow?: (row: PeerRow) => void;
}

/** @throws WrongResult at the first wrong result */
export async function measurePeers(
  contenders: readonly Contender[],
  { short = false, onTurn, onRow }: PeersOptions = {},
): Promise<MeasuredPeers> {
  const measured = new Map<Contender, PeerSample[]>(contenders.map((contender) => [contender, []]));
  const missing = new Map<Contender, string>();
  const rounds = short ? 1 : Math.max(...contenders.map((contender) => contender.rounds));
  for (let round = 0; round < rounds; round++) {
    for (const rivals of byTask(contenders)) {
      const order = round % 2 === 0 ? rivals : rivals.toReversed();
      for (const rival of order.filter((candidate) => round < candidate.rounds && !missing.has(candidate))) {
        onTurn?.(rival, round);
        const sample = await sampleOf(rival);
        if (typeof sample === 'string') missing.set(rival, sample);
        else measured.get(rival)?.push(sample);
      }
    }
  }
  const rows = byTask(contenders).flatMap((rivals) => rowsOf(rivals, measured));
  for (const row of rows) onRow?.(row);
  return { rows, missing: [...missing].map(([{ task, library }, reason]) => ({ task, library, reason })) };
}

/** A library's case as a contender, in a fresh process every round. */
export function libraryContender(peer: PeerCase, short: boolean): Contender {
  const { task, library, securityModel, items, unit, rounds = MAX_ROUNDS } = peer;
  const version = installedVersion('peers', library);
  return {
    task,
    library,
    securityModel,
    items,
    unit,
    ...(version === undefined ? {} : { version }),
    rounds,
    measure: () => inOwnProcess(caseId(peer), short),
  };
}

type Measured = ReadonlyMap<Contender, readonly PeerSample[]>;

function byTask(contenders: readonly Contender[]): readonly (readonly Contender[])[] {
  const tasks = new Set(contenders.map(({ task }) => task));
  return [...tasks].map((task) => contenders.filter((contender) => contender.task === task));
}

/**
 * A sample, or why there is none: that another's library cannot run here is a finding; that ours cannot is a failure, and so is a wrong
 * result.
 */
async function sampleOf(rival: Contender): Promise<PeerSample | string> {
  try {
    const sample = await rival.measure();
    requireResult(sample.correct, `${rival.library} at ${rival.task}: wrong result`);
    return sample;
  } catch (error) {
    if (error instanceof WrongResult || isOwn(rival)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function rowsOf(rivals: readonly Contender[], measured: Measured): readonly PeerRow[] {
  return rivals.flatMap((rival) => {
    const samples = measured.get(rival) ?? [];
    return samples.length === 0 ? [] : [rowOf(rival, samples, ratiosOf(rival, rivals, measured))];
  });
}

function isOwn({ library }: Pick<Contender, 'library'>): boolean {
  return library.startsWith('blindflag');
}

function ratiosOf(rival: Contender, rivals: readonly Contender[], measured: Measured): readonly PeerRatio[] {
  if (isOwn(rival)) return [];
  const perItem = (contender: Contender, rounds: number): readonly number[] =>
    (measured.get(contender) ?? []).slice(0, rounds).map(({ cpuMs }) => mean(cpuMs) / contender.items);
  return rivals.filter(isOwn).map((own) => {
    const rounds = Math.min(...[rival, own].map((contender) => measured.get(contender)?.length ?? 0));
    // Who is so slow that it takes part in a few rounds is set against all of this package's.
    const [theirs, ours] = [perItem(rival, Infinity), perItem(own, Infinity)];
    const ratios = Array.from({ length: rounds }, (_, round) => theirs[round] / ours[round]);
    return {
      baseline: own.library,
      pairs: rounds,
      times: rounded(mean(theirs) / mean(ours), 3),
      ...spread(ratios, 3),
    };
  });
}

function rowOf(contender: Contender, samples: readonly PeerSample[], ratios: readonly PeerRatio[]): PeerRow {
  const { task, library, version, securityModel, items, unit } = contender;
  const cpuMs = median(samples.flatMap((sample) => sample.cpuMs));
  const [first] = samples;
  const { bytes } = first;
  return {
    task,
    library,
    securityModel,
    items,
    unit,
    ratios,
    ...(version === undefined ? {} : { version }),
    samples: samples.flatMap((sample) => sample.cpuMs).length,
    cpuMs: rounded(cpuMs),
    wallMs: rounded(median(samples.flatMap((sample) => sample.wallMs))),
    cpuNsPerItem: rounded((1e6 * cpuMs) / items),
    samplesMs: samples.map((sample) => sample.cpuMs.map((ms) => rounded(ms))),
    ...(bytes === undefined ? {} : { bytes }),
    // In later rounds this package's processes have had larger questions.
    peakRssBytes: first.peakRssBytes,
  };
}

function inOwnProcess(id: string, short: boolean): Promise<PeerSample> {
  const program = fileURLToPath(PEER_PROGRAM);
  return new Promise((resolve, reject) => {
    const child = fork(program, [id, ...(short ? ['short'] : [])], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: PATIENCE_MS,
    });
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
    let sample: PeerSample | undefined;
    child.on('message', (message: PeerSample) => (sample = message));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (sample !== undefined) resolve(sample);
      else reject(new Error(reasonIn(errors) ?? `ended with ${signal ?? code}`));
    });
  });
}

/** The line of an uncaught error that says what it is. */
function reasonIn(errors: string): string | undefined {
  return errors.split('\n').find((line) => /^\w*(?:Error|Exception)\b.*:/.test(line));
}
