/** All rows of a source, for tests that look at them. */
import type { Source } from '../../src/data/source.ts';

export interface Table {
  readonly accounts: readonly string[];
  readonly scores?: Uint32Array;
}

export async function readSource(source: Source): Promise<Table> {
  const accounts: string[] = [];
  const scores: number[] = [];
  let scored = false;
  for await (const batch of source) {
    accounts.push(...batch.accounts);
    if (batch.scores !== undefined) scored = true;
    scores.push(...(batch.scores ?? []));
  }
  return scored ? { accounts, scores: Uint32Array.from(scores) } : { accounts };
}
