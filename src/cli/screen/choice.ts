/** Options that take one of a few words. */
import { ArgumentError } from '../errors/argument-error.ts';
import type { FaultTexts } from '../texts.ts';

/** The choice, or undefined when none is given. @throws ArgumentError */
export function checkChoice<T extends string>(
  option: string,
  given: unknown,
  choices: readonly T[],
  faults: FaultTexts,
): T | undefined {
  if (given === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === given);
  if (choice === undefined) throw new ArgumentError(faults.notOffered(option, choices));
  return choice;
}
