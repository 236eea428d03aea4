import { describe, expect, it } from 'vitest';
import {
  BANKS,
  type Consortium,
  consortiumPerTest,
  expectedAnswer,
  failure,
  QUESTION,
  quiet,
  type RawConfig,
} from '../../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, signedBy, underContract } from '../../../test/support/signed-question.ts';
import type { ContractFile } from '../../governance/contract-codec.ts';
import { toHex } from '../../crypto/bytes.ts';
import { contractHash } from '../../governance/contract.ts';
import { createMemoryLedger } from '../ledger/memory-ledger.ts';

const start = consortiumPerTest();
const contract = draft();
const good = signedBy(contract);
const NOON = Date.UTC(2027, 0, 15, 12);

interface Case {
  /** The file at one bank; the others have the good one. */
  readonly file?: ContractFile | string | undefined;
  readonly configure?: (config: RawConfig) => void;
  readonly revoked?: boolean;
  readonly nowMs?: number;
}

async function startWith(at: string, one: Case): Promise<Consortium> {
  const all = await start({
    configure: (config, bank) => {
      underContract(config);
      if (bank === at) one.configure?.(config);
    },
    nodeOptions: (bank) => ({
      contracts: contractFiles(bank === at && 'file' in one ? one.file : good),
      wallClock: { now: () => (bank === at ? (one.nowMs ?? NOON) : NOON) },
    }),
  });
  if (one.revoked === true) await all.node(at).consent.revokeContract(QUESTION);
  return all;
}

const [first, second, ...others] = good.signatures;
const foreign: ContractFile = { contract, signatures: [first, { ...second, signature: first.signature }, ...others] };
const another = signedBy(draft({ frame: { jobId: 'f'.repeat(32) } }));

/** What is wrong at one bank, the detail of its refusal to an asker, and of its own refusal to ask. */
const CASES: readonly (readonly [what: string, one: () => Case | Promise<Case>, told: string, own: string])[] = [
  ['no contract', () => ({ file: undefined }), 'missing', 'missing'],
  [
    'one signature missing',
    () => ({ file: signedBy(contract, ['bank-a', 'bank-c', 'bank-d']) }),
    'unsigned',
    'unsigned',
  ],
  ["another party's signature in one place", () => ({ file: foreign }), 'signature', 'signature'],
  [
    'signatures of another contract',
    () => ({ file: { contract, signatures: another.signatures } }),
    'signature',
    'signature',
  ],
  ['another contract of the same terms', () => ({ file: another }), 'missing', ''],
  ['a file that an editor has changed', () => ({ file: JSON.stringify(good, undefined, 2) }), 'missing', 'malformed'],
  [
    'other terms than were signed',
    () => ({ configure: (config) => void (config.questions[0]['ttlDays'] = 30) }),
    'stale/output.ttl-days',
    'stale/output.ttl-days',
  ],
  [
    'another size than was signed',
    () => ({
      configure: (config) => void (config.questions[0]['buckets'] = { smallest: 64, asker: 256, evidence: 512 }),
    }),
    'stale/inputs.4.size-bucket',
    'stale/inputs.4.size-bucket',
  ],
  ['a time after the last of the contract', () => ({ nowMs: Date.UTC(2028, 0, 1) }), 'expired', 'expired'],
  ['a contract that was revoked there', () => ({ revoked: true }), 'revoked', 'revoked'],
];

describe('a question under a contract', () => {
  it('is answered when all parties signed it, and every offer is bound to its hash', async () => {
    const offered: string[] = [];
    const all = await start({
      configure: underContract,
      nodeOptions: () => ({ contracts: contractFiles(good) }),
      intercept: (_from, _to, frame) => {
        const text = new TextDecoder('latin1').decode(frame);
        const [found] = /"contract":"([0-9a-f]{64})"/.exec(text)?.slice(1) ?? [];
        if (found !== undefined) offered.push(found);
        return [frame];
      },
    });
    const answer = await all.node('bank-a').ask(QUESTION);
    expect(answer.flaggedCount).toBe(expectedAnswer('bank-a').filter(Boolean).length);
    expect(offered.length).toBe(3);
    expect(new Set(offered)).toEqual(new Set([toHex(contractHash(contract))]));
    expect(all.node('bank-c').consent.contracts()).toEqual([
      { question: QUESTION, contract: toHex(contractHash(contract)), expires: contract.expires, state: 'ready' },
    ]);
  });

  it.each(CASES)('is refused by a bank with %s', async (_what, one, told) => {
    const all = await startWith('bank-b', await one());
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-b', phase: `policy/contract/${told}` });
    expect(error.message).toMatch(/^Cannot ask: .*the (?:party|configuration of the party)/);
    await quiet(all);
    expect(BANKS.flatMap((bank) => all.node(bank).runs()).every(({ sid }) => sid === undefined)).toBe(true);
    expect(all.node('bank-b').runs()).toEqual([]);
  });

  it.each(CASES.filter(([, , , own]) => own !== ''))(
    'is not asked by a bank with %s',
    async (_what, one, _told, own) => {
      const all = await startWith('bank-b', await one());
      const error = await failure(all.node('bank-b').ask(QUESTION));
      expect(error).toMatchObject({ code: 'refused', party: 'bank-b', phase: `policy/contract/${own}` });
      // Nobody was contacted, and its operator was told before anyone asked.
      expect(all.logs.some((line) => line.includes('run-offered'))).toBe(false);
      if (own !== 'revoked') expect(all.logs.join()).toContain(`policy/contract/${own}`);
    },
  );

  it("names the party whose signature or key it is when that is another's side", async () => {
    const absent = await startWith('bank-b', { file: signedBy(contract, ['bank-a', 'bank-b', 'bank-c']) });
    expect(await failure(absent.node('bank-b').ask(QUESTION))).toMatchObject({
      party: 'bank-d',
      phase: 'policy/contract/unsigned',
    });
  });

  it('is asked only by those whom the contract names', async () => {
    const some = draft({
      configure: (config) => void (config.questions[0]['askers'] = ['bank-b', 'bank-c', 'bank-d']),
    });
    const all = await start({
      configure: (config) => {
        underContract(config);
        config.questions[0]['askers'] = ['bank-b', 'bank-c', 'bank-d'];
        config.allow[0].askers = config.allow[0].askers.filter((name) => name !== 'bank-a');
      },
      nodeOptions: () => ({ contracts: contractFiles(signedBy(some)) }),
    });
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ phase: 'policy/contract/askers' });
    await all.node('bank-b').ask(QUESTION);
  });

  it('is answered as often as the contract says, over restarts', async () => {
    const twice = signedBy(draft({ frame: { limits: { period: 'day', maxRuns: 2, failedStarts: 3 } } }));
    const ledgers = new Map(BANKS.map((bank) => [bank as string, createMemoryLedger()]));
    const all = await start({
      configure: underContract,
      ledgerOf: (bank) => ledgers.get(bank) ?? createMemoryLedger(),
      nodeOptions: () => ({ contracts: contractFiles(twice) }),
    });
    await all.node('bank-a').ask(QUESTION);
    await all.node('bank-c').stop();
    await all.start('bank-c');
    await all.node('bank-a').ask(QUESTION);
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({
      code: 'refused',
      party: 'bank-a',
      phase: 'policy/contract/limits.max-runs',
    });
    // Another asker has a number of its own.
    await all.node('bank-b').ask(QUESTION);
  });
});
