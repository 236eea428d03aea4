import { describe, expect, it } from 'vitest';
import {
  BANKS,
  consortiumPerTest,
  type ConsortiumOptions,
  failure,
  QUESTION,
  type RawConfig,
} from '../../../test/support/consortium-of-nodes.ts';
import { accountRulesId, loadIdentifierRules } from '../../data/identifiers.ts';
import { hasIdentifiersOf, rulesOf } from './question-identifiers.ts';

const start = consortiumPerTest();
const PEOPLE = 60;

const phone = (person: number): string => `1380013${String(8000 + person)}`;
/** Each institution writes numbers in its own way. */
const SPELLINGS: readonly ((digits: string) => string)[] = [
  (digits) => digits,
  (digits) => `+86 ${digits}`,
  (digits) => `${digits.slice(0, 3)}-${digits.slice(3, 7)}-${digits.slice(7)}`,
  (digits) => `0086${digits}`,
];
const NAMES = ['张伟', '張偉', ' 张 伟 ', '张偉'];

const isListed = (bank: number, person: number): boolean => (person * 3 + bank) % 5 < 2;

/** Phones, and where `named` also holders, whose names each institution writes in its own way as well. */
function people(options: { readonly named: boolean }): Partial<ConsortiumOptions> {
  return {
    files: (bank) => {
      const k = BANKS.findIndex((name) => name === bank);
      const row = (person: number): string => `${SPELLINGS[k](phone(person))},${NAMES[k]},200`;
      const all = Array.from({ length: PEOPLE }, (_, person) => person);
      const file = (persons: readonly number[]): string => `phone,holder,score\n${persons.map(row).join('\n')}\n`;
      return { 'accounts.csv': file(all), 'evidence.csv': file(all.filter((person) => isListed(k, person))) };
    },
    configure: (config) => askAbout(config, options.named ? ['phone', 'name'] : 'phone'),
  };
}

function askAbout(config: RawConfig, identifier: unknown): void {
  const keyParts = Array.isArray(identifier) ? { keyParts: [{ column: 'holder', identifier: 'name' }] } : {};
  const list = { type: 'csv', identifier: 'phone', region: 'CN', ...keyParts };
  config.datasets = {
    accounts: { ...list, file: 'accounts.csv', columns: { account: 'phone' } },
    evidence: { ...list, file: 'evidence.csv', columns: { account: 'phone', score: 'score' } },
  };
  config.questions[0]['identifier'] = identifier;
}

const expected = (asker: number): boolean[] =>
  Array.from({ length: PEOPLE }, (_, person) => {
    return BANKS.filter((_bank, k) => k !== asker && isListed(k, person)).length >= 2;
  });

describe('a question', () => {
  it.each([
    ['phone numbers', false],
    ['phone numbers with names', true],
  ] as const)('is answered about %s, whatever each institution’s spelling is', async (_what, named) => {
    const all = await start(people({ named }));
    for (const k of [0, 1]) {
      const rows = [...(await all.node(BANKS[k]).ask(QUESTION)).rows()];
      expect(rows.map(({ flagged }) => flagged)).toEqual(expected(k));
      expect(rows.filter(({ flagged }) => flagged).length).toBeGreaterThan(5);
      expect(rows[0].account).toBe(named ? 'tuple:20:phone:+861380013800011:name:张伟' : 'phone:+8613800138000');
    }
  });

  it('with other identifiers at one institution is refused there before anything of data is sent', async () => {
    const { configure, files } = people({ named: false });
    const all = await start({
      files: (bank) => files?.(bank) ?? {},
      configure: (config, bank) => {
        configure?.(config, bank);
        if (bank !== 'bank-c') return;
        config.questions[0]['identifier'] = ['phone', 'name'];
        for (const list of Object.values(config.datasets)) {
          Object.assign(list as object, { keyParts: [{ column: 'holder', identifier: 'name' }] });
        }
      },
    });
    const refused = await failure(all.node('bank-a').ask(QUESTION));
    expect(refused).toMatchObject({ code: 'refused-by-peer', party: 'bank-c' });
    expect(refused.phase).toContain('rules');
  });

  it('refuses an own list of other identifiers, before it is read', async () => {
    const all = await start({
      configure: (config, bank) => {
        if (bank !== 'bank-a') return;
        config.questions[0]['identifier'] = 'phone';
        Object.assign(config.datasets['evidence'] as object, { identifier: 'phone', region: 'CN' });
      },
    });
    const refused = await failure(all.node('bank-a').ask(QUESTION));
    expect(refused).toMatchObject({ code: 'bad-parameter', phase: 'configuration' });
    expect(refused.message).toContain(
      "datasets.accounts has other identifiers than question 'fraud-flags', which is about phone",
    );
  });

  it('is not started with evidence of other identifiers', async () => {
    const starting = start({ configure: (config) => void (config.questions[0]['identifier'] = 'email') });
    await expect(starting).rejects.toMatchObject({
      problems: [{ code: 'out-of-range', path: '$.datasets.evidence.identifier', allowed: 'email' }],
    });
  });
});

describe('hasIdentifiersOf', () => {
  it('takes any kind of account for accounts, and nothing else for another', () => {
    const fits = (
      identifier: Parameters<typeof hasIdentifiersOf>[0]['identifier'],
      type: 'iban' | 'phone',
      names = 0,
    ): boolean =>
      hasIdentifiersOf(identifier === undefined ? {} : { identifier }, {
        type,
        keyParts: Array.from({ length: names }, () => ({ column: 'n', type: 'name' })),
      });
    expect(fits(undefined, 'iban')).toBe(true);
    expect(fits(['account'], 'iban')).toBe(true);
    expect(fits(['iban'], 'iban')).toBe(true);
    expect(fits(['card'], 'iban')).toBe(false);
    expect(fits(undefined, 'phone')).toBe(false);
    expect(fits(['phone'], 'phone')).toBe(true);
    expect(fits(['phone'], 'phone', 1)).toBe(false);
    expect(fits(['phone', 'name'], 'phone', 1)).toBe(true);
  });
});

describe('rulesOf', () => {
  it('is the id of accounts where a question says nothing, and names exactly the rules in use else', async () => {
    await loadIdentifierRules(['phone', 'name']);
    expect(rulesOf({})).toBe(accountRulesId());
    expect(rulesOf({ identifier: ['iban'] })).toBe(accountRulesId());
    expect(
      new Set([rulesOf({}), rulesOf({ identifier: ['phone'] }), rulesOf({ identifier: ['phone', 'name'] })]).size,
    ).toBe(3);
  });
});
