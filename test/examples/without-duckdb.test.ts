/** DuckDB is an optional package: whoever installs the tarball without it reads every other format, and asks. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataReport } from '../../src/data/data-report.ts';
import type { TableSpec } from '../../src/data/open-table.ts';
import { expectedFlags } from '../e2e/flag-run.ts';
import { findPostgres, PASSWORD, type PostgresServer, startPostgres, SUPERUSER } from '../support/postgres-server.ts';
import { postgresStatements, type TextTable, writeCsv, writeParquet, writeSqlite } from '../support/table-files.ts';
import { packPackage, type Packed } from './consumer.ts';

const DUCKDB = '@duckdb/node-api';
const SENTENCE = `Cannot read Parquet: install ${DUCKDB}`;
const RULE = { quorum: 2, score: { threshold: 5, max: 9 } };
const ROWS = 40;

type ScoredRow = readonly [account: string, score: number];

const accounts = Array.from({ length: ROWS }, (_, k) => `account-${k}`);
/** Contributor `c` holds every account whose number is no multiple of `c + 2`. */
const held = [0, 1, 2].map((c) =>
  accounts.map((account, k): ScoredRow => [account, (k + c) % 10]).filter((_, k) => k % (c + 2) !== 0),
);
const asked: TextTable = { header: ['account'], rows: accounts.map((account) => [account]) };
const scored = (rows: readonly ScoredRow[]): TextTable => ({
  header: ['account', 'score'],
  rows: rows.map(([account, score]) => [account, String(score)]),
});

/** What `list-service.mjs` takes and says. */
interface List {
  readonly table: TableSpec;
  readonly scored?: boolean;
}
type Said<T> = { readonly value: T } | { readonly code: string; readonly message: string };
interface Service {
  readonly read: Readonly<Record<string, { readonly accounts: Said<string[]>; readonly report: Said<DataReport> }>>;
  readonly flags: Said<boolean[]>;
}

const programs = findPostgres();
let server: PostgresServer | undefined;
let packed: Packed;
let without: string;
let withDuckDb: string;

beforeAll(async () => {
  packed = packPackage();
  without = packed.consumer('four-banks', 'without-duckdb');
  withDuckDb = packed.consumer('four-banks', 'with-duckdb');
  mkdirSync(join(withDuckDb, 'node_modules/@duckdb'), { recursive: true });
  symlinkSync(resolve('node_modules', DUCKDB), join(withDuckDb, 'node_modules', DUCKDB));
  if (programs !== undefined) {
    server = await startPostgres(programs);
    server.sql(postgresStatements('evidence', scored(held[2])));
  }
  for (const home of [without, withDuckDb]) await writeLists(home);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  packed.remove();
});

async function writeLists(home: string): Promise<void> {
  copyFileSync(resolve('test/examples/list-service.mjs'), join(home, 'list-service.mjs'));
  writeCsv(join(home, 'accounts.csv'), asked, 'gb18030');
  writeCsv(join(home, 'evidence.csv'), scored(held[0]), 'utf-8');
  writeSqlite(join(home, 'evidence.db'), 'evidence', scored(held[1]));
  await writeParquet(join(home, 'accounts.parquet'), asked);
  if (server === undefined) writeCsv(join(home, 'third.csv'), scored(held[2]), 'utf-16le');
}

function third(): TableSpec {
  if (server === undefined) return { kind: 'csv', file: 'third.csv', encoding: 'utf-16le' };
  const connection = { host: '127.0.0.1', port: server.port, database: 'postgres', user: SUPERUSER };
  return { kind: 'postgres', connection, table: 'evidence' };
}

/** The service, with the asker's list from that file. */
function serve(home: string, askersTable: TableSpec): Service {
  const lists: Readonly<Record<string, List>> = {
    'bank-a': { table: askersTable },
    'bank-b': { table: { kind: 'csv', file: 'evidence.csv' }, scored: true },
    'bank-c': { table: { kind: 'sqlite', file: 'evidence.db', table: 'evidence' }, scored: true },
    'bank-d': { table: third(), scored: true },
  };
  const question = { asker: 'bank-a', contributors: ['bank-b', 'bank-c', 'bank-d'], rule: RULE };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['list-service.mjs', JSON.stringify({ lists, question })],
    { cwd: home, encoding: 'utf8', env: { ...process.env, PGPASSWORD: PASSWORD } },
  );
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Service;
}

/** `blindflag check-data` on bank-a's folder, whose list of accounts is the one that is given. */
function checkData(home: string, dataset: Readonly<Record<string, unknown>>): { status: number | null; text: string } {
  const file = join(home, 'bank-a/node.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const datasets = { accounts: { ...dataset, columns: { account: 'account' }, identifier: 'plain' } };
  const folder = join(home, 'checked');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node.json'), JSON.stringify({ ...config, datasets, questions: [], allow: [] }));
  const args = ['node_modules/.bin/blindflag', 'check-data', 'checked', '--lang', 'en'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

const PARQUET: TableSpec = { kind: 'parquet', file: 'accounts.parquet' };

describe('an installation without DuckDB', () => {
  it('has no such package to find, where the other one has', () => {
    const found = (home: string) => () => createRequire(join(home, 'list-service.mjs')).resolve(DUCKDB);
    expect(found(without)).toThrow('Cannot find module');
    expect(found(withDuckDb)).not.toThrow();
  });

  it('reads and reports on CSV, SQLite and PostgreSQL, and flags over them', () => {
    const { read, flags } = serve(without, { kind: 'csv', file: 'accounts.csv' });
    const lists = [accounts, ...held.map((rows) => rows.map(([account]) => account))];
    for (const [k, name] of ['bank-a', 'bank-b', 'bank-c', 'bank-d'].entries()) {
      expect(read[name].accounts, name).toEqual({ value: lists[k].map((account) => `id:${account}`) });
      expect(read[name].report, name).toMatchObject({ value: { rows: lists[k].length, usable: true } });
    }
    const expected = expectedFlags({ accounts, evidence: held }, RULE);
    expect(new Set(expected)).toEqual(new Set([true, false]));
    expect(flags).toEqual({ value: expected });
  });

  it('says of a Parquet file that the package is to be installed, to a service and on the screen', () => {
    const { read, flags } = serve(without, PARQUET);
    const refused = { code: 'unreadable-source', message: SENTENCE };
    expect(read['bank-a']).toEqual({ accounts: refused, report: refused });
    expect(flags).toEqual(refused);
    expect(read['bank-b'].report).toMatchObject({ value: { usable: true } });

    const screen = checkData(without, { type: 'parquet', file: '../accounts.parquet' });
    expect(screen.text).toContain(SENTENCE);
    expect(screen.status).not.toBe(0);
    expect(checkData(without, { type: 'sqlite', file: '../evidence.db', table: 'evidence' })).toMatchObject({
      status: 0,
    });
  });

  it('reads the same file once the package is there', () => {
    const { read, flags } = serve(withDuckDb, PARQUET);
    expect(read['bank-a'].accounts).toEqual({ value: accounts.map((account) => `id:${account}`) });
    expect(flags).toEqual({ value: expectedFlags({ accounts, evidence: held }, RULE) });
    expect(checkData(withDuckDb, { type: 'parquet', file: '../accounts.parquet' })).toMatchObject({ status: 0 });
  });
});
