/** Own lists of the configuration as sources; only the columns that a question needs are read. */
import type { AccountColumns } from '../../data/account-check.ts';
import {
  accountSource,
  type AccountSourceOptions,
  type InspectedSource,
  inspectedSource,
} from '../../data/account-source.ts';
import type { InspectionOptions } from '../../data/data-inspection.ts';
import type { DataReport } from '../../data/data-report.ts';
import type { Source } from '../../data/source.ts';
import type { Table } from '../../data/table.ts';
import { UsageError } from '../../errors.ts';
import type { PartyId } from '../../kit/party.ts';
import type { DatasetConfig, NodeConfig, QuestionTerms } from '../config/node-config.ts';
import { openDataset } from './open-dataset.ts';
import { hasIdentifiersOf, requireIdentifiersOf } from '../questions/question-identifiers.ts';

type Datasets = NodeConfig['datasets'];

/** A list as one question reads it. */
export interface NeededList {
  readonly dataset: keyof Datasets;
  readonly table: Table;
  readonly options: AccountSourceOptions & InspectionOptions;
}

/** The list that is asked about; undefined where the configuration has none with the identifiers of the question. */
export function askedList({ accounts }: Datasets, terms: QuestionTerms): NeededList | undefined {
  if (accounts === undefined || !hasIdentifiersOf(terms, accounts)) return undefined;
  const { account } = accounts.columns;
  return needed('accounts', accounts, {
    columns: { account },
    capacity: { of: 'accounts', most: terms.buckets.asker },
  });
}

/**
 * The list that `party` answers from when it is asked; undefined where the configuration has none. `key` is its signing
 * key, where it is at hand: a register of flags has to be signed with it.
 */
export function heldList(
  datasets: Datasets,
  terms: QuestionTerms,
  { party, key }: { readonly party: PartyId; readonly key?: Uint8Array | undefined },
): NeededList | undefined {
  switch (terms.protocol) {
    case 'flag': {
      const { evidence } = datasets;
      if (evidence === undefined) return undefined;
      requireIdentifiersOf(terms, 'evidence', evidence);
      const { account, score } = evidence.columns;
      return needed('evidence', evidence, {
        columns: terms.score === undefined || score === undefined ? { account } : { account, score },
        maxScore: terms.score?.max,
        // Rows without scores are one item however they are joined.
        duplicates: terms.score === undefined && terms.duplicates !== 'reject' ? undefined : terms.duplicates,
        capacity: capacityOf('accounts', terms.buckets.evidence.get(party)),
        key,
      });
    }
    case 'overlap': {
      const { holdings } = datasets;
      if (holdings === undefined) return undefined;
      requireIdentifiersOf(terms, 'holdings', holdings);
      const { account, payload } = holdings.columns;
      const columns = terms.columns.map(({ name }) => [name, payload[name]] as const);
      return needed('holdings', holdings, {
        columns: { account, payload: Object.fromEntries(columns) },
        duplicates: terms.duplicates === 'reject' ? 'reject' : undefined,
        // Several rows of one account are rows of the answer where there are columns.
        capacity: capacityOf(columns.length > 0 ? 'rows' : 'accounts', terms.buckets.holdings.get(party)),
      });
    }
    default:
      return terms satisfies never;
  }
}

/** What is asked about: read to its end, and told of before anything leaves. @throws UsageError where there is no list */
export function askedSource(
  datasets: Datasets,
  terms: QuestionTerms,
  { signal, onReport }: { readonly signal: AbortSignal; readonly onReport: (report: DataReport) => void },
): InspectedSource {
  const list = askedList(datasets, terms);
  if (list !== undefined) return inspectedSource(list.table, { ...list.options, signal, onReport });
  if (datasets.accounts !== undefined) requireIdentifiersOf(terms, 'accounts', datasets.accounts);
  throw new UsageError('Cannot ask: no accounts to ask about', {
    code: 'bad-input',
    phase: 'configuration',
    remedy: 'add datasets.accounts to the configuration, or give the accounts with the question',
  });
}

/** What `party` answers from when it is asked; undefined where the configuration has no such list. */
export function heldSource(
  datasets: Datasets,
  terms: QuestionTerms,
  { party, key, signal }: { readonly party: PartyId; readonly key?: Uint8Array; readonly signal: AbortSignal },
): Source | undefined {
  const list = heldList(datasets, terms, { party, key });
  return list === undefined ? undefined : accountSource(list.table, { ...list.options, signal });
}

function capacityOf(of: 'accounts' | 'rows', most: number | undefined): InspectionOptions['capacity'] {
  return most === undefined ? undefined : { of, most };
}

function needed(
  dataset: keyof Datasets,
  { table, columns: _columns, ...reading }: DatasetConfig,
  {
    key,
    ...wanted
  }: InspectionOptions & {
    readonly columns: AccountColumns;
    readonly maxScore?: number | undefined;
    readonly key?: Uint8Array | undefined;
  },
): NeededList {
  const opened = openDataset(table, { maxScore: wanted.maxScore, key });
  return { dataset, table: opened, options: { ...reading, ...wanted } };
}
