import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../test/support/consortium-of-nodes.ts';
import {
  findPostgres,
  PASSWORD,
  type PostgresServer,
  startPostgres,
  SUPERUSER,
} from '../../test/support/postgres-server.ts';
import { readSource } from '../../test/support/read-source.ts';
import {
  postgresStatements,
  type TextTable,
  writeCsv,
  writeParquet,
  writeSqlite,
} from '../../test/support/table-files.ts';
import { DataError } from '../errors.ts';
import { accountSource, type AccountSourceOptions, inspectedSource } from './account-source.ts';
import { csvTable } from './csv-table.ts';
import type { DataReport } from './data-report.ts';
import { parquetTable } from './parquet-table.ts';
import { postgresTable } from './postgres-table.ts';
import type { AccountBatch } from './source.ts';
import { sqliteTable } from './sqlite-table.ts';
import type { Table } from './table.ts';

/** Must never be in an error text. */
const CANARY = '4111111111111112';
const GOOD = '4111111111111111';
const PLAIN: AccountSourceOptions = { columns: { account: 'account' }, type: 'plain' };
const SCORED: AccountSourceOptions = { columns: { account: 'account', score: 'score' }, type: 'plain' };

const textTable = (text: string): Table => csvTable(Readable.from([Buffer.from(text)]));
const read = (text: string, options: AccountSourceOptions = SCORED) =>
  readSource(accountSource(textTable(text), options));

async function batchesOf(table: Table, options: AccountSourceOptions): Promise<AccountBatch[]> {
  const batches: AccountBatch[] = [];
  for await (const batch of accountSource(table, options)) batches.push(batch);
  return batches;
}

