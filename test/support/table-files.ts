/** The same table of text in every format, made by programs other than those that are tested where there are some. */
import { rmSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import sqlite from 'node-sqlite3-wasm';
import type { Encoding } from '../../src/data/text-encoding.ts';
import { encoded } from './read-table.ts';

export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function csvText({ header, rows }: TextTable, delimiter = ','): string {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell) => (/["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell))
      .join(delimiter);
  return `${[header, ...rows].map(line).join('\r\n')}\r\n`;
}

export function writeCsv(
  file: string,
  table: TextTable,
  encoding: Encoding,
  options: { readonly bom?: boolean } = {},
): void {
  writeFileSync(file, encoded(`${options.bom === true ? '\ufeff' : ''}${csvText(table)}`, encoding));
}

/** `types` are SQL types of the columns; undefined means text. */
export async function writeParquet(file: string, table: TextTable, types: readonly string[] = []): Promise<void> {
  await runDuckDb([
    `CREATE TABLE t (${columnList(table, types, 'VARCHAR')})`,
    ...(table.rows.length === 0 ? [] : [`INSERT INTO t VALUES ${valueList(table)}`]),
    `COPY t TO ${literal(file)} (FORMAT parquet)`,
  ]);
}

export async function runDuckDb(statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const statement of statements) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export function writeSqlite(file: string, name: string, table: TextTable, types: readonly string[] = []): void {
  rmSync(file, { force: true });
  const database = new sqlite.Database(file);
  try {
    database.exec(`CREATE TABLE "${name}" (${columnList(table, types, 'TEXT')})`);
    if (table.rows.length > 0) database.exec(`INSERT INTO "${name}" VALUES ${valueList(table)}`);
  } finally {
    database.close();
  }
}

/** Statements that make the table in PostgreSQL. */
export function postgresStatements(name: string, table: TextTable, types: readonly string[] = []): string {
  return `CREATE TABLE "${name}" (${columnList(table, types, 'text')});
    ${table.rows.length === 0 ? '' : `INSERT INTO "${name}" VALUES ${valueList(table)};`}`;
}

function columnList({ header }: TextTable, types: readonly string[], text: string): string {
  return header.map((name, k) => `"${name}" ${types[k] ?? text}`).join(', ');
}

function valueList({ rows }: TextTable): string {
  return rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
