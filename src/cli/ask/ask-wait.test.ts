import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNodeFolders, type NodeFolders } from '../../../test/support/node-folders.ts';
import { type StartedNode, startNode } from '../../service/start-node.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];

let folders: NodeFolders;
const started: StartedNode[] = [];
beforeEach(async () => {
  folders = await makeNodeFolders({ banks: BANKS, accounts: 40 });
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((node) => node.stop()));
  folders.remove();
});

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};

async function start(bank: string): Promise<void> {
  started.push(await startNode(folders.folder(bank), { passphrase: folders.passphrase }));
}

async function ask(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const surroundings = recordedSurroundings();
  const code = await runCli(['ask', 'flag', ...args], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

describe('ask', () => {
  it('waits for its node and for the peers while they start, and says so', async () => {
    const folder = folders.folder('bank-a');
    const said: string[] = [];
    const surroundings = recordedSurroundings({ onStderr: (text) => said.push(text) });
    const asking = runCli(['ask', 'flag', folder, '--wait', '300', '--format', 'csv'], surroundings);
    const waitsForNode = `no node runs in ${folder} yet: waits up to 300 s for it to start\n`;
    await until(() => said.includes(waitsForNode));
    await start('bank-a');
    await until(() => said.some((text) => text.startsWith('waits for bank-b, bank-c, bank-d to connect')));
    for (const bank of BANKS.slice(1)) await start(bank);
    expect(await asking).toBe(0);
    const flags = surroundings
      .out()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[1] === '1');
    expect(flags).toEqual(folders.expected('bank-a'));
  });

  it('says that no node runs when it waited in vain, and at once where none can start', async () => {
    const folder = folders.folder('bank-a');
    const { code, out, err } = await ask(folder, '--wait', '1');
    expect([code, out]).toEqual([3, '']);
    expect(err).toBe(
      `no node runs in ${folder} yet: waits up to 1 s for it to start\n` +
        `blindflag: Cannot reach node: none runs in ${folder} — start it with 'blindflag up ${folder}', or name the folder of a node that runs\n`,
    );
    const nowhere = await ask(join(folder, 'admin'));
    expect([nowhere.code, nowhere.err.includes('waits')]).toEqual([3, false]);
  });
});
