/**
 * Measures libraries beside this package. All that do the same task are measured in turn, so that a slow minute of the machine falls on all
 * of them; the order changes from round to round. All take part in the first rounds, which are minutes apart; then those whose rounds
 * differ so much that their mean is not yet known well.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { goesOn } from '../../src/measure/repetitions.ts';
import { median, rounded } from '../../src/measure/statistics.ts';
import { requireResult, WrongResult } from '../bench-case.ts';
import { PEER_PROGRAM } from '../parties/party-program.ts';
import { installedVersion } from '../own-package.ts';
import { caseId, type PeerCase, type PeerSample, type RoundOptions } from './peer-case.ts';
import { isOwn, isPrecise, type PeerRatio, peerRatios, type RoundSamples } from './peer-ratios.ts';

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
  /** Rounds that it can be asked to take part in at most, where a run is too long for all. */
  readonly rounds?: number | undefined;
  measure(options: RoundOptions): Promise<PeerSample>;
}

export interface PeerRow extends AtTask {
  readonly samples: number;
  /** Of one run: all parties. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly cpuNsPerItem: number;
  readonly samplesMs: readonly RoundSamples[];
  readonly bytes?: number;
  /** Of the process in the first round; where parties have one each, of the largest. */
  readonly peakRssBytes: number;
  /** How many times the CPU time of this package it takes. */
  readonly ratios: readonly PeerRatio[];
}

export interface MissingPeer {
  readonly task: string;
  readonly library: string;
  readonly reason: string;
}

export interface MeasuredPeers {
  readonly rows: readonly PeerRow[];
  readonly missing: readonly MissingPeer[];
}

/** Rounds: those that all take part in, and how many more begin. */
const ROUNDS = { least: 4, more: { most: 12, withinMs: 10 * 60_000 } } as const;
const ONE_ROUND = { least: 1 } as const;
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
  const beganMs = performance.now();
  let quickestMs = Infinity;
  const takesPart = (rival: Contender, round: number): boolean =>
    round < (rival.rounds ?? Infinity) &&
    !missing.has(rival) &&
    (round < ROUNDS.least || !isPrecise((measured.get(rival) ?? []).map(({ samplesMs }) => samplesMs)));
  const rounds = short ? ONE_ROUND : ROUNDS;
  for (let round = 0; goesOn(rounds, { done: round, spentMs: performance.now() - beganMs }); round++) {
    for (const rivals of byTask(contenders)) {
      const order = round % 2 === 0 ? rivals : rivals.toReversed();
      for (const rival of order.filter((candidate) => takesPart(candidate, round))) {
        onTurn?.(rival, round);
        const sample = await sampleOf(rival, { short, quickestMs });
        if (typeof sample === 'string') {
          missing.set(rival, sample);
        } else {
          measured.get(rival)?.push(sample);
          quickestMs = Math.min(quickestMs, sample.quickestMs ?? Infinity);
        }
      }
    }
  }
  const measurements = byTask(contenders)
    .flat()
    .flatMap((rival) => measurementOf(rival, measured.get(rival) ?? []));
  const rows = measurements.map((row) => ({ ...row, ratios: peerRatios(row, measurements) }));
  for (const row of rows) onRow?.(row);
  return { rows, missing: [...missing].map(([{ task, library }, reason]) => ({ task, library, reason })) };
}

/** A library's case as a contender, in a fresh process every round. */
export function libraryContender(peer: PeerCase): Contender {
  const version = installedVersion('peers', peer.library);
  return {
    ...atTask(version === undefined ? peer : { ...peer, version }),
    rounds: peer.rounds,
    measure: (options) => inOwnProcess(caseId(peer), options),
  };
}

/** Only what says who does what. */
function atTask({ task, library, version, securityModel, items, unit }: AtTask): AtTask {
  return { task, library, securityModel, items, unit, ...(version === undefined ? {} : { version }) };
}

function byTask(contenders: readonly Contender[]): readonly (readonly Contender[])[] {
  const tasks = new Set(contenders.map(({ task }) => task));
  return [...tasks].map((task) => contenders.filter((contender) => contender.task === task));
}

/**
 * A sample, or why there is none: that another's library cannot run here is a finding; that ours cannot is a failure, and so is a wrong
 * result.
 */
async function sampleOf(rival: Contender, options: RoundOptions): Promise<PeerSample | string> {
  try {
    const sample = await rival.measure(options);
    requireResult(sample.correct, `${rival.library} at ${rival.task}: wrong result`);
    return sample;
  } catch (error) {
    if (error instanceof WrongResult || isOwn(rival)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** None where it could not run. */
function measurementOf(contender: Contender, samples: readonly PeerSample[]): readonly Omit<PeerRow, 'ratios'>[] {
  if (samples.length === 0) return [];
  const all = samples.flatMap(({ samplesMs }) => samplesMs.cpu);
  const cpuMs = median(all);
  const [first] = samples;
  const { bytes } = first;
  return [
    {
      ...atTask(contender),
      samples: all.length,
      cpuMs: rounded(cpuMs),
      wallMs: rounded(median(samples.flatMap((sample) => sample.wallMs))),
      cpuNsPerItem: rounded((1e6 * cpuMs) / contender.items),
      samplesMs: samples.map(({ samplesMs }) => roundedSamples(samplesMs)),
      ...(bytes === undefined ? {} : { bytes }),
      // In later rounds this package's processes have had larger questions.
      peakRssBytes: first.peakRssBytes,
    },
  ];
}

function roundedSamples({ cpu, yardstick, ...kind }: RoundSamples): RoundSamples {
  const shown = (times: readonly number[]): readonly number[] => times.map((ms) => rounded(ms));
  return { cpu: shown(cpu), ...(yardstick === undefined ? {} : { yardstick: shown(yardstick) }), ...kind };
}

function inOwnProcess(id: string, { short, quickestMs }: RoundOptions): Promise<PeerSample> {
  const program = fileURLToPath(PEER_PROGRAM);
  return new Promise((resolve, reject) => {
    const child = fork(program, [id, short ? 'short' : 'full', String(quickestMs)], {
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
