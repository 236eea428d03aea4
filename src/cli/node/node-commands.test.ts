import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../main.ts';
import { type RecordedOptions, recordedSurroundings } from '../recorded-surroundings.ts';

const PASSPHRASE = 'passphrase-of-a-test';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bf-cli-'));
});
afterAll(() => rmSync(root, { recursive: true }));

async function run(args: readonly string[], options: RecordedOptions = {}) {
  const surroundings = recordedSurroundings({ env: { BLINDFLAG_PASSPHRASE: PASSPHRASE }, ...options });
  return { code: await runCli(args, surroundings), out: surroundings.out(), err: surroundings.err() };
}

async function init(name: string, ...more: readonly string[]) {
  const folder = join(root, name);
  return { folder, ...(await run(['init', folder, '--name', name, ...more])) };
}

const configOf = (folder: string): { peers: { name: string; url: string; card: string }[]; name: string } =>
  JSON.parse(readFileSync(join(folder, 'node.json'), 'utf8')) as ReturnType<typeof configOf>;

describe('blindflag init', () => {
  it('makes an identity of mode 0600, a configuration and a card, and keeps them when it runs again', async () => {
    const first = await init('bank-a', '--listen', '127.0.0.1:7411');
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^blindflag-card-1:bank-a:[0-9a-f]{136} ws:\/\/127\.0\.0\.1:7411\n$/);
    expect(readFileSync(join(first.folder, 'bank-a.card'), 'utf8')).toBe(first.out);
    expect(statSync(join(first.folder, 'identity.json')).mode & 0o777).toBe(0o600);
    const config = readFileSync(join(first.folder, 'node.json'), 'utf8');

    const again = await run(['init', first.folder, '--lang', 'zh']);
    expect(again).toMatchObject({ code: 0, out: first.out });
    expect(again.err).toContain('身份已保留，配置已保留');
    expect(again.err).toContain('名片上的地址只在本机有效');
    const wrong = await run(['init', first.folder], { env: { BLINDFLAG_PASSPHRASE: 'another passphrase' } });
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('the passphrase is wrong');
    expect(readFileSync(join(first.folder, 'node.json'), 'utf8')).toBe(config);
  });

  it('keeps the address on the card that is there, until --url gives another or the identity is new', async () => {
    const { folder } = await init('bank-public', '--listen', '0.0.0.0:7412', '--url', 'wss://node.bank.example');
    const again = await run(['init', folder]);
    expect(again.out).toMatch(/^blindflag-card-1:bank-public:\S+ wss:\/\/node\.bank\.example\n$/);
    const moved = await run(['init', folder, '--url', 'wss://other.bank.example']);
    expect(moved.out).toContain(' wss://other.bank.example\n');
    expect((await run(['init', folder])).out).toBe(moved.out);

    const card = join(folder, 'bank-public.card');
    expect(readFileSync(card, 'utf8')).toBe(moved.out);
    // What is no address is none: as without the file, the node's own is taken.
    writeFileSync(card, 'a card and-no-address\n');
    expect((await run(['init', folder])).out).not.toContain('and-no-address');
    writeFileSync(card, moved.out);
    rmSync(join(folder, 'identity.json'));
    expect((await run(['init', folder])).out).not.toContain('bank.example');
  });

  it('refuses another --listen than the configuration has, and takes the same one', async () => {
    const { folder, out } = await init('bank-listens', '--listen', '127.0.0.1:7413');
    const file = join(folder, 'node.json');
    const before = readFileSync(file, 'utf8');
    for (const listen of ['127.0.0.1:7414', '0.0.0.0:7413']) {
      const other = await run(['init', folder, '--listen', listen]);
      expect(other).toMatchObject({ code: 2, out: '' });
      expect(other.err).toContain(`--listen and "listen" in ${file} differ — leave --listen out, and change`);
    }
    expect((await run(['init', folder, '--listen', '[::]:7413', '--lang', 'zh'])).err).toContain('"listen" 不同');
    expect(await run(['init', folder, '--listen', '127.0.0.1:7413'])).toMatchObject({ code: 0, out });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readFileSync(join(folder, 'bank-listens.card'), 'utf8')).toBe(out);
  });

  it.each([
    ['ws://127.0.0.1:7400', true],
    ['wss://localhost', true],
    ['ws://[::1]:7400', true],
    ['ws://10.0.0.1:7400', false],
    ['wss://localhost.bank.example', false],
  ])('says of a card with %s that it is for this machine alone: %s', async (url, isSaid) => {
    const { err } = await init('bank-address', '--url', url);
    expect(err.includes('an address of this machine alone')).toBe(isSaid);
  });

  it('asks twice for a passphrase that is not shown when there is a terminal and no variable', async () => {
    const folder = join(root, 'bank-typed');
    const args = ['init', folder, '--name', 'bank-typed'];
    const differ = await run(args, { env: {}, secrets: ['one long passphrase', 'two long passphrase'] });
    expect(differ).toMatchObject({ code: 2, out: '' });
    expect(differ.err).toContain('differ');
    expect((await run(args, { env: {}, secrets: ['short', 'short'] })).err).toContain('fewer than 12 characters');
    expect((await run(args, { env: {} })).err).toContain('set BLINDFLAG_PASSPHRASE');
    expect(readdirSync(folder)).toEqual([]);
    const typed = await run(args, { env: {}, secrets: ['one long passphrase', 'one long passphrase'] });
    expect(typed.code).toBe(0);
    expect(typed.err).not.toMatch(/\bone long/);
  });

  it('gives a card without an address, and says so, when the node listens on all of them', async () => {
    const { code, out, err } = await init('bank-all', '--listen', '0.0.0.0:7400');
    expect(code).toBe(0);
    expect(out).not.toContain('ws://');
    expect(err).toContain('The card has no address');
    const named = await run(['init', join(root, 'bank-all'), '--url', 'wss://node.bank.example']);
    expect(named.out).toContain(' wss://node.bank.example\n');
  });

  it.each([
    [[], '--name is missing'],
    [['--name', 'Bank A'], '--name is not usable'],
    [['--name', 'x', '--listen', 'nowhere'], '--listen is not host:port'],
    [['--name', 'x', '--listen', 'host:99999'], '--listen is not host:port'],
    [['--name', 'x', '--url', 'http://host'], '--url is not a WebSocket address'],
  ])('refuses %j and writes nothing', async (options, what) => {
    const { code, out, err } = await run(['init', join(root, 'never'), ...options]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(what);
    expect(readdirSync(root)).not.toContain('never');
  });
});

