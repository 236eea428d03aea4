/** Writes made-up accounts and evidence into the four folders: fraud rings that cross the banks, and who noticed what. */
import { writeFileSync } from 'node:fs';
import { sampleConsortium } from 'blindflag/node';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
/** The largest score that the agreed question knows. */
const SCORE_MAX = 255;
/** Accounts are given with their type in front (`iban:…`, `card:…`); the files hold what a bank's own system has. */
const raw = (account) => account.slice(account.indexOf(':') + 1);

const { institutions } = await sampleConsortium({ institutions: 4, accountsPerInstitution: 1000, seed: 1 });
for (const [index, { accounts, evidence }] of institutions.entries()) {
  const rows = evidence.map(({ account, score }) => `${raw(account)},${Math.min(score, SCORE_MAX)}`);
  writeFileSync(`${BANKS[index]}/accounts.csv`, `${['account', ...accounts.map(raw)].join('\n')}\n`);
  writeFileSync(`${BANKS[index]}/evidence.csv`, `${['account,score', ...rows].join('\n')}\n`);
  process.stdout.write(`${BANKS[index]}: ${accounts.length} accounts, evidence against ${rows.length}\n`);
}
