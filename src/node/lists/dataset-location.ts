/**
 * Which own list an error is about, for this node's log and screen. All names in it are taken from the configuration and
 * none from the error, so it can say nothing that the operator did not write there; and no other party is told any of it.
 */
import type { Table } from '../../data/table.ts';
import { DataError } from '../../errors.ts';
import type { LogFields } from '../log.ts';
import type { NodeConfig } from '../config/node-config.ts';
import { openDataset } from './open-dataset.ts';

export type DatasetName = keyof NodeConfig['datasets'];

export const DATASETS: readonly DatasetName[] = ['accounts', 'evidence', 'holdings'];

export interface OwnList {
  readonly dataset: DatasetName;
  readonly table: Table;
  /** Names of columns that the configuration gives. */
  readonly columns: readonly string[];
}

/** The lists of a configuration. @throws UsageError where the environment lacks a password */
export function ownLists(datasets: NodeConfig['datasets']): readonly OwnList[] {
  return DATASETS.flatMap((dataset) => {
    const config = datasets[dataset];
    if (config === undefined) return [];
    const { payload, ...named } = config.columns;
    const parts = (config.keyParts ?? []).map(({ column }) => column);
    const columns = [...Object.values(named), ...parts, ...Object.values(payload)].filter((name) => name !== undefined);
    return [{ dataset, table: openDataset(config.table), columns: [...new Set(columns)] }];
  });
}

/** Dataset, file, row and column of an error in an own list; nothing of any other error. */
export function locationFields(error: unknown, datasets: NodeConfig['datasets']): LogFields {
  if (!(error instanceof DataError)) return {};
  const { file, row, line, column } = error.location;
  const lists = ownLists(datasets).filter(({ table }) => table.name === file);
  // Several lists may be columns of one file.
  const list = lists.find(({ columns }) => columns.some((name) => name === column)) ?? lists[0];
  if (list === undefined) return {};
  const known = list.columns.find((name) => name === column);
  return {
    dataset: list.dataset,
    file: list.table.name,
    ...(row === undefined ? {} : { row }),
    ...(line === undefined ? {} : { line }),
    ...(known === undefined ? {} : { column: known }),
  };
}
