/** What must hold after every run that was disturbed, whatever was done to it. */
import { expect } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { errorsOf, type Observation, outputsOf } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';

export interface Expectation {
  readonly entry: AnyCase;
  readonly seed: number;
  /** Shown when something does not hold. */
  readonly what: string;
  /** Answers may differ from the ideal functionality's, for the reason that `UNSEEN_CONTENT` gives. */
  readonly anyContent?: boolean;
}

/** Nothing hangs or leaks, every error can be acted upon, and an answer is the whole right answer or none. */
export function expectOrderlyEnd(seen: Observation, { entry, seed, what, anyContent }: Expectation): void {
  expect(seen.unhandled, what).toEqual([]);
  expect(seen.pendingTimers, what).toBe(0);
  const parties = [...seen.outcomes.keys()];
  for (const [party, error] of errorsOf(seen.outcomes)) {
    if (!(error instanceof MpcError)) throw new Error(`${what}: ${party} ended with an error of no type: ${error}`);
    const problem = problemOf(error, parties);
    if (problem !== undefined) throw new Error(`${what}: ${party}: ${problem}: ${error.describe()}`, { cause: error });
  }
  const outputs = outputsOf(seen.outcomes);
  try {
    if (anyContent === true) entry.expectComplete(outputs, seed);
    else entry.expect(outputs, seed);
  } catch (error) {
    throw new Error(`${what}: a wrong answer came out`, { cause: error });
  }
}

/** What a person who reads the error would miss. */
export function problemOf(error: MpcError, parties: readonly PartyId[]): string | undefined {
  if (error.code === 'internal') return 'a peer reached an internal error';
  if (error.phase === undefined || error.phase === '') return 'no phase';
  if (error.party === undefined && !namesPair(error, parties)) return 'no party';
  if (error.party !== undefined && !parties.some((party) => party === error.party)) return 'a party that takes no part';
  if (error.remedy === undefined || error.remedy === '') return 'no remedy';
  return undefined;
}

/** Where two parties contradict each other and nobody can tell who is right, the error names both. */
function namesPair(error: MpcError, parties: readonly PartyId[]): boolean {
  const named = parties.filter((party) => error.message.includes(party));
  return error.code === 'disagreement' && named.length === 2;
}

/** Everybody but the given parties failed, and whom they name is one of `blamed`. */
export function expectAllNamed(
  seen: Observation,
  what: string,
  options: { readonly except?: readonly PartyId[]; readonly blamed: readonly PartyId[] },
): void {
  const errors = errorsOf(seen.outcomes);
  for (const party of seen.outcomes.keys()) {
    if (options.except?.includes(party) === true) continue;
    const error = errors.get(party);
    if (error === undefined) throw new Error(`${what}: ${party} succeeded`);
    if (error instanceof MpcError && options.blamed.some((name) => name === error.party)) continue;
    const text = error instanceof MpcError ? error.describe() : error;
    throw new Error(`${what}: ${party} blames another: ${text}`, { cause: error });
  }
}
