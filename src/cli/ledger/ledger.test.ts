import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initialisedFolder } from '../../../test/support/flag-folder.ts';
import { Ledger } from '../../governance/ledger.ts';
import { systemRng } from '../../kit/clock.ts';
import { partyId } from '../../kit/party.ts';
import { readIdentityFile } from '../../net/identity-file.ts';
import { LEDGER_FILE, openLedgerFile } from '../../node/ledger/ledger-file.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

const PASSPHRASE = 'passphrase-of-a-test';
const NOON = Date.UTC(2027, 0, 15, 12);
const [BANK_A, BANK_B] = [partyId('bank-a'), partyId('bank-b')];
const RUN = 'ab'.repeat(16);

let root: string;
let folder: string;
let path: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bf-ledger-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(async () => {
  folder = await initialisedFolder(root, PASSPHRASE);
  path = join(folder, 'store', LEDGER_FILE);
  const { signer } = await readIdentityFile(join(folder, 'identity.json'), PASSPHRASE);
  const store = await openLedgerFile(path);
  const ledger = await Ledger.open({ party: BANK_A, signer, store, wallClock: { now: () => NOON }, rng: systemRng });
  const question = 'fraud-flags';
  const admitted = { question, protocol: 'flag/12', asker: BANK_B, contributors: [BANK_A], bucket: 1024 };
  await ledger.append('run-admitted', { run: RUN, ...admitted });
  await ledger.append('run-opening', { run: RUN, sid: 'cd'.repeat(32) });
  await ledger.append('run-ended', { run: RUN, outcome: 'done' });
  await ledger.append('run-admitted', { run: 'ef'.repeat(16), ...admitted });
  await ledger.append('refused', { peer: BANK_B, reason: 'policy/per-day', count: 10, question });
  await ledger.append('alert', { alert: 'enumeration', peer: BANK_B, question });
  await ledger.close();
});

async function run(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const surroundings = recordedSurroundings({ wallClock: { now: () => NOON } });
  const code = await runCli(['ledger', ...args], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

function lines(): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

const write = (changed: readonly string[]): void => writeFileSync(path, `${changed.join('\n')}\n`);

describe('blindflag ledger verify', () => {
  it('finds a whole ledger good, and gives its last entry', async () => {
    expect(await run('verify', folder, '--lang', 'en')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^good: 6 entries, the last is 5:[0-9a-f]{64}\n$/),
    });
    expect((await run('verify', folder, '--lang', 'zh')).out).toMatch(/^无误：6 条/);
    const { out } = await run('verify', folder, '--json');
    expect(JSON.parse(out)).toMatchObject({ kind: 'good', entries: 6, head: { seq: 5 } });
  });

  it('names the first bad entry, and what is wrong with it', async () => {
    const whole = lines();
    write(whole.with(2, whole[2].replace('done', 'gone')));
    expect(await run('verify', folder, '--lang', 'en')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^BAD: entry 2 /),
    });
    expect((await run('verify', folder, '--lang', 'zh')).out).toMatch(/^有误：第 2 条/);
    write(whole.toSpliced(1, 1));
    expect(JSON.parse((await run('verify', folder, '--json')).out)).toEqual({ kind: 'bad', seq: 1, fault: 'chain' });
  });

  it('tells of a last entry without its end', async () => {
    expect((await run('verify', folder, '--lang', 'en')).err).toBe('');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -1));
    const cut = await run('verify', folder, '--lang', 'en');
    expect(cut).toMatchObject({ code: 0, out: expect.stringContaining('good: 5 entries') });
    expect(cut.err).toContain('bytes of one without its end');
    expect((await run('show', folder, '--lang', 'zh')).err).toContain('不完整的记录');
  });

  it('tells where there is none yet', async () => {
    rmSync(path);
    const none = await run('verify', folder, '--lang', 'en');
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('there is none') });
    expect((await run('verify', folder, '--lang', 'zh')).err).toContain('节点首次启动时建立账本');
  });

  it('misses entries that another party has signed', async () => {
    const { head } = JSON.parse((await run('verify', folder, '--json')).out) as { head: { seq: number; hash: string } };
    const signed = `${head.seq}:${head.hash}`;
    expect((await run('verify', folder, '--head', signed)).code).toBe(0);
    write(lines().slice(0, 3));
    expect((await run('verify', folder)).code).toBe(0);
    const missed = await run('verify', folder, '--head', signed, '--lang', 'en');
    expect(missed).toMatchObject({ code: 1, out: expect.stringContaining('BAD: entry 3 is missing') });
    expect((await run('verify', folder, '--head', '5')).code).toBe(2);
  });

  it('says that there is no ledger', async () => {
    rmSync(path);
    expect(await run('verify', folder, '--lang', 'zh')).toMatchObject({
      code: 2,
      err: expect.stringContaining('账本'),
    });
  });
});

describe('blindflag ledger show', () => {
  it('shows who asked what and when, what opened, what is left, and alerts', async () => {
    const config = JSON.parse(readFileSync(join(folder, 'node.json'), 'utf8')) as Record<string, unknown>;
    expect(config['allow']).toEqual([]);
    const { code, out } = await run('show', folder, '--lang', 'en');
    expect(code).toBe(0);
    expect(out).toContain("2027-01-15 12:00Z  abababab  bank-b asked 'fraud-flags' for up to 1,024 accounts: done");
    expect(out).toContain('an answer may have opened');
    expect(out).toContain('running, nothing opened here');
    expect(out).toContain("bank-b, 'fraud-flags': more requests than it may make in one day; 10 that day");
    expect(out).toContain('asks on although its limit is reached');
    const chinese = (await run('show', folder, '--lang', 'zh')).out;
    for (const part of ['账本', '结果可能已开启', '已达限额仍继续查询']) expect(chinese).toContain(part);
  });

  it('gives the same to programs', async () => {
    const { out } = await run('show', folder, '--json');
    expect(JSON.parse(out)).toMatchObject({
      verdict: { kind: 'good' },
      entries: 6,
      runs: [
        { outcome: 'running', mayHaveOpened: false },
        { run: RUN, asker: 'bank-b', outcome: 'done', mayHaveOpened: true },
      ],
      refusals: [{ count: 10 }],
      alerts: [{ alert: 'enumeration' }],
    });
  });

  it('shows nothing of what stands behind a bad entry, and fails', async () => {
    const whole = lines();
    write(whole.with(2, whole[2].replace('done', 'gone')));
    const { code, out } = await run('show', folder, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verdict: { kind: 'bad', seq: 2 }, entries: 2, alerts: [] });
  });
});
