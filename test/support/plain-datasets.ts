/** The lists of a node in tests: CSV files beside its configuration, accounts by opaque ids. */

export interface Dataset {
  type: 'csv';
  file: string;
  columns: { account: string; score?: string };
  identifier: string;
}

/** Fresh each time: tests change it. */
export function plainDatasets(): Record<'accounts' | 'evidence', Dataset> {
  return {
    accounts: { type: 'csv', file: 'accounts.csv', columns: { account: 'account' }, identifier: 'plain' },
    evidence: {
      type: 'csv',
      file: 'evidence.csv',
      columns: { account: 'account', score: 'score' },
      identifier: 'plain',
    },
  };
}
