/** Where a run's rows come from: an async iterable of bounded column batches, whatever the format behind it. */
import { UsageError } from '../errors.ts';

/** Rows in one batch at most: 4096 account strings are a few hundred kilobytes, whatever the source's size. */
export const MAX_BATCH_ROWS = 4096;

/** At most `MAX_BATCH_ROWS` rows as columns; the consumer owns the arrays. */
export interface AccountBatch {
  /** Canonical accounts, as `canonicalAccount` returns them. */
  readonly accounts: readonly string[];
  /** One score per account; absent where the source has no score column, then in every batch. */
  readonly scores?: Uint32Array;
  /** 0 where a row names none, else 1 + the position in `SCAM_TYPES`. */
  readonly scamTypes?: Uint8Array;
  /** In hundredths; whole numbers. */
  readonly amounts?: Float64Array;
  /** Milliseconds since 1970 in UTC. */
  readonly times?: Float64Array;
  /** Which row of the source each is, where the source has numbers for them. */
  readonly rows?: readonly number[];
  /** Further columns by name, one byte string per account; absent where none were asked for. */
  readonly columns?: Readonly<Record<string, readonly Uint8Array[]>>;
}

/**
 * Batches in the source's own order. Whether it can be iterated more than once is the source's to say: arrays and files
 * can, a stream cannot.
 */
export type Source = AsyncIterable<AccountBatch>;

/** A source over arrays in memory; it can be iterated any number of times. */
export function sourceOf(accounts: readonly string[], scores?: ArrayLike<number>): Source {
  if (scores !== undefined && scores.length !== accounts.length) {
    throw new UsageError('Cannot make source: accounts and scores differ in number', { code: 'bad-input' });
  }
  const column = scores === undefined ? undefined : scoreColumn(scores);
  return { [Symbol.asyncIterator]: () => batches(accounts, column) };
}

async function* batches(accounts: readonly string[], scores: Uint32Array | undefined): AsyncGenerator<AccountBatch> {
  for (let start = 0; start < accounts.length; start += MAX_BATCH_ROWS) {
    const rows = accounts.slice(start, start + MAX_BATCH_ROWS);
    yield scores === undefined
      ? { accounts: rows }
      : { accounts: rows, scores: scores.slice(start, start + MAX_BATCH_ROWS) };
  }
}

/** A typed array would wrap a score silently: refuse instead. */
function scoreColumn(scores: ArrayLike<number>): Uint32Array {
  const column = new Uint32Array(scores.length);
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    if (!Number.isInteger(score) || score < 0 || score > 0xffff_ffff) {
      throw new UsageError(`Cannot make source: the score at position ${i} is not an integer from 0 to 2^32 - 1`, {
        code: 'bad-input',
      });
    }
    column[i] = score;
  }
  return column;
}
