/** A list of this institution by its description in the configuration. */
import { openTable, type TableSpec } from '../../data/open-table.ts';
import { LARGEST_SCORE } from '../../data/cells.ts';
import type { Table } from '../../data/table.ts';
import { registerTable } from '../flags/register-table.ts';

/** A table somewhere, or the institution's own register of flags. */
export type DatasetTable = TableSpec | { readonly kind: 'register'; readonly file: string };

export interface OpenDatasetOptions {
  /** The largest score of the question's rule. Default: the largest that there is. */
  readonly maxScore?: number | undefined;
  /** This institution's signing key: a register of another is refused. Default: no check. */
  readonly key?: Uint8Array | undefined;
}

/** Nothing is opened before it is read. @throws UsageError `bad-parameter` where the environment lacks a password */
export function openDataset(table: DatasetTable, { maxScore = LARGEST_SCORE, key }: OpenDatasetOptions = {}): Table {
  return table.kind === 'register' ? registerTable({ file: table.file, maxScore, key }) : openTable(table);
}
