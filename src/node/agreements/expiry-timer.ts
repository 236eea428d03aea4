/** A time of day that comes while something goes on: by the clock of the day, which may be set meanwhile. */
import type { Clock, TimerOptions, WallClock } from '../../kit/clock.ts';

/**
 * Between two looks at the time of day: it may be set forward, and a machine that slept has timers that did not go on. A
 * timer of the platform cannot wait for a month either.
 */
const LOOK_MS = 2_000;

interface TimeWatch extends TimerOptions {
  readonly clock: Pick<Clock, 'timer'>;
  readonly wallClock: WallClock;
}

/** Calls `task` once it is this time, or past it; the returned function cancels. */
export function atTime(timeMs: number, task: () => void, { clock, wallClock, ...options }: TimeWatch): () => void {
  let cancelTimer: () => void = () => undefined;
  const wait = (): void => {
    const leftMs = timeMs - wallClock.now();
    const look = (): void => {
      if (wallClock.now() >= timeMs) task();
      else wait();
    };
    cancelTimer = clock.timer(Math.min(Math.max(0, leftMs), LOOK_MS), look, options);
  };
  wait();
  return () => cancelTimer();
}
