/** Reads what is asked about once and keeps it: the answer then names exactly the rows that were asked. */
import type { Source } from '../data/source.ts';
import { UsageError } from '../errors.ts';

export interface OwnAccounts {
  /** Canonical accounts, in the order of the source. */
  readonly batches: readonly (readonly string[])[];
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
export async function readOwnAccounts(source: Source, { limit, signal, onRows }: ReadOptions): Promise<OwnAccounts> {
  const batches: (readonly string[])[] = [];
  const distinct = new Set<string>();
  let rows = 0;
  for await (const { accounts } of source) {
    signal.throwIfAborted();
    batches.push(accounts);
    for (const account of accounts) distinct.add(account);
    if (distinct.size > limit) {
      throw new UsageError(`Cannot ask: more different accounts than the agreed ${limit}`, {
        code: 'too-many-items',
        phase: 'input',
        remedy: 'agree on a larger bucket with the other parties, or split the list',
      });
    }
    rows += accounts.length;
    onRows(rows);
  }
  return { batches, distinct: distinct.size };
}

/** The source as it is, and the accounts that were read of it: an answer that comes to this party names them. */
export function rememberingAccounts(source: Source): {
  readonly source: Source;
  readonly batches: readonly (readonly string[])[];
} {
  const batches: (readonly string[])[] = [];
  return {
    batches,
    source: {
      async *[Symbol.asyncIterator]() {
        batches.length = 0;
        for await (const batch of source) {
          batches.push(batch.accounts);
          yield batch;
        }
      },
    },
  };
}

/** The same rows as a source that can be read again. */
export function sourceOfBatches(batches: readonly (readonly string[])[]): Source {
  return {
    async *[Symbol.asyncIterator]() {
      for (const accounts of batches) yield { accounts };
    },
  };
}
