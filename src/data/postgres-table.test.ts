import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../test/support/consortium-of-nodes.ts';
import {
  findPostgres,
  PASSWORD,
  type PostgresServer,
  startPostgres,
  SUPERUSER,
} from '../../test/support/postgres-server.ts';
import { readTable } from '../../test/support/read-table.ts';
import { openTable } from './open-table.ts';
import { type PostgresConnection, postgresTable } from './postgres-table.ts';
import { MAX_TABLE_BATCH_ROWS } from './table.ts';

/** Must never be in an error text. */
const CANARY = '73190428';
const ROWS = 2 * MAX_TABLE_BATCH_ROWS + 5;
const programs = findPostgres();

describe.skipIf(programs === undefined)('postgresTable', () => {
  let server: PostgresServer;
  let folder: string;
  let connection: PostgresConnection;

  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
    folder = mkdtempSync(join(tmpdir(), 'blindflag-postgres-test-'));
    connection = { host: '127.0.0.1', port: server.port, database: 'postgres', user: SUPERUSER, password: PASSWORD };
    server.sql(`
      CREATE TABLE kinds (id bigint, name text, amount numeric(10,2), share double precision, at timestamptz, day date, note varchar);
      INSERT INTO kinds VALUES (6222021234567890123, '甲', 12.30, 6.2e18, '2026-01-02 03:04:05+08', '2026-01-02', NULL);
      CREATE SCHEMA risk;
      CREATE TABLE risk."Accounts" ("Account" text, score int);
      INSERT INTO risk."Accounts" SELECT 'a' || k, k % 7 FROM generate_series(1, ${ROWS}) AS k;
      CREATE USER reader PASSWORD '${PASSWORD}';
      CREATE TABLE secrets (account text);
      INSERT INTO secrets VALUES ('${CANARY}');`);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const table = (options: { table: string } | { query: string }, change: Partial<PostgresConnection> = {}) =>
    postgresTable({ ...options, connection: { ...connection, ...change } });

  it('gives values as the text that a CSV file has, and NULL as an empty one', async () => {
    const columns = ['id', 'name', 'amount', 'share', 'at', 'day', 'note'];
    const { cells } = await readTable(table({ table: 'kinds' }), columns);
    expect(cells).toEqual([
      ['6222021234567890123', '甲', '12.30', '6.2e+18', '2026-01-01 19:04:05+00', '2026-01-02', ''],
    ]);
  });

  it('gives all rows in bounded batches, numbered from 1, of a table in a schema', async () => {
    const sizes: number[] = [];
    for await (const { rows } of table({ table: 'risk.Accounts' }).read({ columns: ['Account'] }))
      sizes.push(rows.length);
    expect(sizes).toEqual([MAX_TABLE_BATCH_ROWS, MAX_TABLE_BATCH_ROWS, 5]);
    const { cells, rows } = await readTable(table({ table: 'risk.Accounts' }), ['score', 'Account']);
    expect(rows).toEqual(Array.from({ length: ROWS }, (_, k) => k + 1));
    expect(cells.at(-1)).toEqual([String(ROWS % 7), `a${ROWS}`]);
  });

  it('reads a query, also with a semicolon behind it', async () => {
    const query = `SELECT "Account" AS account, score * 2 AS double FROM risk."Accounts" WHERE score = 6 LIMIT 2; `;
    expect((await readTable(table({ query }), ['account', 'double'])).cells).toEqual([
      ['a6', '12'],
      ['a13', '12'],
    ]);
  });

  it('can be read again, and leaves no connection behind', async () => {
    const again = table({ table: 'kinds' });
    for (let pass = 0; pass < 2; pass++) expect((await readTable(again, ['name'])).cells).toEqual([['甲']]);
    for await (const batch of table({ table: 'risk.Accounts' }).read({ columns: ['Account'] })) {
      expect(batch.rows.length).toBe(MAX_TABLE_BATCH_ROWS);
      break;
    }
    const open =
      "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'blindflag' AND state <> 'active'";
    expect((await readTable(table({ query: open }), ['n'])).cells).toEqual([['0']]);
  });

  it('sees one snapshot, whatever is written meanwhile', async () => {
    server.sql('CREATE TABLE moving AS SELECT k FROM generate_series(1, 3000) AS k');
    let count = 0;
    for await (const { rows } of table({ table: 'moving' }).read({ columns: ['k'] })) {
      if (count === 0) server.sql('DELETE FROM moving; INSERT INTO moving VALUES (1)');
      count += rows.length;
    }
    expect(count).toBe(3000);
  });

  it.each([
    ['changes data', 'WITH gone AS (DELETE FROM secrets RETURNING account) SELECT account FROM gone'],
    ['has a second statement', 'SELECT account FROM secrets) AS x; COMMIT; DELETE FROM secrets; SELECT (1'],
    ['changes data in a function', "SELECT setval('s', 1) AS account"],
  ])('refuses a query that %s', async (_, query) => {
    server.sql('CREATE SEQUENCE IF NOT EXISTS s');
    expect(await failure(readTable(table({ query }), ['account']))).toMatchObject({ code: 'unreadable-source' });
    expect((await readTable(table({ table: 'secrets' }), ['account'])).cells).toEqual([[CANARY]]);
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, { table: 'kinds' }, 'refused the password'],
    ['an unknown database', { database: 'none' }, { table: 'kinds' }, 'no such database'],
    ['a port without a server', { port: 1 }, { table: 'kinds' }, 'no server answers'],
    ['an unknown table', {}, { table: 'none' }, 'no such table'],
    ['a table in another case', {}, { table: 'risk.accounts' }, 'no such table'],
    ['a table that it may not read', { user: 'reader' }, { table: 'secrets' }, 'may not read it'],
    ['a query that is none', {}, { query: `SELEC '${CANARY}'` }, 'not one SQL query'],
    ['a query that fails on a value', {}, { query: `SELECT '${CANARY}x'::int AS id` }, 'SQLSTATE 22P02'],
  ])('says what to do about %s, and shows no value', async (_, change, options, state) => {
    const error = await failure(readTable(table(options, change), ['id']));
    expect(error).toMatchObject({ code: 'unreadable-source', remedy: expect.stringMatching(/./) });
    expect(error.message).toContain(state);
    expect(`${error.describe()} ${String(error.cause)} ${error.stack}`).not.toContain(CANARY);
  });

  it('refuses a column that is not there with the names of those that are', async () => {
    const error = await failure(readTable(table({ table: 'risk.Accounts' }), ['account']));
    expect(error).toMatchObject({ code: 'missing-column', location: { column: 'account' } });
    expect(error.message).toContain("'Account', 'score'");
  });

  it('ends with the reason of the signal while the server is busy', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const busy = readTable(table({ query: 'SELECT 1 AS a, pg_sleep(60)' }), ['a'], controller.signal);
    setTimeout(() => controller.abort(reason), 200);
    await expect(busy).rejects.toBe(reason);
  });

  it('takes the password from the named variable, and from a password file', async () => {
    const { password: _, ...withoutPassword } = connection;
    const spec = {
      kind: 'postgres',
      table: 'kinds',
      connection: withoutPassword,
      passwordVariable: 'BANK_DB',
    } as const;
    expect((await readTable(openTable(spec, { BANK_DB: PASSWORD }), ['name'])).cells).toEqual([['甲']]);
    expect(() => openTable(spec, {})).toThrow(expect.objectContaining({ code: 'bad-parameter' }));

    const file = join(folder, 'pgpass');
    writeFileSync(file, `# of a test\n127.0.0.1:1:*:*:wrong\n*:*:postgres:${SUPERUSER}:${PASSWORD}\n`, { mode: 0o600 });
    const byFile = openTable({ ...spec, passwordVariable: undefined }, { PGPASSFILE: file });
    expect((await readTable(byFile, ['name'])).cells).toEqual([['甲']]);
    chmodSync(file, 0o644);
    expect((await failure(readTable(byFile, ['name']))).message).toContain('others may read');
    const nowhere = openTable({ ...spec, passwordVariable: undefined }, { PGPASSFILE: join(folder, 'none') });
    expect((await failure(readTable(nowhere, ['name']))).message).toContain('asks for a password');
  });

  it('says how many rows to expect, of a table and of a query', async () => {
    const margin = (rows: number): number => Math.ceil(rows * 1.25) + 1024;
    expect(await table({ table: 'risk.Accounts' }).expectedRows?.()).toBe(margin(ROWS));
    const query = 'SELECT * FROM risk."Accounts" WHERE score = 6;';
    expect(await table({ query }).expectedRows?.()).toBe(margin(Math.floor((ROWS + 1) / 7)));
    expect(await table({ query: 'SELECT 1 AS a WHERE FALSE' }).expectedRows?.()).toBe(margin(0));
    const missing = table({ table: 'none' }).expectedRows?.();
    await expect(missing).rejects.toMatchObject({ code: 'unreadable-source' });
    await expect(table({ table: 'kinds' }).expectedRows?.(AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
      'stopped',
    );
  });

  it('connects over the local socket', async () => {
    const { cells } = await readTable(table({ table: 'kinds' }, { host: server.socketFolder }), ['name']);
    expect(cells).toEqual([['甲']]);
  });

  it('speaks TLS with a server whose certificate it knows, and with no other', async () => {
    if (server.caFile === undefined) throw new Error('openssl is missing');
    const encrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    const { caFile } = server;
    const read = (change: Partial<PostgresConnection>) => readTable(table({ query: encrypted }, change), ['ssl']);
    expect((await read({ host: 'localhost', tls: 'verify', caFile })).cells).toEqual([['true']]);
    expect((await read({ tls: 'off' })).cells).toEqual([['false']]);
    expect((await read({})).cells).toEqual([['false']]);
    const unknown = await failure(read({ host: 'localhost', tls: 'verify' }));
    expect(unknown.message).toContain('certificate is not accepted');
    const otherHost = await failure(read({ host: '127.0.0.1', tls: 'verify', caFile }));
    expect(otherHost.message).toContain('for another host');
  });
});
