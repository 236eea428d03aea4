/**
 * A CSV file with a header row as a table (RFC 4180), in the encodings of `text-encoding.ts`, whatever stands between its
 * fields. No error text carries a value.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { concatBytes, utf8 } from '../crypto/bytes.ts';
import { UsageError } from '../errors.ts';
import { CsvScanner, type CsvSink, MAX_RECORD_CHARACTERS } from './csv-scanner.ts';
import {
  columnPosition,
  MAX_TABLE_BATCH_ROWS,
  type ReadTableOptions,
  type Table,
  type TextBatch,
  unreadable,
  withMargin,
} from './table.ts';
import { type CodeUnits, hasReplacement, joinedUnits, TextColumn } from './text-column.ts';
import { type Encoding, TextDecoding } from './text-encoding.ts';

/** One file's path, or a stream of its bytes that can be read once. */
export type CsvInput = string | Readable;

export interface CsvTableOptions {
  /** undefined: by a byte order mark, or by the bytes themselves. */
  readonly encoding?: Encoding | undefined;
  /** Between two fields, one or more characters; undefined means a comma. */
  readonly delimiter?: string | undefined;
}

const MAGIC_BYTES = 16;
const LINE_FEED = 0x0a;
/** Pieces of 64 KiB, the default, cost a third of the time of splitting lines; of these a tenth. */
const CHUNK_BYTES = 1 << 18;
const GUESSED_DELIMITERS = [',', ';', '\t', '|'];
/** What people give by mistake, by its first bytes. */
const OTHER_FORMATS = [
  { begin: 'PK\u0003\u0004', what: 'an Excel workbook or another archive', remedy: 'save it as CSV in UTF-8' },
  { begin: 'PAR1', what: 'a Parquet file', remedy: "say that its type is 'parquet'" },
  { begin: 'SQLite format 3', what: 'a SQLite database', remedy: "say that its type is 'sqlite'" },
] as const;
const FILE_REMEDY = 'give a CSV file with a header row that this process may read';

/** @throws UsageError `bad-parameter` where the delimiter cannot be one */
export function csvTable(input: CsvInput, options: CsvTableOptions = {}): Table {
  const { encoding, delimiter = ',' } = options;
  if (delimiter === '' || /["\r\n]/.test(delimiter)) {
    throw new UsageError('Cannot read CSV: the delimiter is empty, or has a quote or a line break', {
      code: 'bad-parameter',
      remedy: 'name what stands between two fields of the file',
    });
  }
  const name = typeof input === 'string' ? input : 'the stream';
  return {
    name,
    read: (reading) => new CsvReading(name, { delimiter, encoding }, reading).batches(input),
    ...(typeof input === 'string' ? { expectedRows: () => guessedRows(input) } : {}),
  };
}

/** By the lines of the first bytes and the size of the file; undefined where it cannot be read. */
async function guessedRows(file: string): Promise<number | undefined> {
  try {
    const { size } = await stat(file);
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, 0);
      const lines = buffer.subarray(0, bytesRead).reduce((sum, byte) => sum + Number(byte === LINE_FEED), 1);
      return withMargin((size * lines) / Math.max(1, bytesRead));
    } finally {
      await handle.close();
    }
  } catch {
    // Whoever reads it is told why.
    return undefined;
  }
}

/** One pass over the file. */
class CsvReading {
  readonly #name: string;
  readonly #delimiter: string;
  readonly #columns: readonly string[];
  readonly #signal: AbortSignal | undefined;
  readonly #scanner: CsvScanner;
  readonly #decoding: TextDecoding;
  #header: readonly string[] | undefined;
  /** From the first bytes on that are no text. */
  #damaged = false;
  /** The begin of a line whose end has not come yet. */
  #line: Uint8Array = new Uint8Array(0);
  #batch: CsvSink;

  constructor(
    name: string,
    { delimiter, encoding }: { readonly delimiter: string; readonly encoding: Encoding | undefined },
    { columns, signal }: ReadTableOptions,
  ) {
    this.#name = name;
    this.#delimiter = delimiter;
    this.#columns = columns;
    this.#signal = signal;
    this.#scanner = new CsvScanner(delimiter);
    this.#decoding = new TextDecoding(encoding);
    this.#batch = emptyBatch(columns.length, 0);
  }

