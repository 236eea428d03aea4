import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { MpcError } from '../errors.ts';
import { type CsvSourceOptions, csvSource } from './csv-source.ts';
import { MAX_BATCH_ROWS } from './source.ts';
import { readSource, type Table } from '../../test/support/read-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'blindflag-csv-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ACCOUNTS: CsvSourceOptions = { columns: { account: 'account' }, type: 'plain' };
const SCORED: CsvSourceOptions = { columns: { account: 'account', score: 'score' }, type: 'plain' };
/** Must never be in an error text. */
const CANARY = '4111111111111112';

let files = 0;
function file(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, content);
  return path;
}

function read(content: string | Uint8Array, options: CsvSourceOptions = ACCOUNTS): Promise<Table> {
  return readSource(csvSource(file(content), options));
}

async function failure(reading: Promise<unknown>): Promise<MpcError> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MpcError)) throw new Error('expected a typed error', { cause: error });
  return error;
}

describe('csvSource reads', () => {
  it.each([
    ['plain text', 'account,score\na,1\nb,2\n'],
    ['a BOM', '\ufeffaccount,score\na,1\nb,2\n'],
    ['quoted headers', '"account","score"\n"a","1"\n"b","2"\n'],
    ['a BOM before quoted headers', '\ufeff"account","score"\na,1\nb,2\n'],
    ['CRLF', 'account,score\r\na,1\r\nb,2\r\n'],
    ['mixed line ends', 'account,score\r\na,1\nb,2\r\n'],
    ['old Mac line ends', 'account,score\ra,1\rb,2'],
    ['no line end at the end', 'account,score\na,1\nb,2'],
    ['blank lines', '\naccount,score\n\na,1\n   \nb,2\n\n\n'],
    ['other columns and another order', 'name,score,account\n"Li, Si",1,a\n"a ""b""\nc",2,b\n'],
    ['space around names and values', ' account , score \n a , 1 \n b , 2 \n'],
  ])('%s', async (_, content) => {
    expect(await read(content, SCORED)).toEqual({ accounts: ['id:a', 'id:b'], scores: Uint32Array.of(1, 2) });
  });

  it('further columns as UTF-8, under the names that are asked for', async () => {
    const input = file('risk,account,note\nhigh, a ,\n"a, b",b, 高 \n');
    const payload = { level: 'risk', remark: 'note' };
    const batches = [];
    for await (const batch of csvSource(input, { columns: { account: 'account', payload }, type: 'plain' }))
      batches.push(batch);
    const text = (cells: readonly Uint8Array[] = []) => cells.map((cell) => new TextDecoder().decode(cell));
    expect(batches.map(({ accounts }) => accounts)).toEqual([['id:a', 'id:b']]);
    expect(text(batches[0].columns?.['level'])).toEqual(['high', 'a, b']);
    expect(text(batches[0].columns?.['remark'])).toEqual(['', '高']);
    const missing = { columns: { account: 'account', payload: { level: 'rank' } }, type: 'plain' } as const;
    expect(await failure(readSource(csvSource(input, missing)))).toMatchObject({ code: 'missing-column' });
  });

  it('another delimiter when it is named', async () => {
    expect(await read('账户;x\na;1\n', { columns: { account: '账户' }, type: 'plain', delimiter: ';' })).toEqual({
      accounts: ['id:a'],
    });
  });

  it('a header alone as an empty source', async () => {
    expect(await read('account\n')).toEqual({ accounts: [] });
  });

  it('the same rows wherever the bytes are cut', async () => {
    const bytes = Buffer.from('\ufeff账户,分数\r\n"a",1\r\nb,2');
    const options: CsvSourceOptions = { columns: { account: '账户', score: '分数' }, type: 'plain' };
    for (let cut = 0; cut <= bytes.length; cut++) {
      const stream = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(await readSource(csvSource(stream, options))).toEqual({
        accounts: ['id:a', 'id:b'],
        scores: Uint32Array.of(1, 2),
      });
    }
  });

  it('every row in order and in bounded batches when there are many', async () => {
    const accounts = Array.from({ length: 10_001 }, (_, i) => `a${i}`);
    const seen: string[] = [];
    for await (const batch of csvSource(file(`account\n${accounts.join('\n')}\n`), ACCOUNTS)) {
      expect(batch.accounts.length).toBeLessThanOrEqual(MAX_BATCH_ROWS);
      seen.push(...batch.accounts);
    }
    expect(seen).toEqual(accounts.map((account) => `id:${account}`));
  });

  it('a file anew on each iteration', async () => {
    const source = csvSource(file('account\na\n'), ACCOUNTS);
    expect(await readSource(source)).toEqual(await readSource(source));
  });

  it('no further when the consumer stops', async () => {
    const stream = Readable.from(
      (function* () {
        yield 'account\n';
        for (let i = 0; ; i++) yield `a${i}\n`;
      })(),
    );
    for await (const batch of csvSource(stream, ACCOUNTS)) {
      expect(batch.accounts.length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});

describe('csvSource refuses with unreadable-source', () => {
  it.each([
    ['an empty file', ''],
    ['blank lines only', '\n\n'],
    ['GB18030 text', Uint8Array.of(0xd5, 0xcb, 0xba, 0xc5, 0x0a, 0x61, 0x0a)],
    ['UTF-16 with a BOM', Uint8Array.of(0xff, 0xfe, 0x61, 0x00)],
    ['UTF-16 without a BOM', Uint8Array.of(0x61, 0x00, 0x0a, 0x00)],
    ['text cut inside a character', Uint8Array.of(0x61, 0x0a, 0xe8, 0xb4)],
  ])('%s', async (_, content) => {
    expect(await failure(read(content))).toMatchObject({ code: 'unreadable-source' });
  });

  it('a missing file, by name', async () => {
    const error = await failure(readSource(csvSource(join(folder, 'no-such.csv'), ACCOUNTS)));
    expect(error).toMatchObject({ code: 'unreadable-source', message: expect.stringContaining('no-such.csv') });
  });

  it('a directory', async () => {
    const error = await failure(readSource(csvSource(folder, ACCOUNTS)));
    expect(error).toMatchObject({ code: 'unreadable-source', message: expect.stringContaining('directory') });
  });

  // The superuser may read everything.
  it.skipIf(process.getuid?.() === 0)('a file without permission', async () => {
    const path = file('account\na\n');
    chmodSync(path, 0);
    expect(await failure(readSource(csvSource(path, ACCOUNTS)))).toMatchObject({
      code: 'unreadable-source',
    });
  });

  it('a stream that fails', async () => {
    const stream = Readable.from(
      (function* () {
        yield 'account\na\n';
        throw new Error('the disk is gone');
      })(),
    );
    expect(await failure(readSource(csvSource(stream, ACCOUNTS)))).toMatchObject({
      code: 'unreadable-source',
    });
  });

  it('a stream that was read before', async () => {
    const source = csvSource(Readable.from(['account\na\n']), ACCOUNTS);
    expect(await readSource(source)).toEqual({ accounts: ['id:a'] });
    expect(await failure(readSource(source))).toMatchObject({ code: 'unreadable-source' });
  });
});

describe('csvSource refuses with missing-column', () => {
  it('a column that is not there, and lists those that are', async () => {
    const error = await failure(read('konto,score\na,1\n', SCORED));
    expect(error.code).toBe('missing-column');
    expect(error.message).toContain("'account' is missing");
    expect(error.message).toContain("'konto', 'score'");
  });

  it('a column that is there twice', async () => {
    expect(await failure(read('account,account\na,b\n'))).toMatchObject({ code: 'missing-column' });
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

describe('csvSource refuses with malformed-row', () => {
  const CARDS: CsvSourceOptions = { columns: { account: 'account', score: 'score' }, type: 'card' };
  const GOOD = '4111111111111111';

  it.each([
    ['a wrong check digit', `${CANARY},1`, "row 3, column 'account': bad-check-digit"],
    ['an empty account', ',1', "row 3, column 'account': empty"],
    ['scientific notation', '4.1111E+15,1', "row 3, column 'account': scientific-notation"],
    ['a negative score', `5555555555554444,-${CANARY}`, "row 3, column 'score'"],
    ['a fraction as score', '5555555555554444,1.5', "row 3, column 'score'"],
    ['an empty score', '5555555555554444,', "row 3, column 'score'"],
    ['a score above 2^32 - 1', '5555555555554444,4294967296', "row 3, column 'score'"],
    ['a score in hexadecimal', '5555555555554444,0x10', "row 3, column 'score'"],
    ['too few fields', CANARY, 'row 3: it has 1 fields'],
    ['too many fields', `${CANARY},1,${CANARY}`, 'row 3: it has 3 fields'],
    ['a quote inside a value', `${CANARY}"x,1`, 'line 3 has a quote out of place'],
    ['text after a closing quote', `"${CANARY}"x,1`, 'line 3 has a quote out of place'],
    ['a quote that is not closed', `"${CANARY},1`, 'line 3 has a quote out of place'],
    ['an endless quote', `"${CANARY.repeat(80_000)}`, 'line 3 is longer than'],
  ])('%s, by row and column and without its value', async (_, row, text) => {
    const error = await failure(read(`account,score\n${GOOD},1\n${row}\n`, CARDS));
    expect(error.code).toBe('malformed-row');
    expect(error.message).toContain(text);
    const shown = [error.describe(), String(error.cause), error.stack].join();
    expect(shown).not.toContain(CANARY.slice(0, 8));
  });

  it('the largest score when it is above maxScore only', async () => {
    const content = 'account,score\na,7\n';
    expect(await read(content, { ...SCORED, maxScore: 7 })).toMatchObject({ scores: Uint32Array.of(7) });
    expect(await failure(read(content, { ...SCORED, maxScore: 6 }))).toMatchObject({ code: 'malformed-row' });
  });

  it('counts blank lines and quoted line breaks as a spreadsheet does', async () => {
    const error = await failure(read('account,note\n\na,"x\ny"\n,z\n'));
    expect(error.message).toContain('row 4');
  });
});

describe('csvSource', () => {
  it('gives spellings of one account the same name and leaves repeated rows to the question', async () => {
    const content = 'account,score\nDE89 3704 0044 0532 0130 00,1\nde89370400440532013000,2\n';
    const table = await read(content, { ...SCORED, type: 'iban' });
    expect(table).toEqual({
      accounts: ['iban:DE89370400440532013000', 'iban:DE89370400440532013000'],
      scores: Uint32Array.of(1, 2),
    });
  });

  it.each([-1, 1.5, 2 ** 32])('refuses %s as maxScore before it reads', (maxScore) => {
    expect(() => csvSource('nowhere.csv', { ...SCORED, maxScore })).toThrow(
      expect.objectContaining({ code: 'bad-parameter' }),
    );
  });

  it('ends with the reason of the signal when aborted while it waits for bytes', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const stream = new Readable({ read: () => setImmediate(() => controller.abort(reason)) });
    const source = csvSource(stream, { ...ACCOUNTS, signal: controller.signal });
    await expect(readSource(source)).rejects.toBe(reason);
    expect(stream.destroyed).toBe(true);
  });
});
