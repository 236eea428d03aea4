import { flag, flagParameters, partyId } from 'blindflag';
import { runInMemory, succeeded } from 'blindflag/testing';

const own = Array.from({ length: 40 }, (_, k) => `id:${k}`);
const parameters = flagParameters({
  asker: 'bank-a',
  contributors: ['bank-b', 'bank-c', 'bank-d'],
  askerItems: 40,
  contributorItems: [40, 40, 40],
  score: { threshold: 5, max: 9 },
});
const inputs = new Map([
  [partyId('bank-a'), { accounts: [{ accounts: own }] }],
  [partyId('bank-b'), { evidence: [{ accounts: ['id:0', 'id:1', 'id:2'], scores: Uint32Array.of(1, 4, 9) }] }],
  [partyId('bank-c'), { evidence: [{ accounts: ['id:0', 'id:1'], scores: Uint32Array.of(1, 1) }] }],
  [partyId('bank-d'), { evidence: [{ accounts: ['id:0'], scores: Uint32Array.of(1) }] }],
]);
const results = succeeded(await runInMemory(flag, { parameters, inputs, initiator: parameters.asker }));

// Only id:1 has two others behind it and 4 + 1 >= 5.
const answer = results.get(parameters.asker)?.output;
process.stdout.write(`${answer?.flagged.join('')}\n`);
