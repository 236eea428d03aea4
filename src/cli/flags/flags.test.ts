import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOfText, initialisedFolder } from '../../../test/support/flag-folder.ts';
import { runCli } from '../main.ts';
import { type RecordedOptions, recordedSurroundings } from '../recorded-surroundings.ts';

const PASSPHRASE = 'passphrase-of-a-test';
/** Must never be on a screen, in an error or in a file but the register. */
const CANARY = 'CANARY-7700112233';
const EVIDENCE = hashOfText('a case file');
const HEAD = 'account,scam_type,role,state,reporter,evidence,reported_at,expires';

let root: string;
let folder: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bf-flags-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(async () => {
  folder = await initialisedFolder(root, PASSPHRASE);
});

async function run(args: readonly string[], options: RecordedOptions = {}) {
  const surroundings = recordedSurroundings({ env: { BLINDFLAG_PASSPHRASE: PASSPHRASE }, ...options });
  const code = await runCli(['flags', ...args], surroundings);
  const [out, err] = [surroundings.out(), surroundings.err()];
  return { code, out, err, all: out + err };
}

const add = (account: string, ...more: readonly string[]) =>
  run(['add', folder, '--account', account, '--evidence', EVIDENCE, ...more]);

const register = (): string => readFileSync(join(folder, 'flags.jsonl'), 'utf8');

async function listed(...more: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { code, out } = await run(['list', folder, '--json', ...more]);
  expect(code).toBe(0);
  return JSON.parse(out) as readonly Record<string, unknown>[];
}

function csv(...rows: readonly string[]): string {
  const file = join(root, `list-${rows.length}-${Math.abs(rows.join('').length)}.csv`);
  writeFileSync(file, [HEAD, ...rows, ''].join('\n'));
  return file;
}

describe('blindflag flags', () => {
  it('adds, disputes, upholds, withdraws, and lists with masked accounts', async () => {
    const added = await add(CANARY, '--scam-type', '刷单返利', '--state', 'police-confirmed');
    expect(added).toMatchObject({ code: 0, err: '' });
    const [flag] = await listed();
    expect(flag).toMatchObject({
      scamType: 'task-rebate',
      state: 'police-confirmed',
      role: 'first-payee',
      stands: true,
    });
    const id = String(flag['flag']);
    expect(added.out).toContain(id);
    const disputed = await run(['dispute', id.slice(0, 8), folder, '--reference', '0011223344556677']);
    expect(disputed.out).toMatch(/DISPUTED; does not count/);
    expect((await listed())[0]).toMatchObject({ disputed: true, stands: false });
    expect((await run(['uphold', id, folder])).code).toBe(0);
    expect((await listed())[0]).toMatchObject({ disputed: false, stands: true });
    const withdrawn = await run(['withdraw', id, folder, '--reason', 'mistaken', '--lang', 'zh']);
    expect(withdrawn.out).toContain('已撤回（误报）；不计入');
    expect(await listed()).toEqual([]);
    expect(await listed('--all')).toMatchObject([{ state: 'withdrawn', stands: false }]);
    const twice = await run(['withdraw', id, folder]);
    expect(twice).toMatchObject({ code: 2, out: '' });
    expect(twice.err).toContain('it was withdrawn');
    const screens = [added, disputed, withdrawn, twice, await run(['list', folder, '--all'])];
    for (const { all } of screens) expect(all).not.toContain(CANARY);
    // A positive control: asked for in full, the account is there, as it is in the register alone.
    expect((await run(['list', folder, '--all', '--accounts'])).out).toContain(CANARY);
    expect(register()).toContain(CANARY);
  });

  it('writes a register that only its user reads, and cuts off what a crash left', async () => {
    await add('first');
    expect(statSync(join(folder, 'flags.jsonl')).mode & 0o777).toBe(0o600);
    appendFileSync(join(folder, 'flags.jsonl'), '{"entry":{"half');
    expect((await listed()).length).toBe(1);
    await add('second');
    expect((await listed()).length).toBe(2);
    expect(register()).not.toContain('half');
  });

  it('takes the account from the terminal, unseen, and the hash of a file', async () => {
    const file = join(root, 'case.txt');
    writeFileSync(file, 'a case file');
    const typed = await run(['add', folder, '--evidence-file', file], { secrets: [CANARY] });
    expect(typed.code).toBe(0);
    expect(typed.all).not.toContain(CANARY);
    expect((await listed())[0]).toMatchObject({ evidence: EVIDENCE });
    const nobody = await run(['add', folder, '--evidence', EVIDENCE]);
    expect(nobody.err).toContain('there is no account');
  });

  it('counts different reporters, and keeps none of their references', async () => {
    for (const reporter of ['Zhang-San', 'Li-Si', 'Zhang-San'])
      await add('payee', '--state', 'customer-reported', '--reporter', reporter);
    expect(await listed()).toMatchObject([{ reporters: 2, state: 'customer-reported' }]);
    expect(register()).not.toMatch(/Zhang|Li-Si/);
    expect((await add('payee', '--state', 'customer-reported')).err).toContain('needs its reporter');
  });

  it.each([
    [['--evidence', 'abc'], 'no SHA-256'],
    [['--scam-type', 'none-such'], 'task-rebate'],
    [['--reported-at', 'yesterday'], 'no day or time'],
    [['--days', '0'], '--days'],
  ])('refuses %j in words of both languages, without the account', async (words, text) => {
    const english = await run(['add', folder, '--account', CANARY, '--evidence', EVIDENCE, ...words]);
    expect(english).toMatchObject({ code: 2, out: '' });
    expect(english.err).toContain(text);
    const chinese = await run(['add', folder, '--account', CANARY, '--evidence', EVIDENCE, ...words, '--lang', 'zh']);
    expect(chinese.err).toMatch(/\p{Script=Han}/u);
    expect(english.err + chinese.err).not.toContain(CANARY);
  });

  it('refuses an account of another type without repeating it, and a folder without a register', async () => {
    const config = join(folder, 'node.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"plain"', '"iban"'));
    const wrong = await add(CANARY);
    expect(wrong.err).toContain('none of the type');
    expect(wrong.err).not.toContain(CANARY);
    const without = JSON.parse(readFileSync(config, 'utf8')) as { datasets: object };
    writeFileSync(config, JSON.stringify({ ...without, datasets: {} }));
    expect((await add('x')).err).toContain('has no register of flags');
  });
});

