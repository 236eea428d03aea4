/** Periods of a contract by the calendar, in UTC: one period for all institutions, wherever they are. */
import type { Period } from './contract.ts';

export const DAY_MS = 86_400_000;

/** `2027-12-31`, in UTC: one day for all institutions, wherever they are. */
export function calendarDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** Days until then, with the one that has begun: 1 in the last 24 hours, 0 or less once the time has come. */
export function daysUntil(timeMs: number, nowMs: number): number {
  return Math.ceil((timeMs - nowMs) / DAY_MS);
}

/** A period by its kind and first day, `day:2027-12-31`: names sort and compare as texts within a kind. */
export function periodOf(kind: Period, timeMs: number): string {
  return `${kind}:${calendarDay(firstDayMs(kind, timeMs))}`;
}

/** From when on the period is over. @throws RangeError when the text names no period */
export function periodEndMs(period: string): number {
  const [, kind, day] = /^(day|week|month):(\d{4}-\d{2}-\d{2})$/.exec(period) ?? [];
  const startMs = Date.parse(`${day}T00:00:00.000Z`);
  if (kind === undefined || !Number.isFinite(startMs)) throw new RangeError('Cannot read period: it is none');
  if (kind === 'month') {
    const start = new Date(startMs);
    return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1);
  }
  return startMs + (kind === 'week' ? 7 : 1) * DAY_MS;
}

function firstDayMs(kind: Period, timeMs: number): number {
  const time = new Date(timeMs);
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  switch (kind) {
    case 'day':
      return Date.UTC(year, month, day);
    case 'week':
      // Days since Monday: Sunday is day 0 of a JavaScript week.
      return Date.UTC(year, month, day - ((time.getUTCDay() + 6) % 7));
    case 'month':
      return Date.UTC(year, month, 1);
    default:
      return kind satisfies never;
  }
}
