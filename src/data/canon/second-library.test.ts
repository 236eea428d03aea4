/**
 * Identifier rules against other people's code, over right, wrong and dirty values of each type. Where the two differ, the
 * class of the difference stands here with its reason: one that is not listed fails, and so does one that does not occur.
 */
import fc from 'fast-check';
import { stdnum } from 'stdnum';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import {
  characters,
  type Comparison,
  type Difference,
  dirty,
  disagreement,
  SEED,
} from '../../../test/support/second-library.ts';
import { identifierRule } from '../identifiers.ts';
import type { Canonical } from './canonical.ts';
import { canonicalResidentId } from './chinese-codes.ts';

const DIGITS = '0123456789';
const HEX = '0123456789abcdefABCDEF';
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const ENTERPRISE_CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const enterpriseSum = (code: string): number =>
  Array.from(code.slice(0, 17)).reduce((sum, c, k) => sum + 3 ** k * ENTERPRISE_CHARACTERS.indexOf(c), 0) % 31;
const enterpriseCode = fc
  .tuple(
    fc.constantFrom(...'159AN'),
    fc.constantFrom(...'1239'),
    characters(DIGITS, 6),
    characters(ENTERPRISE_CHARACTERS, 9),
    fc.option(fc.constantFrom(...ENTERPRISE_CHARACTERS)),
  )
  .map(([office, kind, region, own, check]) => {
    const body = office + kind + region + own;
    return body + (check ?? ENTERPRISE_CHARACTERS[(31 - enterpriseSum(body)) % 31]);
  });

const mac = fc
  .tuple(fc.oneof({ weight: 20, arbitrary: characters(HEX, 12) }, fc.constantFrom('0'.repeat(12), 'F'.repeat(12))))
  .chain(([digits]) =>
    fc.constantFrom(
      digits,
      ...[':', '-', ' '].map((separator) => digits.replace(/(..)(?!$)/g, `$1${separator}`)),
      digits.replace(/(....)(?!$)/g, '$1.'),
    ),
  );

const uuid = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: characters(HEX, 32) }, fc.constantFrom('0'.repeat(32), 'f'.repeat(32))),
    fc.constantFrom(0, 0, 0, 1, 2),
  )
  .map(([digits, form]) => {
    const text = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    return form === 1 ? digits : form === 2 ? `{${text}}` : text;
  });

const imei = fc
  .tuple(characters('3459', 1), characters(DIGITS, 13), fc.option(fc.constantFrom(...DIGITS)), fc.boolean())
  .map(([first, body, check, hasHyphens]) => {
    const right = Array.from(DIGITS).find((digit) => validator.isIMEI(first + body + digit)) ?? '0';
    const digits = first + body + (check ?? right);
    return hasHyphens ? digits.replace(/^(..)(.{6})(.{6})(.)$/, '$1-$2-$3-$4') : digits;
  });

const bic = fc
  .tuple(
    characters(CAPITALS, 4),
    fc.constantFrom('DE', 'GB', 'CN', 'TW', 'XK', 'ZZ', 'Q1', 'SU'),
    characters(CAPITALS + DIGITS, 2),
    fc.oneof(fc.constantFrom('', 'XXX'), characters(CAPITALS + DIGITS, 3)),
  )
  .map((parts) => parts.join(''));

const email = fc
  .tuple(
    fc.oneof(fc.constantFrom('First.Last', "o'neil", 'a+tag', 'x..y', '.x', '"q s"', '用户', 'a'.repeat(65)), word()),
    fc.oneof(
      fc.constantFrom(
        '例子.测试',
        'EXAMPLE.CO.UK',
        'a_b.com',
        '-a.com',
        'localhost',
        '1.2.3.4',
        '[1.2.3.4]',
        'ex..com',
      ),
      fc.constantFrom('example.123', 'xn--99999999.com', 'a.b', 'a.c1'),
      word().map((label) => `${label}.com`),
    ),
  )
  .map(([local, domain]) => `${local}@${domain}`);

function word(): fc.Arbitrary<string> {
  return characters('abcxyzABC019-_', 6);
}

const card = fc
  .tuple(characters(DIGITS, 15), fc.option(fc.constantFrom(...DIGITS)))
  .map(
    ([body, check]) => body + (check ?? Array.from(DIGITS).find((digit) => validator.isLuhnNumber(body + digit)) ?? ''),
  );

const residentId = fc
  .tuple(
    fc.constantFrom('110101', '440524', '310115', '500112', '190101', '840101'),
    fc.date({ min: new Date('1900-01-01'), max: new Date('2005-12-31'), noInvalidDate: true }),
    characters(DIGITS, 3),
    fc.option(fc.constantFrom(...'0123456789X'), { freq: 2 }),
  )
  .map(([area, day, order, check]) => {
    const body = `${area}${day.toISOString().slice(0, 10).replaceAll('-', '')}${order}`;
    return body + (check ?? Array.from('0123456789X').find((c) => canonicalResidentId(body + c).status === 'ok') ?? '');
  });

