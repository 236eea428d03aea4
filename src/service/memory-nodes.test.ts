import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { testQuestion } from '../../test/support/consortium-of-nodes.ts';
import { makeNodeFolders, type NodeFolders } from '../../test/support/node-folders.ts';
import { readConfig } from '../node/config/config.ts';
import type { NodeConfig } from '../node/config/node-config.ts';
import { type MemoryNodes, startMemoryNodes } from './memory-nodes.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];

let folders: NodeFolders | undefined;
let nodes: MemoryNodes | undefined;
afterEach(async () => {
  await nodes?.stop();
  folders?.remove();
});

async function configs(): Promise<readonly NodeConfig[]> {
  const made = await makeNodeFolders({
    banks: BANKS,
    accounts: 40,
    rules: [{ name: 'flags', quorum: 2, agreement: 'signed' }],
  });
  folders = made;
  return await Promise.all(BANKS.map((bank) => readConfig(join(made.folder(bank), 'node.json'))));
}

describe('startMemoryNodes', () => {
  it('runs a signed question under a contract of all its nodes', async () => {
    nodes = await startMemoryNodes(await configs(), { questions: [testQuestion] });
    expect(nodes.node('bank-b').consent.contracts()).toMatchObject([{ question: 'flags', state: 'ready' }]);
    const answer = await nodes.node('bank-a').ask('flags');
    const flagged = folders?.expected('bank-a', { name: 'flags', quorum: 2 }) ?? [];
    expect([...answer.rows()].map((row) => row.flagged)).toEqual(flagged);
  });

  it('does not start where a party of a question is not there', async () => {
    const [first, second, third] = await configs();
    await expect(startMemoryNodes([first, second, third], { questions: [testQuestion] })).rejects.toMatchObject({
      code: 'bad-parameter',
      party: 'bank-d',
    });
  });
});
