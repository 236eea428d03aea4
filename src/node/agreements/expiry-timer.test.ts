import { expect, it } from 'vitest';
import { ManualClock } from '../../net/manual-clock.ts';
import { atTime } from './expiry-timer.ts';

const DAY_MS = 86_400_000;

it('atTime calls when the time of day has come, also after the clock was set, and not before, nor once cancelled', async () => {
  const clock = new ManualClock();
  let setBackMs = 0;
  const wallClock = { now: () => clock.now() - setBackMs };
  const called: string[] = [];
  atTime(40 * DAY_MS, () => called.push('month'), { clock, wallClock });
  atTime(-1, () => called.push('past'), { clock, wallClock });
  const cancel = atTime(10_000, () => called.push('cancelled'), { clock, wallClock });
  await clock.pass(1000);
  expect(called).toEqual(['past']);
  cancel();
  await clock.pass(20_000);
  setBackMs = 5000;
  atTime(clock.now(), () => called.push('set back'), { clock, wallClock });
  await clock.pass(4000);
  expect(called).toEqual(['past']);
  await clock.pass(1000);
  expect(called).toEqual(['past', 'set back']);
});

it('atTime calls within seconds when the time of day was set forward past it', async () => {
  const clock = new ManualClock();
  let setForwardMs = 0;
  const wallClock = { now: () => clock.now() + setForwardMs };
  let called = 0;
  atTime(DAY_MS, () => called++, { clock, wallClock });
  await clock.pass(10_000);
  expect(called).toBe(0);
  setForwardMs = DAY_MS;
  await clock.pass(3000);
  expect(called).toBe(1);
});
