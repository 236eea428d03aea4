/**
 * A clock whose time passes when nothing else happens: once no task was scheduled for some turns of the event loop, the
 * next timer is due at once. Stalls and deadlines of minutes are then tested in milliseconds, without sleeping.
 */
import type { Clock } from '../kit/clock.ts';
import { systemClock } from '../kit/clock.ts';

/** Promise chains between two tasks of ours end within a turn; a few more cost nothing. */
const IDLE_TURNS = 5;

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
}

export class IdleClock implements Clock {
  readonly #isStill: () => boolean;
  #nowMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  #pendingTasks = 0;
  #activity = 0;
  #watching = false;

  /** `isStill` tells whether nothing happens that this clock does not see, such as traffic of real sockets. */
  constructor(isStill: () => boolean = () => true) {
    this.#isStill = isStill;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Timers that are set and have not fired: zero after a run, or something leaks. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  timer(delayMs: number, task: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + delayMs, order: this.#order++, task };
    this.#timers.add(timer);
    this.#watch();
    return () => void this.#timers.delete(timer);
  }

  soon(task: () => void): void {
    this.#pendingTasks++;
    this.#activity++;
    systemClock.soon(() => {
      this.#pendingTasks--;
      this.#activity++;
      task();
    });
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    let idleTurns = 0;
    let seen = this.#activity;
    const turn = (): void => {
      idleTurns = this.#pendingTasks === 0 && seen === this.#activity ? idleTurns + 1 : 0;
      seen = this.#activity;
      if (this.#timers.size === 0) {
        this.#watching = false;
        return;
      }
      if (idleTurns >= IDLE_TURNS && this.#isStill()) {
        idleTurns = 0;
        this.#fireNext();
      }
      systemClock.soon(turn);
    };
    systemClock.soon(turn);
  }

  #fireNext(): void {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) {
        next = timer;
      }
    }
    if (next === undefined) return;
    this.#timers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.task();
  }
}
