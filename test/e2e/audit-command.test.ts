/** `blindflag audit RUN` over the files that real nodes left: what it says, and what a script sees of it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.ts';
import { recordedSurroundings } from '../../src/cli/recorded-surroundings.ts';
import { AUDIT_FOLDER } from '../../src/node/ledger/audit-store.ts';
import { LEDGER_FILE } from '../../src/node/ledger/ledger-file.ts';
import { startNode } from '../../src/service/start-node.ts';
import { DEFAULT_RULE, makeNodeFolders, type NodeFolders } from '../support/node-folders.ts';
import { until } from '../support/node-process.ts';
import { signContracts } from '../support/signed-folders.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const ACCOUNTS = 40;

let folders: NodeFolders;
/** As the nodes left them, by path. */
const left = new Map<string, Buffer>();
let run = '';

const storeOf = (bank: string): string => join(folders.folder(bank), 'store');
const ledgerOf = (bank: string): string => join(storeOf(bank), LEDGER_FILE);
const recordOf = (bank: string): string => {
  const folder = join(storeOf(bank), AUDIT_FOLDER);
  return join(folder, readdirSync(folder)[0]);
};

beforeAll(async () => {
  folders = await makeNodeFolders({
    banks: BANKS,
    accounts: ACCOUNTS,
    rules: [{ ...DEFAULT_RULE, agreement: 'signed' }],
  });
  await signContracts(folders);
  const { passphrase } = folders;
  const nodes = await Promise.all(BANKS.map((bank) => startNode(folders.folder(bank), { passphrase })));
  try {
    await until(() => nodes.every(({ node }) => node.status().peers.every(({ connected }) => connected)), {
      withinMs: 60_000,
      what: 'the nodes do not connect',
    });
    ({ run } = await nodes[0].node.ask(DEFAULT_RULE.name));
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
  for (const path of BANKS.flatMap((bank) => [ledgerOf(bank), recordOf(bank)])) left.set(path, readFileSync(path));
}, 120_000);
afterAll(() => folders.remove());

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function audit(bank: string, ...options: readonly string[]): Promise<Said> {
  const surroundings = recordedSurroundings({ env: { LANG: 'en' } });
  const code = await runCli(['audit', run.slice(0, 8), folders.folder(bank), ...options], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

/** What the audit says while a file is another one. */
async function auditWith(bank: string, path: string, change: (text: string) => string): Promise<Said> {
  const before = left.get(path) ?? Buffer.alloc(0);
  const changed = Buffer.from(change(before.toString('latin1')), 'latin1');
  expect(changed.equals(before)).toBe(false);
  writeFileSync(path, changed);
  try {
    return await audit(bank);
  } finally {
    writeFileSync(path, before);
  }
}

describe('blindflag audit', () => {
  it.each(BANKS)('finds the part of %s equal and countersigned by all others, without a passphrase', async (bank) => {
    const { code, out, err } = await audit(bank);
    expect(code, out + err).toBe(0);
    expect(out).toMatch(/^EQUAL: all \d+ messages/m);
    for (const peer of BANKS.filter((name) => name !== bank))
      expect(out).toMatch(new RegExp(`the same transcript: .*${peer}`));
    const { verdict } = JSON.parse((await audit(bank, '--json')).out) as { verdict: object };
    expect(verdict).toMatchObject({ kind: 'equal', isPartial: false });
  });

  it('names the first message that honest software would not have sent', async () => {
    // As a member that changed what it opened to the asker would have it on its record.
    const sent = /("digest":")([0-9a-f])([0-9a-f]{63}","message":"output-shares","peer":"bank-a")/;
    const { code, out } = await auditWith('bank-b', recordOf('bank-b'), (text) =>
      text.replace(
        sent,
        (_all, before: string, digit: string, after: string) => before + (digit === '0' ? '1' : '0') + after,
      ),
    );
    expect(out).toMatch(
      /^DIFFERENT: message 1 \(output-shares\) to bank-a on channel flag\/shard:0\/open is not what/m,
    );
    expect(code).toBe(1);
  });

  it('does not pass where a countersignature is missing, though all messages are equal', async () => {
    const { code, out } = await auditWith('bank-c', ledgerOf('bank-c'), (text) => {
      const lines = text.trimEnd().split('\n');
      const last = lines.findLastIndex((line) => line.includes('"heads-countersigned"'));
      return `${lines.slice(0, last).join('\n')}\n`;
    });
    expect(out).toMatch(/^EQUAL/m);
    expect(out).toContain('does not show that this institution followed the protocol');
    expect(code).toBe(1);
  });

  it('takes no run of which there is no record', async () => {
    const surroundings = recordedSurroundings({ env: { LANG: 'en' } });
    expect(await runCli(['audit', '00'.repeat(16), folders.folder('bank-a')], surroundings)).not.toBe(0);
    expect(surroundings.err()).toContain('there is no record of this run');
  });
});
