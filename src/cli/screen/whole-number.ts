/** Numbers on the command line. */
import { ArgumentError } from '../errors/argument-error.ts';
import type { FaultTexts } from '../texts.ts';

/** @throws ArgumentError unless it is written in digits */
export function wholeNumber(option: string, text: unknown, faults: FaultTexts): number {
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) throw new ArgumentError(faults.notInteger(option));
  return Number(text);
}

/** @throws ArgumentError */
export function checkRange(
  option: string,
  value: number,
  range: { readonly min: number; readonly max: number; readonly institutions?: number },
  faults: FaultTexts,
): void {
  if (value < range.min || value > range.max) throw new ArgumentError(faults.outOfRange(option, range));
}
