/** Flag runs of four nodes whose lists are in different formats: the format changes no answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BANKS, consortiumPerTest, expectedAnswer, QUESTION, type RawConfig } from '../support/consortium-of-nodes.ts';
import { findPostgres, PASSWORD, type PostgresServer, startPostgres, SUPERUSER } from '../support/postgres-server.ts';
import { postgresStatements, type TextTable, writeCsv, writeParquet, writeSqlite } from '../support/table-files.ts';
import type { Encoding } from '../../src/data/text-encoding.ts';

const start = consortiumPerTest();
const programs = findPostgres();
const VARIABLE = 'BLINDFLAG_TEST_DATABASE';
const TYPES = ['VARCHAR(64)', 'INTEGER'];
let server: PostgresServer | undefined;

beforeAll(async () => {
  process.env[VARIABLE] = PASSWORD;
  if (programs !== undefined) server = await startPostgres(programs);
});
afterAll(async () => {
  delete process.env[VARIABLE];
  await server?.stop();
});

/** How a list is configured, and how it comes from the CSV file that the test consortium wrote. */
interface Format {
  readonly name: string;
  readonly place: (list: string, bank: string) => Record<string, unknown>;
  readonly write: (folder: string, list: string, table: TextTable, bank: string) => Promise<void> | void;
}

const csv = (encoding: Encoding, bom: boolean): Format => ({
  name: `CSV in ${encoding}${bom ? ' with a byte order mark' : ''}`,
  place: (list) => ({ type: 'csv', file: `${list}.other` }),
  write: (folder, list, table) => writeCsv(join(folder, `${list}.other`), table, encoding, { bom }),
});
const parquet: Format = {
  name: 'Parquet',
  place: (list) => ({ type: 'parquet', file: `${list}.parquet` }),
  write: (folder, list, table) =>
    writeParquet(join(folder, `${list}.parquet`), table, list === 'evidence' ? TYPES : []),
};
const sqlite: Format = {
  name: 'SQLite',
  place: (list) => ({ type: 'sqlite', file: `${list}.db`, table: list }),
  write: (folder, list, table) =>
    writeSqlite(join(folder, `${list}.db`), list, table, list === 'evidence' ? ['TEXT', 'INTEGER'] : []),
};
const postgres: Format = {
  name: 'PostgreSQL',
  place: (list, bank) => ({
    type: 'postgres',
    host: '127.0.0.1',
    port: server?.port,
    database: 'postgres',
    user: SUPERUSER,
    passwordVariable: VARIABLE,
    ...(list === 'accounts' ? { table: `${bank}-${list}` } : { query: `SELECT * FROM "${bank}-${list}"` }),
  }),
  write: (_folder, list, table, bank) =>
    server?.sql(postgresStatements(`${bank}-${list}`, table, list === 'evidence' ? TYPES : [])),
};

const COLUMNS = { accounts: { account: 'account' }, evidence: { account: 'account', score: 'score' } } as const;

function configure(formatOf: (bank: string) => Format) {
  return (config: RawConfig, bank: string): void => {
    for (const [list, columns] of Object.entries(COLUMNS))
      config.datasets[list] = { ...formatOf(bank).place(list, bank), columns, identifier: 'plain' };
  };
}

async function answers(formatOf: (bank: string) => Format): Promise<readonly boolean[]> {
  const all = await start({ configure: configure(formatOf) });
  for (const bank of BANKS) {
    for (const list of Object.keys(COLUMNS)) {
      const folder = join(all.folder, bank);
      const [header, ...rows] = readFileSync(join(folder, `${list}.csv`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(','));
      await formatOf(bank).write(folder, list, { header, rows }, bank);
    }
  }
  const answer = await all.node('bank-a').ask(QUESTION);
  return [...answer.rows()].map((row) => 'flagged' in row && row.flagged);
}

describe('a flag question', () => {
  const formats = [
    csv('utf-8', false),
    csv('utf-8', true),
    csv('utf-16le', true),
    csv('utf-16be', false),
    csv('gb18030', false),
    parquet,
    sqlite,
    ...(programs === undefined ? [] : [postgres]),
  ];

  it.each(formats.map((format) => [format.name, format] as const))(
    'has the same answer when all lists are %s',
    async (_, format) => {
      if (format === postgres) server?.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public;');
      expect(await answers(() => format)).toEqual(expectedAnswer('bank-a'));
    },
  );

  it('has the same answer when every list is in another format', async () => {
    server?.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public;');
    const mixed = [csv('utf-16le', true), parquet, sqlite, programs === undefined ? csv('gb18030', false) : postgres];
    expect(await answers((bank) => mixed[BANKS.findIndex((name) => name === bank)])).toEqual(expectedAnswer('bank-a'));
  });
});
