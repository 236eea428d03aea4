/** A time of day that comes while something goes on: by the clock of the day, which may be set meanwhile. */
import type { Clock, WallClock } from '../../kit/clock.ts';

/** Between two looks at the time of day: a timer of the platform cannot wait for a month. */
const LOOK_MS = 3_600_000;

/** Calls `task` once it is this time, or past it; the returned function cancels. */
export function atTime(
  timeMs: number,
  task: () => void,
  { clock, wallClock }: { readonly clock: Clock; readonly wallClock: WallClock },
): () => void {
  let cancelTimer: () => void = () => undefined;
  const wait = (): void => {
    const leftMs = timeMs - wallClock.now();
    cancelTimer = clock.timer(Math.min(Math.max(0, leftMs), LOOK_MS), () => {
      if (wallClock.now() >= timeMs) task();
      else wait();
    });
  };
  wait();
  return () => cancelTimer();
}
