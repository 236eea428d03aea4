import { describe, expect, it } from 'vitest';
import { finish } from '../crypto/steps.ts';
import { type SyntheticConsortium, generateConsortium } from './consortium.ts';
import { aloneFlags, plaintextFlags, precisionRecall, truthFlags } from './evaluate.ts';
import { canonicalAccount } from './identifiers.ts';
import { SCAM_TYPES } from './scam-types.ts';

const SEEDS = [1, 2, 3, 4, 5, 'demo'] as const;
const DEMO = { institutions: 4, accountsPerInstitution: 1000 } as const;
const demo: SyntheticConsortium = finish(generateConsortium({ ...DEMO, seed: 1 }));
const everyAccount = demo.institutions.flatMap(({ accounts }) => accounts);

/** The evidence rule, spelled with sets over the transfers. */
function evidenceOf(consortium: SyntheticConsortium, institution: number): Map<string, number> {
  const names = consortium.institutions.flatMap(({ accounts }) => accounts);
  const { accounts, marked } = consortium.institutions[institution];
  const own = new Set(accounts);
  const payers = new Map<string, Set<string>>();
  consortium.transfers.payers.forEach((payerIndex, row) => {
    const payer = names[payerIndex];
    if (!own.has(payer) || !marked.has(payer)) return;
    const payee = names[consortium.transfers.payees[row]];
    payers.set(payee, (payers.get(payee) ?? new Set()).add(payer));
  });
  return new Map([...payers].map(([payee, set]) => [payee, set.size]));
}