describe('blindflag peer add', () => {
  it('adds peers from card files and options, once each, and says what the configuration lacks', async () => {
    const own = await init('bank-p');
    const peers = [await init('bank-q'), await init('bank-r')];
    const file = join(own.folder, 'node.json');
    const terms = {
      name: 'flags',
      protocol: 'flag',
      agreement: 'configured',
      contributors: ['bank-p', 'bank-q', 'bank-r'],
    };
    const question = { ...terms, buckets: { asker: 1024, evidence: 1024 }, purpose: 'test' };
    writeFileSync(file, JSON.stringify({ ...configOf(own.folder), questions: [question] }));
    chmodSync(file, 0o640);

    const first = await run(['peer', 'add', own.folder, join(peers[0].folder, 'bank-q.card')]);
    expect(first.code).toBe(0);
    expect(first.err).toContain('bank-q added, at ws://127.0.0.1:7400');
    expect(first.err).toContain('$.questions[0].contributors[2]: it is neither this institution nor a peer');
    expect(statSync(file).mode & 0o777).toBe(0o640);

    const card = peers[1].out.split(' ')[0];
    const second = await run(['peer', 'add', own.folder, '--card', card, '--url', 'ws://bank-r.example:1']);
    expect(second.err).toContain('The configuration is complete');
    const moved = await run(['peer', 'add', own.folder, '--card', card, '--url', 'ws://bank-r.example:2']);
    expect(moved.err).toContain('bank-r is known, now at ws://bank-r.example:2');
    expect(configOf(own.folder).peers.map(({ name, url }) => `${name} ${url}`)).toEqual([
      'bank-q ws://127.0.0.1:7400',
      'bank-r ws://bank-r.example:2',
    ]);
  });

  it('refuses what is no peer and changes nothing', async () => {
    const own = await init('bank-s');
    const other = await init('bank-t');
    const card = other.out.split(' ')[0];
    const add = (...args: readonly string[]) => run(['peer', 'add', own.folder, ...args]);
    expect((await add('--card', card, '--url', 'ws://t:1')).code).toBe(0);
    const before = readFileSync(join(own.folder, 'node.json'), 'utf8');

    const impostor = join(root, 'impostor');
    await run(['init', impostor, '--name', 'bank-t']);
    const cases: readonly (readonly [args: readonly string[], what: string])[] = [
      [[join(own.folder, 'bank-s.card')], 'card of this institution itself'],
      [[join(impostor, 'bank-t.card')], 'bank-t is there already with other keys'],
      [['--card', card], '--card says no address'],
      [['--card', card.replace(/.$/, (last) => (last === '0' ? '1' : '0')), '--url', 'ws://t:1'], 'holds no card'],
      [['--url', 'ws://t:1'], '--url belongs to --card'],
      [[], 'no peer is given'],
      [[join(root, 'nothing.card')], 'cannot be read'],
    ];
    for (const [args, what] of cases) {
      const { code, err } = await add(...args);
      expect({ code, says: err.includes(what) }, `${args.join(' ')}: ${err}`).toEqual({ code: 2, says: true });
    }
    expect(readFileSync(join(own.folder, 'node.json'), 'utf8')).toBe(before);
  });
});

