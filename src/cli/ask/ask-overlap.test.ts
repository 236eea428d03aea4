/** `blindflag ask overlap` and `blindflag answer` over two nodes of this process, from `init` to the answer. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idealOverlap, neededOverlapDisclosures, overlap, type OverlapMode } from '../../../protocols/overlap/index.ts';
import { adminClient } from '../../node/admin/admin-client.ts';
import { runCli } from '../main.ts';
import { type RecordedSurroundings, recordedSurroundings } from '../recorded-surroundings.ts';

const ENV = { BLINDFLAG_PASSPHRASE: 'passphrase-of-a-test' };
const BANKS = ['bank-a', 'bank-b'] as const;
type Bank = (typeof BANKS)[number];

/** Numbers of cards are what must not show in a log. */
const numbers = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_, k) => `6200${100 + from + k}`);
const ASKED = numbers(60, 0);
const HELD = numbers(40, 45);
const riskOf = (account: string): string => `r${Number(account) % 4}`;
const COMMON = ASKED.filter((account) => HELD.includes(account));
const COLUMNS = [{ name: 'risk', bytes: 4 }];

const root = mkdtempSync(join(tmpdir(), 'bf-overlap-'));
const folder = (bank: Bank): string => join(root, bank);
const stop = new AbortController();
const up = new Map<Bank, { readonly screen: RecordedSurroundings; readonly ended: Promise<number> }>();

async function run(...args: readonly string[]) {
  const surroundings = recordedSurroundings({ env: ENV });
  return { code: await runCli(args, surroundings), out: surroundings.out(), err: surroundings.err() };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

function question(name: string, mode: OverlapMode, columns: typeof COLUMNS = []): object {
  return {
    name,
    protocol: 'overlap',
    agreement: 'configured',
    holders: ['bank-b'],
    mode,
    columns,
    buckets: { smallest: 64, asker: 64, holdings: 64 },
    purpose: 'test',
    acknowledged: neededOverlapDisclosures({ mode, columns }),
  };
}

function configure(bank: Bank): void {
  const file = join(folder(bank), 'node.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const questions = [
    question('watch-list', 'receiver', COLUMNS),
    question('how-many', 'size-only'),
    question('both-ways', 'both'),
  ];
  const names = ['watch-list', 'how-many', 'both-ways'];
  const datasets =
    bank === 'bank-a'
      ? { accounts: { type: 'csv', file: 'accounts.csv', columns: { account: 'account' }, identifier: 'plain' } }
      : {
          holdings: {
            type: 'csv',
            file: 'holdings.csv',
            columns: { account: 'card', payload: { risk: 'level' } },
            identifier: 'plain',
          },
        };
  const allow = names.map((name) => ({ question: name, askers: ['bank-a'], maxItems: 64, perDay: 100 }));
  writeFileSync(
    file,
    JSON.stringify({ ...config, datasets, questions, allow: bank === 'bank-b' ? allow : [], limits: { workers: 0 } }),
  );
}

beforeAll(async () => {
  for (const bank of BANKS) {
    const listen = `127.0.0.1:${await freePort()}`;
    expect((await run('init', folder(bank), '--name', bank, '--listen', listen)).code).toBe(0);
  }
  writeFileSync(join(folder('bank-a'), 'accounts.csv'), `account\n${ASKED.join('\n')}\n`);
  writeFileSync(
    join(folder('bank-b'), 'holdings.csv'),
    `card,level\n${HELD.map((a) => `${a},${riskOf(a)}\n`).join('')}`,
  );
  await run('peer', 'add', folder('bank-a'), join(folder('bank-b'), 'bank-b.card'));
  await run('peer', 'add', folder('bank-b'), join(folder('bank-a'), 'bank-a.card'));
  for (const bank of BANKS) {
    configure(bank);
    const screen = recordedSurroundings({ env: ENV, signal: stop.signal });
    const json = bank === 'bank-a' ? ['--json'] : [];
    up.set(bank, { screen, ended: runCli(['up', folder(bank), ...json], screen) });
  }
  await connected();
}, 30_000);
afterAll(async () => {
  stop.abort(new Error('the tests are over'));
  await Promise.all([...up.values()].map(({ ended }) => ended));
  rmSync(root, { recursive: true });
});

async function connected(): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const status = await adminClient(folder('bank-a'))
      .status()
      .catch(() => undefined);
    if (status?.peers.every((peer) => peer.connected) === true) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error([...up.values()].map(({ screen }) => screen.out() + screen.err()).join('\n'));
}

const outOf = (bank: Bank): string => up.get(bank)?.screen.out() ?? '';

