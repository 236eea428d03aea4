/** Starts the bank's node inside this service and screens the accounts of a file, one a line: `node build/service.js bank-a accounts.txt`. */
import { readFileSync } from 'node:fs';
import { startNode } from 'blindflag/node';
import { screen } from './screening.ts';

/** The node has just started: its connections are still being made. */
const CONNECT_MS = 30_000;

const [folder = 'bank-a', list = 'accounts.txt'] = process.argv.slice(2);
const bank = await startNode(folder, { passphrase: process.env['BLINDFLAG_PASSPHRASE'] ?? '' });
try {
  const flagged = await screen(bank.node, readFileSync(list, 'utf8').trim().split('\n'), { waitMs: CONNECT_MS });
  const lines = flagged.map(({ account, expires, disputeId }) => `${account} ${expires} ${disputeId}\n`);
  process.stdout.write(lines.join(''));
} finally {
  await bank.stop();
}
