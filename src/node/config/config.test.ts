import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BANKS, rawConfig, type RawConfig } from '../../../test/support/consortium-of-nodes.ts';
import { OVERLAP, overlapTerms } from '../../../test/support/overlap-of-nodes.ts';
import { ConfigError, type ConfigProblem, parseConfig, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function problemsOf(change: (config: RawConfig) => void): readonly ConfigProblem[] {
  const config = rawConfig('bank-a');
  change(config);
  try {
    parseConfig(JSON.stringify(config), '/etc/node/node.json');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const RISK = { name: 'risk', bytes: 4 };

function overlapWithout(key: string): Record<string, unknown> {
  const { [key]: _left, ...terms } = overlapTerms({ mode: 'receiver' });
  return terms;
}

describe('parseConfig', () => {
  it('accepts a whole configuration and fills in what is not said', () => {
    const config = parseConfig(`\uFEFF${JSON.stringify(rawConfig('bank-a'))}`, '/etc/node/node.json');
    expect(config).toMatchObject({
      name: 'bank-a',
      identity: '/etc/node/identity.json',
      store: '/etc/node/store',
      language: 'zh',
      datasets: {
        accounts: {
          table: { kind: 'csv', file: '/etc/node/accounts.csv' },
          malformed: 'refuse',
          checkDigits: 'reject',
        },
        evidence: { table: { kind: 'csv', file: '/etc/node/evidence.csv' } },
      },
      limits: { deadlineMs: 1_800_000, concurrentRuns: 64, retries: 0, stopMs: 20_000 },
    });
    expect(config.peers).toHaveLength(3);
    expect(config.peers[0]).toMatchObject({ name: 'bank-b', revoked: false });
    expect(config.questions[0]).toMatchObject({ duplicates: 'max', ttlDays: 7, quorum: 2 });
    const sizes = new Map(BANKS.map((bank) => [bank, 256]));
    expect(config.questions[0].buckets).toEqual({ smallest: 64, asker: 256, evidence: sizes });
  });

  it('accepts the terms of an overlap question and fills in what is not said', () => {
    const config = rawConfig('bank-b');
    config.questions.push(overlapTerms({ mode: 'receiver', columns: [RISK] }));
    config.datasets.holdings = {
      type: 'csv',
      file: 'h.csv',
      columns: { account: 'a', payload: { risk: 'r' } },
      identifier: 'plain',
    };
    const { questions, datasets } = parseConfig(JSON.stringify(config), '/etc/node/node.json');
    expect(datasets.holdings).toMatchObject({
      table: { file: '/etc/node/h.csv' },
      columns: { payload: { risk: 'r' } },
    });
    const sizes = new Map(['bank-b', 'bank-c'].map((bank) => [bank, 256]));
    expect(questions[1]).toMatchObject({
      ttlDays: 7,
      duplicates: 'join',
      smallestBatch: 32,
      buckets: { smallest: 64, asker: 256, holdings: sizes },
    });
  });

  it('allows nothing where nothing is said', () => {
    const { allow: _allow, ...config } = rawConfig('bank-a');
    expect(parseConfig(JSON.stringify(config), 'node.json').allow).toEqual([]);
  });

  it('reads expiry as a day or a time', () => {
    const config = rawConfig('bank-a');
    config.peers[0].expires = '2027-12-31';
    config.peers[1].expires = '2027-12-31T08:00:00+08:00';
    const { peers } = parseConfig(JSON.stringify(config), 'node.json');
    expect(peers[0].expiresMs).toBe(Date.UTC(2027, 11, 31));
    expect(peers[1].expiresMs).toBe(Date.UTC(2027, 11, 31));
  });

  it.each<[string, (config: RawConfig) => void, Partial<ConfigProblem>]>([
    ['an unknown key', (c) => void (c.lisetn = 1), { code: 'unknown-key', path: '$.lisetn' }],
    [
      'an unknown key deep inside',
      (c) => void Object.assign(c.peers[1], { 'ur l': 1 }),
      { code: 'unknown-key', path: '$.peers[1]["ur l"]' },
    ],
    ['no name', (c) => void delete c.name, { code: 'missing-key', path: '$.name' }],
    [
      'no port',
      (c) => void (c.listen = { host: 'x' }),
      { code: 'missing-key', path: '$.listen.port', allowed: 'a whole number from 0 to 65535' },
    ],
    [
      'a port as text',
      (c) => void (c.listen = { host: 'x', port: '80' }),
      { code: 'wrong-type', path: '$.listen.port' },
    ],
    [
      'a port too large',
      (c) => void (c.listen = { host: 'x', port: 65_536 }),
      { code: 'out-of-range', path: '$.listen.port', allowed: 'a whole number from 0 to 65535' },
    ],
    ['a name with capitals', (c) => void (c.name = 'Bank A'), { code: 'bad-format', path: '$.name' }],
    [
      'an address of the web',
      (c) => void (c.peers[0].url = 'http://x'),
      { code: 'bad-format', path: '$.peers[0].url' },
    ],
    [
      'a date that is none',
      (c) => void (c.peers[0].expires = 'soon'),
      { code: 'wrong-type', path: '$.peers[0].expires' },
    ],
    [
      'a list that is no list',
      (c) => void (c.allow = {} as never),
      { code: 'wrong-type', path: '$.allow', allowed: 'a list in square brackets' },
    ],
    [
      'another protocol',
      (c) => void (c.questions[0].protocol = 'flags'),
      { code: 'wrong-type', path: '$.questions[0].protocol', allowed: 'flag, overlap' },
    ],
    [
      'a quorum of one',
      (c) => void (c.questions[0].quorum = 1),
      { code: 'out-of-range', path: '$.questions[0].quorum' },
    ],
    [
      'a quorum above the contributors',
      (c) => void (c.questions[0].quorum = 5),
      { code: 'out-of-range', path: '$.questions[0].quorum', allowed: '2 to 4' },
    ],
    [
      'a bucket that is no size to agree on',
      (c) => void (c.questions[0].buckets = { asker: 101, evidence: 64 }),
      { code: 'bad-format', path: '$.questions[0].buckets.asker' },
    ],
    [
      'a contributor without a bucket',
      (c) => void (c.questions[0].buckets = { smallest: 64, asker: 64, evidence: { 'bank-a': 64 } }),
      { code: 'missing-key', path: '$.questions[0].buckets.evidence["bank-b"]' },
    ],
    [
      'a bucket of nobody',
      (c) =>
        void (c.questions[0].buckets = {
          smallest: 64,
          asker: 64,
          evidence: { ...Object.fromEntries(BANKS.map((bank) => [bank, 64])), 'bank-x': 64 },
        }),
      { code: 'unknown-name', path: '$.questions[0].buckets.evidence["bank-x"]' },
    ],
    [
      'an unknown contributor',
      (c) => void (c.questions[0].contributors = ['bank-a', 'bank-x', 'bank-b']),
      { code: 'unknown-name', path: '$.questions[0].contributors[1]' },
    ],
    ['a peer twice', (c) => void (c.peers[2].name = 'bank-b'), { code: 'duplicate', path: '$.peers[2].name' }],
    ['itself as a peer', (c) => void (c.peers[0].name = 'bank-a'), { code: 'duplicate', path: '$.peers[0].name' }],
    [
      'an allowed question that is none',
      (c) => void (c.allow[0].question = 'other'),
      { code: 'unknown-name', path: '$.allow[0].question' },
    ],
    [
      'an asker that is no peer',
      (c) => void (c.allow[0].askers = ['bank-a']),
      { code: 'unknown-name', path: '$.allow[0].askers[0]' },
    ],
    [
      'a size that refuses all',
      (c) => void (c.allow[0].maxItems = 63),
      { code: 'out-of-range', path: '$.allow[0].maxItems' },
    ],
    [
      'an overlap question that acknowledges nothing in words',
      (c) => void c.questions.push(overlapWithout('acknowledged')),
      { code: 'missing-key', path: '$.questions[1].acknowledged' },
    ],
    [
      'an unknown disclosure',
      (c) => void c.questions.push({ ...overlapTerms({ mode: 'receiver' }), acknowledged: ['all'] }),
      { code: 'wrong-type', path: '$.questions[1].acknowledged[0]' },
    ],
    [
      'no protocol at all',
      (c) => void c.questions.push(overlapWithout('protocol')),
      { code: 'missing-key', path: '$.questions[1].protocol', allowed: 'flag, overlap' },
    ],
    [
      'a term of flag in an overlap question',
      (c) => void c.questions.push({ ...overlapTerms({ mode: 'receiver' }), quorum: 2 }),
      { code: 'unknown-key', path: '$.questions[1].quorum' },
    ],
    [
      'a holder that is no peer',
      (c) => void c.questions.push({ ...overlapTerms({ mode: 'receiver' }), holders: ['bank-x'] }),
      { code: 'unknown-name', path: '$.questions[1].holders[0]' },
    ],
    [
      'a batch that would tell empty lists apart',
      (c) => void c.questions.push({ ...overlapTerms({ mode: 'receiver' }), smallestBatch: 65 }),
      { code: 'out-of-range', path: '$.questions[1].smallestBatch', allowed: '32 to 64' },
    ],
    [
      'a batch of few',
      (c) => void c.questions.push({ ...overlapTerms({ mode: 'receiver' }), smallestBatch: 31 }),
      { code: 'out-of-range', path: '$.questions[1].smallestBatch' },
    ],
    [
      'no holdings at a holder',
      (c) => void c.questions.push({ ...overlapTerms({ mode: 'receiver' }), holders: ['bank-a'] }),
      { code: 'missing-key', path: '$.datasets.holdings' },
    ],
    [
      'holdings without a column that the terms give',
      (c) => {
        c.questions.push({ ...overlapTerms({ mode: 'receiver', columns: [RISK] }), holders: ['bank-a'] });
        c.datasets.holdings = {
          type: 'csv',
          file: 'h',
          columns: { account: 'a', payload: { rank: 'r' } },
          identifier: 'plain',
        };
      },
      { code: 'missing-key', path: '$.datasets.holdings.columns.payload["risk"]' },
    ],
    [
      'a column twice',
      (c) => void c.questions.push(overlapTerms({ mode: 'receiver', columns: [RISK, RISK] })),
      { code: 'duplicate', path: '$.questions[1].columns[1].name' },
    ],
    [
      'somebody who may ask what this institution does not answer',
      (c) => {
        c.questions.push(overlapTerms({ mode: 'receiver' }));
        c.allow.push({ question: OVERLAP, askers: ['bank-b'], maxItems: 64, perDay: 1 });
      },
      { code: 'unknown-name', path: '$.allow[1].question' },
    ],
    [
      'no evidence at a contributor',
      (c) => void delete c.datasets.evidence,
      { code: 'missing-key', path: '$.datasets.evidence' },
    ],
    [
      'no score where scores count',
      (c) => void (c.datasets.evidence = { type: 'csv', file: 'e', columns: { account: 'a' }, identifier: 'plain' }),
      { code: 'missing-key', path: '$.datasets.evidence.columns.score' },
    ],
  ])('names %s, its place and what to do', (_what, change, expected) => {
    const problems = problemsOf(change);
    expect(problems).toContainEqual(expect.objectContaining(expected));
    for (const problem of problems) expect(problem.remedy).not.toBe('');
  });

  it('lists all problems at once, one a line', () => {
    const problems = problemsOf((config) => {
      config.one = 1;
      config.two = 2;
      config.name = 7;
      config.peers[0].url = '';
    });
    expect(problems.map((problem) => problem.path).sort()).toEqual(['$.name', '$.one', '$.peers[0].url', '$.two']);
    const error = new ConfigError('node.json', problems);
    expect(error.message.split('\n')).toHaveLength(5);
    expect(error).toMatchObject({ code: 'bad-parameter', phase: 'configuration' });
  });

  it('never repeats a value, which may be a key', () => {
    const secret = 'SECRET-0123456789';
    const problems = problemsOf((config) => {
      config.name = secret;
      config.peers[0].url = secret;
      config.peers[0].expires = secret;
      config.questions[0].protocol = secret;
      config.allow[0].askers = [secret];
    });
    expect(problems.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(problems)).not.toContain(secret);
    expect(new ConfigError('f', problems).message).not.toContain(secret);
  });

  it.each([
    ['{\n"name": "bank-a",\n}', /from line 3 on/],
    ['', /it is not JSON/],
    ['// comment\n{}', /it is not JSON/],
    ['[]', /wrong type/],
    ['null', /wrong type/],
  ])('says that %j is no configuration', (text, message) => {
    expect(() => parseConfig(text, 'node.json')).toThrow(message);
  });
});

describe('readConfig', () => {
  it('says that there is no file, or that it cannot be read', async () => {
    await expect(readConfig(join(folder, 'none.json'))).rejects.toThrow('there is no such file');
    await expect(readConfig(folder)).rejects.toMatchObject({ problems: [{ code: 'unreadable', path: '$' }] });
  });

  it('takes paths from the folder of the file', async () => {
    const file = join(folder, 'node.json');
    writeFileSync(file, JSON.stringify(rawConfig('bank-b')));
    expect((await readConfig(file)).store).toBe(join(folder, 'store'));
  });
});
