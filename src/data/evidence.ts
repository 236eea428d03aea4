/**
 * The evidence rule: an institution's score of a payee is the number of its own marked customers, each counted once,
 * that paid it.
 */
import type { Steps } from '../crypto/steps.ts';

/** Of one institution: payees by ascending index, and the score of each. */
export interface EvidenceColumns {
  readonly payees: Uint32Array;
  readonly scores: Uint32Array;
}

/** Payees in one bucket: each bucket is sorted in one go, so this keeps a pause short. */
const BUCKET_BITS = 12;

/** Collects transfers of marked customers; accounts are indices below `accountCount`. */
export class EvidenceTally {
  readonly #accountCount: number;
  /** Per paying institution and range of payees: payee * accountCount + payer, exact below 2^53 for 2^26 accounts. */
  readonly #buckets: (number[] | undefined)[][];

  constructor(institutionCount: number, accountCount: number) {
    if (accountCount > 2 ** 26) throw new RangeError('Cannot tally evidence: more than 2^26 accounts');
    this.#accountCount = accountCount;
    this.#buckets = Array.from({ length: institutionCount }, () => []);
  }

  /** Adds one transfer of a marked customer; repeated pairs count once. */
  add(institution: number, payer: number, payee: number): void {
    const buckets = this.#buckets[institution];
    const bucket = payee >>> BUCKET_BITS;
    const pair = payee * this.#accountCount + payer;
    const pairs = buckets[bucket];
    if (pairs === undefined) buckets[bucket] = [pair];
    else pairs.push(pair);
  }

  /** The evidence of every institution. */
  *columns(): Steps<readonly EvidenceColumns[]> {
    const all: EvidenceColumns[] = [];
    for (const buckets of this.#buckets) {
      const payees: number[] = [];
      const scores: number[] = [];
      for (const bucket of buckets) {
        if (bucket === undefined) continue;
        countPayers(Float64Array.from(bucket).sort(), this.#accountCount, payees, scores);
        yield;
      }
      all.push({ payees: Uint32Array.from(payees), scores: Uint32Array.from(scores) });
      yield;
    }
    return all;
  }
}

/** Appends the payees of `sortedPairs`, and of each how many payers it has. */
function countPayers(sortedPairs: Float64Array, accountCount: number, payees: number[], scores: number[]): void {
  let previous = -1;
  for (const pair of sortedPairs) {
    if (pair === previous) continue;
    previous = pair;
    const payee = Math.floor(pair / accountCount);
    if (payees.at(-1) === payee) scores[scores.length - 1]++;
    else {
      payees.push(payee);
      scores.push(1);
    }
  }
}
