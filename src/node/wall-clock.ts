/** The time of day as a parameter: calendar days of limits, expiry of answers and keys. Never used to measure time. */

export interface WallClock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

export const systemWallClock: WallClock = { now: () => new Date().getTime() };

/** `2027-12-31`, in UTC: one day for all institutions, wherever they are. */
export function calendarDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
