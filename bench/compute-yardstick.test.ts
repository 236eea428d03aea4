import { describe, expect, it } from 'vitest';
import { ComputeYardstick, hashMs } from './compute-yardstick.ts';

/** A clock that only the yardstick and what is measured move, and how long each time of the yardstick takes. */
function timed(times: readonly number[], patienceMs: number) {
  let nowMs = 0;
  let done = 0;
  const spend = <T>(ms: number, result: T): T => {
    nowMs += ms;
    return result;
  };
  const onceMs = (): readonly number[] => {
    const ms = times[Math.min(done++, times.length - 1)];
    return spend(ms, [ms]);
  };
  return {
    spend,
    done: () => done,
    start: () => ComputeYardstick.start({ warmUps: 0, quickestMs: 10, onceMs, patienceMs, clock: () => nowMs }),
  };
}

describe('ComputeYardstick', () => {
  it('gives what was measured, with the mean of before and after', async () => {
    const { spend, start } = timed([10, 11, 10.5, 10.5], 0);
    const yardstick = await start();
    const times = { yardstickMs: 10.5, quickestMs: 10 };
    expect(await yardstick.beside(() => spend(5, 'a'))).toEqual({ result: 'a', slowestMs: 11, ...times });
    expect(await yardstick.beside(() => Promise.resolve('b'))).toEqual({ result: 'b', slowestMs: 10.5, ...times });
  });

  it('counts all times alike, of which a long run has one before it and many after', async () => {
    const { spend, start } = timed([10, 16, 16, 18], 0);
    const yardstick = await start();
    expect((await yardstick.beside(() => spend(500, null))).yardstickMs).toBe((10 + 16 + 16 + 18) / 4);
  });

  it('waits for a quiet core, and measures again what a core was not quiet after', async () => {
    // Quiet again at the third time; not after the first measuring; then once more to wait, and quiet before and after.
    const { spend, start, done } = timed([16, 14, 10, 15, 15, 11, 10], 1000);
    const yardstick = await start();
    let runs = 0;
    expect(await yardstick.beside(() => spend(5, ++runs))).toMatchObject({ result: 2, yardstickMs: 10.5 });
    expect(done()).toBe(7);
  });

  it('takes what comes when its patience is over', async () => {
    // 16 ms twice are waited out, then less than the run of 20 is left.
    const { spend, start, done } = timed([16], 30);
    const yardstick = await start();
    let runs = 0;
    expect(await yardstick.beside(() => spend(20, ++runs))).toMatchObject({ result: 1, yardstickMs: 16 });
    expect(done()).toBe(4);
    expect((await yardstick.beside(() => spend(20, ++runs))).result).toBe(2);
    expect(done()).toBe(6);
  });

  it('does not measure again what takes longer than it waits', async () => {
    const { spend, start } = timed([10, 16], 1000);
    let runs = 0;
    expect((await (await start()).beside(() => spend(2000, ++runs))).result).toBe(1);
  });

  it('calls a core quiet by the quickest time of all, those of its warm-up and of other processes too', async () => {
    const quickest = async (times: readonly number[], warmUps: number): Promise<number> => {
      const left = [...times];
      return (await ComputeYardstick.start({ warmUps, quickestMs: 12, onceMs: () => [left.shift() ?? NaN] }))
        .quickestMs;
    };
    expect([await quickest([900, 10, 11], 3), await quickest([900, 13], 2)]).toEqual([10, 12]);
  });

  it('goes on for a tenth of what it is beside, up to a bound', async () => {
    const { spend, start, done } = timed([10], 0);
    const yardstick = await start();
    const runs = async (spentMs: number): Promise<number> => {
      const before = done();
      await yardstick.beside(() => spend(spentMs, null));
      // One is before it.
      return done() - before - 1;
    };
    const counts = [];
    for (const spentMs of [0, 100, 101, 1000, 1e6]) counts.push(await runs(spentMs));
    expect(counts).toEqual([1, 1, 2, 10, 1000]);
  });

  it('goes by the slowest of several cores, and gives the mean of all', async () => {
    const times = [
      [10, 10],
      [10, 14],
      [10, 10],
      [10.5, 10.9],
    ];
    const onceMs = (): readonly number[] => times.shift() ?? [];
    const yardstick = await ComputeYardstick.start({ warmUps: 0, onceMs, patienceMs: 1000, clock: () => 0 });
    // Not quiet after the first measuring, as one core is slow.
    let runs = 0;
    const figures = { yardstickMs: 10.35, slowestMs: 10.9, quickestMs: 10 };
    expect(await yardstick.beside(() => ++runs)).toEqual({ result: 2, ...figures });
  });

  it('takes time by itself', () => {
    expect(hashMs()).toBeGreaterThan(0);
  });
});