  async *batches(input: CsvInput): AsyncGenerator<TextBatch> {
    this.#signal?.throwIfAborted();
    const bytes = typeof input === 'string' ? createReadStream(input, { highWaterMark: CHUNK_BYTES }) : input;
    if (this.#signal !== undefined) addAbortSignal(this.#signal, bytes);
    try {
      for await (const chunk of bytes as AsyncIterable<Uint8Array | string>) {
        const lines = this.#wholeLines(typeof chunk === 'string' ? utf8(chunk) : chunk);
        if (this.#batch.row === 0) this.#refuseOtherFormat(chunk);
        if (lines.length > 0) yield* this.#scan(this.#decoding.decode(lines));
      }
      const rest = joinedUnits(this.#decoding.decode(this.#line), this.#decoding.end());
      this.#scanner.finish();
      yield* this.#scan(rest);
      if (this.#header === undefined) throw unreadable(this.#name, 'it is empty, without a header row', FILE_REMEDY);
      yield this.#take();
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw this.#translate(error);
    } finally {
      bytes.destroy();
    }
  }

  /**
   * Bytes up to the last line end, as far as there is one within a chunk: no record is begun twice. No character of these encodings has a line feed's byte in it but in UTF-16, where the
   * decoder waits for the other half.
   */
  #wholeLines(chunk: Uint8Array): Uint8Array {
    // A Buffer is another class, and loops over either take twice as long as over one alone.
    const plain = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const bytes = this.#line.length === 0 ? plain : concatBytes(this.#line, plain);
    const end = bytes.lastIndexOf(LINE_FEED) + 1 || (bytes.length < CHUNK_BYTES ? 0 : bytes.length);
    this.#line = bytes.subarray(end);
    return bytes.subarray(0, end);
  }

  async *#scan(units: CodeUnits): AsyncGenerator<TextBatch> {
    if (hasReplacement(units)) this.#damaged = true;
    this.#scanner.append(units);
    for (;;) {
      const scanned = this.#scanner.read(this.#batch, MAX_TABLE_BATCH_ROWS);
      if (this.#header === undefined && this.#batch.rejected.length > 0) throw this.#brokenHeader();
      if (scanned === 'header') {
        this.#readHeader(this.#scanner.header);
        continue;
      }
      if (scanned !== 'full') break;
      yield this.#take();
      await setImmediate();
      this.#signal?.throwIfAborted();
    }
    // What is next has other units.
    if (this.#batch.rows.length > 0) yield this.#take();
  }

  #take(): TextBatch {
    const { row, columns, ...taken } = this.#batch;
    const count = taken.rows.length;
    const { units } = this.#scanner;
    this.#batch = emptyBatch(this.#columns.length, row);
    return {
      ...taken,
      columns: columns.map(({ starts, ends }) =>
        TextColumn.packed({ units, starts: starts.subarray(0, count), ends: ends.subarray(0, count) }),
      ),
      damaged: this.#damaged,
      encoding: this.#decoding.encoding,
    };
  }

  #readHeader(fields: readonly string[]): void {
    if (fields.some((field) => field.includes('\0')))
      throw unreadable(this.#name, 'it is not a text file', FILE_REMEDY);
    const found = fields.map((field) => field.trim());
    const remedy = this.#columnRemedy(found);
    const positions = this.#columns.map((column) => columnPosition(this.#name, found, column, remedy));
    this.#scanner.want(positions, fields.length);
    this.#header = found;
  }

  #columnRemedy(found: readonly string[]): string {
    const wanted = this.#columns[0];
    const other = GUESSED_DELIMITERS.find(
      (guess) =>
        guess !== this.#delimiter &&
        found.join(this.#delimiter).split(guess).includes(wanted) &&
        !found.includes(wanted),
    );
    if (other !== undefined) return `say that the delimiter is ${JSON.stringify(other)}`;
    return 'name an existing column in the column mapping, or check the delimiter and the encoding';
  }

  #refuseOtherFormat(chunk: Uint8Array | string): void {
    const begin = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk.subarray(0, MAGIC_BYTES));
    const found = OTHER_FORMATS.find((other) => begin.startsWith(other.begin));
    if (found !== undefined) throw unreadable(this.#name, `it is ${found.what}, not CSV`, found.remedy);
  }

  #brokenHeader(): UsageError {
    const state = `its header row has a quote out of place, or more than ${MAX_RECORD_CHARACTERS} characters`;
    return unreadable(this.#name, state, FILE_REMEDY);
  }

  #translate(error: unknown): UsageError {
    if (error instanceof UsageError) return error;
    // Node without the data of ICU has no decoder for GB18030.
    if (error instanceof RangeError) {
      return unreadable(
        this.#name,
        'this build of Node does not know its encoding',
        'convert the file to UTF-8',
        error,
      );
    }
    switch (error instanceof Error && 'code' in error ? error.code : undefined) {
      case 'ENOENT':
        return unreadable(this.#name, 'there is no such file', FILE_REMEDY, error);
      case 'EISDIR':
        return unreadable(this.#name, 'it is a directory', FILE_REMEDY, error);
      case 'EACCES':
      case 'EPERM':
        return unreadable(this.#name, 'this process may not read it', FILE_REMEDY, error);
      default:
        return unreadable(this.#name, 'its bytes could not be read to the end', FILE_REMEDY, error);
    }
  }
}

function emptyBatch(columnCount: number, row: number): CsvSink {
  const columns = Array.from({ length: columnCount }, () => ({
    starts: new Uint32Array(MAX_TABLE_BATCH_ROWS),
    ends: new Uint32Array(MAX_TABLE_BATCH_ROWS),
  }));
  return { row, rows: [], columns, rejected: [], multilineRows: [], blankRows: 0 };
}
