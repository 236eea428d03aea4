import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { failure } from '../../test/support/consortium-of-nodes.ts';
import { readTable } from '../../test/support/read-table.ts';
import { writeSqlite } from '../../test/support/table-files.ts';
import { sqliteTable } from './sqlite-table.ts';
import { MAX_TABLE_BATCH_ROWS } from './table.ts';

/** Must never be in an error text. */
const CANARY = '73190428';
const folder = mkdtempSync(join(tmpdir(), 'blindflag-sqlite-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'bank.db');

const ROWS = 2 * MAX_TABLE_BATCH_ROWS + 5;
const many = { header: ['account', 'Score'], rows: Array.from({ length: ROWS }, (_, k) => [`a${k}`, String(k % 7)]) };
writeSqlite(file, 'many', many, ['TEXT', 'INTEGER']);
const database = new sqlite.Database(file);
database.exec(`
  CREATE TABLE kinds (id INTEGER, free, name TEXT, note TEXT);
  INSERT INTO kinds VALUES (6222021234567890123, 6222021234567890123.0, '甲', NULL);
  CREATE TABLE vacant (account TEXT);
  CREATE TABLE secrets (account TEXT);
  INSERT INTO secrets VALUES ('${CANARY}');`);
database.close();

/** A copy of a database whose rows are in the log, as a program leaves it that is still there. */
function writeAheadCopy(): string {
  const live = join(folder, 'live.db');
  for (const suffix of ['', '-wal']) rmSync(`${live}${suffix}`, { force: true });
  const writer = new sqlite.Database(live);
  writer.exec('PRAGMA locking_mode = EXCLUSIVE');
  writer.exec('PRAGMA journal_mode = WAL');
  writer.exec('PRAGMA wal_autocheckpoint = 0');
  writer.exec('CREATE TABLE many (account TEXT)');
  writer.exec(`INSERT INTO many VALUES ${Array.from({ length: 3000 }, (_, k) => `('id:${k}')`).join(', ')}`);
  const copy = join(folder, 'copy.db');
  for (const suffix of ['', '-wal']) copyFileSync(`${live}${suffix}`, `${copy}${suffix}`);
  writer.close();
  return copy;
}

describe('sqliteTable', () => {
  it('gives all digits of integers, NULL as an empty text, and the exponent of a number that has lost digits', async () => {
    const { cells } = await readTable(sqliteTable({ file, table: 'kinds' }), ['id', 'free', 'name', 'note']);
    expect(cells[0].toSpliced(1, 1)).toEqual(['6222021234567890123', '甲', '']);
    expect(cells[0][1]).toMatch(/^6\.22202\d*e\+18$/);
  });

  it('gives all rows in bounded batches, numbered from 1', async () => {
    const sizes: number[] = [];
    for await (const { rows } of sqliteTable({ file, table: 'many' }).read({ columns: ['account'] }))
      sizes.push(rows.length);
    expect(sizes).toEqual([MAX_TABLE_BATCH_ROWS, MAX_TABLE_BATCH_ROWS, 5]);
    const { cells, rows } = await readTable(sqliteTable({ file, table: 'many' }), ['account', 'Score']);
    expect(cells).toEqual(many.rows);
    expect(rows).toEqual(many.rows.map((_, k) => k + 1));
  });

  it('reads a query, and a table without rows', async () => {
    const query = 'SELECT account AS a, Score + 1 AS b FROM many WHERE Score = 6 LIMIT 1;';
    expect((await readTable(sqliteTable({ file, query }), ['b', 'a'])).cells).toEqual([['7', 'a6']]);
    expect((await readTable(sqliteTable({ file, table: 'vacant' }), ['account'])).cells).toEqual([]);
  });

  it('leaves nothing behind, and cannot write', async () => {
    const query = 'DELETE FROM secrets RETURNING account';
    expect(await failure(readTable(sqliteTable({ file, query }), ['account']))).toMatchObject({
      code: 'unreadable-source',
    });
    for await (const batch of sqliteTable({ file, table: 'many' }).read({ columns: ['account'] })) {
      expect(batch.rows.length).toBe(MAX_TABLE_BATCH_ROWS);
      break;
    }
    expect((await readTable(sqliteTable({ file, table: 'secrets' }), ['account'])).cells).toEqual([[CANARY]]);
    expect(readdirSync(folder)).toEqual(['bank.db']);
  });

  it.each([
    ['an unknown table', { table: 'none' }, 'no such table'],
    ['a query that is none', { query: `SELECT ('${CANARY}'` }, 'refused the query'],
    ['a query that fails on a value', { query: `SELECT json_extract('${CANARY}{', '$.a') AS account` }, 'refused'],
  ])('says what to do about %s, and shows no value', async (_, selection, state) => {
    const error = await failure(readTable(sqliteTable({ file, ...selection }), ['account']));
    expect(error).toMatchObject({ code: 'unreadable-source', remedy: expect.stringMatching(/./) });
    expect(error.message).toContain(state);
    expect(`${error.describe()} ${String(error.cause)} ${error.stack}`).not.toContain(CANARY);
  });

  it('refuses a column that is not there with the names of those that are', async () => {
    const error = await failure(readTable(sqliteTable({ file, table: 'many' }), ['account', 'score']));
    expect(error).toMatchObject({ code: 'missing-column', location: { column: 'score' } });
    expect(error.message).toContain("'account', 'Score'");
  });

  it('refuses what is not a database that it can read', async () => {
    const state = async (path: string): Promise<string> =>
      (await failure(readTable(sqliteTable({ file: path, table: 'many' }), ['account']))).message;
    const other = join(folder, 'other.db');
    expect(await state(join(folder, 'none.db'))).toContain('no such file');
    expect(await state(folder)).toContain('not a file');
    writeFileSync(other, 'account\n1\n');
    expect(await state(other)).toContain('not a SQLite database');
    const damaged = readFileSync(file);
    damaged.fill(0x61, 20);
    writeFileSync(other, damaged);
    expect(await state(other)).toMatch(/damaged|refused/);
  });

  it('reads a database in write-ahead mode, with what is in its log only, and leaves both as they are', async () => {
    const copy = writeAheadCopy();
    const log = readFileSync(`${copy}-wal`);
    expect(log.length).toBeGreaterThan(0);
    const { cells } = await readTable(sqliteTable({ file: copy, table: 'many' }), ['account']);
    expect(cells).toEqual(Array.from({ length: 3000 }, (_, k) => [`id:${k}`]));
    expect(readFileSync(`${copy}-wal`)).toEqual(log);
    expect(await sqliteTable({ file: copy, table: 'many' }).expectedRows?.()).toBe(3000 * 1.25 + 1024);
    // Without the log its rows are not there: they were read from it.
    rmSync(`${copy}-wal`);
    await expect(readTable(sqliteTable({ file: copy, table: 'many' }), ['account'])).rejects.toThrow('no such table');
    expect(existsSync(`${copy}-wal`)).toBe(false);
  });

  it('refuses a database in write-ahead mode that is written to while it is read', async () => {
    const copy = writeAheadCopy();
    const reading = (async () => {
      for await (const batch of sqliteTable({ file: copy, table: 'many' }).read({ columns: ['account'] })) {
        if (batch.rows[0] === 1) appendFileSync(`${copy}-wal`, 'a frame');
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'unreadable-source',
      message: expect.stringContaining('another program wrote to the database'),
    });
  });

  it('says how to go on when another program has the database locked', async () => {
    const locked = join(folder, 'locked.db');
    writeSqlite(locked, 'many', { header: ['account'], rows: [['a']] });
    mkdirSync(`${locked}.lock`);
    const error = await failure(readTable(sqliteTable({ file: locked, table: 'many' }), ['account']));
    expect(error.message).toContain('locked');
    expect(error.remedy).toContain('.lock');
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const reading = sqliteTable({ file, table: 'many' }).read({ columns: ['account'], signal: controller.signal });
    const all = (async () => {
      for await (const batch of reading) if (batch.rows.length > 0) controller.abort(reason);
    })();
    await expect(all).rejects.toBe(reason);
  });
});
