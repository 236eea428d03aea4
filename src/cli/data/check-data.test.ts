import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type RawConfig, rawConfig } from '../../../test/support/consortium-of-nodes.ts';
import { encoded } from '../../../test/support/read-table.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

const root = mkdtempSync(join(tmpdir(), 'bf-check-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function nodeFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  configure: (config: RawConfig) => void = () => undefined,
): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  const config = rawConfig('bank-a');
  delete config['language'];
  configure(config);
  writeFileSync(join(folder, 'node.json'), JSON.stringify(config));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function check(folder: string, ...more: readonly string[]) {
  const surroundings = recordedSurroundings();
  const code = await runCli(['check-data', folder, ...more], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

const GOOD = {
  'accounts.csv': 'account\nacct-73190428-1\nacct-73190428-2\n',
  'evidence.csv': 'account,score\nacct-1,7\n',
};

describe('blindflag check-data', () => {
  it('tells rows, encoding, duplicates and a masked sample of every list, in both languages', async () => {
    const folder = nodeFolder({
      'accounts.csv': encoded('户名,account\n中国银行,acct-73190428-1\n甲,acct-73190428-1\n\n', 'gb18030'),
      'evidence.csv': '\ufeff"account","score"\nacct-1,7\n',
    });
    const { code, out } = await check(folder);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        `accounts for fraud-flags: ${join(folder, 'accounts.csv')}`,
        '  encoding gb18030, by its bytes',
        '  2 rows: 2 used, 0 not; 1 different accounts; 1 blank lines',
        "  joined: column 'account', 1: the account came in an earlier row (row 3)",
        '  such as id:acct…28-1',
        '  can be used',
        '',
        `evidence for fraud-flags: ${join(folder, 'evidence.csv')}`,
        '  encoding utf-8, by its byte order mark',
        '  1 rows: 1 used, 0 not; 1 different accounts',
        '  such as id:…-1',
        '  can be used',
        '',
      ].join('\n'),
    );
    const chinese = await check(folder, '--lang', 'zh');
    expect(chinese.out).toContain('账户名单（用于 fraud-flags）');
    expect(chinese.out).toContain("合并：列 'account'，1 个：账户已在前面的行出现（第 3 行）");
    expect(chinese.out).not.toMatch(/rows|used|joined/);
  });

  it('names malformed rows by row and column, exits with 2, and shows no account', async () => {
    const evidence = ['acct-73190428,1', 'acct-2,x', ',3', '1.1E+17,4', 'acct-3', '"acct-4,5', 'acct-73190428,6'];
    const folder = nodeFolder({ ...GOOD, 'evidence.csv': `account,score\n${evidence.join('\n')}\n` });
    const { code, out } = await check(folder);
    expect(code).toBe(2);
    for (const line of [
      "REFUSED: column 'score', 1: the score is not a whole number in the allowed range (row 3)",
      "REFUSED: column 'account', 1: it is empty (row 4)",
      "REFUSED: column 'account', 1: a spreadsheet turned the number into one with an exponent, and its digits are lost (row 5)",
      'REFUSED: 1: it does not have as many fields as the header (row 6)',
      'REFUSED: 1: a quote is not closed (row 7)',
      "joined: column 'account', 1: the account came in an earlier row (row 8)",
      'CANNOT BE USED',
    ])
      expect(out).toContain(line);
    expect(out).not.toMatch(/73190428|acct-2/);
    const { out: chinese } = await check(folder, '--lang', 'zh');
    expect(chinese).toContain('不能使用');
    expect(chinese.replaceAll(/'(?:account|score)'|fraud-flags|utf-8/g, '')).not.toMatch(
      /\n {2}\P{Script=Han}*[a-z]{3,} [a-z]/u,
    );
  });

  it('gives the same as one JSON object', async () => {
    const folder = nodeFolder({ ...GOOD, 'evidence.csv': 'account,score\nacct-1,256\n' });
    const { code, out } = await check(folder, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      usable: false,
      checks: [
        { dataset: 'accounts', questions: ['fraud-flags'], report: { rows: 2, distinct: 2, usable: true } },
        {
          dataset: 'evidence',
          questions: ['fraud-flags'],
          report: {
            rows: 1,
            used: 0,
            findings: [{ kind: 'bad-score', column: 'score', count: 1, rows: [2], effect: 'refused' }],
          },
        },
      ],
    });
    expect(out).not.toContain('73190428');
  });

  it('takes the policies of the configuration and of the question', async () => {
    const files = { ...GOOD, 'evidence.csv': 'account,score\nacct-1,7\nacct-1,8\nacct-2,x\n' };
    const configure =
      (duplicates: string) =>
      (config: RawConfig): void => {
        (config.datasets['evidence'] as Record<string, unknown>)['malformed'] = 'skip';
        config.questions.push({ ...config.questions[0], name: 'other', duplicates: 'max' });
        config.questions[0]['duplicates'] = duplicates;
      };
    const rejecting = nodeFolder(files, configure('reject'));
    const { code, out } = await check(rejecting, '--question', 'fraud-flags');
    expect(code).toBe(2);
    expect(out).toContain("REFUSED: column 'account', 1: the account came");
    expect(out).toContain("left out: column 'score', 1:");
    const { code: other, out: otherOut } = await check(rejecting, '--question', 'other');
    expect(other).toBe(0);
    expect(otherOut).toContain('joined');
    const both = JSON.parse((await check(rejecting, '--json')).out) as { checks: { questions: string[] }[] };
    expect(both.checks.map(({ questions }) => questions)).toEqual([
      ['fraud-flags', 'other'],
      ['fraud-flags'],
      ['other'],
    ]);
  });

  it('checks lists before there is a question, and says when there is no list', async () => {
    const without = (config: RawConfig): void => {
      config.questions = [];
      config.allow = [];
    };
    expect((await check(nodeFolder(GOOD, without))).out).toContain(`accounts: ${root}`);
    const bare = nodeFolder({}, (config) => {
      without(config);
      config.datasets = {};
    });
    expect(await check(bare)).toMatchObject({ code: 0, out: 'The configuration has no lists.\n' });
  });

  it.each([
    ['a file that is not there', { 'evidence.csv': GOOD['evidence.csv'] }, [], 'no such file'],
    ['a column that is not there', { ...GOOD, 'accounts.csv': 'konto\n' }, [], "'konto'"],
    ['a question that is not there', GOOD, ['--question', 'none'], 'no such question'],
  ])('exits with 2 for %s', async (_, files, more, text) => {
    const { code, err } = await check(nodeFolder(files), ...more);
    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});