describe('blindflag up', () => {
  it('names every problem of the configuration, and asks for no passphrase before it is good', async () => {
    const { folder } = await init('bank-u');
    const config = { ...configOf(folder), colour: 'red', listen: { host: 'x', port: 'y' } };
    writeFileSync(join(folder, 'node.json'), JSON.stringify(config));
    const { code, out, err } = await run(['up', folder], { env: {} });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('$.colour: this key means nothing here (unknown-key)');
    expect(err).toContain('$.listen.port: it has the wrong type');
  });

  it('suggests peer add when a question names an institution without a card here', async () => {
    const { folder } = await init('bank-early');
    const question = {
      name: 'flags',
      protocol: 'flag',
      agreement: 'configured',
      contributors: ['bank-early', 'bank-q'],
      purpose: 'test',
    };
    const buckets = { asker: 1024, evidence: 1024 };
    writeFileSync(
      join(folder, 'node.json'),
      JSON.stringify({ ...configOf(folder), questions: [{ ...question, buckets }] }),
    );
    expect((await run(['up', folder])).err).toContain("'blindflag peer add DIR CARD-FILE'");
  });

  it('tells a wrong passphrase, and what to do', async () => {
    const { folder } = await init('bank-v');
    const { code, err } = await run(['up', folder], { env: { BLINDFLAG_PASSPHRASE: 'another' } });
    expect(code).toBe(2);
    expect(err).toContain('the passphrase is wrong');
    expect(err).not.toContain('another');
  });

  it('refuses a card under another name, and a damaged one, and names the entry', async () => {
    const { folder } = await init('bank-w');
    const { out } = await init('bank-x');
    const withPeer = (name: string, card: string): void =>
      writeFileSync(
        join(folder, 'node.json'),
        JSON.stringify({ ...configOf(folder), peers: [{ name, url: 'ws://x:1', card }] }),
      );
    withPeer('bank-y', out.split(' ')[0]);
    expect((await run(['up', folder])).err).toMatch(/\$\.peers\[0\]\.card: its card is that of another.*party bank-y/);
    withPeer('bank-x', out.slice(0, 40));
    expect((await run(['up', folder])).err).toContain('$.peers[0].card: its card is damaged');
  });

  it('refuses to start when the clock says a time before the identity was made', async () => {
    const { folder } = await init('bank-z');
    const { utimesSync } = await import('node:fs');
    const later = new Date(new Date().getTime() + 3_600_000);
    utimesSync(join(folder, 'identity.json'), later, later);
    const { code, err } = await run(['up', folder]);
    expect(code).toBe(2);
    expect(err).toContain('clock of this machine');
    expect(err).toContain('time service');
  });
});

describe('blindflag ask, status and stop', () => {
  it.each([['ask', 'flag'], ['ask', 'overlap'], ['answer', '01234567'], ['status'], ['stop']])(
    'exits with 3 at %s when no node runs there',
    async (...command) => {
      const folder = join(root, 'nobody');
      mkdirSync(folder, { recursive: true });
      const { code, out, err } = await run([...command, folder]);
      expect({ code, out }).toEqual({ code: 3, out: '' });
      expect(err).toContain(`none runs in ${folder} — start it with 'blindflag up ${folder}'`);
      expect(err).not.toContain('unreadable-source');
    },
  );

  it.each([
    [['ask', 'exposure'], 'ask has no such choice — use flag or overlap'],
    [['ask', 'flag', '.', '--peer', 'bank-b'], '--peer belongs to overlap; flag asks all institutions at once'],
    [['ask', 'overlap', '.', '--only-new'], '--only-new belongs to flag'],
    [['answer'], 'the argument <run> is missing'],
    [['answer', 'bank-a'], '<run> is not the name of a run'],
    [['answer', '0123456'], '<run> is not the name of a run'],
    [['ask', 'flag', '.', '--format', 'xml'], '--format has no such choice'],
    [['ask', 'flag', '.', '--format', 'csv', '--json'], '--format and --json each say how the output is written'],
    [['ask'], 'the argument <protocol> is missing'],
    [['status', '.', '--lang', 'fr'], '--lang has no such choice'],
  ])('refuses %j', async (args, what) => {
    const { code, err } = await run(args);
    expect({ code, says: err.includes(what) }, err).toEqual({ code: 2, says: true });
  });
});

describe('blindflag help', () => {
  it('lists the commands and the exit codes, and has a page for each, in both languages', async () => {
    const { out } = await run(['help']);
    for (const command of ['demo', 'init', 'peer', 'up', 'ask', 'answer', 'status', 'stop'])
      expect(out).toContain(`  ${command}`);
    expect(out).toContain('3 no node runs in the folder');
    expect((await run(['--help', '--lang', 'zh'])).out).toContain('退出码');
    for (const page of [['init'], ['peer', 'add'], ['up'], ['ask'], ['answer'], ['status'], ['stop']]) {
      const help = await run([...page, '--help', '--lang', 'zh']);
      expect(help).toMatchObject({ code: 0, err: '' });
      expect(help.out).toContain('选项：');
      expect(help.out).not.toMatch(/Options:|Arguments:|Commands:/);
    }
  });
});
