/**
 * A Parquet file, read by DuckDB in this process: an optional package that is loaded when the first such file is read.
 * DuckDB is held to this one file: no extension is loaded or fetched, no other path or address can be opened.
 */
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { DataError, UsageError } from '../errors.ts';
import { quotedName, requireColumns, SqlBatches } from './sql-table.ts';
import { type ReadTableOptions, type Table, type TextBatch, unreadable } from './table.ts';

export interface ParquetTableOptions {
  readonly file: string;
}

// No folder for temporary files: a scan needs none, and data would be left in it.
const SETTINGS = {
  threads: '1',
  memory_limit: '512MB',
  temp_directory: '',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
} as const;

const FILE_REMEDY = 'give a Parquet file that this process may read';

/** `load` gives the package `@duckdb/node-api`; undefined means the installed one. */
export function parquetTable({ file }: ParquetTableOptions, load: () => Promise<unknown> = loadDuckDb): Table {
  const duckDb = load as () => Promise<DuckDb>;
  return {
    name: file,
    read: ({ columns, signal }) => {
      const expressions = columns.map((column) => `CAST(${quotedName(column)} AS VARCHAR)`);
      return batches(file, duckDb, { columns, expressions, signal });
    },
    // By the file's own account of itself: no row is read.
    async expectedRows(signal) {
      const counting = { columns: [], expressions: ['CAST(COUNT(*) AS VARCHAR)'], signal };
      for await (const batch of batches(file, duckDb, counting)) return Number(batch.columns[0].cells[0]);
      return undefined;
    },
  };
}

type DuckDb = Pick<typeof import('@duckdb/node-api'), 'DuckDBInstance'>;

async function loadDuckDb(): Promise<DuckDb> {
  return await import('@duckdb/node-api');
}

async function* batches(
  file: string,
  load: () => Promise<DuckDb>,
  { columns, expressions, signal }: ReadTableOptions & { readonly expressions: readonly string[] },
): AsyncGenerator<TextBatch> {
  signal?.throwIfAborted();
  await requireFile(file);
  const { DuckDBInstance: Instance } = await loaded(file, load);
  let instance: DuckDBInstance | undefined;
  let connection: DuckDBConnection | undefined;
  try {
    instance = await Instance.create(':memory:', SETTINGS);
    connection = await instance.connect();
    const path = await shutIn(connection, file);
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${path})`);
    const found = described.getRows().map(([column]) => String(column));
    requireColumns(file, found, columns);
    yield* rows(connection, { path, expressions, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof UsageError ? error : unreadable(file, 'it is not a Parquet file, or damaged', FILE_REMEDY);
  } finally {
    connection?.closeSync();
    instance?.closeSync();
  }
}

async function* rows(
  connection: DuckDBConnection,
  {
    path,
    expressions,
    signal,
  }: { readonly path: string; readonly expressions: readonly string[]; readonly signal: AbortSignal | undefined },
): AsyncGenerator<TextBatch> {
  const result = await connection.stream(`SELECT ${expressions.join(', ')} FROM read_parquet(${path})`);
  const under = new SqlBatches(expressions.length);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const values = chunk.getColumns();
    for (let row = 0; row < chunk.rowCount; row++) {
      under.add(values.map((column) => column[row]));
      if (!under.isFull) continue;
      yield under.take();
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
  yield under.take();
}

async function loaded(file: string, load: () => Promise<DuckDb>): Promise<DuckDb> {
  try {
    return await load();
  } catch (error) {
    throw new DataError('Cannot read Parquet: install @duckdb/node-api', {
      code: 'unreadable-source',
      phase: 'input',
      remedy: 'npm install @duckdb/node-api, or give the table as CSV',
      location: { file },
      cause: error,
    });
  }
}

/** From here on nothing but the file can be opened. Gives its path as SQL. */
async function shutIn(connection: DuckDBConnection, file: string): Promise<string> {
  const path = `'${file.replaceAll("'", "''")}'`;
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_paths = [${path}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return path;
}

async function requireFile(file: string): Promise<void> {
  let isFile: boolean;
  try {
    isFile = (await stat(file)).isFile();
  } catch (error) {
    throw unreadable(file, 'there is no such file, or this process may not see it', FILE_REMEDY, error);
  }
  if (!isFile) throw unreadable(file, 'it is not a file', FILE_REMEDY);
}
