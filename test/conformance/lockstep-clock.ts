/**
 * A clock under which every message takes one tick and computing takes none: frames wait until nothing else happens,
 * then all of them arrive together. The ticks that a run takes are the length of its longest chain of messages.
 */
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import type { TrafficObserver } from '../../src/kit/traffic.ts';

/** Turns of the event loop without a job after which nothing more can come before the next tick. */
const IDLE_TURNS = 4;

export class LockstepClock implements Clock {
  readonly pendingTimers = 0;
  /** Jobs do not wait for a tick. */
  readonly compute: Compute;
  #tick = 0;
  #activity = 0;
  #waiting: (() => void)[] = [];
  #watching = false;
  #first: number | undefined;
  #last = 0;

  constructor() {
    const soon = (task: () => void): void => {
      systemClock.soon(() => {
        this.#activity++;
        task();
      });
    };
    this.compute = cooperativeCompute({ now: systemClock.now, soon });
  }

  now(): number {
    return this.#tick;
  }

  /** No run of a test is late by this clock. */
  timer(): () => void {
    return () => undefined;
  }

  soon(task: () => void): void {
    this.#waiting.push(task);
    this.#activity++;
    this.#watch();
  }

  /** Ticks from the first to the last frame that was counted. */
  get rounds(): number {
    return this.#first === undefined ? 0 : this.#last - this.#first + 1;
  }

  /** Counts frames on channels under `prefix`. */
  counter(prefix: string): TrafficObserver {
    return {
      sent: ({ channel }) => {
        if (!channel.startsWith(prefix)) return;
        this.#first ??= this.#tick;
        this.#last = this.#tick;
      },
    };
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    let idleTurns = 0;
    let seen = this.#activity;
    const turn = (): void => {
      idleTurns = seen === this.#activity ? idleTurns + 1 : 0;
      seen = this.#activity;
      if (idleTurns < IDLE_TURNS) {
        systemClock.soon(turn);
        return;
      }
      this.#watching = false;
      this.#tick++;
      for (const task of this.#waiting.splice(0)) task();
    };
    systemClock.soon(turn);
  }
}
