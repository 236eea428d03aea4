/** Mutated database and Parquet files: reading ends, with rows or with an error of the package that shows no account. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTable } from '../../test/support/read-table.ts';
import { type TextTable, writeParquet, writeSqlite } from '../../test/support/table-files.ts';
import { DataError } from '../errors.ts';
import { parquetTable } from './parquet-table.ts';
import { sqliteTable } from './sqlite-table.ts';
import { SyntheticRandom } from './synthetic-random.ts';
import type { Table } from './table.ts';

const FILES = process.env['BLINDFLAG_LONG'] === undefined ? 40 : 5000;
const CANARY = '73190428';
const folder = mkdtempSync(join(tmpdir(), 'blindflag-binary-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

const table: TextTable = {
  header: ['account', 'score'],
  rows: Array.from({ length: 200 }, (_, k) => [`${CANARY}-${k}`, String(k)]),
};
const original = join(folder, 'original');
const file = join(folder, 'mutated');

const FORMATS: readonly (readonly [name: string, write: () => Promise<void> | void, open: () => Table])[] = [
  ['Parquet', () => writeParquet(original, table, ['VARCHAR', 'INTEGER']), () => parquetTable({ file })],
  ['SQLite', () => writeSqlite(original, 'list', table), () => sqliteTable({ file, table: 'list' })],
];

function mutated(bytes: Uint8Array, random: SyntheticRandom): Uint8Array {
  const out = Uint8Array.from(bytes);
  if (random.below(8) === 0) return out.subarray(0, random.below(out.length));
  for (let times = 1 + random.below(6); times > 0; times--) out[random.below(out.length)] = random.below(256);
  return out;
}

describe.each(FORMATS)('a %s file', (name, write, open) => {
  it(`is read or refused after any of ${FILES} mutations (seed binary-fuzz)`, async () => {
    const random = new SyntheticRandom('binary-fuzz', name);
    await write();
    const bytes = readFileSync(original);
    const seen = { read: 0, refused: 0 };
    for (let k = 0; k < FILES; k++) {
      writeFileSync(file, mutated(bytes, random));
      try {
        await readTable(open(), ['account', 'score']);
        seen.read++;
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        expect(`${error.describe()} ${String(error.cause)}`, `mutation ${k}`).not.toContain(CANARY);
        seen.refused++;
      }
    }
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0);
  });
});
