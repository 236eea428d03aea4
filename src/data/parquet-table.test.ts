import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { failure } from '../../test/support/consortium-of-nodes.ts';
import { readTable } from '../../test/support/read-table.ts';
import { runDuckDb, writeParquet } from '../../test/support/table-files.ts';
import { parquetTable } from './parquet-table.ts';
import { MAX_TABLE_BATCH_ROWS } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'blindflag-parquet-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "bank's [1]*.parquet");

const NOT_INSTALLED: string = '@duckdb/no-such-package';
const ROWS = 5 * MAX_TABLE_BATCH_ROWS + 5;
const many = { header: ['account', 'Score'], rows: Array.from({ length: ROWS }, (_, k) => [`a${k}`, String(k % 7)]) };
await writeParquet(file, many, ['VARCHAR', 'INTEGER']);

describe('parquetTable', () => {
  it('gives values as the text that a CSV file has, and NULL as an empty one', async () => {
    const kinds = join(folder, 'kinds.parquet');
    await runDuckDb([
      `COPY (SELECT 6222021234567890123::bigint AS id, '甲' AS name, 12.30::decimal(10,2) AS amount, 6.2e18::double AS share,
        timestamptz '2026-01-02 03:04:05+08' AS at, date '2026-01-02' AS day, NULL::varchar AS note)
        TO '${kinds}' (FORMAT parquet)`,
    ]);
    const columns = ['id', 'name', 'amount', 'share', 'at', 'day', 'note'];
    expect((await readTable(parquetTable({ file: kinds }), columns)).cells).toEqual([
      ['6222021234567890123', '甲', '12.30', '6.2e+18', '2026-01-01 19:04:05+00', '2026-01-02', ''],
    ]);
  });

  it('gives all rows in order and in bounded batches, numbered from 1', async () => {
    const { cells, rows } = await readTable(parquetTable({ file }), ['Score', 'account']);
    expect(cells).toEqual(many.rows.map(([account, score]) => [score, account]));
    expect(rows).toEqual(many.rows.map((_, k) => k + 1));
    for await (const batch of parquetTable({ file }).read({ columns: ['account'] }))
      expect(batch.rows.length).toBeLessThanOrEqual(MAX_TABLE_BATCH_ROWS);
  });

  it('gives no row of a file without rows', async () => {
    const empty = join(folder, 'empty.parquet');
    await writeParquet(empty, { header: ['account'], rows: [] });
    expect((await readTable(parquetTable({ file: empty }), ['account'])).cells).toEqual([]);
  });

  it('says which package to install when DuckDB is not there', async () => {
    const missing = (): Promise<never> => import(NOT_INSTALLED) as Promise<never>;
    const error = await failure(readTable(parquetTable({ file }, missing), ['account']));
    expect(error.message).toBe('Cannot read Parquet: install @duckdb/node-api');
    expect(error.code).toBe('unreadable-source');
  });

  it('opens nothing but its file, and fetches no extension', async () => {
    const seen: string[] = [];
    const watched = {
      DuckDBInstance: {
        create: async (path?: string, options?: Record<string, string>) => {
          const instance = await DuckDBInstance.create(path, options);
          const connect = instance.connect.bind(instance);
          instance.connect = async () => {
            const connection = await connect();
            const stream = connection.stream.bind(connection);
            connection.stream = async (...sql: Parameters<typeof stream>) => {
              for (const attempt of [
                `SELECT * FROM read_csv('${join(folder, 'secret.csv')}')`,
                `COPY (SELECT 1) TO '${join(folder, 'written.csv')}'`,
                "SELECT * FROM read_parquet('http://127.0.0.1:1/a.parquet')",
                'INSTALL httpfs',
                'SET enable_external_access = true',
              ]) {
                const outcome = await connection.run(attempt).then(
                  () => 'allowed',
                  () => 'refused',
                );
                seen.push(outcome);
              }
              return await stream(...sql);
            };
            return connection;
          };
          return instance;
        },
      },
    };
    writeFileSync(join(folder, 'secret.csv'), 'a\n1\n');
    const { rows } = await readTable(
      parquetTable({ file }, () => Promise.resolve(watched)),
      ['account'],
    );
    expect(rows).toHaveLength(ROWS);
    expect(seen).toEqual(['refused', 'refused', 'refused', 'refused', 'refused']);
    expect(readdirSync(folder)).not.toContain('written.csv');
  });

  it('refuses what is no Parquet file, and one that was cut', async () => {
    const state = async (path: string): Promise<string> =>
      (await failure(readTable(parquetTable({ file: path }), ['account']))).message;
    const other = join(folder, 'other.parquet');
    expect(await state(join(folder, 'none.parquet'))).toContain('no such file');
    expect(await state(folder)).toContain('not a file');
    writeFileSync(other, 'account\n1\n');
    expect(await state(other)).toContain('not a Parquet file');
    writeFileSync(other, readFileSync(file).subarray(0, -100));
    expect(await state(other)).toContain('not a Parquet file');
  });

  it('refuses a column that is not there with the names of those that are', async () => {
    const error = await failure(readTable(parquetTable({ file }), ['account', 'score']));
    expect(error).toMatchObject({ code: 'missing-column', location: { column: 'score' } });
    expect(error.message).toContain("'account', 'Score'");
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const all = (async () => {
      for await (const batch of parquetTable({ file }).read({ columns: ['account'], signal: controller.signal }))
        if (batch.rows.length > 0) controller.abort(reason);
    })();
    await expect(all).rejects.toBe(reason);
  });
});
