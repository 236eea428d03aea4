import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  BANKS,
  consortiumPerTest,
  failure,
  QUESTION,
  quiet,
  rawConfig,
} from '../../../test/support/consortium-of-nodes.ts';
import { DataError, UsageError } from '../../errors.ts';
import { decodeFrame } from '../../wire/decode.ts';
import { parseConfig } from '../config/config.ts';
import { checkDatasets } from './dataset-check.ts';
import { locationFields } from './dataset-location.ts';
import type { NodeConfig } from '../config/node-config.ts';

const start = consortiumPerTest();
const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [accounts, evidence] = ['accounts.csv', 'evidence.csv'].map((name) => join(folder, name));

function configured(change: (config: ReturnType<typeof rawConfig>) => void = () => undefined): NodeConfig {
  const config = rawConfig('bank-a');
  change(config);
  return parseConfig(JSON.stringify(config), join(folder, 'node.json'));
}

describe('checkDatasets', () => {
  const write = (files: { accounts?: string; evidence?: string }): void => {
    for (const path of [accounts, evidence]) rmSync(path, { force: true });
    if (files.accounts !== undefined) writeFileSync(accounts, files.accounts);
    if (files.evidence !== undefined) writeFileSync(evidence, files.evidence);
  };

  it('accepts lists whose files have the columns, also without a row', async () => {
    write({ accounts: 'holder,account\n', evidence: 'account,score\nx,1\n' });
    await checkDatasets(configured());
  });

  it('looks at nothing while there is no question', async () => {
    write({});
    await checkDatasets(configured((config) => void ((config.questions = []), (config.allow = []))));
  });

  it.each([
    ['accounts', { evidence: 'account,score\n' }, 'unreadable-source', accounts, undefined, 'no such file'],
    ['evidence', { accounts: 'account\n' }, 'unreadable-source', evidence, undefined, 'no such file'],
    ['accounts', { accounts: '', evidence: 'account,score\n' }, 'unreadable-source', accounts, undefined, 'empty'],
    [
      'accounts',
      { accounts: 'konto\n', evidence: 'account,score\n' },
      'missing-column',
      accounts,
      'account',
      "'konto'",
    ],
    ['evidence', { accounts: 'account\n', evidence: 'account\n' }, 'missing-column', evidence, 'score', 'is missing'],
  ])('names dataset %s, file, column and remedy with %j', async (dataset, files, code, file, column, state) => {
    write(files);
    const error = await failure(checkDatasets(configured()));
    expect(error).toMatchObject({ constructor: DataError, code, phase: `configuration/datasets.${dataset}` });
    expect(error).toMatchObject({ location: { file, ...(column === undefined ? {} : { column }) } });
    expect(error.message).toContain(file);
    expect(error.message).toContain(state);
    expect(error.remedy).toContain(`datasets.${dataset}`);
  });
});

describe('locationFields', () => {
  const { datasets } = configured();
  const at = (location: DataError['location']): object =>
    locationFields(new DataError('text', { code: 'malformed-row', location }), datasets);

  it('says dataset, file, row and column in the words of the configuration', () => {
    expect(at({ file: evidence, row: 7, column: 'score' })).toEqual({
      dataset: 'evidence',
      file: evidence,
      row: 7,
      column: 'score',
    });
    expect(at({ file: accounts, line: 3 })).toEqual({ dataset: 'accounts', file: accounts, line: 3 });
  });

  it('says nothing that the configuration did not give', () => {
    expect(at({ file: evidence, row: 7, column: '6222021234567890123' })).not.toHaveProperty('column');
    expect(at({ file: join(folder, 'another.csv'), row: 7, column: 'score' })).toEqual({});
    expect(at({ row: 7 })).toEqual({});
    expect(locationFields(new UsageError('text', { code: 'malformed-row' }), datasets)).toEqual({});
  });
});

describe('a contributor whose list has a bad row', () => {
  it('finds file, row and column in its own log, and no other party is told any of it', async () => {
    const sent: Uint8Array[] = [];
    const all = await start({
      intercept: (from, _to, bytes) => {
        if (from === 'bank-c') sent.push(bytes);
        return [bytes];
      },
    });
    const file = join(all.folder, 'bank-c', 'evidence.csv');
    const { length } = readFileSync(file, 'utf8').trimEnd().split('\n');
    appendFileSync(file, 'acct-1,a-word\n');
    const error = await failure(all.node('bank-a').ask(QUESTION));
    await quiet(all);

    const located = all.logs.filter((line) => line.includes(file)).map((line) => JSON.parse(line) as object);
    expect(located).toMatchObject([
      { event: 'run-failed', error: 'malformed-row', dataset: 'evidence', file, row: length + 1, column: 'score' },
    ]);
    expect(all.logs.join('\n')).not.toMatch(/a-word|acct-/);

    const aborts = sent.map(decodeFrame).filter((frame) => frame.kind === 'abort');
    expect(aborts).toHaveLength(BANKS.length - 1);
    for (const { code, phase, party } of aborts)
      expect({ code, phase, party }).toEqual({ code: 'bad-input', phase: 'input', party: 'bank-c' });
    // The scan finds what is there, and none of the location.
    const text = sent.map((bytes) => new TextDecoder('latin1').decode(bytes)).join('\n');
    expect(text).toContain('bad-input');
    expect(text).not.toMatch(/evidence\.csv|score|malformed-row/);
    expect(error).toMatchObject({ code: 'peer-aborted', party: 'bank-c', phase: 'input' });
    expect(JSON.stringify({ ...error, text: error.describe() })).not.toMatch(/evidence|score|malformed-row|row/);
  });
});
