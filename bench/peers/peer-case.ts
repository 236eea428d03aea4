/** One library at one task. Each is measured in a process of its own, so that the memory of one does not show in another. */
import type { Repetitions } from '../../src/measure/repetitions.ts';
import type { RoundSamples } from './peer-ratios.ts';

export interface PreparedPeer {
  /** All parties of the task, in this process. */
  run(): void | Promise<void>;
  /** Whether the last run's result is right, by something computed another way. */
  check(): boolean;
  /** Bytes that crossed between parties in the last run. */
  bytes?(): number;
}

export interface PeerCase {
  /** Tasks of one name are beside each other: what is done, and how often. */
  readonly task: string;
  readonly library: string;
  readonly securityModel: string;
  /** Items of one run. */
  readonly items: number;
  readonly unit: string;
  /** Runs that count, after `warmUps` that do not: at least; see `roundOf`. */
  readonly samples: number;
  readonly warmUps: number;
  /** Rounds that it takes part in, where a run is too long for all of them. */
  readonly rounds?: number;
  /** Small enough for the test suite. */
  readonly short?: boolean;
  setUp(): Promise<PreparedPeer>;
}

/** What the process of a case reports. */
export interface PeerSample {
  readonly correct: boolean;
  readonly samplesMs: RoundSamples;
  readonly wallMs: readonly number[];
  /** Of the yardstick in the process of a library, or in those before it. */
  readonly quickestMs?: number;
  readonly peakRssBytes: number;
  readonly bytes?: number;
}

export function caseId({ task, library }: Pick<PeerCase, 'task' | 'library'>): string {
  return `${task} ${library}`;
}

export interface RoundOptions {
  readonly short: boolean;
  /** Of the yardstick in processes of libraries so far. */
  readonly quickestMs: number;
}

/** A round of short runs goes on for a while: a core is slower for some seconds where somebody else shares it. */
const MORE = { most: 400, withinMs: 1000 } as const;

/** Runs of a round that count, with `samples` at least; in short mode one. */
export function roundOf(samples: number, short: boolean): Repetitions {
  return short ? { least: 1 } : { least: samples, more: MORE };
}
