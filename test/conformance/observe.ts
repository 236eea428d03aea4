/** Runs a case and keeps all that can be seen of the run from outside. */
import { MpcError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { RunReport } from '../../src/kit/run.ts';
import type { SessionLimits } from '../../src/kit/session-limits.ts';
import {
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  type InMemoryOptions,
  RoundMeter,
  type TranscriptEntry,
  TranscriptRecorder,
} from '../../src/testing.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import type { DataFrame, Frame } from '../../src/wire/frame.ts';
import type { AnyCase } from './protocol-case.ts';
import { memoryTransport, type Outcomes, type Transport } from './transport.ts';

/** Real time after which a run that has not ended counts as hung: far above any run of the suite. */
const HANG_MS = 15_000;
/** Turns of the event loop in which a rejection that nobody handles is reported. */
const SETTLING_TURNS = 3;

export interface ObserveOptions extends InMemoryOptions {
  readonly seed?: number;
  readonly transport?: Transport;
  /** Real time after which the run counts as hung. */
  readonly hangMs?: number;
  /** Other data than the case's own. */
  readonly run?: ReturnType<AnyCase['run']>;
}

/** A frame as it left its sender, before anything was done to it. */
export interface SentFrame {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly bytes: Uint8Array;
  readonly frame: Frame;
}

export interface Observation {
  readonly outcomes: Outcomes<unknown>;
  readonly frames: readonly SentFrame[];
  readonly transcript: readonly TranscriptEntry[];
  readonly rounds: number;
  readonly pendingTimers: number;
  readonly unhandled: readonly unknown[];
}

const unhandled: unknown[] = [];
process.on('unhandledRejection', recordUnhandled);

/** The listener, so that a test of it can silence all others. */
export function recordUnhandled(reason: unknown): void {
  unhandled.push(reason);
}

/** Rejections that nobody has handled since the last call. */
export async function takeUnhandled(): Promise<readonly unknown[]> {
  for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  return unhandled.splice(0);
}

export async function observe(entry: AnyCase, options: ObserveOptions = {}): Promise<Observation> {
  const { seed = 1, transport = memoryTransport, hangMs = HANG_MS, intercept, observers, ...rest } = options;
  const run = options.run ?? entry.run(seed);
  const clock = transport.clock();
  const frames: SentFrame[] = [];
  const recorder = new TranscriptRecorder();
  const meter = new RoundMeter(channelPrefix(entry));
  const ended = transport.run(entry.protocol, run, {
    clock,
    rng: (party) => insecureSeededRng('run', seed, party),
    signer: insecureTestSigner,
    verify: insecureTestVerifier,
    ...rest,
    observers: (party) => [recorder.observer(party), meter.observer(party), ...(observers?.(party) ?? [])],
    intercept: (from, to, bytes) => {
      frames.push({ from, to, bytes, frame: decodeFrame(bytes) });
      return intercept?.(from, to, bytes) ?? [bytes];
    },
  });
  const outcomes = await orHang(ended, entry.name, hangMs);
  return {
    outcomes,
    frames,
    transcript: recorder.entries,
    rounds: meter.rounds,
    pendingTimers: clock.pendingTimers,
    unhandled: await takeUnhandled(),
  };
}

async function orHang<T>(ended: Promise<T>, name: string, hangMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a party of '${name}' never ended`)), hangMs);
  });
  try {
    return await Promise.race([ended, hung]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the names of a protocol's channels begin with. */
export function channelPrefix(entry: AnyCase): string {
  return `${entry.protocol.spec.id.split('/')[0]}/`;
}

export function outputsOf(outcomes: Outcomes<unknown>): ReadonlyMap<PartyId, unknown> {
  const outputs = new Map<PartyId, unknown>();
  for (const [party, outcome] of outcomes) if (outcome.status === 'fulfilled') outputs.set(party, outcome.value.output);
  return outputs;
}

export function reportsOf(outcomes: Outcomes<unknown>): ReadonlyMap<PartyId, RunReport> {
  const reports = new Map<PartyId, RunReport>();
  for (const [party, outcome] of outcomes) if (outcome.status === 'fulfilled') reports.set(party, outcome.value.report);
  return reports;
}

/** The error of every party that failed; anything but an MpcError is given as its text. */
export function errorsOf(outcomes: Outcomes<unknown>): ReadonlyMap<PartyId, MpcError | string> {
  const errors = new Map<PartyId, MpcError | string>();
  for (const [party, outcome] of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const reason: unknown = outcome.reason;
    errors.set(party, reason instanceof MpcError ? reason : String(reason));
  }
  return errors;
}

export function dataFrames(frames: readonly SentFrame[]): readonly (SentFrame & { readonly frame: DataFrame })[] {
  return frames.flatMap(({ frame, ...rest }) => (frame.kind === 'data' ? [{ frame, ...rest }] : []));
}

/** Limits under which a channel lets one frame of about a kilobyte through at a time. */
export const ONE_FRAME: Partial<SessionLimits> = { windowBytes: 1 };
