import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  accountRulesId,
  compositeRule,
  IDENTIFIER_TYPES,
  type IdentifierRule,
  identifierRule,
  identifierRulesId,
  loadIdentifierRules,
  type IdentifierType,
  isPrimaryKey,
} from '../identifiers.ts';
import type { Canonical } from './canonical.ts';
import { IDENTIFIER_VECTORS, resultText } from './vectors.ts';

const SEED = 20_261_124;

/** Text that looks like something: digits, separators, letters of several scripts, and any characters in between. */
const dirtyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^[0-9A-Za-z+ .:@()/-]{0,40}$/),
  fc.stringMatching(/^[0-9Xx]{14,18}$/),
  fc.stringMatching(/^[张張三李四王·々ー龘a-z０-９ａ-ｚ]{0,12}$/u),
  fc.constantFrom(...IDENTIFIER_VECTORS.map(({ raw }) => raw)),
);

const rules = new Map<string, IdentifierRule>();
for (const type of IDENTIFIER_TYPES) {
  for (const region of [undefined, 'CN']) rules.set(`${type} ${region}`, await identifierRule(type, region));
}

function canon(type: IdentifierType, raw: string, region?: string): Canonical {
  const rule = rules.get(`${type} ${region}`);
  if (rule === undefined) throw new Error(`no rule for ${type} in ${region}`);
  return rule(raw);
}

const valueOf = (type: IdentifierType, raw: string, region?: string): string | undefined => {
  const result = canon(type, raw, region);
  return 'value' in result ? result.value : undefined;
};

describe('IDENTIFIER_VECTORS', () => {
  it.each(IDENTIFIER_VECTORS.map((v) => [v.type, v.raw, v.region ?? '', v.expected, v] as const))(
    'canon of %s %j %s is %j',
    (_type, _raw, _region, expected, { type, raw, region }) => {
      expect(resultText(canon(type, raw, region))).toBe(expected);
    },
  );

  it('IDENTIFIER_VECTORS have a value and a refusal, or a suspect value, of every type', () => {
    for (const type of IDENTIFIER_TYPES) {
      const own = IDENTIFIER_VECTORS.filter((v) => v.type === type);
      expect(
        own.some(({ expected }) => /^[a-z]+:/.test(expected)),
        type,
      ).toBe(true);
      if (!['account', 'pinyin'].includes(type))
        expect(
          own.some(({ expected }) => /^[!s]/.test(expected)),
          type,
        ).toBe(true);
    }
  });
});

describe('canon', () => {
  it.each(IDENTIFIER_TYPES)(`canon of %s is total and idempotent on any text (seed ${SEED})`, (type) => {
    const region = type === 'phone' ? 'CN' : undefined;
    let values = 0;
    fc.assert(
      fc.property(dirtyText, (raw) => {
        const value = valueOf(type, raw, region);
        if (value === undefined) return;
        values++;
        expect(valueOf(type, value.slice(value.indexOf(':') + 1), region)).toBe(value);
      }),
      { seed: SEED, numRuns: 1000 },
    );
    expect(values).toBeGreaterThan(0);
  });

  it('canon does not tell full-width digits, spaces around and compatibility forms apart', () => {
    for (const { type, raw, region } of IDENTIFIER_VECTORS) {
      const wide = Array.from(raw, (c) => (c >= '!' && c <= '~' ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c));
      expect(resultText(canon(type, `\u3000${wide.join('')}\u00a0`, region)), raw).toBe(
        resultText(canon(type, raw, region)),
      );
    }
  });
});

