/**
 * Reads chosen columns of a CSV file with a header row (RFC 4180; UTF-8 with or without BOM), in bounded batches. No
 * error text carries a value: a row is named by its line, a dependency's own message is not passed on.
 */
import { createReadStream } from 'node:fs';
import { type Readable, addAbortSignal, pipeline } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { DataError, type DataLocation, UsageError } from '../errors.ts';

/** One file's path, or a stream of its bytes that can be read once. */
export type CsvInput = string | Readable;

export interface CsvRow {
  /** As a spreadsheet counts: the header is row 1, blank lines count, line breaks inside quotes do not. */
  readonly row: number;
  /** The values of the chosen columns, in the order in which they were asked for. */
  readonly values: readonly string[];
}

export interface CsvRowsOptions {
  /** Header names of the columns to read, compared exactly after trimming. */
  readonly columns: readonly string[];
  /** Between two fields; undefined means a comma. */
  readonly delimiter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

// Bounds memory when a quote is never closed; a row of account data has some hundred bytes.
const MAX_ROW_BYTES = 1 << 20;

/** Rows between two turns of the event loop: some 10 ms of work with the caller's own for each row. */
const ROWS_PER_BATCH = 1024;

/**
 * Rows in batches of at most 1024; blank lines are no rows. Leaving the iteration closes the file.
 * @throws DataError `unreadable-source`, `missing-column` or `malformed-row`; the signal's reason when aborted.
 */
export async function* csvRows(input: CsvInput, options: CsvRowsOptions): AsyncGenerator<readonly CsvRow[]> {
  options.signal?.throwIfAborted();
  const parser = parse({
    delimiter: options.delimiter ?? ',',
    // All three, always: a guess from the first line would run rows together where a file mixes them.
    record_delimiter: ['\r\n', '\n', '\r'],
    // Rows of a wrong length are refused below, where blank lines can be told apart and still be counted.
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
  });
  const bytes = typeof input === 'string' ? createReadStream(input) : input;
  // A failure or an abort also destroys the parser, whose iteration below throws it.
  pipeline(bytes, decodeUtf8, parser, () => undefined);
  if (options.signal !== undefined) addAbortSignal(options.signal, parser);
  try {
    yield* chosenColumns(parser, input, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw translate(input, error);
  } finally {
    parser.destroy();
    bytes.destroy();
  }
}

async function* chosenColumns(
  records: AsyncIterable<readonly string[]>,
  input: CsvInput,
  options: CsvRowsOptions,
): AsyncGenerator<readonly CsvRow[]> {
  let header: { readonly positions: readonly number[]; readonly fieldCount: number } | undefined;
  let batch: CsvRow[] = [];
  let row = 0;
  for await (const record of records) {
    row++;
    if (record.length === 1 && record[0].trim() === '') continue;
    if (header === undefined) {
      const positions = columnPositions(input, record, options.columns);
      header = { positions, fieldCount: record.length };
      continue;
    }
    if (record.length !== header.fieldCount) {
      const reason = `it has ${record.length} fields and the header ${header.fieldCount}`;
      throw malformedRow(input, row, { reason });
    }
    batch.push({ row, values: header.positions.map((position) => record[position]) });
    if (batch.length < ROWS_PER_BATCH) continue;
    yield batch;
    batch = [];
    await setImmediate();
  }
  if (header === undefined) throw unreadable(input, 'it is empty, without a header row');
  if (batch.length > 0) yield batch;
}

/** A row that cannot be used; `column` is the caller's own name for it and `reason` carries no value. */
export function malformedRow(
  input: CsvInput,
  row: number,
  problem: { column?: string | undefined; reason: string },
): DataError {
  const column = problem.column === undefined ? '' : `, column '${problem.column}'`;
  return new DataError(`Cannot read ${inputName(input)}: row ${row}${column}: ${problem.reason}`, {
    code: 'malformed-row',
    remedy: MALFORMED_REMEDY,
    location: { ...locationOf(input), row, ...(problem.column === undefined ? {} : { column: problem.column }) },
  });
}

const MALFORMED_REMEDY = 'Correct or remove the row and start again';

function locationOf(input: CsvInput): DataLocation {
  return typeof input === 'string' ? { file: input } : {};
}

/** How error texts call the input. */
export function inputName(input: CsvInput): string {
  return typeof input === 'string' ? input : 'the stream';
}

async function* decodeUtf8(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    // No text file has NUL characters; Parquet, spreadsheets and UTF-16 without a BOM do.
    if (text.includes('\0')) throw new NotText();
    yield text;
  }
  yield decoder.decode();
}

class NotText extends Error {}

function columnPositions(input: CsvInput, header: readonly string[], wanted: readonly string[]): readonly number[] {
  const found = header.map((field) => field.trim());
  return wanted.map((column) => {
    const position = found.indexOf(column);
    if (position !== -1 && found.lastIndexOf(column) === position) return position;
    const state = position === -1 ? 'is missing' : 'is there more than once';
    const what = `column '${column}' ${state}; its header has ${headerList(found)}`;
    throw new DataError(`Cannot read ${inputName(input)}: ${what}`, {
      code: 'missing-column',
      remedy: 'Name an existing column in the column mapping, or check the delimiter',
      location: { ...locationOf(input), column },
    });
  });
}

const HEADER_NAMES_SHOWN = 20;
const HEADER_NAME_CHARACTERS = 40;

/** A file without a header has data where the names should be: what may be an account is not shown. */
function headerList(found: readonly string[]): string {
  const shown = found.slice(0, HEADER_NAMES_SHOWN).map((field) => {
    const looksLikeData = /\d([ -]?\d){5}/.test(field.normalize('NFKC')) || field.length > HEADER_NAME_CHARACTERS;
    return looksLikeData ? '[hidden: looks like data]' : `'${field}'`;
  });
  const more = found.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function unreadable(input: CsvInput, state: string, cause?: unknown): DataError {
  return new DataError(`Cannot read ${inputName(input)}: ${state}`, {
    code: 'unreadable-source',
    remedy: 'Give a CSV file in UTF-8 with a header row that this process may read',
    location: locationOf(input),
    cause,
  });
}

function translate(input: CsvInput, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  // No cause where it quotes the row.
  if (error instanceof CsvError) return csvProblem(input, error);
  if (error instanceof NotText) return unreadable(input, 'it is not a text file');
  switch (systemCode(error)) {
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return unreadable(input, 'its text is not UTF-8');
    case 'ENOENT':
      return unreadable(input, 'there is no such file', error);
    case 'EISDIR':
      return unreadable(input, 'it is a directory', error);
    case 'EACCES':
    case 'EPERM':
      return unreadable(input, 'this process may not read it', error);
    default:
      return unreadable(input, 'its bytes could not be read to the end', error);
  }
}

function systemCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function csvProblem(input: CsvInput, error: CsvError): UsageError {
  // The parser counts lines, not rows: they differ where quoted fields have line breaks.
  const line = typeof error.lines === 'number' ? `line ${error.lines}` : 'a line';
  const malformed = (state: string): DataError =>
    new DataError(`Cannot read ${inputName(input)}: ${line} ${state}`, {
      code: 'malformed-row',
      remedy: MALFORMED_REMEDY,
      location: { ...locationOf(input), ...(typeof error.lines === 'number' ? { line: error.lines } : {}) },
    });
  switch (error.code) {
    case 'CSV_MAX_RECORD_SIZE':
      return malformed(`is longer than ${MAX_ROW_BYTES} bytes, or a quote is not closed`);
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return malformed('has a quote out of place or not closed');
    default:
      return unreadable(input, 'it is not CSV');
  }
}
