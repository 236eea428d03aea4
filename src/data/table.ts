/**
 * What every format gives: the wanted columns of a table as text, in bounded batches, and a name for each row that cannot
 * be used. What the text means is the caller's to say, so a number is the same account from a file and from a database.
 */
import { DataError } from '../errors.ts';
import type { MalformedReason } from './identifiers.ts';
import type { TextColumn } from './text-column.ts';
import type { TextEncoding } from './text-encoding.ts';

/** Rows in one batch at most, used and rejected together: some 10 ms of work with the identifier rules. */
export const MAX_TABLE_BATCH_ROWS = 1024;

/** Why a row of a file is none, before anybody looks at its values. */
export type RowFault = 'field-count' | 'bad-quote' | 'unclosed-quote' | 'too-long';

/** Why a row cannot be used. */
export type RejectReason =
  | RowFault
  | MalformedReason
  /** The value has bytes that are no text in the encoding of the file. */
  | 'bad-encoding'
  | 'bad-score'
  | 'bad-scam-type'
  | 'bad-amount'
  /** Of a column that has few values. */
  | 'bad-value'
  | 'bad-time';

export interface RejectedRow {
  /**
   * In a CSV file as a spreadsheet counts: the header is row 1, blank lines count, line breaks inside quotes do not. In a
   * database the place in the result, from 1.
   */
  readonly row: number;
  /** The column's name in the source; absent where it is the whole row. */
  readonly column?: string;
  readonly reason: RejectReason;
}

/** The consumer owns the arrays. */
export interface TextBatch {
  /** Number of each row, ascending. */
  readonly rows: readonly number[];
  /** One for each wanted column, in their order and as long as `rows`; NULL is the empty string. */
  readonly columns: readonly TextColumn[];
  /** Rows between those of `rows` that are none. */
  readonly rejected: readonly RejectedRow[];
  /** Lines with nothing on them since the batch before. */
  readonly blankRows: number;
  /** Rows with a line break inside quotes: text, or the work of a quote out of place. */
  readonly multilineRows: readonly number[];
  /** Bytes somewhere in these rows were no text: U+FFFD stands in their place. */
  readonly damaged: boolean;
  /** How a file's bytes are read. */
  readonly encoding?: TextEncoding;
}

export interface ReadTableOptions {
  /** Names of the columns to read, each once; no others are. */
  readonly columns: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface Table {
  /** How error texts call it: a file's path, or a database and its table. */
  readonly name: string;
  /**
   * Reads anew at each call; a stream only once. Leaving the iteration closes what was opened.
   * @throws DataError `unreadable-source` or `missing-column`; the signal's reason when aborted
   */
  read(options: ReadTableOptions): AsyncIterable<TextBatch>;
  /** About how many rows it has, rather too many than too few; absent, or undefined, where reading is the only way to know. */
  expectedRows?(signal?: AbortSignal): Promise<number | undefined>;
}

/** With room for what a source grows by while it is read, or for a guess that is off. */
export function withMargin(rows: number): number {
  return Math.ceil(rows * 1.25) + 1024;
}

export function unreadable(name: string, state: string, remedy: string, cause?: unknown): DataError {
  return new DataError(`Cannot read ${name}: ${state}`, {
    code: 'unreadable-source',
    phase: 'input',
    remedy,
    location: { file: name },
    cause,
  });
}

/** @throws DataError `missing-column` unless the column is there exactly once */
export function columnPosition(name: string, found: readonly string[], column: string, remedy: string): number {
  const position = found.indexOf(column);
  if (position !== -1 && found.lastIndexOf(column) === position) return position;
  const state = position === -1 ? 'is missing' : 'is there more than once';
  throw new DataError(`Cannot read ${name}: column '${column}' ${state}; it has ${columnList(found)}`, {
    code: 'missing-column',
    phase: 'input',
    remedy,
    location: { file: name, column },
  });
}

/** A row that cannot be used, as an error. */
export function malformedRow(name: string, { row, column, reason }: RejectedRow, expected?: string): DataError {
  const where = column === undefined ? '' : `, column '${column}'`;
  return new DataError(`Cannot read ${name}: row ${row}${where}: ${expected ?? REASON_TEXTS[reason]}`, {
    code: 'malformed-row',
    phase: 'input',
    remedy: 'correct or remove the row and start again',
    location: { file: name, row, ...(column === undefined ? {} : { column }) },
  });
}

/** Reads a table in which every row has to be one. @throws DataError `malformed-row` at the first that is none */
export async function* strictBatches(table: Table, options: ReadTableOptions): AsyncGenerator<TextBatch> {
  for await (const batch of table.read(options)) {
    if (batch.rejected.length > 0) throw malformedRow(table.name, batch.rejected[0]);
    yield batch;
  }
}

/** What is wrong, as a clause. */
export const REASON_TEXTS: Readonly<Record<RejectReason, string>> = {
  'field-count': 'it does not have as many fields as the header',
  'bad-quote': 'a quote is out of place',
  'unclosed-quote': 'a quote is not closed',
  'too-long': 'it is too long, or a quote is not closed',
  'bad-encoding': 'it has bytes that are no text in the encoding of the file',
  empty: 'it is empty',
  'bad-format': 'it does not look like an identifier of the stated type',
  'bad-length': 'it has the wrong length',
  'bad-check-digit': 'its check digit is wrong',
  'bad-date': 'the date in it is none',
  'unknown-country': 'its country is not known',
  placeholder: 'it stands for no identifier at all',
  'scientific-notation': 'a spreadsheet turned the number into one with an exponent, and its digits are lost',
  'bad-score': 'the score is not a whole number in the allowed range',
  'bad-scam-type': 'it is no scam type of the list',
  'bad-amount': 'it is not an amount with at most two decimals',
  'bad-value': 'it is none of the values that this column may have',
  'bad-time': 'it is not a day or time in ISO 8601',
};

const NAMES_SHOWN = 20;
const NAME_CHARACTERS = 40;

/** A file without a header has data where the names should be: what may be an account is not shown. */
function columnList(found: readonly string[]): string {
  const shown = found.slice(0, NAMES_SHOWN).map((field) => {
    const looksLikeData = /\d([ -]?\d){5}/.test(field.normalize('NFKC')) || field.length > NAME_CHARACTERS;
    return looksLikeData ? '[hidden: looks like data]' : `'${field}'`;
  });
  const more = found.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
