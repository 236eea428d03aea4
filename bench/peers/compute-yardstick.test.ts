import { describe, expect, it } from 'vitest';
import { ComputeYardstick } from './compute-yardstick.ts';

describe('ComputeYardstick', () => {
  const timed = (...times: readonly number[]) => {
    let done = 0;
    return { onceMs: () => times[Math.min(done++, times.length - 1)], done: () => done };
  };

  it('gives the mean of before and after, and takes what was after for the next one', () => {
    const { onceMs } = timed(10, 20, 40);
    const yardstick = new ComputeYardstick({ warmUps: 0, onceMs });
    expect([yardstick.beside(5), yardstick.beside(5)]).toEqual([15, 30]);
  });

  it('does not count what warms it up', () => {
    const { onceMs } = timed(900, 900, 20, 40);
    const yardstick = new ComputeYardstick({ warmUps: 2, onceMs });
    expect(yardstick.beside(5)).toBe(30);
  });

  it('goes on for a tenth of what it is beside, up to a bound', () => {
    const { onceMs, done } = timed(10);
    const yardstick = new ComputeYardstick({ warmUps: 0, onceMs });
    const runs = (spentMs: number): number => {
      const before = done();
      yardstick.beside(spentMs);
      return done() - before;
    };
    expect([runs(0), runs(100), runs(101), runs(1000), runs(1e6)]).toEqual([1, 1, 2, 10, 300]);
  });

  it('takes time by itself', () => {
    expect(new ComputeYardstick({ warmUps: 0 }).beside(0)).toBeGreaterThan(0);
  });
});
