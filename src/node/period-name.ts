/** How names of files say a period: `day_2027-01-15`, with what a file name may have everywhere. */
import { periodEndMs } from '../governance/period.ts';

/** `period` is `day:2027-01-15`. */
export function periodName(period: string): string {
  return period.replace(':', '_');
}

/** When the period of a name is over; undefined where it names none. */
export function endOfNamed(name: string | undefined): number | undefined {
  try {
    return periodEndMs((name ?? '').replace('_', ':'));
  } catch {
    return undefined;
  }
}
