/** Writes made-up accounts and evidence into the four folders. bank-d keeps a register of flags: it gets reports for it. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { sampleConsortium } from 'blindflag/node';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
/** The largest score that the agreed question knows. */
const SCORE_MAX = 255;
/** Accounts are given with their type in front (`iban:…`, `card:…`); the files hold what a bank's own system has. */
const raw = (account) => account.slice(account.indexOf(':') + 1);
/** Of what the bank keeps as evidence: a complaint, a transfer, a police letter. */
const evidenceOf = (text) => createHash('sha256').update(text).digest('hex');

const { institutions } = await sampleConsortium({ institutions: 4, accountsPerInstitution: 1000, seed: 1 });
const today = new Date().toISOString().slice(0, 10);
for (const [index, { accounts, evidence }] of institutions.entries()) {
  const bank = BANKS[index];
  writeFileSync(`${bank}/accounts.csv`, `${['account', ...accounts.map(raw)].join('\n')}\n`);
  const scores = evidence.map(({ account, score }) => [raw(account), Math.min(score, SCORE_MAX)]);
  if (bank === 'bank-d') {
    // One report for each customer who paid the account: their number is the account's score.
    const reports = scores.flatMap(([account, score]) =>
      Array.from({ length: score }, (_, customer) => {
        const reporter = `customer ${customer} of ${account}`;
        return `${account},support-impersonation,first-payee,customer-reported,${reporter},${evidenceOf(reporter)},${today},`;
      }),
    );
    const head = 'account,scam_type,role,state,reporter,evidence,reported_at,expires';
    writeFileSync(`${bank}/reports.csv`, `${[head, ...reports].join('\n')}\n`);
  } else {
    const rows = scores.map(([account, score]) => `${account},${score}`);
    writeFileSync(`${bank}/evidence.csv`, `${['account,score', ...rows].join('\n')}\n`);
  }
  process.stdout.write(`${bank}: ${accounts.length} accounts, evidence against ${evidence.length}\n`);
}
