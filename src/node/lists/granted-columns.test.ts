/** Of a list only the columns are read that a question needs: what stands in others is never touched. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, rawConfig } from '../../../test/support/consortium-of-nodes.ts';
import { readSource } from '../../../test/support/read-source.ts';
import { openTable } from '../../data/open-table.ts';
import type { ReadTableOptions, Table } from '../../data/table.ts';
import { parseConfig } from '../config/config.ts';
import { askedList, askedSource, heldList, heldSource } from './datasets.ts';
import type { NodeConfig, QuestionTerms } from '../config/node-config.ts';

const SECRET = 'CANARY-OF-ANOTHER-COLUMN';
const signal = new AbortController().signal;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bf-columns-'));
  writeFileSync(join(folder, 'list.csv'), `account,score,secret\nacct-1,7,${SECRET}\nacct-2,x,${SECRET}\n`);
  const database = new sqlite.Database(join(folder, 'list.db'));
  // To evaluate the third column of any row is an error of SQLite: an integer overflow.
  database.exec(`
    CREATE TABLE rows (account TEXT, score TEXT);
    INSERT INTO rows VALUES ('acct-1', '7'), ('acct-2', '7');
    CREATE VIEW list AS
      SELECT account, score, abs(-9223372036854775808 + (length(account) - 6)) AS secret FROM rows;`);
  database.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const SQLITE = { type: 'sqlite', file: 'list.db', table: 'list' };

function configured(dataset: object, question: object = {}): { config: NodeConfig; terms: QuestionTerms } {
  const raw = rawConfig('bank-a');
  const list = { ...dataset, identifier: 'plain' };
  raw.datasets = {
    accounts: { ...list, columns: { account: 'account' } },
    evidence: { ...list, columns: { account: 'account', score: 'score' } },
  };
  Object.assign(raw.questions[0], question);
  const config = parseConfig(JSON.stringify(raw), join(folder, 'node.json'));
  return { config, terms: config.questions[0] };
}

async function textOf(table: Table, options: ReadTableOptions): Promise<string> {
  let text = '';
  for await (const { columns } of table.read(options)) text += JSON.stringify(columns.map(({ cells }) => cells));
  return text;
}

describe('a list of a question', () => {
  it('names the columns that are read: those of the question, whatever else the table has', () => {
    const { config, terms } = configured({ type: 'csv', file: 'list.csv' });
    expect(askedList(config.datasets, terms)?.options.columns).toEqual({ account: 'account' });
    const held = heldList(config.datasets, terms, { party: config.name });
    expect(held?.options.columns).toEqual({ account: 'account', score: 'score' });
    const { terms: unscored } = configured({ type: 'csv', file: 'list.csv' }, { score: undefined });
    const counted = heldList(config.datasets, unscored, { party: config.name });
    expect(counted?.options.columns).toEqual({ account: 'account' });
  });

  it('does not touch a column of a database that it does not need', async () => {
    const { config, terms } = configured(SQLITE);
    const asked = askedSource(config.datasets, terms, { signal, onReport: () => undefined });
    expect((await readSource(asked)).accounts).toEqual(['id:acct-1', 'id:acct-2']);
    const held = heldSource(config.datasets, terms, { party: config.name, signal });
    if (held === undefined) throw new TypeError('no list');
    expect((await readSource(held)).scores).toEqual(Uint32Array.of(7, 7));
    // The control: to read the column is to fail, and so is to read all of a row.
    const table = openTable({ kind: 'sqlite', file: join(folder, 'list.db'), table: 'list' });
    expect(await failure(textOf(table, { columns: ['secret'] }))).toMatchObject({ code: 'unreadable-source' });
  });

  it('has nothing of another column of a file, and does not look whether it is as it should be', async () => {
    const { config, terms } = configured({ type: 'csv', file: 'list.csv' }, { score: undefined });
    const held = heldList(config.datasets, terms, { party: config.name });
    if (held === undefined) throw new TypeError('no list');
    expect(await textOf(held.table, { columns: ['account'] })).not.toContain(SECRET);
    const source = heldSource(config.datasets, terms, { party: config.name, signal });
    if (source === undefined) throw new TypeError('no list');
    // The second row has no score that is one: a question without scores never sees it.
    expect((await readSource(source)).accounts).toEqual(['id:acct-1', 'id:acct-2']);
    expect(await textOf(held.table, { columns: ['account', 'secret'] })).toContain(SECRET);
  });
});
