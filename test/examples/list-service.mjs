/**
 * A service with the package installed, run where its packages are: the specification of each list comes as JSON, and what
 * each has, a report on it, and who is flagged by a run in memory go out as JSON.
 */
import { flag, flagParameters, partyId } from 'blindflag';
import { accountSource, inspectTable, openTable } from 'blindflag/node';
import { runInMemory, succeeded } from 'blindflag/testing';

const { lists, question } = JSON.parse(process.argv[2]);

const options = ({ scored }) => ({
  columns: { account: 'account', ...(scored ? { score: 'score' } : {}) },
  type: 'plain',
});
const sourceOf = (name) => accountSource(openTable(lists[name].table), options(lists[name]));

async function outcome(attempt) {
  try {
    return { value: await attempt() };
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

async function accountsOf(name) {
  const accounts = [];
  for await (const batch of sourceOf(name)) accounts.push(...batch.accounts);
  return accounts;
}

async function flagged({ asker, contributors, rule }) {
  const rows = async (name) => (await accountsOf(name)).length;
  const parameters = flagParameters({
    asker: partyId(asker),
    contributors: contributors.map(partyId),
    askerItems: await rows(asker),
    contributorItems: await Promise.all(contributors.map(rows)),
    smallestBucket: 64,
    ...rule,
  });
  const inputs = new Map(contributors.map((name) => [partyId(name), { evidence: sourceOf(name) }]));
  inputs.set(parameters.asker, { accounts: sourceOf(asker) });
  for (const member of parameters.committee) if (!inputs.has(member)) inputs.set(member, {});
  const results = succeeded(await runInMemory(flag, { parameters, inputs, initiator: parameters.asker }));
  return Array.from(results.get(parameters.asker).output.flagged, (bit) => bit === 1);
}

const read = {};
for (const name of Object.keys(lists)) {
  read[name] = {
    accounts: await outcome(() => accountsOf(name)),
    report: await outcome(() => inspectTable(openTable(lists[name].table), options(lists[name]))),
  };
}
process.stdout.write(JSON.stringify({ read, flags: await outcome(() => flagged(question)) }));
