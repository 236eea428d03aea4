/** Starts the bank's node inside this service and screens the accounts of a file, one a line: `node build/service.js bank-a accounts.txt`. */
import { readFileSync } from 'node:fs';
import { startNode } from 'blindflag/node';
import { screen } from './screening.ts';

const [folder = 'bank-a', list = 'accounts.txt'] = process.argv.slice(2);
const bank = await startNode(folder, { passphrase: process.env['BLINDFLAG_PASSPHRASE'] ?? '' });
const flagged = await screen(bank.node, readFileSync(list, 'utf8').trim().split('\n'));
process.stdout.write(
  `${flagged.map(({ account, expires, disputeId }) => `${account} ${expires} ${disputeId}`).join('\n')}\n`,
);
await bank.stop();
