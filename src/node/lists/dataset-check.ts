/** Looks at every own list before a node begins: is there a file, can it be read, does it have the columns? */
import { DataError } from '../../errors.ts';
import { type OwnList, ownLists } from './dataset-location.ts';
import type { NodeConfig } from '../config/node-config.ts';

/**
 * Reads the header and the first rows of each list. Without a question no list is used, and none need be there yet.
 * @throws DataError with file, column and what to do
 */
export async function checkDatasets({ datasets, questions }: NodeConfig): Promise<void> {
  if (questions.length === 0) return;
  for (const list of ownLists(datasets)) {
    const batches = list.table.read({ columns: list.columns })[Symbol.asyncIterator]();
    try {
      await batches.next();
    } catch (error) {
      throw error instanceof DataError ? withRemedy(error, list) : error;
    } finally {
      await batches.return?.();
    }
  }
}

function withRemedy(error: DataError, { dataset }: OwnList): DataError {
  const { message, code, location, cause } = error;
  const remedies: Partial<Record<typeof code, string>> = {
    'unreadable-source': `put the list there, or correct or remove datasets.${dataset} in the configuration`,
    'missing-column': `name a column that the file has under datasets.${dataset} in the configuration`,
  };
  const remedy = remedies[code] ?? error.remedy;
  const phase = `configuration/datasets.${dataset}`;
  return new DataError(message, { code, phase, location, cause, ...(remedy === undefined ? {} : { remedy }) });
}
