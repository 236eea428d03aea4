/** Counts different accounts on disk, where there are more than memory is to hold. */
import type { Rng } from '../../crypto/rng.ts';
import type { DuplicatePolicy } from '../account-tally.ts';
import type { AccountBatch } from '../source.ts';
import type { Table } from '../table.ts';
import { openSpillFolder, type SpillFolder } from './spill-folder.ts';
import { SpilledList, type SpillSurvey } from './spilled-list.ts';

export interface OverflowCountOptions {
  readonly parent: string;
  readonly rng: Rng;
  readonly duplicates?: DuplicatePolicy | undefined;
  readonly maxScore?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows that a table is taken to have at most where nothing says how many. */
const UNKNOWN_ROWS: number = 2 ** 27;

export class OverflowCount {
  readonly #folder: SpillFolder;
  readonly #list: SpilledList;

  private constructor(folder: SpillFolder, list: SpilledList) {
    this.#folder = folder;
    this.#list = list;
  }

  /** @throws UsageError `resource-limit`, with numbers, where rows of this table have no room */
  static async open(table: Table, options: OverflowCountOptions): Promise<OverflowCount> {
    const { parent, rng, signal } = options;
    const rows = (await table.expectedRows?.(signal)) ?? UNKNOWN_ROWS;
    const folder = await openSpillFolder(parent, { rng, work: 'count' });
    try {
      const list = await SpilledList.open({ ...options, folder, name: 'accounts', digestKey: rng(32), rows });
      return new OverflowCount(folder, list);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  /** The rows of a batch at these places. */
  add({ accounts, scores, rows }: AccountBatch, places: readonly number[]): Promise<void> {
    return this.#list.add({
      accounts: places.map((at) => accounts[at]),
      ...(scores === undefined ? {} : { scores: Uint32Array.from(places, (at) => scores[at]) }),
      ...(rows === undefined ? {} : { rows: places.map((at) => rows[at]) }),
    });
  }

  survey(): Promise<SpillSurvey> {
    return this.#list.survey();
  }

  async close(): Promise<void> {
    await this.#list.close();
    await this.#folder.remove();
  }
}
