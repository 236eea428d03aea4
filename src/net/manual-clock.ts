/** A clock that stands still until it is told: for tests of what takes minutes beside real or remembered traffic. */
import { type Clock, systemClock } from '../kit/clock.ts';

const STEP_MS = 1_000;

export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly task: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  soon(task: () => void): void {
    systemClock.soon(task);
  }

  timer(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass, a second at a time, and what each second sets off. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    while (this.#nowMs < untilMs) {
      this.stall(Math.min(untilMs - this.#nowMs, STEP_MS));
      await turns(5);
    }
  }

  /** Time in one turn, as when the process stood still. Timers that became due run in a later one, as the system's do. */
  stall(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers].filter(({ dueMs }) => dueMs <= this.#nowMs)) {
      this.soon(() => {
        if (this.#timers.delete(timer)) timer.task();
      });
    }
  }
}

/** Turns of the event loop, so that what is on its way in this process arrives. */
export async function turns(count = 200): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise<void>((resolve) => systemClock.soon(resolve));
}
