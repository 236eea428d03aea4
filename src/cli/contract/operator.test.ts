import { readFileSync, statSync } from 'node:fs';
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
    expect((await say('operator', 'add', 'li', dir, '--role', 'approver')).err).toContain('something is there already');
    const { operators } = JSON.parse(readFileSync(join(dir, 'node.json'), 'utf8')) as { operators: { role: string }[] };
    expect(operators.map(({ role }) => role)).toEqual(['requester', 'approver', 'auditor', 'administrator']);
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
    expect((await say('contract', 'revoke', 'flags', dir, '--as', 'wang')).out).toContain('Revoked');
    expect((await say('stop', dir, '--as', 'sun')).code).toBe(0);
  });
});
