/**
 * Reading a CSV file of accounts, against a plain line splitter over the same bytes: decode, split at line feeds, count.
 * `csv` gives two of three columns as text, with every row checked; `csv-quoted` the same where each field is in quotes;
 * `csv-accounts` gives canonical accounts and `csv-items` also scores, so they have the identifier rules in them;
 * `csv-report` is the report on the list, which also counts different accounts. `-chinese`: the same with a header and a
 * column in Chinese, in UTF-8.
 */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountColumns } from '../../src/data/account-check.ts';
import { accountSource, inspectTable } from '../../src/data/account-source.ts';
import { csvTable } from '../../src/data/csv-table.ts';
import { type BenchCase, type PreparedCase, ran, requireResult } from '../bench-case.ts';

const NO_PROTECTION = 'none: local reading';
const IBAN_BASE = 370_400_440_532_000_000n;

const CHINESE_NAMES = ['王伟', '李秀英', '张敏', '陈静', '欧阳建国', '刘洋', '黄丽'];

/** What a file is like besides its accounts and scores. */
type Kind = 'plain' | 'quoted' | 'chinese';

function row(index: number, kind: Kind): readonly string[] {
  const bban = String(IBAN_BASE + BigInt(index));
  // ISO/IEC 7064 mod 97-10; 1314 is DE.
  const checkDigits = String(98n - (BigInt(`${bban}131400`) % 97n)).padStart(2, '0');
  const note = kind === 'chinese' ? `户名${CHINESE_NAMES[index % CHINESE_NAMES.length]}` : `n${index}`;
  return [`DE${checkDigits}${bban}`, String(index % 256), note];
}

interface SharedFile {
  readonly key: string;
  readonly path: string;
  users: number;
}

/** Files that prepared cases read now: those of a kind and a length read the same one. */
const files = new Map<string, SharedFile>();

function fileOf(rows: number, kind: Kind): SharedFile {
  const key = `${kind} ${rows}`;
  const file = files.get(key) ?? { key, path: written(rows, kind), users: 0 };
  file.users++;
  files.set(key, file);
  return file;
}

function release(file: SharedFile): void {
  if (--file.users > 0) return;
  files.delete(file.key);
  rmSync(join(file.path, '..'), { recursive: true });
}

function written(rows: number, kind: Kind): string {
  const line =
    kind === 'quoted'
      ? (cells: readonly string[]) => `${cells.map((cell) => `"${cell}"`).join(',')}\r\n`
      : (cells: readonly string[]) => `${cells.join(',')}\n`;
  const lines = [line(['account', 'score', kind === 'chinese' ? '户名' : 'note'])];
  for (let index = 0; index < rows; index++) lines.push(line(row(index, kind)));
  const file = join(mkdtempSync(join(tmpdir(), 'blindflag-bench-')), 'list.csv');
  writeFileSync(file, lines.join(''));
  return file;
}

async function countLines(file: string): Promise<number> {
  const decoder = new TextDecoder();
  let count = 0;
  let rest = '';
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    count += lines.length;
  }
  return count - 1;
}

async function countRows(file: string): Promise<number> {
  let count = 0;
  for await (const { columns } of csvTable(file).read({ columns: ['account', 'score'] })) {
    // Strings are made where they are asked for.
    const [accounts, scores] = columns.map(({ cells }) => cells);
    if (accounts.length === scores.length) count += accounts.length;
  }
  return count;
}

async function countAccounts(file: string, columns: AccountColumns): Promise<number> {
  let count = 0;
  for await (const batch of accountSource(csvTable(file), { columns, type: 'iban' })) count += batch.accounts.length;
  return count;
}

async function countDistinct(file: string): Promise<number> {
  const columns = { account: 'account', score: 'score' };
  const { distinct, usable } = await inspectTable(csvTable(file), { columns, type: 'iban' });
  return usable ? distinct : 0;
}

interface Reading {
  readonly name: string;
  readonly kind: Kind;
  readonly count: (file: string) => Promise<number>;
  readonly baseline?: string;
}

const READINGS: readonly Reading[] = [
  { name: 'lines', kind: 'plain', count: countLines },
  { name: 'csv', kind: 'plain', count: countRows, baseline: 'lines' },
  {
    name: 'csv-accounts',
    kind: 'plain',
    count: (file) => countAccounts(file, { account: 'account' }),
    baseline: 'lines',
  },
  {
    name: 'csv-items',
    kind: 'plain',
    count: (file) => countAccounts(file, { account: 'account', score: 'score' }),
    baseline: 'lines',
  },
  { name: 'csv-report', kind: 'plain', count: countDistinct, baseline: 'lines' },
  { name: 'lines-quoted', kind: 'quoted', count: countLines },
  { name: 'csv-quoted', kind: 'quoted', count: countRows, baseline: 'lines-quoted' },
  { name: 'lines-chinese', kind: 'chinese', count: countLines },
  {
    name: 'csv-items-chinese',
    kind: 'chinese',
    count: (file) => countAccounts(file, { account: 'account', score: 'score' }),
    baseline: 'lines-chinese',
  },
  { name: 'csv-report-chinese', kind: 'chinese', count: countDistinct, baseline: 'lines-chinese' },
];

function readingCase(
  { name, kind, count, baseline }: Reading,
  rows: number,
  selection: BenchCase['selection'],
): BenchCase {
  return {
    id: `data/${name}/${rows}`,
    securityModel: NO_PROTECTION,
    unit: 'row',
    items: rows,
    kind: 'macro',
    repetitions: 4,
    ...(baseline === undefined ? {} : { baseline: `data/${baseline}/${rows}` }),
    selection,
    setUp: () => Promise.resolve(prepared(fileOf(rows, kind), { rows, count })),
  };
}

function prepared(
  file: SharedFile,
  { rows, count }: { readonly rows: number; readonly count: Reading['count'] },
): PreparedCase {
  let counted: number | undefined;
  return {
    async run() {
      counted = await count(file.path);
    },
    check: () => requireResult(ran(counted) === rows, 'rows of the file'),
    close: () => {
      release(file);
      return Promise.resolve();
    },
  };
}

export const dataCases: readonly BenchCase[] = [
  ...READINGS.map((reading) => readingCase(reading, 10_000, 'short')),
  ...READINGS.map((reading) => readingCase(reading, 1_000_000, 'default')),
];
