/** The folders of the examples with four banks: their lists, the trusted party's answer on them, and ports that are free. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { idealFlag } from '../../protocols/flag/index.ts';

export const BANKS: readonly string[] = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const RULE = { quorum: 2, score: { threshold: 3, max: 255 } };

/** What a bank's CSV file holds, below its header. */
export function rowsOf(file: string): readonly (readonly string[])[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => line.split(','));
}

/** Account to score. */
export type EvidenceOf = (bank: string) => ReadonlyMap<string, number>;

const evidenceIn =
  (home: string): EvidenceOf =>
  (bank) =>
    new Map(rowsOf(join(home, bank, 'evidence.csv')).map(([account, score]) => [account, Number(score)]));

/** The trusted party's answer on the files that the nodes read: flagged rows of the bank's own accounts. */
export function oracle(home: string, bank: string, evidenceOf: EvidenceOf = evidenceIn(home)): readonly string[] {
  const accounts = rowsOf(join(home, bank, 'accounts.csv')).map(([account]) => account);
  const flags = idealFlag(RULE, accounts, BANKS.filter((other) => other !== bank).map(evidenceOf));
  return accounts.filter((_, row) => flags[row]);
}

/** Other ports than those of the example, which somebody on this machine may use. */
export async function moveToFreePorts(home: string): Promise<void> {
  const servers = await Promise.all(
    BANKS.map(
      () =>
        new Promise<Server>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  for (const [index, bank] of BANKS.entries()) {
    const file = join(home, bank, 'node.json');
    const address = servers[index].address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const config = readFileSync(file, 'utf8').replace(/"port": \d+/, `"port": ${port}`);
    writeFileSync(file, config);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}
