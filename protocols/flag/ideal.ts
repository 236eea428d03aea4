/** The ideal functionality on plaintext: the oracle of every test. */
import type { FlagParameters } from './parameters.ts';

/** One contributor's list: account to score, duplicates already joined. */
export type Evidence = ReadonlyMap<string, number>;

/** For each of the asker's accounts: do at least t contributors list it, and do their scores reach T? */
export function idealFlag(
  parameters: Pick<FlagParameters, 'quorum' | 'score'>,
  accounts: readonly string[],
  contributors: readonly Evidence[],
): boolean[] {
  return accounts.map((account) => {
    const scores = contributors.map((list) => list.get(account)).filter((score) => score !== undefined);
    const sum = scores.reduce((total, score) => total + score, 0);
    return scores.length >= parameters.quorum && sum >= (parameters.score?.threshold ?? 0);
  });
}
