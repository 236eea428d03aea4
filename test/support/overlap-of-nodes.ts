/** Two of the consortium's banks with an overlap question: bank-a asks, bank-b answers from its holdings. */
import {
  columnCell,
  neededOverlapDisclosures,
  overlap,
  type OverlapMode,
  overlapParameters,
  type PayloadColumn,
} from '../../protocols/overlap/index.ts';
import { overlapQuestion } from '../../src/node/questions/overlap-question.ts';
import type { QuestionKind } from '../../src/node/questions/question.ts';
import { type ConsortiumOptions, type RawConfig, testQuestion } from './consortium-of-nodes.ts';

export const OVERLAP = 'common-accounts';

export const overlapKind: QuestionKind = overlapQuestion({
  definition: overlap,
  parameters: overlapParameters,
  disclosures: neededOverlapDisclosures,
  cell: columnCell,
});

/** Accounts without their type, as files have them; a row of the holder has its columns behind the account. */
export interface FileLists {
  readonly asked: readonly string[];
  readonly held: readonly (readonly [account: string, ...columns: readonly string[]])[];
}

export interface OverlapRule {
  readonly mode: OverlapMode;
  readonly columns?: readonly PayloadColumn[];
  /** Further terms. */
  readonly terms?: Readonly<Record<string, unknown>>;
}

/** Names that both banks have some of: bank-a's are 0 to 59, bank-b's 40 to 89. */
export const ACCOUNTS: FileLists = {
  asked: Array.from({ length: 60 }, (_, k) => `canary-${k}`),
  held: Array.from({ length: 50 }, (_, k) => [`canary-${k + 40}`] as const),
};

/** What the configuration of every bank says of the question. */
export function overlapTerms({ mode, columns = [], terms = {} }: OverlapRule): Record<string, unknown> {
  return {
    name: OVERLAP,
    protocol: 'overlap',
    agreement: 'configured',
    holders: ['bank-b', 'bank-c'],
    mode,
    columns,
    buckets: { smallest: 64, asker: 256, holdings: 256 },
    purpose: 'comparison of watch lists',
    acknowledged: neededOverlapDisclosures({ mode, columns }),
    ...terms,
  };
}

/** Options of a consortium in which bank-a and bank-b run and have these lists. */
export function overlapNodes(
  { asked, held }: FileLists,
  rule: OverlapRule,
  options: ConsortiumOptions = {},
): ConsortiumOptions {
  const { columns = [] } = rule;
  const holdings = [
    ['account', ...columns.map(({ name }) => `their ${name}`)],
    ...held.map((row) => row.slice(0, 1 + columns.length)),
  ];
  const files = {
    'accounts.csv': csv([['account'], ...asked.map((account) => [account])]),
    'holdings.csv': csv(holdings),
  };
  const payload = Object.fromEntries(columns.map(({ name }) => [name, `their ${name}`]));
  return {
    banks: ['bank-a', 'bank-b'],
    files: () => files,
    ...options,
    configure: (config: RawConfig, bank) => {
      const dataset = {
        type: 'csv',
        file: 'holdings.csv',
        columns: { account: 'account', payload },
        identifier: 'plain',
      };
      config.datasets['holdings'] = dataset;
      config.questions.push(overlapTerms(rule));
      const askers = config.peers.map(({ name }) => name);
      if (bank === 'bank-b') config.allow.push({ question: OVERLAP, askers, maxItems: 256, perDay: 1000 });
      options.configure?.(config, bank);
    },
    nodeOptions: (bank) => ({ questions: [testQuestion, overlapKind], ...options.nodeOptions?.(bank) }),
  };
}

function csv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}
