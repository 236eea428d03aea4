import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { encoded, readTable } from '../../test/support/read-table.ts';
import { failure } from '../../test/support/consortium-of-nodes.ts';
import { type CsvTableOptions, csvTable } from './csv-table.ts';
import { MAX_TABLE_BATCH_ROWS } from './table.ts';
import { ENCODINGS } from './text-encoding.ts';

const folder = mkdtempSync(join(tmpdir(), 'blindflag-csv-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Must never be in an error text. */
const CANARY = '4111111111111112';
const COLUMNS = ['account', 'score'];

let files = 0;
function file(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, content);
  return path;
}

const read = (content: string | Uint8Array, columns = COLUMNS, options: CsvTableOptions = {}) =>
  readTable(csvTable(file(content), options), columns);

describe('csvTable reads', () => {
  const TWO = [
    ['a', '1'],
    ['b', '2'],
  ];

  it.each([
    ['plain text', 'account,score\na,1\nb,2\n'],
    ['quoted headers', '"account","score"\n"a","1"\n"b","2"\n'],
    ['a UTF-8 BOM', '\ufeffaccount,score\na,1\nb,2\n'],
    ['a UTF-8 BOM before quoted headers', '\ufeff"account","score"\na,1\nb,2\n'],
    ['CRLF', 'account,score\r\na,1\r\nb,2\r\n'],
    ['mixed line ends', 'account,score\r\na,1\nb,2\r\n'],
    ['old Mac line ends', 'account,score\ra,1\rb,2'],
    ['no line end at the end', 'account,score\na,1\nb,2'],
    ['blank lines', '\naccount,score\n\na,1\n   \nb,2\n\n\n'],
    ['space around names', ' account , score \na,1\nb,2\n'],
    ['columns in another order, and others', 'name,score,account\n"Li, Si",1,a\n"a ""b""\nc",2,b\n'],
  ])('%s', async (_, content) => {
    expect((await read(content)).cells).toEqual(TWO);
  });

  it.each([';', '\t', '|', '||', '^|^', '\u0001', '，'])('fields with %j between them', async (delimiter) => {
    const content = `account${delimiter}"score"\na${delimiter}1\n"b"${delimiter}"2"`;
    expect((await read(content, COLUMNS, { delimiter })).cells).toEqual(TWO);
  });

  it('escaped quotes, delimiters and line breaks inside quotes as they are', async () => {
    const { cells, multilineRows } = await read('account,score\n"a ""b"", c","1\r\n2"\n"""",""\n');
    expect(cells).toEqual([
      ['a "b", c', '1\r\n2'],
      ['"', ''],
    ]);
    expect(multilineRows).toEqual([2]);
  });

  it('a header alone as an empty table', async () => {
    expect(await read('account,score\n')).toMatchObject({ cells: [], rows: [], rejected: [] });
  });

  it('the same rows wherever the bytes are cut', async () => {
    for (const encoding of ENCODINGS) {
      const bytes = encoded('账户,分数\r\n"甲""乙",1\r\n\r\n"丙\r\n丁",2', encoding);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const stream = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]);
        const table = csvTable(stream, encoding === 'gb18030' ? { encoding } : {});
        expect(await readTable(table, ['账户', '分数']), `${encoding} cut at ${cut}`).toMatchObject({
          cells: [
            ['甲"乙', '1'],
            ['丙\r\n丁', '2'],
          ],
          rows: [2, 4],
          blankRows: 1,
        });
      }
    }
  });

  it('every row in order and in bounded batches when there are many', async () => {
    const accounts = Array.from({ length: 10_001 }, (_, i) => `a${i}`);
    const seen: string[] = [];
    for await (const batch of csvTable(file(`account\n${accounts.join('\n')}\n`)).read({ columns: ['account'] })) {
      expect(batch.rows.length).toBeLessThanOrEqual(MAX_TABLE_BATCH_ROWS);
      seen.push(...batch.columns[0].cells);
    }
    expect(seen).toEqual(accounts);
  });

  it.each([0, 1, MAX_TABLE_BATCH_ROWS - 1, MAX_TABLE_BATCH_ROWS, MAX_TABLE_BATCH_ROWS + 1])(
    'all of %i rows',
    async (count) => {
      const rows = Array.from({ length: count }, (_, k) => `a${k}`);
      expect((await read(`account\n${rows.join('\n')}\n`, ['account'])).cells).toEqual(rows.map((row) => [row]));
    },
  );

  it('no further when the consumer stops', async () => {
    const stream = Readable.from(
      (function* () {
        yield 'account\n';
        for (let i = 0; ; i++) yield `a${i}\n`;
      })(),
    );
    for await (const batch of csvTable(stream).read({ columns: ['account'] })) {
      expect(batch.rows.length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});

describe('csvTable finds the encoding', () => {
  const HAN = '账户,金额\n甲乙丙丁,壹万元整\n戊己庚辛,贰万元整\n';
  const PLAIN = 'account,score\na,1\n';

  it.each([
    ['UTF-8 with a BOM', encoded(`\ufeff${HAN}`, 'utf-8'), 'utf-8', 'byte-order-mark'],
    ['UTF-16LE with a BOM', encoded(`\ufeff${HAN}`, 'utf-16le'), 'utf-16le', 'byte-order-mark'],
    ['UTF-16BE with a BOM', encoded(`\ufeff${HAN}`, 'utf-16be'), 'utf-16be', 'byte-order-mark'],
    ['UTF-8 by its bytes', encoded(HAN, 'utf-8'), 'utf-8', 'its bytes'],
    ['UTF-16LE by its bytes', encoded(HAN, 'utf-16le'), 'utf-16le', 'its bytes'],
    ['UTF-16BE by its bytes', encoded(HAN, 'utf-16be'), 'utf-16be', 'its bytes'],
    ['GB18030 by its bytes', encoded(HAN, 'gb18030'), 'gb18030', 'its bytes'],
  ])('of %s', async (_, bytes, name, by) => {
    const table = await read(bytes, ['账户', '金额']);
    expect(table.cells).toEqual([
      ['甲乙丙丁', '壹万元整'],
      ['戊己庚辛', '贰万元整'],
    ]);
    expect(table.encoding).toEqual({ name, by });
  });

  it.each(ENCODINGS)('in the configuration: %s', async (encoding) => {
    const table = await read(encoded(PLAIN, encoding), COLUMNS, { encoding });
    expect(table).toMatchObject({ cells: [['a', '1']], encoding: { name: encoding, by: 'configuration' } });
  });

  it('of GB18030 also where the first letter outside of ASCII comes late', async () => {
    const rows = Array.from({ length: 20_000 }, (_, k) => `account-${k},x`).join('\n');
    const bytes = Buffer.concat([encoded(`account,note\n${rows}\n`, 'utf-8'), encoded('last,备注说明\n', 'gb18030')]);
    const { cells, encoding } = await read(bytes, ['account', 'note']);
    expect(cells.at(-1)).toEqual(['last', '备注说明']);
    expect(cells).toHaveLength(20_001);
    expect(encoding).toEqual({ name: 'gb18030', by: 'its bytes' });
  });

  it('and marks bytes that are no text in it, without loss of a delimiter or a row', async () => {
    const bytes = Buffer.concat([
      encoded('account,score\n甲,1\n', 'utf-8'),
      Uint8Array.of(0xe8, 0xb4, 0x2c, 0x32, 0x0a),
      encoded('c,3\n', 'utf-8'),
    ]);
    const table = await read(bytes);
    expect(table.damaged).toBe(true);
    expect(table.cells).toEqual([
      ['甲', '1'],
      ['\ufffd', '2'],
      ['c', '3'],
    ]);
  });
});

describe('csvTable names a broken row and goes on at the next line:', () => {
  it.each([
    ['too few fields', 'x', 'field-count'],
    ['too many fields', 'x,1,y', 'field-count'],
    ['a quote inside a value', 'x"y,1', 'bad-quote'],
    ['text after a closing quote', '"x"y,1', 'bad-quote'],
    ['space before a quote', 'x, "1"', 'bad-quote'],
    ['a quote that is never closed', '"x,1', 'unclosed-quote'],
    ['a quote that swallows lines', '"x,1\nb,2\nc,3\nd" ,4', 'bad-quote'],
  ])('%s', async (_, row, reason) => {
    const { cells, rows, rejected } = await read(`account,score\na,1\n${row}\ne,5\n`);
    expect(rejected[0]).toEqual({ row: 3, reason });
    expect(cells[0]).toEqual(['a', '1']);
    expect(cells.at(-1)).toEqual(['e', '5']);
    // Every line of the broken row that is a row of its own is read as one.
    expect(rows.length + rejected.length).toBe(2 + row.split('\n').length);
  });

  it('an endless quote, in bounded memory', async () => {
    const { cells, rejected } = await read(`account,score\n"${'x'.repeat(3_000_000)}\na,1\n`);
    expect(rejected).toEqual([{ row: 2, reason: 'too-long' }]);
    expect(cells).toEqual([['a', '1']]);
  });

  it('counts blank lines and quoted line breaks as a spreadsheet does', async () => {
    const { rows, rejected } = await read('account,score\n\na,"x\ny"\nz\nb,2\n');
    expect(rows).toEqual([3, 5]);
    expect(rejected).toEqual([{ row: 4, reason: 'field-count' }]);
  });
});

describe('csvTable refuses with unreadable-source', () => {
  it.each([
    ['an empty file', '', 'it is empty'],
    ['blank lines only', '\n\n', 'it is empty'],
    ['a header with a quote out of place', 'acc"ount,score\n', 'its header row'],
    ['zero bytes on both sides', Uint8Array.of(0x61, 0x00, 0x00, 0x0a), 'it is not a text file'],
    ['an Excel workbook', 'PK\u0003\u0004....', 'Excel'],
    ['a Parquet file', 'PAR1....', 'Parquet'],
    ['a SQLite file', 'SQLite format 3\0', 'SQLite'],
  ])('%s', async (_, content, state) => {
    const error = await failure(read(content));
    expect(error.code).toBe('unreadable-source');
    expect(error.message).toContain(state);
    expect(error.remedy).toBeTruthy();
  });

  it('a missing file, by name', async () => {
    const error = await failure(readTable(csvTable(join(folder, 'no-such.csv')), COLUMNS));
    expect(error).toMatchObject({ code: 'unreadable-source', message: expect.stringContaining('no-such.csv') });
  });

  it('a directory', async () => {
    const error = await failure(readTable(csvTable(folder), COLUMNS));
    expect(error).toMatchObject({ code: 'unreadable-source', message: expect.stringContaining('directory') });
  });

  // The superuser may read everything.
  it.skipIf(process.getuid?.() === 0)('a file without permission', async () => {
    const path = file('account,score\na,1\n');
    chmodSync(path, 0);
    expect(await failure(readTable(csvTable(path), COLUMNS))).toMatchObject({ code: 'unreadable-source' });
  });

  it('a stream that fails', async () => {
    const stream = Readable.from(
      (function* () {
        yield 'account,score\na,1\n';
        throw new Error('the disk is gone');
      })(),
    );
    expect(await failure(readTable(csvTable(stream), COLUMNS))).toMatchObject({ code: 'unreadable-source' });
  });

  it('a stream that was read before', async () => {
    const table = csvTable(Readable.from(['account,score\na,1\n']));
    expect((await readTable(table, COLUMNS)).cells).toEqual([['a', '1']]);
    expect(await failure(readTable(table, COLUMNS))).toMatchObject({ code: 'unreadable-source' });
  });
});

describe('csvTable refuses with missing-column', () => {
  it('a column that is not there, and lists those that are', async () => {
    const error = await failure(read('konto,score\na,1\n'));
    expect(error).toMatchObject({ code: 'missing-column', location: { column: 'account' } });
    expect(error.message).toContain("'account' is missing");
    expect(error.message).toContain("'konto', 'score'");
  });

  it('a column that is there twice', async () => {
    expect(await failure(read('account,account,score\na,b,1\n'))).toMatchObject({ code: 'missing-column' });
  });

  it('the wrong delimiter, and says the right one', async () => {
    expect((await failure(read('account;score\na;1\n'))).remedy).toContain('";"');
    // One column of several that is there is no sign of another delimiter.
    expect((await failure(read('account\na\n'))).remedy).toContain('name an existing column');
  });

  it.each([CANARY, '4111 1111 1111 1112', 'DE89370400440532013000', 'x'.repeat(41)])(
    'data in place of a header, and does not show it (%s)',
    async (value) => {
      const error = await failure(read(`${value},名\n${value},b\n`));
      expect(error.code).toBe('missing-column');
      expect(error.message).toContain("[hidden: looks like data], '名'");
      expect(error.message).not.toContain(value);
    },
  );
});

describe('csvTable', () => {
  it.each(['', '"', '\n', ',\r'])('refuses the delimiter %j before it reads', (delimiter) => {
    expect(() => csvTable('nowhere.csv', { delimiter })).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
  });

  it('ends with the reason of the signal when aborted while it waits for bytes', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const stream = new Readable({ read: () => setImmediate(() => controller.abort(reason)) });
    await expect(readTable(csvTable(stream), COLUMNS, controller.signal)).rejects.toBe(reason);
    expect(stream.destroyed).toBe(true);
  });
});