describe('accountSource', () => {
  it('gives spellings of one account the same name and leaves repeated rows to the question', async () => {
    const text = 'account,score\nDE89 3704 0044 0532 0130 00,1\nde89370400440532013000,2\n';
    expect(await read(text, { ...SCORED, type: 'iban' })).toEqual({
      accounts: ['iban:DE89370400440532013000', 'iban:DE89370400440532013000'],
      scores: Uint32Array.of(1, 2),
    });
  });

  it('gives every mapped column, and the row that each account is in', async () => {
    const text =
      'who,points,kind,sum,when,note\na,3,杀猪盘,12.30,2026-01-02T03:04:05+08:00, x \nb,0,,-1,2026-01-02 03:04, 高\n';
    const columns = {
      account: 'who',
      score: 'points',
      scamType: 'kind',
      amount: 'sum',
      time: 'when',
      payload: { remark: 'note', again: 'points' },
    };
    const [batch] = await batchesOf(textTable(text), { columns, type: 'plain', utcOffset: '+08:00' });
    expect(batch).toEqual({
      accounts: ['id:a', 'id:b'],
      rows: [2, 3],
      scores: Uint32Array.of(3, 0),
      scamTypes: Uint8Array.of(3, 0),
      amounts: Float64Array.of(1230, -100),
      times: Float64Array.of(Date.UTC(2026, 0, 1, 19, 4, 5), Date.UTC(2026, 0, 1, 19, 4)),
      columns: {
        remark: [Buffer.from('x'), Buffer.from('高')].map((bytes) => Uint8Array.from(bytes)),
        again: [Buffer.from('3'), Buffer.from('0')].map((bytes) => Uint8Array.from(bytes)),
      },
    });
  });

  it('reads no column that it is not asked for', async () => {
    const asked: (readonly string[])[] = [];
    const table: Table = {
      name: 'watched',
      read: (options) => {
        asked.push(options.columns);
        return textTable('account,score\na,1\n').read(options);
      },
    };
    await readSource(accountSource(table, PLAIN));
    await readSource(accountSource(table, SCORED));
    expect(asked).toEqual([['account'], ['account', 'score']]);
  });

  it('joins several identifiers to one key', async () => {
    const options: AccountSourceOptions = {
      columns: { account: 'id' },
      type: 'plain',
      keyParts: [{ type: 'name', column: 'name' }],
    };
    const { accounts } = await read('name,id\n张 三,7\n張三,7\n李四,7\n', options);
    expect(accounts[0]).toBe(accounts[1]);
    expect(accounts[2]).not.toBe(accounts[0]);
    const error = await failure(read('name,id\n,7\n', options));
    expect(error.message).toContain("row 2, column 'id, name': it is empty");
  });

  it.each([
    ['a wrong check digit', `${CANARY},1`, "row 3, column 'account': its check digit is wrong"],
    ['an empty account', ',1', "row 3, column 'account': it is empty"],
    ['scientific notation', '4.1111E+15,1', "row 3, column 'account': a spreadsheet turned the number"],
    [
      'a negative score',
      `5555555555554444,-${CANARY}`,
      "row 3, column 'score': it is not an integer from 0 to 4294967295",
    ],
    ['a fraction as score', '5555555555554444,1.5', "row 3, column 'score'"],
    ['an empty score', '5555555555554444,', "row 3, column 'score'"],
    ['a score above 2^32 - 1', '5555555555554444,4294967296', "row 3, column 'score'"],
    ['a score in hexadecimal', '5555555555554444,0x10', "row 3, column 'score'"],
    ['too few fields', CANARY, 'row 3: it does not have as many fields as the header'],
    ['too many fields', `${CANARY},1,${CANARY}`, 'row 3: it does not have as many fields'],
    ['a quote inside a value', `${CANARY}"x,1`, 'row 3: a quote is out of place'],
    ['text after a closing quote', `"${CANARY}"x,1`, 'row 3: a quote is out of place'],
    ['a quote that is not closed', `"${CANARY},1`, 'row 3: a quote is not closed'],
    ['an endless quote', `"${CANARY.repeat(80_000)}`, 'row 3: it is too long'],
    ['bytes that are no text', `5555\ufffd,1`, "row 3, column 'account': it has bytes that are no text"],
  ])('refuses %s, by row and column and without its value', async (_, row, text) => {
    const error = await failure(read(`account,score\n${GOOD},1\n${row}\n`, { ...SCORED, type: 'card' }));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: 'malformed-row', location: { file: 'the stream', row: 3 } });
    expect(error.message).toContain(text);
    const shown = [error.describe(), String(error.cause), error.stack].join();
    expect(shown).not.toContain(CANARY.slice(0, 8));
  });

  it('refuses the largest score when it is above maxScore only', async () => {
    const text = 'account,score\na,7\n';
    expect(await read(text, { ...SCORED, maxScore: 7 })).toMatchObject({ scores: Uint32Array.of(7) });
    expect(await failure(read(text, { ...SCORED, maxScore: 6 }))).toMatchObject({ code: 'malformed-row' });
  });

  it('leaves malformed rows out where it is to skip them, and keeps the columns together', async () => {
    const text = `account,score\n${GOOD},1\nx,2\n5555555555554444,x\n"${CANARY},4\n5555555555554444,5\n`;
    expect(await read(text, { ...SCORED, type: 'card', malformed: 'skip' })).toEqual({
      accounts: [`card:${GOOD}`, 'card:5555555555554444'],
      scores: Uint32Array.of(1, 5),
    });
  });

  it('takes an account with a wrong check digit as it is where it is to keep them', async () => {
    const options: AccountSourceOptions = { columns: { account: 'account' }, type: 'card', checkDigits: 'keep' };
    expect(await read(`account\n${CANARY}\n`, options)).toEqual({ accounts: [`card:${CANARY}`] });
  });

  it.each([{ maxScore: -1 }, { maxScore: 1.5 }, { maxScore: 2 ** 32 }, { utcOffset: 'noon' }])(
    'refuses %j before it reads',
    (options) => {
      const table: Table = {
        name: 'unread',
        read: () => {
          throw new Error('was read');
        },
      };
      expect(() => accountSource(table, { ...SCORED, ...options })).toThrow(
        expect.objectContaining({ code: 'bad-parameter' }),
      );
    },
  );
});

describe('inspectedSource', () => {
  const inspected = async (text: string, options: Partial<AccountSourceOptions> = {}) => {
    const reports: DataReport[] = [];
    const source = inspectedSource(textTable(text), {
      ...SCORED,
      ...options,
      onReport: (report) => reports.push(report),
    });
    const outcome = await readSource(source).then(
      ({ accounts }) => accounts,
      (error: unknown) => error,
    );
    return { outcome, reports };
  };

  it('gives its report once, after the last row', async () => {
    const { outcome, reports } = await inspected('account,score\na,1\nb,2\na,3\n');
    expect(outcome).toEqual(['id:a', 'id:b', 'id:a']);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ rows: 3, used: 3, distinct: 2, usable: true });
  });

  it('names the first malformed rows in one error, after the report on all of them', async () => {
    const rows = ['a,1', ...Array.from({ length: 12 }, (_, k) => `b${k},x`), ',1'];
    const { outcome, reports } = await inspected(`account,score\n${rows.join('\n')}\n`);
    expect(reports[0]).toMatchObject({ rows: 14, used: 1, usable: false });
    if (!(outcome instanceof DataError)) throw new Error('expected an error');
    expect(outcome.message).toMatch(/13 rows are malformed: row 3, column 'score': .*; row 7, column .*; and 8 more$/);
    expect(outcome.location).toMatchObject({ row: 3, column: 'score' });
  });
});

