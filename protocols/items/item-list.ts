/** A party's different accounts as roles work on them: one shard at a time, wherever they are kept. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import { giveBack } from '../../src/crypto/shared-bytes.ts';
import { UsageError } from '../../src/errors.ts';
import type { Io } from '../../src/kit/io.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import type { ItemSet } from './distinct-items.ts';
import { partsJob } from './list-root.ts';
import { shardsOf } from './shards.ts';

export interface ShardItems {
  /** Local digests, k x 32. */
  readonly digests: Uint8Array;
  /** Which item of the list each is, ascending. */
  readonly items: Uint32Array;
  /** One per item; empty where rows have none. */
  readonly scores: Uint32Array;
}

export interface ShardOptions {
  /** At most 1,024. */
  readonly shards: number;
  /** Items that a shard has room for. */
  readonly capacity: number;
}

/** What cutting a list into shards needs of a run. */
export type ShardIo = Pick<Io, 'compute' | 'sid' | 'phase' | 'self'>;

export interface ItemList {
  readonly count: number;
  /** The item of each input row, in the order of the source. */
  readonly itemOfRow: Uint32Array;
  /** Hashes of all that is in it, for the list's root. */
  readonly hashes: Uint8Array;
  /** One after the other. @throws InternalError `table-full` where one has no room, before the first is given */
  shards(io: ShardIo, options: ShardOptions): AsyncIterable<ShardItems>;
  /** Removes what is on disk of it, and wipes what is in memory; a second time does nothing. */
  close(): Promise<void>;
}

/** One byte for each item to one for each row of the source, in its order. */
export function answersByRow(answers: Uint8Array, { itemOfRow }: Pick<ItemList, 'itemOfRow'>): Uint8Array {
  const rows = new Uint8Array(itemOfRow.length);
  for (let row = 0; row < rows.length; row++) rows[row] = answers[itemOfRow[row]];
  return rows;
}

/** Under the policy `reject`, of rows without scores. @throws UsageError `duplicate-item` with the given remedy */
export function refuseRepeated({ itemOfRow, count }: ItemList, { self }: PrepareContext, remedy: string): void {
  const seen = new Uint8Array(count);
  for (const [row, item] of itemOfRow.entries()) {
    if (seen[item]++ > 0) {
      throw new UsageError(`Cannot read list: row ${row + 1} repeats an account`, {
        code: 'duplicate-item',
        phase: 'input',
        party: self,
        remedy,
      });
    }
  }
}

/** A list in memory. */
export async function listInMemory(items: ItemSet, { compute, signal }: PrepareContext): Promise<ItemList> {
  const { digests, scores, itemOfRow } = items;
  let isOpen = true;
  return {
    count: digests.length / HASH_BYTES,
    itemOfRow,
    hashes: await compute.run(partsJob, { parts: [digests, asBytes(scores)] }, signal),
    shards: (io, options) => shardsOf(io, items, options),
    async close() {
      // By a second time somebody else may have the memory.
      if (!isOpen) return;
      isOpen = false;
      // Room behind them was never touched.
      giveBack(new Uint8Array(digests.buffer), digests.length);
    },
  };
}
