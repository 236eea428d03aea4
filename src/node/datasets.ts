/** Own lists of the configuration as sources; only the columns that a question needs are read. */
import { csvSource } from '../data/csv-source.ts';
import type { Source } from '../data/source.ts';
import { UsageError } from '../errors.ts';
import type { NodeConfig, QuestionTerms } from './node-config.ts';

type Datasets = NodeConfig['datasets'];

/** What is asked about. @throws UsageError where the configuration has no accounts */
export function askedSource({ accounts }: Datasets, signal: AbortSignal): Source {
  if (accounts !== undefined) {
    return csvSource(accounts.csv, { columns: { account: accounts.column }, type: accounts.type, signal });
  }
  throw new UsageError('Cannot ask: no accounts to ask about', {
    code: 'bad-input',
    phase: 'configuration',
    remedy: 'add datasets.accounts to the configuration, or give the accounts with the question',
  });
}

/** What a party that was asked answers from; undefined where the configuration has no such list. */
export function heldSource(datasets: Datasets, terms: QuestionTerms, signal: AbortSignal): Source | undefined {
  switch (terms.protocol) {
    case 'flag': {
      const { evidence } = datasets;
      if (evidence === undefined) return undefined;
      const { account, score } = evidence.columns;
      const columns = terms.score === undefined || score === undefined ? { account } : { account, score };
      const maxScore = terms.score === undefined ? {} : { maxScore: terms.score.max };
      return csvSource(evidence.csv, { columns, type: evidence.type, signal, ...maxScore });
    }
    case 'overlap': {
      const { holdings } = datasets;
      if (holdings === undefined) return undefined;
      const { account, payload } = holdings.columns;
      const needed = terms.columns.map(({ name }) => [name, payload[name]] as const);
      const columns = { account, payload: Object.fromEntries(needed) };
      return csvSource(holdings.csv, { columns, type: holdings.type, signal });
    }
    default:
      return terms satisfies never;
  }
}
