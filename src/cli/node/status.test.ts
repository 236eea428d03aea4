import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flag } from '../../../protocols/flag/index.ts';
import { overlap } from '../../../protocols/overlap/index.ts';
import { makeNodeFolders, type NodeFolders } from '../../../test/support/node-folders.ts';
import { signContracts } from '../../../test/support/signed-folders.ts';
import type { NodeStatus } from '../../node/node-status.ts';
import { type StartedNode, startNode } from '../../service/start-node.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';
import { textsOf } from '../texts.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const NOON = Date.UTC(2030, 0, 15, 12);
const DAY_MS = 86_400_000;
const CONTRACT_ENDS = '2030-01-27T00:00:00.000Z';

let folders: NodeFolders;
let node: StartedNode | undefined;
beforeAll(async () => {
  const rules = [
    { name: 'flags', quorum: 2, agreement: 'signed' },
    { name: 'others', quorum: 2 },
  ] as const;
  folders = await makeNodeFolders({ banks: BANKS, accounts: 40, rules });
  await signContracts(folders, { expires: CONTRACT_ENDS });
  const folder = folders.folder('bank-a');
  const file = join(folder, 'node.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { peers: object[]; questions: object[] };
  Object.assign(config.peers[0], { expires: '2030-01-16' });
  Object.assign(config.peers[1], { expires: '2030-01-15T12:00:00+08:00' });
  config.questions.push({
    name: 'lists',
    protocol: 'overlap',
    agreement: 'configured',
    holders: ['bank-b'],
    mode: 'size-only',
    buckets: { asker: 1024, holdings: 1024 },
    purpose: 'test',
    acknowledged: ['receiver-learns-exact-overlap-size'],
  });
  writeFileSync(file, JSON.stringify(config));
  utimesSync(join(folder, 'identity.json'), new Date(0), new Date(0));
  node = await startNode(folder, { passphrase: folders.passphrase, wallClock: { now: () => NOON } });
});
afterAll(async () => {
  await node?.stop();
  folders.remove();
});

async function status(nowMs: number, ...options: readonly string[]): Promise<string> {
  const surroundings = recordedSurroundings({ env: { LANG: 'en' }, wallClock: { now: () => nowMs } });
  const code = await runCli(['status', folders.folder('bank-a'), ...options], surroundings);
  expect(code, surroundings.err()).toBe(0);
  return surroundings.out();
}

describe('blindflag status', () => {
  it('says the protocol of each question, with its version', async () => {
    for (const language of ['en', 'zh']) {
      const out = await status(NOON, '--lang', language);
      expect(out).toMatch(new RegExp(`^\\S+ +flags[:：] ?${flag.spec.id}$`, 'm'));
      expect(out).toMatch(new RegExp(`^ +others[:：] ?${flag.spec.id}$`, 'm'));
      expect(out).toMatch(new RegExp(`^ +lists[:：] ?${overlap.spec.id}[,，]`, 'm'));
    }
  });

  it('says when contracts and cards of peers end, and in how many days', async () => {
    const out = await status(NOON);
    expect(out).toMatch(/contract [0-9a-f]{16}…: signed by all parties; expires 2030-01-27, in 12 days$/m);
    expect(out).toMatch(/bank-b NOT connected since 2030-01-15 12:00Z; expires 2030-01-16, in one day(?:$|: )/m);
    expect(out).toMatch(/bank-c NOT connected since 2030-01-15 12:00Z; expired 2030-01-15(?:$|: )/m);
    expect(out).toMatch(/bank-d NOT connected since 2030-01-15 12:00Z(?:$|: )/m);
    expect(out.match(/expire[sd] /g)).toHaveLength(3);
    const chinese = await status(NOON, '--lang', 'zh');
    expect(chinese).toMatch(/：全部参与方已签署；2030-01-27 到期，还有 12 天$/m);
    expect(chinese).toContain('起未连接；2030-01-16 到期，还有 1 天');
    expect(chinese).toContain('；已于 2030-01-15 到期');
    // What is left is told by the clock of who looks.
    expect(await status(NOON + 12 * DAY_MS)).toMatch(/; expired 2030-01-27$/m);
  });

  it('gives the times in ISO 8601 as JSON, and none where nothing ends', async () => {
    const { questions, peers } = JSON.parse(await status(NOON, '--json')) as NodeStatus;
    expect(questions.map(({ name, protocolId, expires }) => [name, protocolId, expires])).toEqual([
      ['flags', flag.spec.id, CONTRACT_ENDS],
      ['others', flag.spec.id, undefined],
      ['lists', overlap.spec.id, undefined],
    ]);
    expect(peers.map(({ peer, expires }) => [peer, expires])).toEqual([
      ['bank-b', '2030-01-16T00:00:00.000Z'],
      ['bank-c', '2030-01-15T04:00:00.000Z'],
      ['bank-d', undefined],
    ]);
  });
});

describe('texts.node.expiresSoon', () => {
  it.each([
    ['en', 'the contract of flags expires in 12 days: ', 'the card of bank-b expires in one day: '],
    ['zh', 'flags 的合同还有 12 天到期：', 'bank-b 的名片还有 1 天到期：'],
  ] as const)('says in %s what ends, in how many days and what to do', (language, ofContract, ofCard) => {
    const { expiresSoon } = textsOf(language).node;
    expect(expiresSoon({ question: 'flags', peer: undefined, days: 12 }).startsWith(ofContract)).toBe(true);
    expect(expiresSoon({ question: undefined, peer: 'bank-b', days: 1 }).startsWith(ofCard)).toBe(true);
  });
});
