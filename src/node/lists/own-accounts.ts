/** Reads what is asked about once and keeps it: the answer then names exactly the rows that were asked. */
import type { InspectedSource } from '../../data/account-source.ts';
import { AccountTally } from '../../data/account-tally.ts';
import type { Source } from '../../data/source.ts';
import { TextColumn } from '../../data/text-column.ts';
import { UsageError } from '../../errors.ts';

export interface OwnAccounts {
  /** Canonical accounts in batches, in the order of the source. */
  readonly batches: Iterable<readonly string[]>;
  /** Different accounts: what the declared size is chosen by. */
  readonly distinct: number;
}

export interface ReadOptions {
  /** The most different accounts. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

/** @throws UsageError `too-many-items`, and what the source throws */
export async function readOwnAccounts(
  source: Source | InspectedSource,
  { limit, signal, onRows }: ReadOptions,
): Promise<OwnAccounts> {
  const batches = new PackedAccounts();
  const counted = 'distinct' in source ? source : countedSource(source);
  let rows = 0;
  for await (const { accounts } of counted) {
    signal.throwIfAborted();
    batches.add(accounts);
    if (counted.distinct > limit) {
      throw new UsageError(`Cannot ask: more different accounts than the agreed ${limit}`, {
        code: 'too-many-items',
        phase: 'input',
        remedy: 'agree on a larger bucket with the other parties, or split the list',
      });
    }
    rows += accounts.length;
    onRows(rows);
  }
  return { batches, distinct: counted.distinct };
}

function countedSource(source: Source): InspectedSource {
  const tally = new AccountTally(undefined, 0);
  return {
    get distinct() {
      return tally.distinct + Number(tally.isFull);
    },
    async *[Symbol.asyncIterator]() {
      for await (const batch of source) {
        tally.add(TextColumn.of(batch.accounts));
        yield batch;
      }
    },
  };
}

/**
 * Accounts in memory without an object for each: a batch is one text and the lengths of its parts, so that 10^7 accounts of
 * 27 characters take 320 MB and not 580 (Node 20, 2026-11).
 */
export class PackedAccounts implements Iterable<readonly string[]> {
  #batches: { readonly text: string; readonly lengths: Uint32Array }[] = [];

  add(accounts: readonly string[]): void {
    this.#batches.push({ text: accounts.join(''), lengths: Uint32Array.from(accounts, ({ length }) => length) });
  }

  clear(): void {
    this.#batches = [];
  }

  *[Symbol.iterator](): Generator<readonly string[]> {
    for (const { text, lengths } of this.#batches) {
      let end = 0;
      yield Array.from(lengths, (length) => text.slice(end, (end += length)));
    }
  }
}

/** The source as it is, and the accounts that were read of it: an answer that comes to this party names them. */
export function rememberingAccounts(source: Source): {
  readonly source: Source;
  readonly batches: Iterable<readonly string[]>;
} {
  const batches = new PackedAccounts();
  return {
    batches,
    source: {
      async *[Symbol.asyncIterator]() {
        batches.clear();
        for await (const batch of source) {
          batches.add(batch.accounts);
          yield batch;
        }
      },
    },
  };
}

/** The same rows as a source that can be read again. */
export function sourceOfBatches(batches: Iterable<readonly string[]>): Source {
  return {
    async *[Symbol.asyncIterator]() {
      for (const accounts of batches) yield { accounts };
    },
  };
}
