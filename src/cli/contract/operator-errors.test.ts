import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNodeFolders, type NodeFolders } from '../../../test/support/node-folders.ts';
import { partyId } from '../../kit/party.ts';
import { type StartedNode, startNode } from '../../service/start-node.ts';
import { openWsPeers, type WsPeers } from '../../service/ws-peers.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const OTHERS = BANKS.slice(1);
const NOON = Date.UTC(2030, 0, 15, 12);
const HOUR = 3_600_000;
const LANGUAGES = ['en', 'zh'] as const;
type Language = (typeof LANGUAGES)[number];

let folders: NodeFolders;
let closers: (() => unknown)[] = [];
beforeEach(async () => {
  folders = await makeNodeFolders({ banks: BANKS, accounts: 40 });
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  folders.remove();
});

const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
};

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const surroundings = recordedSurroundings({ env: { BLINDFLAG_PASSPHRASE: folders.passphrase, ...env } });
  return { code: await runCli(args, surroundings), out: surroundings.out(), err: surroundings.err() };
}

/** `blindflag up` of bank-a, and its screen without times of day. */
async function up(language: Language, wallClock = { now: () => NOON }): Promise<() => readonly string[]> {
  const abort = new AbortController();
  const env = { BLINDFLAG_PASSPHRASE: folders.passphrase };
  const surroundings = recordedSurroundings({ env, signal: abort.signal, wallClock });
  const ended = runCli(['up', folders.folder('bank-a'), '--lang', language], surroundings);
  closers.push(async () => {
    abort.abort();
    await ended;
  });
  const listens = { en: 'bank-a listens on ', zh: 'bank-a 正在监听 ' }[language];
  await until(() => surroundings.out().includes(listens));
  return () =>
    surroundings
      .out()
      .split('\n')
      .map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
}

async function startOther(bank: string, wallClock = { now: () => NOON }): Promise<StartedNode> {
  const node = await startNode(folders.folder(bank), { passphrase: folders.passphrase, wallClock });
  closers.push(() => node.stop());
  return node;
}

/** Made long before noon. */
function ageIdentities(): void {
  for (const bank of BANKS) utimesSync(join(folders.folder(bank), 'identity.json'), new Date(0), new Date(0));
}

/** The line of a status screen that tells of a peer, or of what its label says. */
const statusLine = async (start: string, language: Language, bank = 'bank-a'): Promise<string> => {
  const { out } = await run(['status', folders.folder(bank), '--lang', language]);
  const line = out.split('\n').find((text) => text.trimStart().startsWith(start) || text.includes(` ${start} `));
  return (line ?? out).trim();
};

const ask = (language: Language, bank = 'bank-a'): Promise<Outcome> =>
  run(['ask', 'flag', folders.folder(bank), '--wait', '0', '--lang', language]);
const lastLine = ({ err }: Outcome): string => err.trimEnd().split('\n').at(-1) ?? '';

describe.each(LANGUAGES)('in %s, a clock that is wrong by an hour', (language) => {
  const WORDS = {
    en: {
      own: 'Cannot run: a clock is 60 minutes fast against the others [phase clock] [party bank-a] (refused) — set the clock of this machine by a time service; limits per day and the expiry of answers depend on it',
      other:
        'Cannot run: a clock is 60 minutes fast against the others [phase clock] [party bank-a] (refused) — ask its operator to set the clock there by a time service; limits per day and the expiry of answers depend on it',
      connecting:
        'bank-b: Cannot connect: the clocks of the two sides differ by too much [phase connect] [party bank-b] (refused-by-peer) — set the clock here by NTP; if it is right, ask the operator of that party to set the one there; trying again',
      label: 'clock',
    },
    zh: {
      own: '无法运行：有一方的时钟比其他各方快 60 分钟［阶段 clock］［bank-a］（refused）——请用时间服务校准本机时钟；每日限额和结果有效期都取决于它',
      other:
        '无法运行：有一方的时钟比其他各方快 60 分钟［阶段 clock］［bank-a］（refused）——请该方操作员用时间服务校准其时钟；每日限额和结果有效期都取决于它',
      connecting:
        'bank-b：无法连接：双方时钟相差过大［阶段 connect］［bank-b］（refused-by-peer）——请用 NTP 校准本机时钟；若本机时钟正确，请对方操作员校准对方时钟；将再次尝试',
      label: '时钟',
    },
  }[language];

  it('is told by up, status and ask, whose it is and what to do', async () => {
    ageIdentities();
    for (const bank of OTHERS) await startOther(bank);
    const screen = await up(language, { now: () => NOON + HOUR });
    await until(() => screen().includes(WORDS.own) && screen().includes(WORDS.connecting));
    expect((await statusLine(WORDS.label, language)).replace(/^\S+ +/, '')).toBe(WORDS.own);
    const own = await ask(language);
    expect([own.code, own.out, lastLine(own)]).toEqual([1, '', `blindflag: ${WORDS.own}`]);

    await until(async () => (await statusLine(WORDS.label, language, 'bank-b')).endsWith(WORDS.other));
    const other = await ask(language, 'bank-b');
    expect([other.code, other.out, lastLine(other)]).toEqual([1, '', `blindflag: ${WORDS.other}`]);
  });
});

