import { describe, expect, it } from 'vitest';
import { PERIODS } from './contract.ts';
import { calendarDay, periodEndMs, periodOf } from './period.ts';

const HOUR_MS = 3_600_000;

describe('periodOf', () => {
  it('names the first day of the period, in UTC', () => {
    const sunday = Date.UTC(2027, 1, 28, 23, 59, 59, 999);
    expect(PERIODS.map((kind) => periodOf(kind, sunday))).toEqual([
      'day:2027-02-28',
      'week:2027-02-22',
      'month:2027-02-01',
    ]);
    expect(PERIODS.map((kind) => periodOf(kind, sunday + 1))).toEqual([
      'day:2027-03-01',
      'week:2027-03-01',
      'month:2027-03-01',
    ]);
  });

  it.each(PERIODS)('changes at the end of a %s and at no other hour, for years', (kind) => {
    let period = periodOf(kind, Date.UTC(2027, 11, 1));
    for (let timeMs = Date.UTC(2027, 11, 1); timeMs < Date.UTC(2029, 2, 2); timeMs += HOUR_MS) {
      const isOver = timeMs >= periodEndMs(period);
      expect(periodOf(kind, timeMs) !== period, calendarDay(timeMs)).toBe(isOver);
      if (isOver) expect(timeMs).toBe(periodEndMs(period));
      period = periodOf(kind, timeMs);
    }
  });
});

describe('periodEndMs', () => {
  it('refuses what is no period', () => {
    for (const text of ['', 'day', 'year:2027-01-01', 'day:2027-13-01', 'day:2027-1-1']) {
      expect(() => periodEndMs(text), text).toThrow(RangeError);
    }
  });
});