describe('canon on what data brings along', () => {
  it('canon of a phone number written in seven ways is one value', () => {
    const spellings = [
      '13812345678',
      '138-1234-5678',
      '+86 138 1234 5678',
      '008613812345678',
      '86 13812345678',
      '(138)12345678',
      '138.1234.5678',
    ];
    expect(new Set(spellings.map((raw) => valueOf('phone', raw, 'CN')))).toEqual(new Set(['phone:+8613812345678']));
  });

  it('canon of a name in both scripts, with and without the dots of foreign names, is one value', () => {
    for (const same of [
      ['陳曉東', '陈晓东', ' 陈 晓 东 '],
      ['买买提·艾力', '買買提‧艾力', '买买提．艾力'],
      ['ANNA-Maria', 'anna maria'],
    ]) {
      expect(new Set(same.map((raw) => valueOf('name', raw))).size, same[0]).toBe(1);
    }
  });

  it.each([
    ['uuid', '00000000-0000-0000-0000-000000000000'],
    ['mac', '02:00:00:00:00:00'],
    ['mac', 'ff-ff-ff-ff-ff-ff'],
    ['imei', '000000000000000'],
    ['name', 'NULL'],
    ['name', '未知'],
  ] as const)('canon refuses the %s %j, which many subjects share', (type, raw) => {
    expect(canon(type, raw)).toEqual({ status: 'malformed', reason: 'placeholder' });
  });

  it('canon keeps numbers that a spreadsheet cut from being taken for others', () => {
    for (const type of IDENTIFIER_TYPES) {
      if (type === 'name' || type === 'pinyin') continue;
      expect(canon(type, '1.23E+17', 'CN')).toEqual({ status: 'malformed', reason: 'scientific-notation' });
    }
  });

  it('canon does not take an E among the digits of an address or a code for an exponent', () => {
    expect(valueOf('mac', '8900681E5042')).toBe('mac:8900681e5042');
    expect(valueOf('enterprise-code', '913501001234500E03')).toBe('usci:913501001234500E03');
    for (const type of ['plain', 'name', 'card'] as const)
      expect(canon(type, '8900681E5042')).toEqual({ status: 'malformed', reason: 'scientific-notation' });
  });
});

describe('compositeRule', () => {
  it('compositeRule never gives one key for two tuples of the same characters', async () => {
    const keyOf = async (...raws: string[]) =>
      resultText((await compositeRule(raws.map(() => ({ type: 'plain' }))))(raws));
    const keys = [
      await keyOf('ab', 'c'),
      await keyOf('a', 'bc'),
      await keyOf('abc'),
      await keyOf('3:id', 'c'),
      await keyOf('3', 'id:c'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toBe('tuple:5:id:ab4:id:c');
  });

  it('compositeRule has the status of its worst component', async () => {
    const key = await compositeRule([{ type: 'resident-id' }, { type: 'name' }]);
    expect(resultText(key(['11010519491231002X', '張三']))).toBe('tuple:22:rid:11010519491231002X11:name:张三');
    expect(key(['110105194912310021', '張三']).status).toBe('suspect');
    expect(key(['110105194912310021', '无'])).toEqual({ status: 'malformed', reason: 'placeholder' });
    expect(key(['11010519491231002X'])).toEqual({ status: 'malformed', reason: 'empty' });
  });

  it('compositeRule and isPrimaryKey refuse names as keys of their own', async () => {
    expect(IDENTIFIER_TYPES.filter((type) => !isPrimaryKey(type))).toEqual(['name', 'pinyin']);
    await expect(compositeRule([{ type: 'name' }, { type: 'pinyin' }])).rejects.toThrow(RangeError);
  });
});

describe('identifierRulesId', () => {
  it('identifierRulesId is one for all account types, and another for every other type', async () => {
    expect(accountRulesId()).toMatch(/^canon\/2 [0-9a-f]{64}$/);
    expect(identifierRulesId(['iban'])).toBe(accountRulesId());
    const others = IDENTIFIER_TYPES.slice(4);
    await loadIdentifierRules(others);
    const ids = others.map((type) => identifierRulesId([type]));
    expect(new Set([...ids, accountRulesId()]).size).toBe(others.length + 1);
  });

  it('identifierRulesId binds to the order of a key of several, where kinds of accounts are one', () => {
    const keys = [['resident-id', 'name'], ['name', 'resident-id'], ['resident-id'], ['account', 'name']] as const;
    expect(new Set(keys.map(identifierRulesId)).size).toBe(keys.length);
    expect(identifierRulesId(['card', 'name'])).toBe(identifierRulesId(['iban', 'name']));
  });

  it('identifierRulesId refuses a type whose rules were not loaded', async () => {
    vi.resetModules();
    const fresh = await import('../identifiers.ts');
    expect(() => fresh.identifierRulesId(['phone'])).toThrow('were not loaded');
    await fresh.loadIdentifierRules(['phone']);
    expect(fresh.identifierRulesId(['phone'])).toBe(identifierRulesId(['phone']));
  });
});
