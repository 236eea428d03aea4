/** Tests the service against four institutions in this process: no sockets, no identity files, an oracle beside them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createFlag, flagParameters, idealFlag } from 'blindflag';
import {
  flagQuestion,
  type MemoryNodes,
  type NodeConfig,
  parseConfig,
  sampleConsortium,
  startMemoryNodes,
} from 'blindflag/node';
import { insecureIdealOprf, insecureSeededRng } from 'blindflag/testing';
import { screen } from './screening.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const RULE = { quorum: 2, score: { threshold: 3, max: 255 } };
const raw = (account: string): string => account.slice(account.indexOf(':') + 1);

const { institutions } = await sampleConsortium({ institutions: 4, accountsPerInstitution: 200, seed: 'embed' });
const folder = mkdtempSync(join(tmpdir(), 'embed-'));

/** What `node.json` says at each bank; the asker brings its accounts with the question. */
function configOf(bank: string, index: number): NodeConfig {
  const home = join(folder, bank);
  mkdirSync(home);
  const evidence = institutions[index].evidence.map(({ account, score }) => `${raw(account)},${score}`);
  writeFileSync(join(home, 'evidence.csv'), `${['account,score', ...evidence].join('\n')}\n`);
  const config = {
    name: bank,
    listen: { host: '127.0.0.1', port: 0 },
    peers: BANKS.filter((other) => other !== bank).map((name) => ({
      name,
      url: 'ws://unused:1',
      card: `unused in memory: ${name}`,
    })),
    datasets: {
      evidence: {
        type: 'csv',
        file: 'evidence.csv',
        columns: { account: 'account', score: 'score' },
        identifier: 'account',
      },
    },
    questions: [
      {
        ...RULE,
        name: 'fraud-flags',
        protocol: 'flag',
        agreement: 'configured',
        contributors: BANKS,
        buckets: { smallest: 64, asker: 256, evidence: 256 },
        purpose: 'test',
      },
    ],
    allow: [{ question: 'fraud-flags', askers: BANKS.filter((name) => name !== bank), maxItems: 256, perDay: 10 }],
  };
  return parseConfig(JSON.stringify(config), join(home, 'node.json'));
}

// The ideal OPRF protects nothing and costs nothing: these tests are about the service, not about the protocol.
const rng = insecureSeededRng('embed');
const flag = createFlag([insecureIdealOprf(rng(32))]);
const question = flagQuestion({ definition: flag, parameters: flagParameters, oprf: 'ideal' });
const nodes: MemoryNodes = await startMemoryNodes(BANKS.map(configOf), { questions: [question], rng });

after(async () => {
  await nodes.stop();
  rmSync(folder, { recursive: true });
});

void test('screen returns exactly the accounts that the rule flags on plaintext', async () => {
  for (const [index, bank] of BANKS.entries()) {
    const { accounts } = institutions[index];
    const lists = institutions.filter((_, other) => other !== index);
    const evidence = lists.map((list) => new Map(list.evidence.map(({ account, score }) => [account, score])));
    const expected = accounts.filter((_, row) => idealFlag(RULE, accounts, evidence)[row]);

    const flagged = await screen(nodes.node(bank), [...accounts.map(raw), 'no account at all']);
    assert.deepEqual(
      flagged.map((row) => row.account),
      expected,
    );
    for (const row of flagged) assert.ok(row.advisory && row.expires !== '' && row.disputeId !== '');
  }
});

void test('screen says whose side it is when a bank is down', async () => {
  await nodes.node('bank-d').stop();
  const asked = screen(nodes.node('bank-a'), institutions[0].accounts.map(raw));
  await assert.rejects(asked, { name: 'TransportError', party: 'bank-d' });
});
