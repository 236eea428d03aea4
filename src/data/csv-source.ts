/**
 * A CSV file as a `Source`: columns by name, canonical accounts, bounded scores. Rows pass through one batch at a time;
 * what several rows of one account mean is the question's to say.
 */
import { utf8 } from '../crypto/bytes.ts';
import { UsageError } from '../errors.ts';
import { type CsvInput, type CsvRow, csvRows, malformedRow } from './csv-rows.ts';
import { type AccountType, canonicalAccount } from './identifiers.ts';
import type { AccountBatch, Source } from './source.ts';

export interface CsvSourceOptions {
  /** Header names; `payload` gives further columns the names that a batch has them under. */
  readonly columns: {
    readonly account: string;
    readonly score?: string;
    readonly payload?: Readonly<Record<string, string>>;
  };
  readonly type: AccountType;
  /** Largest score allowed; undefined means 2^32 - 1, what a batch can hold. */
  readonly maxScore?: number;
  /** undefined means a comma. */
  readonly delimiter?: string;
  readonly signal?: AbortSignal;
}

const LARGEST_SCORE = 0xffff_ffff;

/**
 * Reads `input` anew on every iteration; a stream only once. Iterating throws UsageError `unreadable-source`,
 * `missing-column` or `malformed-row` (row, column and reason, never the value).
 */
export function csvSource(input: CsvInput, options: CsvSourceOptions): Source {
  const reading: Reading = {
    input,
    accountColumn: options.columns.account,
    scoreColumn: options.columns.score,
    payload: Object.entries(options.columns.payload ?? {}),
    type: options.type,
    maxScore: options.maxScore ?? LARGEST_SCORE,
    delimiter: options.delimiter,
    signal: options.signal,
  };
  if (!Number.isInteger(reading.maxScore) || reading.maxScore < 0 || reading.maxScore > LARGEST_SCORE) {
    throw new UsageError('Cannot read scores: maxScore is not an integer from 0 to 2^32 - 1', {
      code: 'bad-parameter',
    });
  }
  return { [Symbol.asyncIterator]: () => batches(reading) };
}

/** The options with their defaults. */
interface Reading {
  readonly input: CsvInput;
  readonly accountColumn: string;
  readonly scoreColumn: string | undefined;
  readonly payload: readonly (readonly [name: string, column: string])[];
  readonly type: AccountType;
  readonly maxScore: number;
  readonly delimiter: string | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Entry {
  readonly account: string;
  readonly score: number;
}

async function* batches(reading: Reading): AsyncGenerator<AccountBatch> {
  const { input, accountColumn, scoreColumn, payload, delimiter, signal } = reading;
  const fixed = scoreColumn === undefined ? [accountColumn] : [accountColumn, scoreColumn];
  const columns = [...fixed, ...payload.map(([, column]) => column)];
  for await (const rows of csvRows(input, { columns, delimiter, signal })) {
    const entries = rows.map((row) => readEntry(reading, row));
    yield {
      accounts: entries.map((entry) => entry.account),
      ...(scoreColumn === undefined ? {} : { scores: Uint32Array.from(entries, (entry) => entry.score) }),
      ...(payload.length === 0 ? {} : { columns: payloadOf(rows, payload, fixed.length) }),
    };
  }
}

/** Contents as UTF-8, without the space around them. */
function payloadOf(
  rows: readonly CsvRow[],
  payload: Reading['payload'],
  from: number,
): Readonly<Record<string, readonly Uint8Array[]>> {
  return Object.fromEntries(
    payload.map(([name], k) => [name, rows.map(({ values }) => utf8(values[from + k].trim()))]),
  );
}

function readEntry(reading: Reading, { row, values }: CsvRow): Entry {
  const account = canonicalAccount(values[0], reading.type);
  if (account.status === 'malformed') {
    throw malformedRow(reading.input, row, { column: reading.accountColumn, reason: account.reason });
  }
  if (reading.scoreColumn === undefined) return { account: account.value, score: 0 };
  const text = values[1].trim();
  const score = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (score < 0 || score > reading.maxScore) {
    throw malformedScore(reading, row, `it is not an integer from 0 to ${reading.maxScore}`);
  }
  return { account: account.value, score };
}

function malformedScore(reading: Reading, row: number, reason: string): UsageError {
  return malformedRow(reading.input, row, { column: reading.scoreColumn, reason });
}
