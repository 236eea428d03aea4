/** The plaintext oracle of a flag run, what an institution finds alone, and how good either is. */
import type { Consortium, InstitutionData } from './consortium-data.ts';

/** Per institution, in the order of its accounts: is the account flagged. */
export type FlagTable = readonly (readonly boolean[])[];

export interface FlagRule {
  /** How many *other* institutions must have evidence. */
  readonly quorum: number;
  /** What the scores of the others must add up to; undefined means that the quorum alone decides. */
  readonly scoreThreshold?: number | undefined;
}

/** What the institutions find together: each asks about its own accounts, the others contribute their evidence. */
export function plaintextFlags(consortium: Consortium, rule: FlagRule): FlagTable {
  const totals = new Map<string, { count: number; sum: number }>();
  for (const { evidence } of consortium.institutions) {
    for (const { account, score } of evidence) {
      const total = totals.get(account);
      if (total === undefined) totals.set(account, { count: 1, sum: score });
      else {
        total.count++;
        total.sum += score;
      }
    }
  }
  return consortium.institutions.map((institution) => {
    const own = ownScores(institution);
    return institution.accounts.map((account) => {
      const total = totals.get(account);
      if (total === undefined) return false;
      const ownScore = own.get(account);
      const count = total.count - (ownScore === undefined ? 0 : 1);
      const sum = total.sum - (ownScore ?? 0);
      return count >= rule.quorum && (rule.scoreThreshold === undefined || sum >= rule.scoreThreshold);
    });
  });
}

/** What each institution finds from its own evidence about its own accounts. */
export function aloneFlags(consortium: Consortium, rule: { readonly scoreThreshold: number }): FlagTable {
  return consortium.institutions.map((institution) => {
    const own = ownScores(institution);
    return institution.accounts.map((account) => (own.get(account) ?? -1) >= rule.scoreThreshold);
  });
}

/** What is to be found (`truth`), or what the institutions have marked themselves (`marked`), as a table of flags. */
export function truthFlags(consortium: Consortium, set: 'truth' | 'marked'): FlagTable {
  return consortium.institutions.map((institution) =>
    institution.accounts.map((account) => institution[set].has(account)),
  );
}

function ownScores(institution: InstitutionData): ReadonlyMap<string, number> {
  return new Map(institution.evidence.map(({ account, score }) => [account, score]));
}

export interface PrecisionRecall {
  /** Accounts flagged, accounts that should be, and accounts that are both. */
  readonly flagged: number;
  readonly relevant: number;
  readonly hits: number;
  /** hits / flagged; undefined when nothing is flagged. */
  readonly precision: number | undefined;
  /** hits / relevant; undefined when nothing is to be found. */
  readonly recall: number | undefined;
}

/** Compares two tables of the same shape over all institutions; wrap one institution's row as `[row]`. */
export function precisionRecall(flags: FlagTable, truth: FlagTable): PrecisionRecall {
  if (flags.length !== truth.length || flags.some((row, i) => row.length !== truth[i].length)) {
    throw new RangeError('Cannot compare flags: the tables differ in shape');
  }
  let flagged = 0;
  let relevant = 0;
  let hits = 0;
  for (let i = 0; i < flags.length; i++) {
    for (let j = 0; j < flags[i].length; j++) {
      flagged += Number(flags[i][j]);
      relevant += Number(truth[i][j]);
      hits += Number(flags[i][j] && truth[i][j]);
    }
  }
  return {
    flagged,
    relevant,
    hits,
    precision: flagged === 0 ? undefined : hits / flagged,
    recall: relevant === 0 ? undefined : hits / relevant,
  };
}