describe('blindflag flags import', () => {
  const row = (account: string, more: Readonly<Record<string, string>> = {}): string => {
    const cells: Readonly<Record<string, string>> = {
      account,
      scam_type: 'fake-loan',
      role: '过渡账户',
      state: '疑似',
      reporter: '',
      evidence: EVIDENCE,
      reported_at: '2026-11-01',
      expires: '2099-01-01',
      ...more,
    };
    return HEAD.split(',')
      .map((name) => cells[name])
      .join(',');
  };

  it('takes a list after a report on what is in it', async () => {
    const reported = { state: 'customer-reported', reporter: 'c1' };
    const file = csv(row('payee-1'), row('payee-2', reported), row('payee-2', { ...reported, reporter: 'c2' }));
    const imported = await run(['import', file, folder]);
    expect(imported).toMatchObject({ code: 0, out: '3 reports of 2 flags are in the register.\n' });
    expect(imported.err).toContain('can be used');
    const flags = await listed('--accounts');
    expect(flags.map(({ account, reporters, role }) => [account, reporters, role])).toEqual([
      ['id:payee-1', 0, 'transit'],
      ['id:payee-2', 2, 'transit'],
    ]);
  });

  it('takes none where one row is wrong, and names row, column and reason, never what is in them', async () => {
    const bad: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ role: CANARY }, "column 'role': it is none of the values"],
      [{ state: 'withdrawn' }, "column 'state': it is none of the values"],
      [{ state: 'customer-reported' }, "column 'reporter': it is empty"],
      [{ evidence: CANARY }, "column 'evidence': it is none of the values"],
      [{ scam_type: '' }, "column 'scam_type': it is empty"],
      [{ scam_type: CANARY }, "column 'scam_type': it is no scam type"],
      [{ reported_at: CANARY }, "column 'reported_at': it is not a day or time"],
      [{ expires: '2026-10-31' }, "column 'expires': it is none of the values"],
      [{ account: '' }, "column 'account': it is empty"],
    ];
    for (const [cells, expected] of bad) {
      const found = await run(['import', csv(row('fine'), row('other', cells)), folder]);
      expect(found.code).toBe(2);
      expect(found.err).toContain(`row 3, ${expected}`);
      expect(found.all).not.toContain(CANARY);
    }
    const file = csv(row('fine'), row('other', { role: CANARY }));
    expect((await run(['import', file, folder, '--lang', 'zh'])).err).toContain('不是此列允许的值');
    expect(() => register()).toThrow(/ENOENT/);
  });

  it('lets one command write at a time', async () => {
    writeFileSync(join(folder, 'flags.jsonl.lock'), '');
    const second = await run(['import', csv(row('payee')), folder]);
    expect(second).toMatchObject({ code: 2 });
    expect(second.err).toContain('another command writes it');
  });
});
