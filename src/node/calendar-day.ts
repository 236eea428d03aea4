/** `2027-12-31`, in UTC: one day for all institutions, wherever they are. */
export function calendarDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
