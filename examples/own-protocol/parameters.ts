/** What all parties of a sum agree on before anything is sent. */
import { type PartyId, partyId, UsageError } from 'blindflag';

export interface SumParameters {
  readonly parties: readonly PartyId[];
}

/** With two parties, the sum is the other's value. */
export const MIN_PARTIES = 3;
export const MAX_PARTIES = 16;
/** Sums of so many values stay below 2^64, where the arithmetic of shares wraps. */
export const MAX_VALUE: bigint = 2n ** 60n - 1n;

/** @throws UsageError `bad-parameter` */
export function sumParameters(names: readonly string[]): SumParameters {
  return checkSumParameters({ parties: names.map(partyId) });
}

/** @throws UsageError `bad-parameter` */
export function checkSumParameters(parameters: SumParameters): SumParameters {
  const { parties } = parameters;
  for (const name of parties) partyId(name);
  const isDistinct = new Set(parties).size === parties.length;
  if (!isDistinct || parties.length < MIN_PARTIES || parties.length > MAX_PARTIES) {
    throw new UsageError(`Cannot plan sum: not ${MIN_PARTIES} to ${MAX_PARTIES} different parties`, {
      code: 'bad-parameter',
      phase: 'parameters',
      remedy: 'with two parties the sum tells each the value of the other',
    });
  }
  return Object.freeze(parameters);
}
