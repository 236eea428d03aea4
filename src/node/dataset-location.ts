/**
 * Which own list an error is about, for this node's log and screen. All names in it are taken from the configuration and
 * none from the error, so it can say nothing that the operator did not write there; and no other party is told any of it.
 */
import { DataError } from '../errors.ts';
import type { LogFields } from './log.ts';
import type { NodeConfig } from './node-config.ts';

export type DatasetName = keyof NodeConfig['datasets'];

export interface OwnList {
  readonly dataset: DatasetName;
  readonly csv: string;
  /** Header names that the configuration gives. */
  readonly columns: readonly string[];
}

/** The lists of a configuration. */
export function ownLists({ accounts, evidence, holdings }: NodeConfig['datasets']): readonly OwnList[] {
  const lists: OwnList[] = [];
  if (accounts !== undefined) lists.push({ dataset: 'accounts', csv: accounts.csv, columns: [accounts.column] });
  if (evidence !== undefined) {
    const { account, score } = evidence.columns;
    lists.push({ dataset: 'evidence', csv: evidence.csv, columns: score === undefined ? [account] : [account, score] });
  }
  if (holdings !== undefined) {
    const { account, payload } = holdings.columns;
    lists.push({ dataset: 'holdings', csv: holdings.csv, columns: [account, ...Object.values(payload)] });
  }
  return lists;
}

/** Dataset, file, row and column of an error in an own list; nothing of any other error. */
export function locationFields(error: unknown, datasets: NodeConfig['datasets']): LogFields {
  if (!(error instanceof DataError)) return {};
  const { file, row, line, column } = error.location;
  const lists = ownLists(datasets).filter(({ csv }) => csv === file);
  // Several lists may be columns of one file.
  const list = lists.find(({ columns }) => columns.some((name) => name === column)) ?? lists[0];
  if (list === undefined) return {};
  const known = list.columns.find((name) => name === column);
  return {
    dataset: list.dataset,
    file: list.csv,
    ...(row === undefined ? {} : { row }),
    ...(line === undefined ? {} : { line }),
    ...(known === undefined ? {} : { column: known }),
  };
}