describe.each(LANGUAGES)('in %s, a port that is in use', (language) => {
  it('is told by up, which address it is and what to do', async () => {
    const port = folders.ports.get(partyId('bank-a')) ?? 0;
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer().listen(port, '127.0.0.1', () => resolve(listening));
    });
    closers.push(() => server.close());
    const { code, out, err } = await run(['up', folders.folder('bank-a'), '--lang', language]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(
      {
        en: `blindflag: Cannot listen on 127.0.0.1, port ${port}: the port is in use [phase listen] (bad-parameter) — stop what uses it (another node?) or configure another port\n`,
        zh: `blindflag: 无法在 127.0.0.1 端口 ${port} 上监听：端口已被占用［阶段 listen］（bad-parameter）——请停止占用它的程序（另一个节点？），或配置另一个端口\n`,
      }[language],
    );
  });
});

describe.each(LANGUAGES)('in %s, a peer that cannot be reached', (language) => {
  const WORDS = {
    en: {
      what: 'Cannot connect: nothing answers at the address of the party [phase connect] [party bank-b] (peer-silent) — check its url in the peer list, its firewall, and with its operator whether the node runs',
      up: (what: string) => `bank-b: ${what}; trying again`,
      status: /^(?:peers +)?bank-b NOT connected since \d{4}-\d\d-\d\d \d\d:\d\dZ: /,
    },
    zh: {
      what: '无法连接：对方地址没有回应［阶段 connect］［bank-b］（peer-silent）——请检查名单中对方的 url、对方的防火墙，并向对方操作员确认节点正在运行',
      up: (what: string) => `bank-b：${what}；将再次尝试`,
      status: /^(?:对方机构 +)?bank-b 自 \d{4}-\d\d-\d\d \d\d:\d\dZ 起未连接：/,
    },
  }[language];

  it('is told by up, status and ask, whose side it is and what to do', async () => {
    ageIdentities();
    const screen = await up(language);
    await until(() => screen().includes(WORDS.up(WORDS.what)));
    const line = await statusLine('bank-b', language);
    expect(line).toMatch(WORDS.status);
    expect(line.replace(WORDS.status, '')).toBe(WORDS.what);
    const asked = await ask(language);
    expect([asked.code, asked.out]).toEqual([1, '']);
    expect(lastLine(asked).replace(/bank-[cd]/, 'bank-b'), 'whichever is found to be away first').toBe(
      `blindflag: ${WORDS.what}`,
    );
  });
});

describe.each(LANGUAGES)('in %s, a wrong passphrase', (language) => {
  it('is told by up, for which file and what to do', async () => {
    const folder = folders.folder('bank-a');
    const { code, out, err } = await run(['up', folder, '--lang', language], { BLINDFLAG_PASSPHRASE: 'another one' });
    expect([code, out]).toEqual([2, '']);
    const file = join(folder, 'identity.json');
    expect(err).toBe(
      {
        en: `blindflag: Cannot use identity file ${file}: the passphrase is wrong, or the file was changed [phase identity] (bad-input) — try again; else restore it from a backup\n`,
        zh: `blindflag: 无法使用身份文件 ${file}：口令有误，或文件被改动［阶段 identity］（bad-input）——请重试；仍不行则从备份恢复\n`,
      }[language],
    );
  });
});