describe('blindflag ask overlap', () => {
  it('says before the run who will learn what, and shows the common accounts with their columns', async () => {
    const { code, out, err } = await run(
      'ask',
      'overlap',
      folder('bank-a'),
      '--question',
      'watch-list',
      '--peer',
      'bank-b',
    );
    expect(code, err).toBe(0);
    const words =
      'bank-a learns, account by account, which of its accounts bank-b lists (receiver-learns-row-level-overlap)';
    expect(err).toContain(`disclosed: ${words}`);
    expect(err.indexOf('receiver-learns-payload-columns')).toBeLessThan(err.indexOf('connects, run'));
    expect(out).toContain(`watch-list: bank-b lists ${COMMON.length} of 60 own accounts too`);
    const shown = [...out.matchAll(/^id:(\d+) +(r\d) /gm)].map(([, account, risk]) => `${account} ${risk}`);
    expect(shown).toEqual(COMMON.map((account) => `${account} ${riskOf(account)}`));
  });

  it('writes every account to a file of its own as CSV, asking the only peer there is', async () => {
    const file = join(root, 'answer.csv');
    const { code, err } = await run(
      'ask',
      'overlap',
      folder('bank-a'),
      '--question',
      'watch-list',
      '--format',
      'csv',
      '--out',
      file,
    );
    expect(code, err).toBe(0);
    const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    expect(head).toBe('account,common,risk,advisory,expires,dispute_id');
    const expected = idealOverlap(
      ASKED,
      HELD.map((account) => [account]),
    ).receiverHeld;
    expect(lines.map((line) => line.split(',')[1] === '1')).toEqual(expected);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await run('ask', 'overlap', folder('bank-a'), '--question', 'how-many', '--out', file);
    expect(again).toMatchObject({ code: 2, out: '' });
  });

  it('gives the size alone in mode size-only, as JSON', async () => {
    const { code, out, err } = await run('ask', 'overlap', folder('bank-a'), '--question', 'how-many', '--json');
    expect(code, err).toBe(0);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({ kind: 'size', size: COMMON.length, peer: 'bank-b', advisory: true });
    expect(answer).not.toHaveProperty('rows');
  });

  it('leaves the holder its own answer in mode both, to be fetched while it is kept', async () => {
    const asked = await run('ask', 'overlap', folder('bank-a'), '--question', 'both-ways', '--json', '--lang', 'zh');
    expect(asked.code, asked.err).toBe(0);
    expect(asked.err).toContain('披露：bank-b 逐个账户得知 bank-a 列有自己的哪些账户');
    const answer = JSON.parse(asked.out) as { rows: { common: boolean }[]; run: string };
    expect(answer.rows.filter((row) => row.common)).toHaveLength(COMMON.length);

    const digits = answer.run.slice(0, 8);
    while (!outOf('bank-b').includes(`blindflag answer ${digits}`))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const status = await run('status', folder('bank-b'));
    expect(status.out).toContain(`${digits} both-ways: bank-a asked, and lists ${COMMON.length} of 40 own accounts`);
    const kept = await run('answer', digits, folder('bank-b'));
    expect(kept.code, kept.err).toBe(0);
    expect(kept.out).toContain(`both-ways: bank-a lists ${COMMON.length} of 40 own accounts too`);
    expect([...kept.out.matchAll(/^id:(\d+) /gm)].map(([, account]) => account)).toEqual(COMMON);
    const csv = await run('answer', answer.run, folder('bank-b'), '--format', 'csv');
    expect(csv.out.trim().split('\n')).toHaveLength(41);
    expect(await run('answer', digits, folder('bank-a'))).toMatchObject({ code: 2, out: '' });
  });

  it.each([
    [['ask', 'overlap'], /--question is missing.*watch-list, how-many, both-ways/],
    [['ask', 'overlap', '--question', 'other'], /--question names none that is asked in this way/],
    [['ask', 'overlap', '--question', 'how-many', '--peer', 'bank-c'], /--peer has no such choice/],
    [['ask', 'flag'], /the configuration has no question/],
    [['answer', '00000000', '--json'], /none of this run is kept/],
    [['ask', 'overlap', '--question', 'nothing', '--json'], /--question names none/],
  ])('refuses %j and sends nothing', async ([command, what, ...options], text) => {
    const { code, out, err } = await run(command, what, folder('bank-a'), ...options);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(text);
  });
});

describe('the screens of both nodes', () => {
  it('name the disclosures of every question and run, to the asker and to the holder', async () => {
    const [asker, holder] = [outOf('bank-a'), outOf('bank-b')];
    for (const line of ['"event":"run-started"', '"disclosures":["receiver-learns-row-level-overlap"'])
      expect(asker).toContain(line);
    expect(holder).toContain('whoever answers watch-list discloses:');
    expect(holder).toMatch(
      /bank-a asks how-many, run [0-9a-f]{8}: joined\n.* bank-a learns exactly how many accounts both list/,
    );
    const status = await run('status', folder('bank-a'));
    expect(status.out).toContain(`both-ways: ${overlap.spec.id}, mode both; to ask: bank-b`);
    expect(status.out).toContain(
      'which of its accounts the institution that is asked lists (receiver-learns-row-level-overlap)',
    );
    expect((await run('status', folder('bank-b'), '--lang', 'zh')).out).toContain('由本机构回答');
  });

  it('show no account', () => {
    const screens = outOf('bank-a') + outOf('bank-b');
    expect(screens).toContain('both-ways');
    expect([...ASKED, ...HELD].filter((account) => screens.includes(account))).toEqual([]);
    expect([...ASKED, ...HELD].filter((account) => `${screens}${ASKED[3]}`.includes(account))).toEqual([ASKED[3]]);
  });
});
