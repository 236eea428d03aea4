import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNodeFolders, type NodeFolders } from '../../../test/support/node-folders.ts';
import { type StartedNode, startNode } from '../../service/start-node.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const OWN_PASSPHRASE = 'a passphrase of the operator';

let folders: NodeFolders;
let dir: string;
let started: StartedNode | undefined;
beforeAll(async () => {
  folders = await makeNodeFolders({
    banks: BANKS,
    accounts: 40,
    rules: [{ name: 'flags', quorum: 2, agreement: 'signed' }],
  });
  dir = folders.folder('bank-a');
});
afterAll(async () => {
  await started?.stop();
  folders.remove();
});

async function say(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const env = { BLINDFLAG_OPERATOR_PASSPHRASE: OWN_PASSPHRASE, BLINDFLAG_PASSPHRASE: folders.passphrase, LANG: 'en' };
  const surroundings = recordedSurroundings({ env });
  const code = await runCli(args, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

const configured = (folder: string): { readonly operators?: readonly { name: string; role: string }[] } =>
  JSON.parse(readFileSync(join(folder, 'node.json'), 'utf8')) as ReturnType<typeof configured>;

describe('blindflag operator', () => {
  it('makes a key for each person and lists it with its role', async () => {
    expect((await say('operator', 'add', 'li', dir)).err).toContain('an operator has a role');
    expect((await say('operator', 'add', 'li', dir, '--role', 'king')).err).toContain('no such choice');
    const first = await say('operator', 'add', 'li', dir, '--role', 'requester');
    expect(first.err).toContain('only what an operator has signed');
    for (const [name, role] of [
      ['wang', 'approver'],
      ['zhao', 'auditor'],
      ['sun', 'administrator'],
    ]) {
      expect((await say('operator', 'add', name, dir, '--role', role)).code).toBe(0);
    }
    expect(statSync(join(dir, 'operators', 'li.json')).mode & 0o777).toBe(0o600);
    expect(configured(dir).operators?.map(({ role }) => role)).toEqual([
      'requester',
      'approver',
      'auditor',
      'administrator',
    ]);
  });

  it('lists each name once, and writes no key for one that is there', async () => {
    const before = readFileSync(join(dir, 'node.json'), 'utf8');
    // Also where the person keeps the key elsewhere.
    rmSync(join(dir, 'operators', 'zhao.json'));
    for (const name of ['li', 'zhao']) {
      const again = await say('operator', 'add', name, dir, '--role', 'approver');
      expect(again).toMatchObject({ code: 2, out: '' });
      expect(again.err).toContain(`operator ${name} is in ${join(dir, 'node.json')} already`);
      expect(again.err).toContain(`'blindflag operator remove ${name}'`);
    }
    const chinese = await say('operator', 'add', 'li', dir, '--role', 'approver', '--lang', 'zh');
    expect(chinese.err).toContain('操作员 li 已在');
    expect(readFileSync(join(dir, 'node.json'), 'utf8')).toBe(before);
    expect(existsSync(join(dir, 'operators', 'zhao.json'))).toBe(false);
  });

  it('takes a person off the list, says what that leaves, and lets the name be added again', async () => {
    const before = configured(dir);
    const unknown = await say('operator', 'remove', 'zhou', dir);
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('there is no operator zhou — use one of: li, wang, zhao, sun');
    expect((await say('operator', 'remove', 'zhou', dir, '--lang', 'zh')).err).toContain('可用：li、wang、zhao、sun');
    expect(configured(dir)).toEqual(before);

    const removed = await say('operator', 'remove', 'zhao', dir);
    expect(removed).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Operator zhao is out') });
    expect(removed.out).toContain('takes its requests until it is stopped; from the next start on it counts no more');
    expect(removed.out).toContain(join('operators', 'zhao.json'));
    expect(configured(dir)).toEqual({
      ...before,
      operators: before.operators?.filter(({ name }) => name !== 'zhao'),
    });
    expect((await say('operator', 'add', 'zhao', dir, '--role', 'auditor')).code).toBe(0);
  });

  it('has nobody on the list once the last is taken off, and says that the folder decides then', async () => {
    const other = folders.folder('bank-b');
    const before = readFileSync(join(other, 'node.json'), 'utf8');
    expect((await say('operator', 'remove', 'li', other)).err).toContain('the configuration lists none');
    await say('operator', 'add', 'li', other, '--role', 'requester');
    const last = await say('operator', 'remove', 'li', other, '--lang', 'zh');
    expect(last).toMatchObject({ code: 0, err: expect.stringContaining('已没有操作员') });
    expect(last.out).toContain('操作员 li 已从配置中移除');
    expect(JSON.parse(readFileSync(join(other, 'node.json'), 'utf8'))).toEqual(JSON.parse(before));
    // The key is the person's, and stays.
    expect(existsSync(join(other, 'operators', 'li.json'))).toBe(true);
  });

  it('signs requests to the node, which does for each what its role allows', async () => {
    started = await startNode(dir, { passphrase: folders.passphrase });
    const draft = ['--basis', 'agreement', '--expires', '2099-12-31'];
    expect((await say('contract', 'draft', 'flags', dir, ...draft)).code).toBe(0);
    // The institution's passphrase is in the environment, and does not help.
    expect((await say('contract', 'sign', 'flags', dir, '--yes')).err).toContain('no operator of this node has signed');
    expect((await say('contract', 'sign', 'flags', dir, '--yes', '--as', 'li')).err).toContain(
      'the role requester does not',
    );
    const signed = await say('contract', 'sign', 'flags', dir, '--yes', '--as', 'wang');
    expect(signed).toMatchObject({ code: 0, out: expect.stringContaining('Still to sign: bank-b, bank-c, bank-d') });
    expect((await say('contract', 'list', dir, '--as', 'zhao')).out).toContain('still to sign: bank-b, bank-c, bank-d');
    const status = await say('status', dir, '--as', 'sun');
    expect(status).toMatchObject({
      code: 0,
      out: expect.stringMatching(/contract [0-9a-f]{16}…: a party has not signed/),
    });
    expect((await say('status', dir)).err).toContain('no operator of this node has signed');
    expect((await say('stop', dir, '--as', 'zhao')).err).toContain('the role auditor does not allow');
    expect((await say('contract', 'revoke', 'flags', dir, '--yes', '--as', 'wang')).out).toContain('Revoked');
    expect((await say('stop', dir, '--as', 'sun')).code).toBe(0);
  });
});