describe('generateConsortium', () => {
  it('gives the asked number of distinct, valid IBANs and cards', () => {
    expect(demo.institutions.map(({ accounts }) => accounts.length)).toEqual([1000, 1000, 1000, 1000]);
    expect(new Set(everyAccount).size).toBe(4000);
    for (const account of everyAccount) {
      expect(canonicalAccount(account.replace(/^[a-z]+:/, ''), 'account')).toEqual({ status: 'ok', value: account });
    }
  });

  it('mixes several countries, UnionPay and other cards', () => {
    const kinds = new Set(everyAccount.map((account) => account.slice(0, 7)));
    for (const kind of ['iban:DE', 'iban:GB', 'iban:CH', 'card:62']) expect([...kinds]).toContain(kind);
    expect([...kinds].some((kind) => kind.startsWith('card:4'))).toBe(true);
  });

  it('weighs evidence by distinct marked customers', () => {
    demo.institutions.forEach(({ evidence }, i) => {
      const expected = evidenceOf(demo, i);
      expect(new Map(evidence.map(({ account, score }) => [account, score]))).toEqual(expected);
      expect(evidence).toHaveLength(expected.size);
      expect(expected.size).toBeGreaterThan(100);
    });
  });

  it('counts transfers inside and across', () => {
    const { payers, payees } = demo.transfers;
    const across = payers.filter((payer, row) => Math.floor(payer / 1000) !== Math.floor(payees[row] / 1000)).length;
    expect(demo.transferCounts).toEqual({ inside: payers.length - across, across });
    expect(across).toBeGreaterThan(1000);
  });

  it('marks own victims and mules only, and has collectors as truth', () => {
    const name = (index: number): string => everyAccount[index];
    const payers = new Set(demo.rings.flatMap(({ victims, mules }) => [...victims, ...mules]).map(name));
    const collectors = new Set(demo.rings.flatMap((ring) => ring.collectors).map(name));
    for (const { accounts, marked, truth } of demo.institutions) {
      const own = new Set(accounts);
      for (const account of marked) expect(own.has(account) && payers.has(account)).toBe(true);
      expect(new Set(accounts.filter((account) => collectors.has(account)))).toEqual(truth);
    }
  });

  it('has rings that cross institutions, each payment of a listed scam type', () => {
    const crossing = demo.rings.filter(({ collectors, victims, mules }) => {
      const members = [...collectors, ...victims, ...mules];
      return new Set(members.map((member) => Math.floor(member / 1000))).size > 1;
    });
    expect(crossing).toHaveLength(demo.rings.length);
    const used = new Set(demo.transfers.scamTypes);
    expect(Math.max(...used)).toBeLessThanOrEqual(SCAM_TYPES.length);
    expect(used.size).toBeGreaterThan(8);
    const ringRows = demo.rings.reduce((rows, ring) => rows + ring.victims.length + 2 * ring.mules.length, 0);
    expect(demo.transfers.scamTypes.filter((type) => type > 0).length).toBeGreaterThanOrEqual(ringRows);
  });

  it.each(SEEDS)('shows why evidence is joined at the default size (seed %s)', (seed) => {
    const consortium = finish(generateConsortium({ ...DEMO, seed }));
    const truth = truthFlags(consortium, 'truth');
    const jointly = precisionRecall(plaintextFlags(consortium, { quorum: 2, scoreThreshold: 3 }), truth);
    const alone = precisionRecall(aloneFlags(consortium, { scoreThreshold: 3 }), truth);
    expect(jointly.recall).toBeGreaterThan(0.7);
    expect(jointly.precision).toBeGreaterThan(0.7);
    expect(jointly.flagged).toBeGreaterThan(jointly.hits);
    expect(alone.recall).toBeLessThan(0.35);
  });

  it('gives the same for the same seed, as number or text, and another for another', () => {
    const small = { institutions: 3, accountsPerInstitution: 60 };
    const made = finish(generateConsortium({ ...small, seed: 7 }));
    expect(finish(generateConsortium({ ...small, seed: '7' }))).toEqual(made);
    expect(finish(generateConsortium({ ...small, seed: 8 })).institutions[0].accounts).not.toEqual(
      made.institutions[0].accounts,
    );
  });

  it.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [3, 3],
    [3, 40],
    [12, 50],
  ])('works for %i institutions of %i accounts', (institutions, accountsPerInstitution) => {
    for (const ringRate of [undefined, 0, 0.02]) {
      const options = {
        institutions,
        accountsPerInstitution,
        seed: 1,
        ...(ringRate === undefined ? {} : { ringRate }),
      };
      const made = finish(generateConsortium(options));
      expect(made.institutions).toHaveLength(institutions);
      expect(new Set(made.institutions.map(({ name }) => name)).size).toBe(institutions);
      const accounts = made.institutions.flatMap((institution) => institution.accounts);
      expect(new Set(accounts).size).toBe(institutions * accountsPerInstitution);
      expect(made.rings.length > 0).toBe(ringRate !== 0);
    }
  });

  it('pauses often when it is large', () => {
    const steps = generateConsortium({ institutions: 5, accountsPerInstitution: 4000, seed: 1 });
    let pauses = 0;
    while (!steps.next().done) pauses++;
    // One at least for every 256 accounts made, and again for their transfers.
    expect(pauses).toBeGreaterThan((2 * 20_000) / 256);
  });

  it.each([
    [{ institutions: 0 }, 'bad-parameter'],
    [{ institutions: 2.5 }, 'bad-parameter'],
    [{ accountsPerInstitution: 0 }, 'bad-parameter'],
    [{ accountsPerInstitution: Number.NaN }, 'bad-parameter'],
    [{ ringRate: -0.1 }, 'bad-parameter'],
    [{ ringRate: 0.5 }, 'bad-parameter'],
    [{ ringRate: Number.NaN }, 'bad-parameter'],
    [{ accountsPerInstitution: 10_000_000 }, 'resource-limit'],
  ])('refuses %j with %s', (wrong, code) => {
    expect(() => generateConsortium({ ...DEMO, seed: 1, ...wrong }).next()).toThrow(expect.objectContaining({ code }));
  });
});

describe('SCAM_TYPES', () => {
  it('has the sixteen of the agreed list, all different', () => {
    expect(SCAM_TYPES.map(({ chinese }) => chinese).join(' · ')).toBe(
      '刷单返利 · 虚假投资理财 · 杀猪盘 · 冒充公检法 · 冒充客服物流 · 虚假贷款 · 虚假征信 · 冒充熟人领导 · ' +
        '虚假购物服务 · 游戏虚假交易 · 中奖返利 · 盲盒 · 虚假话费充值 · 注销校园贷 · 裸聊敲诈 · 其他',
    );
    for (const key of ['code', 'english'] as const) expect(new Set(SCAM_TYPES.map((type) => type[key])).size).toBe(16);
  });
});