const COMPARISONS: readonly Comparison[] = [
  {
    type: 'resident-id',
    texts: dirty(residentId),
    library: (text) => validator.isIdentityCard(text, 'zh-CN'),
    differences: [
      {
        why: 'the library has a list of provinces; one that is not on it is no reason to lose a row',
        takenBy: 'us',
        among: (text) => /^(1[06-9]|2[04-9]|3[089]|4[7-9]|5[5-9]|6[06-9]|7[02-9]|8[03-9]|9)/.test(text),
      },
      { why: 'hyphens or spaces anywhere', takenBy: 'us', among: (text) => /[ -]/.test(text) },
    ],
  },
  {
    type: 'enterprise-code',
    texts: dirty(enterpriseCode),
    library: (text) => stdnum.CN.uscc.validate(text).isValid,
    differences: [
      {
        why: 'the registering office is one of A, N and Y for some (GB 32100-2015, table 1); the library wants eight digits',
        takenBy: 'us',
        among: (text) => /^[ -]*[A-Z]/i.test(text),
      },
      {
        why: 'the library looks for digits in the region; a code whose check character holds is not refused for a region',
        takenBy: 'us',
        among: (text) => !/^.\d{7}/.test(text.replace(/[ -]/g, '')),
      },
      {
        why: 'the check character of a sum that 31 divides is 0 (GB 32100-2015, 4.2); the library has none for it',
        takenBy: 'us',
        among: (text) => enterpriseSum(text.replace(/[ -]/g, '').toUpperCase()) === 0,
      },
    ],
  },
  {
    type: 'mac',
    texts: dirty(mac),
    library: (text) =>
      validator.isMACAddress(text, { eui: '48' }) || validator.isMACAddress(text, { eui: '48', no_separators: true }),
    differences: [
      { why: 'addresses that stand for none', takenBy: 'library', among: (_, own) => isPlaceholder(own) },
      {
        why: 'space between pairs: a cell with it may as well be two values',
        takenBy: 'library',
        among: (text) => /^(.. ){5}..$/.test(text),
      },
    ],
  },
  {
    type: 'uuid',
    texts: dirty(uuid),
    library: (text) => validator.isUUID(text, 'loose'),
    differences: [
      { why: 'ids that stand for none', takenBy: 'library', among: (_, own) => isPlaceholder(own) },
      {
        why: 'systems write ids without hyphens, or in braces',
        takenBy: 'us',
        among: (text) => /^\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?$/i.test(text),
      },
    ],
  },
  {
    type: 'imei',
    texts: dirty(imei),
    library: (text) => validator.isIMEI(text) || validator.isIMEI(text, { allow_hyphens: true }),
    differences: [
      {
        why: '14 digits have lost their check digit, and 16 have a software version in its place',
        takenBy: 'us',
        among: (text) => [14, 16].includes(text.replace(/\D/g, '').length),
      },
      { why: 'hyphens or spaces anywhere', takenBy: 'us', among: (text) => /[ -]/.test(text) },
    ],
  },
  {
    type: 'bic',
    texts: dirty(bic),
    library: validator.isBIC,
    differences: [{ why: 'hyphens or spaces anywhere', takenBy: 'us', among: (text) => /[ -]/.test(text) }],
  },
  {
    type: 'email',
    texts: dirty(email),
    library: (text) => validator.isEmail(text),
    differences: [
      { why: 'a quoted local part', takenBy: 'library', among: (text) => text.includes('"') },
      {
        why: 'a local part outside of ASCII (RFC 6531), which hardly any host takes',
        takenBy: 'library',
        among: (text) => /[^\0-\x7f].*@/u.test(text),
      },
      {
        why: 'no domain that a resolver is asked for: what follows xn-- is no Punycode',
        takenBy: 'library',
        among: (text) => /@.*xn-/i.test(text),
      },
      {
        why: 'a top-level domain of one letter or with a digit: none is in use, and none is refused for it',
        takenBy: 'us',
        among: (text) => /\.(.|[^.]*\d[^.]*)$/u.test(text),
      },
    ],
  },
  {
    type: 'card',
    texts: dirty(card),
    library: validator.isLuhnNumber,
    differences: [],
  },
];

function isPlaceholder(own: Canonical): boolean {
  return own.status === 'malformed' && own.reason === 'placeholder';
}

describe('canon against a second library', () => {
  it.each(COMPARISONS.map((comparison) => [comparison.type, comparison] as const))(
    `canon of %s takes what the library takes, but for what is listed (seed ${SEED})`,
    async (_type, comparison) => {
      expect(await disagreement(comparison)).toBeUndefined();
    },
  );

  it('a comparison fails for a difference that is not listed, and for one that does not occur', async () => {
    const [first] = COMPARISONS;
    expect(await disagreement({ ...first, differences: first.differences.slice(1) })).toContain(
      'to us and not to the library',
    );
    const never: Difference = { why: 'never', takenBy: 'us', among: () => false };
    expect(await disagreement({ ...first, differences: [...first.differences, never] })).toContain(
      'no text shows this: never',
    );
    expect(await disagreement({ ...first, texts: fc.constant('1') })).toContain('no text shows');
    expect(await disagreement({ ...first, texts: fc.constant('1'), differences: [] })).toContain('too few');
  });
});

describe('canon of Chinese numbers', () => {
  it(`canon gives the 18 digits of a resident id for its 15 (seed ${SEED})`, async () => {
    const canon = await identifierRule('resident-id');
    const old = residentId.filter((id) => id.slice(6, 8) === '19' && canonicalResidentId(id).status === 'ok');
    fc.assert(
      fc.property(old, (id) => {
        expect(canon(id.slice(0, 6) + id.slice(8, 17))).toEqual(canon(id));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it(`canon agrees with validator on Chinese mobile numbers (seed ${SEED})`, async () => {
    const canon = await identifierRule('phone', 'CN');
    let both = 0;
    fc.assert(
      fc.property(fc.stringMatching(/^1(3|5|7|8)[0-9]{9}$/), (raw) => {
        const own = canon(raw);
        // The other library knows no virtual operators' numbers: what it accepts, the numbering plan has.
        if (own.status !== 'ok') return;
        if (validator.isMobilePhone(raw, 'zh-CN')) both++;
        expect(own.value).toBe(`phone:+86${raw}`);
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect(both).toBeGreaterThan(250);
  });
});
