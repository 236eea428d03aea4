import { mkdtempSync, rmSync, truncateSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BANKS, consortiumPerTest, failure, QUESTION } from '../../../test/support/consortium-of-nodes.ts';
import { readSource } from '../../../test/support/read-source.ts';
import { ed25519Signer, verifyEd25519 } from '../../crypto/signature.ts';
import { accountSource } from '../../data/account-source.ts';
import { FlagKeeper, type NewReport } from '../../governance/flag-keeping.ts';
import { partyId } from '../../kit/party.ts';
import { insecureSeededRng } from '../../testing.ts';
import { registerFile } from './register-file.ts';
import { registerTable, SCAM_CODES } from './register-table.ts';

const NOW_MS = Date.UTC(2027, 0, 15, 12);
const DAY_MS = 86_400_000;
const wallClock = { now: () => NOW_MS };
const start = consortiumPerTest();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bf-register-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const signerOf = (bank: string): ReturnType<typeof ed25519Signer> =>
  ed25519Signer(insecureSeededRng('register', 'signer', bank));

const report = (account: string, more: Partial<NewReport> = {}): NewReport => ({
  account,
  scamType: 'fake-loan',
  role: 'transit',
  state: 'police-confirmed',
  evidence: 'ab'.repeat(32),
  reportedAtMs: NOW_MS - DAY_MS,
  expiresMs: NOW_MS + 30 * DAY_MS,
  ...more,
});

function keeperOf(file: string, bank: string): Promise<FlagKeeper> {
  const rng = insecureSeededRng('register', 'salt', bank);
  const options = { institution: partyId(bank), signer: signerOf(bank), wallClock, rng, scamTypes: SCAM_CODES };
  return FlagKeeper.create(registerFile(file), options);
}

describe('registerTable', () => {
  const read = (file: string, key = signerOf('bank-a').publicKey) =>
    readSource(
      accountSource(registerTable({ file, maxScore: 200, key, wallClock }), {
        columns: { account: 'account', score: 'score' },
        type: 'account',
        maxScore: 200,
      }),
    );

  it('gives the accounts that stand, in their one spelling, with scores, in an order of their own', async () => {
    const file = join(folder, 'spelling.jsonl');
    const keeper = await keeperOf(file, 'bank-a');
    await keeper.report([
      report('iban:DE89370400440532013000', { state: 'suspected' }),
      report('card:4111111111111111'),
      report('card:5500005555555559', { role: 'victim' }),
    ]);
    expect(await read(file)).toEqual({
      accounts: ['card:4111111111111111', 'iban:DE89370400440532013000'],
      scores: Uint32Array.of(200, 1),
    });
  });

  it('gives many batches of a long register, and an empty one of a register without flags', async () => {
    const file = join(folder, 'long.jsonl');
    const keeper = await keeperOf(file, 'bank-a');
    const options = { columns: { account: 'account' }, type: 'plain' } as const;
    expect(
      (await readSource(accountSource(registerTable({ file, maxScore: 9, wallClock }), options))).accounts,
    ).toEqual([]);
    const accounts = Array.from({ length: 2500 }, (_, k) => `id:payee-${String(k).padStart(6, '0')}`);
    await keeper.report(accounts.toReversed().map((account) => report(account)));
    expect(
      (await readSource(accountSource(registerTable({ file, maxScore: 9, wallClock }), options))).accounts,
    ).toEqual(accounts);
  });

  it('does not count a line whose end was never written, and refuses a line that was cut inside', async () => {
    const file = join(folder, 'cut.jsonl');
    const keeper = await keeperOf(file, 'bank-a');
    await keeper.report([report('card:4111111111111111')]);
    await keeper.report([report('iban:DE89370400440532013000')]);
    const { length } = readFileSync(file);
    truncateSync(file, length - 1);
    expect((await read(file)).accounts).toEqual(['card:4111111111111111']);
  });

  it('refuses another key, another file and another column, by name and without an account', async () => {
    const file = join(folder, 'other.jsonl');
    await (await keeperOf(file, 'bank-a')).report([report('card:4111111111111111')]);
    const other = await failure(read(file, signerOf('bank-b').publicKey));
    expect(other).toMatchObject({ code: 'bad-input', phase: 'flag-register' });
    expect(await failure(read(join(folder, 'none.jsonl')))).toMatchObject({ code: 'unreadable-source' });
    const table = registerTable({ file, maxScore: 9, wallClock });
    const options = { columns: { account: 'account', scamType: 'scam_type' }, type: 'plain' } as const;
    expect(await failure(readSource(accountSource(table, options)))).toMatchObject({ code: 'missing-column' });
    expect(other.describe()).not.toContain('4111');
  });
});

describe('a flag question that is answered from registers', () => {
  it('shows a flag that was withdrawn in the next run, and no log names an account', async () => {
    const keys = new Map(BANKS.map((bank) => [partyId(bank), signerOf(bank).publicKey]));
    const all = await start({
      configure: (config, bank) => {
        config.datasets['evidence'] = { type: 'register', file: 'flags.jsonl', identifier: 'plain' };
        for (const question of config.questions) Object.assign(question, { score: { threshold: 3, max: 3 } });
        if (bank !== 'bank-a') config.allow = config.allow.map((grant) => ({ ...grant, askers: ['bank-a'] }));
      },
      nodeOptions: (bank) => ({
        signer: signerOf(bank),
        peerKeys: new Map([...keys].filter(([party]) => party !== bank)),
        verify: verifyEd25519,
      }),
    });
    // Account 0 is bank-a's: two others have a confirmed flag of it.
    const keepers = await Promise.all(
      ['bank-b', 'bank-c', 'bank-d'].map((bank) => keeperOf(join(all.folder, bank, 'flags.jsonl'), bank)),
    );
    const flags = await Promise.all(
      keepers.slice(0, 2).map(async (keeper) => (await keeper.report([report('id:acct-0'), report('id:acct-8')]))[0]),
    );
    const flagged = async (): Promise<readonly string[]> => {
      const answer = await all.node('bank-a').ask(QUESTION);
      return [...answer.rows()].flatMap((row) => (row.flagged ? [row.account] : []));
    };
    expect(await flagged()).toEqual(['id:acct-0', 'id:acct-8']);
    await keepers[0].change({ kind: 'withdrawn', flag: flags[0], reason: 'mistaken' });
    expect(await flagged()).toEqual(['id:acct-8']);
    expect(all.logs.length).toBeGreaterThan(10);
    expect(all.logs.filter((line) => line.includes('acct-'))).toEqual([]);
  });
});
