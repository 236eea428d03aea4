/** What users of today's platforms stumble over with their own files, each by the complaint that it comes from. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { encoded } from '../../test/support/read-table.ts';
import { readSource } from '../../test/support/read-source.ts';
import { accountSource, type AccountSourceOptions, inspectTable } from './account-source.ts';
import { csvTable, type CsvTableOptions } from './csv-table.ts';
import type { InspectionOptions } from './data-inspection.ts';
import type { DataReport } from './data-report.ts';
import { planSpill, requireRoom } from './spill/spill-plan.ts';
import { MAX_TABLE_BATCH_ROWS } from './table.ts';

type Options = Partial<AccountSourceOptions> & InspectionOptions & CsvTableOptions;

const PLAIN: AccountSourceOptions = { columns: { account: 'account' }, type: 'plain' };
const SCORED: AccountSourceOptions = { columns: { account: 'account', score: 'score' }, type: 'plain' };
const table = (content: string | Uint8Array, options: CsvTableOptions = {}) =>
  csvTable(Readable.from([typeof content === 'string' ? Buffer.from(content) : content]), options);

const accountsOf = async (content: string | Uint8Array, options: Options = {}): Promise<readonly string[]> =>
  (await readSource(accountSource(table(content, options), { ...PLAIN, ...options }))).accounts;
const reportOf = (content: string | Uint8Array, options: Options = {}): Promise<DataReport> =>
  inspectTable(table(content, options), { ...PLAIN, ...options });
const found = ({ findings }: DataReport, kind: string) => findings.find((finding) => finding.kind === kind);

describe('secretflow #1210, a file that a spreadsheet wrote:', () => {
  it('a quoted header is a header', async () => {
    expect(await accountsOf('"account","score"\r\n"a","1"\r\n')).toEqual(['id:a']);
  });

  it('a UTF-8 BOM is not a part of the first column', async () => {
    expect(await accountsOf('\ufeff"account",score\na,1\n')).toEqual(['id:a']);
    expect(await accountsOf(encoded('\ufeffaccount\na\n', 'utf-16le'))).toEqual(['id:a']);
  });

  it('GB18030 text is read, and said to be GB18030', async () => {
    const bytes = encoded('户名,账户\n中国银行股份有限公司,a\n', 'gb18030');
    const columns = { account: '账户' };
    expect(await accountsOf(bytes, { columns })).toEqual(['id:a']);
    expect((await reportOf(bytes, { columns })).encoding).toEqual({ name: 'gb18030', by: 'its bytes' });
  });

  it('an 18-digit id that became 1.23E+17 is named by row and column', async () => {
    const report = await reportOf('name,account\nx,110101199003070134\ny,1.10101E+17\nz,"1,23E+17"\n');
    expect(found(report, 'scientific-notation')).toEqual({
      kind: 'scientific-notation',
      column: 'account',
      count: 2,
      rows: [3, 4],
      effect: 'refused',
    });
    expect(report.usable).toBe(false);
  });

  it('an 18-digit id whose last three digits became zeros is suspected, by row', async () => {
    const rows = Array.from({ length: 30 }, (_, k) => `${110_101_199_003_070 + k}000`);
    const report = await reportOf(`account\n${rows.join('\n')}\n`);
    expect(found(report, 'rounded-digits')).toMatchObject({ column: 'account', count: 30, effect: 'doubtful' });
    expect(found(report, 'rounded-digits')?.rows[0]).toBe(2);
    expect(report.usable).toBe(true);
  });

  it('zeros at the end of cards whose check digit holds are not suspected', async () => {
    const cards = ['6222000000000000005', '6222000000000000013', '6222000000000000021'];
    const sound = await reportOf(`account\n${cards.join('\n')}\n`, { type: 'card', checkDigits: 'keep' });
    expect(found(sound, 'rounded-digits')).toBeUndefined();
  });

  it('lost leading zeros are suspected, by row', async () => {
    const rows = Array.from({ length: 30 }, (_, k) => (k % 10 === 0 ? `1234${100 + k}` : `98765${100 + k}`));
    const report = await reportOf(`account\n${rows.join('\n')}\n`);
    expect(found(report, 'lost-leading-zeros')).toEqual({
      kind: 'lost-leading-zeros',
      column: 'account',
      count: 3,
      rows: [2, 12, 22],
      effect: 'doubtful',
    });
  });

  it('a semicolon between fields is said to be one', async () => {
    await expect(accountsOf('account;score\na;1\n')).rejects.toMatchObject({
      code: 'missing-column',
      remedy: 'say that the delimiter is ";"',
    });
    expect(await accountsOf('account;score\na;1\n', { delimiter: ';' })).toEqual(['id:a']);
  });

  it('a workbook given as CSV is said to be one', async () => {
    await expect(accountsOf('PK\u0003\u0004')).rejects.toMatchObject({ remedy: 'save it as CSV in UTF-8' });
  });
});

describe('libPSI #26, psi #364, duplicates that crash:', () => {
  const rows = 'account,score\na,4\nb,1\na,6\na,1\n';

  it.each([
    ['first', 'joined', true],
    ['max', 'joined', true],
    ['sum', 'joined', true],
    ['reject', 'refused', false],
  ] as const)('under %s they are %s', async (duplicates, effect, usable) => {
    const report = await reportOf(rows, { ...SCORED, maxScore: 20, duplicates });
    expect(report).toMatchObject({ rows: 4, used: 4, distinct: 2, usable });
    expect(found(report, 'duplicate')).toEqual({
      kind: 'duplicate',
      column: 'account',
      count: 2,
      rows: [4, 5],
      effect,
    });
  });

  it('scores that sum up to more than the largest are named before a run fails of them', async () => {
    const report = await reportOf(rows, { ...SCORED, maxScore: 10, duplicates: 'sum' });
    expect(found(report, 'score-sum')).toMatchObject({ count: 1, rows: [5], effect: 'refused' });
    expect(report.usable).toBe(false);
  });
});

describe('secretflow #1672, an empty list that crashes:', () => {
  it('a header alone is a list without rows', async () => {
    expect(await accountsOf('account\n')).toEqual([]);
    expect(await reportOf('account\n')).toMatchObject({ rows: 0, used: 0, distinct: 0, sample: [], usable: true });
  });
});

describe('secretpad #42, APSI #52, 10 k x 10 k or a million rows that run out of memory:', () => {
  it('what a list takes on disk and in memory is known before it is read, and refused with numbers', async () => {
    const { memoryBytes, diskBytes } = planSpill({ rows: 10_000, recordBytes: 44 });
    expect(diskBytes).toBe(440_000);
    expect(memoryBytes).toBeLessThan(64 * 2 ** 20);
    expect(planSpill({ rows: 1_000_000, recordBytes: 44 }).memoryBytes).toBeLessThan(256 * 2 ** 20);
    const small = { memoryBytes: 2 ** 10, usedBytes: 0, freeBytes: () => Promise.resolve(1e12) };
    const refused = requireRoom(planSpill({ rows: 10_000, recordBytes: 44 }), '/spill', small);
    await expect(refused).rejects.toThrow(/it takes \d+ MB of memory, and 1 MB are left/);
  });

  it('rows pass through in bounded batches, however they come, and stay what they are', async () => {
    const rows = Array.from({ length: 10_000 }, (_, k) => `a${k}`);
    const batches: (readonly string[])[] = [];
    for await (const { accounts } of accountSource(table(`account\n${rows.join('\n')}\n`), PLAIN))
      batches.push(accounts);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(MAX_TABLE_BATCH_ROWS);
    expect(batches.flat()).toEqual(rows.map((row) => `id:${row}`));
  });
});

describe('an empty answer because two banks normalised differently:', () => {
  it('spellings of one account are one item, whoever wrote them down', async () => {
    const one = await accountsOf('account\nDE89 3704 0044 0532 0130 00\n6222 0212 3456 7890 128\n', {
      type: 'account',
      checkDigits: 'keep',
    });
    const other = await accountsOf('account\nde89-3704-0044-0532-0130-00\n６２２２０２１２３４５６７８９０１２８\n', {
      type: 'account',
      checkDigits: 'keep',
    });
    expect(one).toEqual(other);
  });

  it('wrong check digits are rejected or kept by policy, and counted either way', async () => {
    const content = 'account\n4111111111111111\n4111111111111112\n';
    const rejected = await reportOf(content, { type: 'card' });
    expect(found(rejected, 'bad-check-digit')).toMatchObject({ count: 1, rows: [3], effect: 'refused' });
    const kept = await reportOf(content, { type: 'card', checkDigits: 'keep' });
    expect(found(kept, 'wrong-check-digit-kept')).toMatchObject({ count: 1, rows: [3], effect: 'kept' });
    expect(kept).toMatchObject({ used: 2, distinct: 2, usable: true, checkDigits: 'keep' });
  });
});

describe('a report', () => {
  it('counts every row: used, or left out by name', async () => {
    const content = 'account,score\na,1\n\n,2\nb,x\nc\n"d,4\ne,5\n"f\ng",6\n"h\n",7\n';
    const report = await reportOf(content, { ...SCORED, malformed: 'skip' });
    expect(report).toMatchObject({ rows: 8, used: 3, blankRows: 1, usable: true });
    expect(report.findings.filter(({ effect }) => effect === 'left-out')).toEqual([
      { kind: 'empty', column: 'account', count: 1, rows: [4], effect: 'left-out' },
      { kind: 'bad-score', column: 'score', count: 1, rows: [5], effect: 'left-out' },
      { kind: 'field-count', count: 1, rows: [6], effect: 'left-out' },
      { kind: 'bad-quote', count: 1, rows: [7], effect: 'left-out' },
      { kind: 'bad-format', column: 'account', count: 1, rows: [9], effect: 'left-out' },
    ]);
    expect(found(report, 'line-break-in-quotes')).toMatchObject({ count: 2, rows: [9, 10], effect: 'doubtful' });
  });

  it('names bytes that are no text by row and column', async () => {
    const bytes = Buffer.concat([encoded('note,account\n高,a\nx,', 'utf-8'), Uint8Array.of(0xff, 0x62, 0x0a)]);
    const report = await reportOf(bytes);
    expect(found(report, 'bad-encoding')).toMatchObject({ column: 'account', rows: [3] });
  });

  it('shows a masked sample and no account', async () => {
    const report = await reportOf('account\n4111111111111111\n5555555555554444\n', { type: 'card' });
    expect(report.sample).toEqual(['card:4111…1111', 'card:5555…4444']);
    expect(JSON.stringify(report)).not.toMatch(/\d{6}/);
  });

  it('says that there are more accounts, or rows, than agreed', async () => {
    const content = 'account\na\nb\nb\n';
    const of = async (capacity: InspectionOptions['capacity']) => await reportOf(content, { capacity });
    expect(found(await of({ of: 'accounts', most: 1 }), 'too-many-accounts')).toMatchObject({ count: 2 });
    expect((await of({ of: 'accounts', most: 2 })).usable).toBe(true);
    expect(found(await of({ of: 'rows', most: 2 }), 'too-many-rows')).toMatchObject({ count: 3, effect: 'refused' });
  });
});