describe.each(LANGUAGES)('in %s, an unknown key in the configuration', (language) => {
  it('is told by up, in which file and place and what to do', async () => {
    const file = join(folders.folder('bank-a'), 'node.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    // The language that a configuration names holds for what is wrong with it, too.
    writeFileSync(file, JSON.stringify({ ...config, language, colour: 'red' }));
    const { code, out, err } = await run(['up', folders.folder('bank-a')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(
      {
        en: `blindflag: Cannot use configuration ${file}:\n  $.colour: this key means nothing here (unknown-key) — remove it, or correct its spelling [phase configuration] (bad-parameter) — correct the file and start again; nothing was sent\n`,
        zh: `blindflag: 无法使用配置 ${file}：\n  $.colour：此处没有这个键（unknown-key）——请删除它，或更正拼写［阶段 configuration］（bad-parameter）——请更正文件后重新启动；没有发送任何内容\n`,
      }[language],
    );
  });
});

describe.each(LANGUAGES)('in %s, a peer with another version', (language) => {
  const WORDS = {
    en: {
      what: 'Cannot connect: the other side speaks another version [phase connect] [party bank-b] (refused-by-peer) — update whichever side has the older software',
      up: (what: string) => `bank-b: ${what}; trying again`,
    },
    zh: {
      what: '无法连接：对方使用另一个版本［阶段 connect］［bank-b］（refused-by-peer）——请更新软件较旧的一方',
      up: (what: string) => `bank-b：${what}；将再次尝试`,
    },
  }[language];

  async function startOlder(bank: string): Promise<WsPeers> {
    const [self, peer] = [bank, 'bank-a'].map(partyId);
    const identity = folders.identities.get(self);
    const card = folders.identities.get(peer)?.card;
    if (identity === undefined || card === undefined) throw new Error('no such bank');
    const listen = { host: '127.0.0.1', port: folders.ports.get(self) ?? 0 };
    const peers = await openWsPeers({ identity, peers: [card], listen, version: 9, wallClock: () => NOON });
    closers.push(() => peers.close());
    return peers;
  }

  it('is told by up, status and ask, whose side it is and what to do', async () => {
    ageIdentities();
    await startOlder('bank-b');
    for (const bank of ['bank-c', 'bank-d']) await startOther(bank);
    const screen = await up(language);
    await until(() => screen().includes(WORDS.up(WORDS.what)));
    expect(await statusLine('bank-b', language)).toContain(WORDS.what);
    const asked = await ask(language);
    expect([asked.code, asked.out, lastLine(asked)]).toEqual([1, '', `blindflag: ${WORDS.what}`]);
  });
});

describe.each(LANGUAGES)('in %s, an own list that cannot be used', (language) => {
  it('is told by up before it listens: file, column and what to do', async () => {
    const file = join(folders.folder('bank-a'), 'evidence.csv');
    writeFileSync(file, 'account,points\nacct-1,1\n');
    const { code, out, err } = await run(['up', folders.folder('bank-a'), '--lang', language]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(
      {
        en: `blindflag: Cannot read ${file}: column 'score' is missing; it has 'account', 'points' [phase configuration/datasets.evidence] (missing-column) — name a column that the file has under datasets.evidence in the configuration\n`,
        zh: `blindflag: 无法读取 ${file}：列 'score' 不存在；现有 'account', 'points'［阶段 configuration/datasets.evidence］（missing-column）——请在配置的 datasets.evidence 中写明文件已有的列\n`,
      }[language],
    );
  });

  it('is told by its own screen with file, row and column, and by the one of the asker without them', async () => {
    ageIdentities();
    for (const bank of OTHERS) await startOther(bank);
    const screen = await up(language);
    const file = join(folders.folder('bank-a'), 'evidence.csv');
    const rows = readFileSync(file, 'utf8').trimEnd().split('\n').length;
    writeFileSync(file, `${readFileSync(file, 'utf8')}acct-1,many\n`);
    const asked = await run(['ask', 'flag', folders.folder('bank-b'), '--lang', language]);
    const [own, theirs] = {
      en: [
        `FAILED, malformed-row in ${file}, row ${rows + 1}, column 'score' [phase input] — correct or remove the row and start again`,
        'blindflag: Cannot ask: the party cannot use its own list or its settings [phase input] [party bank-a] (peer-aborted) — ask its operator to look at the log there: it names the place',
      ],
      zh: [
        `失败，数据行格式有误：${file}，第 ${rows + 1} 行，列 'score'［阶段 input］——请更正或删除该行后重新开始`,
        'blindflag: 无法查询：该方无法使用其自己的名单或设置［阶段 input］［bank-a］（peer-aborted）——请对方操作员查看其日志：其中写明位置',
      ],
    }[language];
    await until(() => screen().some((line) => line.endsWith(own)));
    expect([asked.code, asked.out, lastLine(asked)]).toEqual([1, '', theirs]);
    expect(asked.err).not.toContain(file);
  });
});
