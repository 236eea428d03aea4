/** A CSV file as a `Source`: columns by name, canonical accounts, bounded scores, a stated policy for duplicates. */
import { UsageError } from '../errors.ts';
import { type CsvInput, type CsvRow, csvRows, inputName, malformedRow } from './csv-rows.ts';
import { type AccountType, canonicalAccount } from './identifiers.ts';
import { type AccountBatch, type Source, sourceOf } from './source.ts';

/**
 * What an account that comes twice means: an error, its first row, or one row with the largest score or the sum of
 * scores. Without a score column `max` and `sum` are the same as `first`.
 */
export type DuplicatePolicy = 'reject' | 'first' | 'max' | 'sum';

export interface CsvSourceOptions {
  /** Header names. */
  readonly columns: { readonly account: string; readonly score?: string };
  readonly type: AccountType;
  /** undefined means `reject`. */
  readonly duplicates?: DuplicatePolicy;
  /** Largest score allowed, also of a sum; undefined means 2^32 - 1, what a batch can hold. */
  readonly maxScore?: number;
  /** Most rows allowed; undefined means 10,000,000. Every distinct account is remembered, so this bounds memory. */
  readonly maxRows?: number;
  /** undefined means a comma. */
  readonly delimiter?: string;
  readonly signal?: AbortSignal;
}

// Below 2^24, where a Map refuses to grow.
const DEFAULT_MAX_ROWS = 10_000_000;
const LARGEST_SCORE = 0xffff_ffff;

/**
 * Reads `input` anew on every iteration; a stream only once. Iterating throws UsageError `unreadable-source`,
 * `missing-column`, `malformed-row` (row, column and reason, never the value), `duplicate-item` or `too-many-items`.
 */
export function csvSource(input: CsvInput, options: CsvSourceOptions): Source {
  const reading: Reading = {
    input,
    accountColumn: options.columns.account,
    scoreColumn: options.columns.score,
    type: options.type,
    maxScore: options.maxScore ?? LARGEST_SCORE,
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    delimiter: options.delimiter,
    signal: options.signal,
  };
  if (!Number.isInteger(reading.maxScore) || reading.maxScore < 0 || reading.maxScore > LARGEST_SCORE) {
    throw new UsageError('Cannot read scores: maxScore is not an integer from 0 to 2^32 - 1', {
      code: 'bad-parameter',
    });
  }
  const policy = options.duplicates ?? 'reject';
  const inOrder = policy === 'reject' || policy === 'first' || reading.scoreColumn === undefined;
  return {
    [Symbol.asyncIterator]: () => (inOrder ? streamed(reading, policy) : folded(reading, policy)),
  };
}

/** The options with their defaults. */
interface Reading {
  readonly input: CsvInput;
  readonly accountColumn: string;
  readonly scoreColumn: string | undefined;
  readonly type: AccountType;
  readonly maxScore: number;
  readonly maxRows: number;
  readonly delimiter: string | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Entry {
  readonly row: number;
  readonly account: string;
  readonly score: number;
}

/** An account's first row is the one that counts, so rows leave as they come. */
async function* streamed(reading: Reading, policy: DuplicatePolicy): AsyncGenerator<AccountBatch> {
  const rowOf = new Map<string, number>();
  for await (const entries of entryBatches(reading)) {
    const fresh: Entry[] = [];
    for (const entry of entries) {
      const earlier = rowOf.get(entry.account);
      if (earlier === undefined) {
        rowOf.set(entry.account, entry.row);
        fresh.push(entry);
      } else if (policy === 'reject') {
        throw duplicate(reading, earlier, entry.row);
      }
    }
    if (fresh.length === 0) continue;
    const accounts = fresh.map((entry) => entry.account);
    if (reading.scoreColumn === undefined) yield { accounts };
    else yield { accounts, scores: Uint32Array.from(fresh, (entry) => entry.score) };
  }
}

/** `max` and `sum`: an account's score is known only when the last row is read. */
async function* folded(reading: Reading, policy: DuplicatePolicy): AsyncGenerator<AccountBatch> {
  const scores = new Map<string, number>();
  for await (const entries of entryBatches(reading)) {
    for (const { account, score, row } of entries) {
      const earlier = scores.get(account) ?? 0;
      const next = policy === 'sum' ? earlier + score : Math.max(earlier, score);
      if (next > reading.maxScore) {
        throw malformedScore(reading, row, `the sum over this account's rows is above ${reading.maxScore}`);
      }
      scores.set(account, next);
    }
  }
  yield* sourceOf([...scores.keys()], [...scores.values()]);
}

async function* entryBatches(reading: Reading): AsyncGenerator<readonly Entry[]> {
  const { input, accountColumn, scoreColumn, delimiter, signal } = reading;
  const columns = scoreColumn === undefined ? [accountColumn] : [accountColumn, scoreColumn];
  let rowCount = 0;
  for await (const rows of csvRows(input, { columns, delimiter, signal })) {
    rowCount += rows.length;
    if (rowCount > reading.maxRows) {
      throw new UsageError(`Cannot read ${inputName(input)}: it has more than ${reading.maxRows} rows`, {
        code: 'too-many-items',
        remedy: 'Raise maxRows if there is memory for it, or split the file',
      });
    }
    yield rows.map((row) => readEntry(reading, row));
  }
}

function readEntry(reading: Reading, { row, values }: CsvRow): Entry {
  const account = canonicalAccount(values[0], reading.type);
  if (account.status === 'malformed') {
    throw malformedRow(reading.input, row, { column: reading.accountColumn, reason: account.reason });
  }
  if (reading.scoreColumn === undefined) return { row, account: account.value, score: 0 };
  const text = values[1].trim();
  const score = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (score < 0 || score > reading.maxScore) {
    throw malformedScore(reading, row, `it is not an integer from 0 to ${reading.maxScore}`);
  }
  return { row, account: account.value, score };
}

function malformedScore(reading: Reading, row: number, reason: string): UsageError {
  return malformedRow(reading.input, row, { column: reading.scoreColumn, reason });
}

function duplicate({ input }: Reading, earlier: number, row: number): UsageError {
  return new UsageError(`Cannot read ${inputName(input)}: rows ${earlier} and ${row} are the same account`, {
    code: 'duplicate-item',
    remedy: "Remove one, or choose a duplicate policy: 'first', 'max' or 'sum'",
  });
}
