/** The runs that this node takes part in at this moment, and the way to end them all. */
import { toHex } from '../../crypto/bytes.ts';
import { TransportError } from '../../errors.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Progress } from '../../kit/io.ts';
import type { PartyId } from '../../kit/party.ts';
import { STOPPING_PHASE } from '../phases.ts';

export interface ActiveRunStatus {
  /** The run's name on the links: 32 hexadecimal digits. */
  readonly run: string;
  readonly question: string;
  readonly initiator: PartyId;
  readonly seconds: number;
  readonly phase?: string;
  readonly done?: number;
  readonly total?: number;
}

export interface BegunRun {
  readonly runName: Uint8Array;
  readonly question: string;
  readonly initiator: PartyId;
  /** Hash of what it is under. */
  readonly agreement: Uint8Array;
  /** Id of the grant that it uses, where that has one. */
  readonly grant?: string | undefined;
}

/** One run under way. */
export class ActiveRun {
  readonly begun: BegunRun;
  readonly startMs: number;
  readonly #abort = new AbortController();
  readonly #end: () => void;
  latest: Progress | undefined;

  constructor(begun: BegunRun, startMs: number, end: () => void) {
    this.begun = begun;
    this.startMs = startMs;
    this.#end = end;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  cancel(reason: unknown): void {
    this.#abort.abort(reason);
  }

  end(): void {
    this.#end();
  }
}

export class ActiveRuns {
  readonly #clock: Clock;
  readonly #runs = new Map<string, ActiveRun>();
  readonly #empty: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#runs.size;
  }

  has(runName: Uint8Array): boolean {
    return this.#runs.has(toHex(runName));
  }

  /** Call `end` on the result whatever happens. */
  begin(begun: BegunRun): ActiveRun {
    const key = toHex(begun.runName);
    const run = new ActiveRun(begun, this.#clock.now(), () => {
      this.#runs.delete(key);
      if (this.#runs.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
    });
    this.#runs.set(key, run);
    return run;
  }

  list(): readonly ActiveRunStatus[] {
    return [...this.#runs].map(([key, { begun, startMs, latest }]) => ({
      run: key,
      question: begun.question,
      initiator: begun.initiator,
      seconds: (this.#clock.now() - startMs) / 1000,
      ...(latest === undefined ? {} : { phase: latest.phase, done: latest.done, total: latest.total }),
    }));
  }

  /** Resolves when no run is left: those that still run after `graceMs` are cancelled. */
  async settle(graceMs: number): Promise<void> {
    if (this.#runs.size === 0) return;
    const ended = new Promise<void>((resolve) => this.#empty.push(resolve));
    const cancelTimer = this.#clock.timer(graceMs, () => this.#cancelAll());
    await ended;
    cancelTimer();
  }

  /** Ends the runs that this concerns; how many those were. */
  cancelWhere(concerns: (run: BegunRun) => boolean, reason: unknown): number {
    const found = [...this.#runs.values()].filter(({ begun }) => concerns(begun));
    for (const run of found) run.cancel(reason);
    return found.length;
  }

  #cancelAll(): void {
    const reason = new TransportError('Cannot finish run: this node stops', {
      code: 'cancelled',
      phase: STOPPING_PHASE,
    });
    for (const run of this.#runs.values()) run.cancel(reason);
  }
}
