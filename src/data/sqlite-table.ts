/**
 * A table or query of a SQLite file, read through a WASM build of SQLite: no native code, and nothing is written. The
 * package is loaded when the first such table is read.
 */
import { open, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'node-sqlite3-wasm';
import { UsageError } from '../errors.ts';
import {
  countedRows,
  fromClause,
  quotedName,
  requireColumns,
  selectionName,
  SqlBatches,
  type SqlSelection,
} from './sql-table.ts';
import { type ReadTableOptions, type Table, type TextBatch, unreadable } from './table.ts';

export type SqliteTableOptions = { readonly file: string } & SqlSelection;

// https://www.sqlite.org/fileformat.html §1.2 and §1.3.3: the magic string, and 2 for a file in write-ahead mode.
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 20;
const VERSION_AT = 18;
const WRITE_AHEAD = 2;

/** A table or query of an SQLite file, which is opened for reading alone and when it is read. */
export function sqliteTable(options: SqliteTableOptions): Table {
  const name = `${options.file}, ${selectionName(options)}`;
  return {
    name,
    read: (reading) => batches(name, options, reading),
    expectedRows: (signal) => countedRows(options, (query) => sqliteTable({ ...query, file: options.file }), signal),
  };
}

async function* batches(
  name: string,
  options: SqliteTableOptions,
  { columns, signal }: ReadTableOptions,
): AsyncGenerator<TextBatch> {
  signal?.throwIfAborted();
  const { isWriteAhead } = await requireSqlite(name, options.file);
  const before = isWriteAhead ? await footprint(options.file) : '';
  const { default: sqlite } = await import('node-sqlite3-wasm');
  let database: Database | undefined;
  try {
    database = new sqlite.Database(options.file, { readOnly: true, fileMustExist: true });
    // Without memory that programs share, the index of the log is in this process's own (sqlite.org/wal.html §8).
    if (isWriteAhead) database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const from = fromClause(options);
    requireColumns(name, columnNames(database, from), columns);
    const texts = columns.map((column, k) => `CAST(${quotedName(column)} AS TEXT) AS c${k}`);
    const statement = database.prepare(`SELECT ${texts.join(', ')} FROM ${from}`);
    const under = new SqlBatches(columns.length);
    try {
      for (const row of statement.iterate()) {
        under.add(columns.map((_, k) => row[`c${k}`]));
        if (!under.isFull) continue;
        yield under.take();
        await setImmediate();
        signal?.throwIfAborted();
      }
      yield under.take();
    } finally {
      statement.finalize();
    }
    if (isWriteAhead) await requireUnchanged(name, options.file, before);
  } catch (error) {
    signal?.throwIfAborted();
    if (isWriteAhead) await requireUnchanged(name, options.file, before);
    throw error instanceof UsageError ? error : translate(name, error);
  } finally {
    database?.close();
  }
}

/** Names as SQLite gives them also where there is no row. */
function columnNames(database: Database, from: string): readonly string[] {
  // A row of NULLs stands for the columns, and none of the table is read: the package names columns by a row only.
  const row = database.get(`SELECT * FROM (SELECT 1) LEFT JOIN (SELECT * FROM ${from} LIMIT 0) ON TRUE`);
  return Object.keys(row ?? {}).slice(1);
}

async function requireSqlite(name: string, file: string): Promise<{ readonly isWriteAhead: boolean }> {
  const header = await readHeader(name, file);
  if (new TextDecoder().decode(header.subarray(0, MAGIC.length)) !== MAGIC) {
    throw unreadable(name, 'it is not a SQLite database', 'give the file of the database itself');
  }
  return { isWriteAhead: header[VERSION_AT] === WRITE_AHEAD || header[VERSION_AT + 1] === WRITE_AHEAD };
}

/** Sizes and times of a database and of its log. */
async function footprint(file: string): Promise<string> {
  const found = await Promise.all(
    [file, `${file}-wal`].map((path) => stat(path, { bigint: true }).catch(() => undefined)),
  );
  // SQLite itself makes an empty log where there is none, and takes it away again.
  return found
    .map((entry) => (entry === undefined || entry.size === 0n ? 'none' : `${entry.size} ${entry.mtimeNs}`))
    .join(', ');
}

/**
 * In write-ahead mode programs tell each other who reads through shared memory, which this build has not: another one may
 * write under its hands. So what was read counts only if nothing was written, as far as the times of files tell.
 */
async function requireUnchanged(name: string, file: string, before: string): Promise<void> {
  if ((await footprint(file)) === before) return;
  throw unreadable(
    name,
    'another program wrote to the database, which is in write-ahead mode, while it was read',
    "read a copy that was made with 'VACUUM INTO'",
  );
}

async function readHeader(name: string, file: string): Promise<Uint8Array> {
  try {
    // A pipe or a device would wait, or never end.
    if (!(await stat(file)).isFile())
      throw unreadable(name, 'it is not a file', 'give the file of the database itself');
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const state = isMissing ? 'there is no such file' : 'this process may not read it';
    throw unreadable(name, state, 'give a SQLite file that this process may read', error);
  }
}

/** SQLite's own texts quote the query, which may have values in it: only the kind of error is told. */
function translate(name: string, error: unknown): UsageError {
  const text = error instanceof Error ? error.message : '';
  if (/no such table/.test(text)) return unreadable(name, 'there is no such table', 'name a table of the database');
  if (/locked|busy/.test(text)) {
    return unreadable(
      name,
      'another program has the database locked',
      'wait until it is done; if none uses it, remove the folder with the name of the file and .lock',
    );
  }
  if (/disk image is malformed|not a database/.test(text)) {
    return unreadable(name, 'the database is damaged', "check it with 'PRAGMA integrity_check'");
  }
  return unreadable(name, 'SQLite refused the query', 'try the query with the sqlite3 command on the same file');
}
