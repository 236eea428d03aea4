import { describe, expect, it } from 'vitest';
import { rawConfig } from '../../../test/support/consortium-of-nodes.ts';
import { ConfigError, parseConfig } from './config.ts';
import type { DatasetConfig } from './node-config.ts';

const COLUMNS = { account: 'konto', score: 'punkte' };

function parsed(dataset: object, identifier?: readonly string[]): DatasetConfig {
  const config = rawConfig('bank-a');
  if (identifier !== undefined) config.questions[0]['identifier'] = identifier;
  config.datasets['evidence'] = { columns: COLUMNS, identifier: 'iban', ...dataset };
  const { evidence } = parseConfig(JSON.stringify(config), '/etc/node/node.json').datasets;
  if (evidence === undefined) throw new Error('no evidence');
  return evidence;
}

describe('a dataset of the configuration', () => {
  it('may have identifiers of any type, and several columns as one key', () => {
    const keyParts = [
      { column: 'name', identifier: 'name' },
      { column: 'tel', identifier: 'phone', region: 'DE' },
    ];
    const key = ['resident-id', 'name', 'phone'];
    expect(parsed({ type: 'csv', file: 'a.csv', identifier: key[0], region: 'CN', keyParts }, key)).toMatchObject({
      type: 'resident-id',
      region: 'CN',
      keyParts: [
        { column: 'name', type: 'name' },
        { column: 'tel', type: 'phone', region: 'DE' },
      ],
    });
    // Alone a name would join strangers.
    expect(() => parsed({ type: 'csv', file: 'a.csv', identifier: 'name' })).toThrow(ConfigError);
    expect(() => parsed({ type: 'csv', file: 'a.csv', identifier: 'phone', region: 'China' })).toThrow(ConfigError);
    expect(() => parsed({ type: 'csv', file: 'a.csv', keyParts: [] })).toThrow(ConfigError);
  });

  it.each([
    [
      { type: 'csv', file: 'a.csv' },
      { kind: 'csv', file: '/etc/node/a.csv', encoding: undefined, delimiter: undefined },
    ],
    [
      { type: 'csv', file: '/data/a.csv', encoding: 'gb18030', delimiter: '||' },
      { kind: 'csv', file: '/data/a.csv', encoding: 'gb18030', delimiter: '||' },
    ],
    [
      { type: 'parquet', file: 'a.parquet' },
      { kind: 'parquet', file: '/etc/node/a.parquet' },
    ],
    [
      { type: 'sqlite', file: 'a.db', table: 't' },
      { kind: 'sqlite', file: '/etc/node/a.db', table: 't' },
    ],
    [
      { type: 'postgres', host: 'db', database: 'd', user: 'u', query: 'SELECT 1', tls: 'verify', caFile: 'ca.pem' },
      {
        kind: 'postgres',
        connection: {
          host: 'db',
          port: undefined,
          database: 'd',
          user: 'u',
          tls: 'verify',
          caFile: '/etc/node/ca.pem',
          passwordFile: undefined,
        },
        passwordVariable: undefined,
        query: 'SELECT 1',
      },
    ],
  ])('is a table: %j', (dataset, table) => {
    expect(parsed(dataset)).toEqual({
      table,
      columns: { ...COLUMNS, payload: {} },
      type: 'iban',
      malformed: 'refuse',
      checkDigits: 'reject',
      utcOffset: 'Z',
    });
  });

  it('has policies and further columns', () => {
    const columns = { account: 'a', score: 's', scamType: 't', amount: 'm', time: 'z', payload: { risk: 'r' } };
    const policies = { malformed: 'skip', checkDigits: 'keep', utcOffset: '+08:00' };
    expect(parsed({ type: 'parquet', file: 'f', columns, ...policies })).toMatchObject({ columns, ...policies });
  });

  const CSV = { type: 'csv', file: 'a.csv' };
  const POSTGRES = { type: 'postgres', host: 'h', database: 'd', user: 'u', table: 't' };

  it.each([
    [{ ...CSV, type: 'excel' }, 'wrong-type', '.type', 'csv, parquet, postgres, sqlite'],
    [{ file: 'a.csv' }, 'missing-key', '.type', 'csv, parquet, postgres, sqlite'],
    [{ type: 'csv' }, 'missing-key', '.file', 'text in double quotes'],
    [{ ...CSV, table: 't' }, 'unknown-key', '.table', undefined],
    [{ ...CSV, encoding: 'latin1' }, 'wrong-type', '.encoding', 'utf-8, utf-16le, utf-16be, gb18030'],
    [{ ...CSV, delimiter: '' }, 'bad-format', '.delimiter', '1 to 8 characters'],
    [{ ...CSV, delimiter: '"' }, 'bad-format', '.delimiter', '1 to 8 characters'],
    [{ ...CSV, identifier: 'passport' }, 'wrong-type', '.identifier', 'iban, card, account, plain'],
    [{ ...CSV, malformed: 'drop' }, 'wrong-type', '.malformed', 'refuse, skip'],
    [{ ...CSV, checkDigits: 'ignore' }, 'wrong-type', '.checkDigits', 'reject, keep'],
    [{ ...CSV, utcOffset: 'Beijing' }, 'bad-format', '.utcOffset', 'an offset from UTC'],
    [{ ...CSV, columns: {} }, 'missing-key', '.columns.account', undefined],
    [{ type: 'sqlite', file: 'a.db' }, 'bad-format', '', 'a "table" or a "query"'],
    [{ ...POSTGRES, query: 'SELECT 1' }, 'bad-format', '', 'a "table" or a "query"'],
    [{ ...POSTGRES, port: 0 }, 'out-of-range', '.port', '1 to 65535'],
    [{ ...POSTGRES, tls: false }, 'wrong-type', '.tls', 'verify, off'],
    // A password has no place in a configuration.
    [{ ...POSTGRES, password: 'secret-word' }, 'unknown-key', '.password', undefined],
    [{ ...POSTGRES, passwordVariable: 'a b' }, 'bad-format', '.passwordVariable', 'environment variable'],
  ])('is refused by place and with what is allowed: %j', (dataset, code, path, allowed) => {
    let error: unknown;
    try {
      parsed(dataset);
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof ConfigError)) throw new Error('expected a ConfigError');
    const problem = error.problems.find((each) => each.path === `$.datasets.evidence${path}`);
    expect(problem, JSON.stringify(error.problems)).toMatchObject({ code });
    if (allowed !== undefined) expect(problem?.allowed).toContain(allowed);
    expect(error.message).not.toContain('secret-word');
  });
});