describe('the same table in every format', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blindflag-formats-'));
  const programs = findPostgres();
  let server: PostgresServer | undefined;

  const table: TextTable = {
    header: ['账户', '分值', '类型', '金额', '时间', '备注'],
    rows: [
      ['DE89 3704 0044 0532 0130 00', '3', '杀猪盘', '12.30', '2026-01-02 03:04:05', '转账, "急"'],
      ['6222021234567890128', '0', '', '0.05', '2026-01-03 00:00:00', ''],
      ['de89370400440532013000', '7', 'task-rebate', '1000.00', '2026-02-28 23:59:59', '两\n行'],
      ['6222021234567890128', '255', '其他', '99999999.99', '2026-12-31 12:00:00', '甲乙丙'],
    ],
  };
  const TYPES = ['VARCHAR(64)', 'INTEGER', 'VARCHAR(64)', 'DECIMAL(12,2)', 'TIMESTAMP', 'VARCHAR(64)'];
  const SQLITE_TYPES = ['TEXT', 'INTEGER', 'TEXT', 'TEXT', 'TEXT', 'TEXT'];
  const columns = {
    account: '账户',
    score: '分值',
    scamType: '类型',
    amount: '金额',
    time: '时间',
    payload: { note: '备注' },
  };
  const options: AccountSourceOptions = { columns, type: 'account', checkDigits: 'keep' };
  const at = (name: string): string => join(folder, name);

  const FORMATS: readonly (readonly [format: string, open: () => Table])[] = [
    ['CSV in UTF-8', () => csvTable(at('utf-8.csv'))],
    ['CSV in UTF-8 with a BOM', () => csvTable(at('utf-8-bom.csv'))],
    ['CSV in UTF-16LE', () => csvTable(at('utf-16le.csv'))],
    ['CSV in UTF-16BE with a BOM', () => csvTable(at('utf-16be.csv'))],
    ['CSV in GB18030', () => csvTable(at('gb18030.csv'))],
    ['Parquet', () => parquetTable({ file: at('table.parquet') })],
    ['SQLite', () => sqliteTable({ file: at('table.db'), table: 'list' })],
  ];

  beforeAll(async () => {
    writeCsv(at('utf-8.csv'), table, 'utf-8');
    writeCsv(at('utf-8-bom.csv'), table, 'utf-8', { bom: true });
    writeCsv(at('utf-16le.csv'), table, 'utf-16le');
    writeCsv(at('utf-16be.csv'), table, 'utf-16be', { bom: true });
    writeCsv(at('gb18030.csv'), table, 'gb18030');
    await writeParquet(at('table.parquet'), table, TYPES);
    writeSqlite(at('table.db'), 'list', table, SQLITE_TYPES);
    if (programs === undefined) return;
    server = await startPostgres(programs);
    server.sql(postgresStatements('list', table, TYPES));
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const contents = async (opened: Table): Promise<unknown> => {
    const batches = await batchesOf(opened, options);
    // How rows are spread over batches is the format's own.
    return {
      accounts: batches.flatMap(({ accounts }) => accounts),
      scores: batches.flatMap(({ scores }) => [...(scores ?? [])]),
      scamTypes: batches.flatMap(({ scamTypes }) => [...(scamTypes ?? [])]),
      amounts: batches.flatMap(({ amounts }) => [...(amounts ?? [])]),
      times: batches.flatMap(({ times }) => [...(times ?? [])]),
      notes: batches.flatMap(({ columns: payload }) =>
        payload?.['note']?.map((bytes) => Buffer.from(bytes).toString()),
      ),
    };
  };

  it.each(FORMATS)('gives the same items: %s', async (_, open) => {
    const batch = await contents(open());
    expect(batch).toEqual(await contents(csvTable(at('utf-8.csv'))));
    expect(batch).toMatchObject({
      accounts: [
        'iban:DE89370400440532013000',
        'card:6222021234567890128',
        'iban:DE89370400440532013000',
        'card:6222021234567890128',
      ],
      scores: [3, 0, 7, 255],
      scamTypes: [3, 0, 1, 16],
      amounts: [1230, 5, 100_000, 9_999_999_999],
      notes: table.rows.map((row) => row[5]),
    });
  });

  it.skipIf(programs === undefined)('gives the same items: PostgreSQL', async () => {
    const connection = {
      host: '127.0.0.1',
      port: server?.port,
      database: 'postgres',
      user: SUPERUSER,
      password: PASSWORD,
    };
    const batch = await contents(postgresTable({ connection, table: 'list' }));
    expect(batch).toEqual(await contents(csvTable(at('utf-8.csv'))));
  });
});
