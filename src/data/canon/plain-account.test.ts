import fc from 'fast-check';
import { countrySpecs } from 'ibantools';
import { describe, expect, it } from 'vitest';
import { columnKeys, identifierColumnRule, identifierRule, type IdentifierType } from '../identifiers.ts';
import { TextColumn } from '../text-column.ts';
import { plainAccounts, SUSPECT, UNKNOWN, VALID } from './plain-account.ts';
import { IDENTIFIER_VECTORS } from './vectors.ts';

const KINDS = ['iban', 'card', 'account', 'plain'] as const;

/** The long way, which asks the libraries. */
async function expectSame(type: IdentifierType, cells: readonly string[]): Promise<void> {
  const rule = await identifierRule(type);
  const column = await identifierColumnRule(type);
  const expected = columnKeys(cells.length, (at) => rule(cells[at]));
  // Alone, and beside what makes 16 bits of every unit.
  for (const beside of [[], ['账户']]) {
    const { values, exceptions } = column(TextColumn.of([...cells, ...beside]));
    expect(values.cells.slice(0, cells.length)).toEqual(expected.values.cells);
    expect(TextColumn.packed(values.packed).cells).toEqual(values.cells);
    expect(new Map([...exceptions].filter(([at]) => at < cells.length))).toEqual(expected.exceptions);
  }
}

/** Digits and letters as a country's pattern has them: the check digits may be any. */
function numberOf(country: string, random: (below: number) => number): string {
  const pattern = countrySpecs[country]?.bban_regexp ?? '';
  const parts = [...pattern.matchAll(/\[([^\]]+)\]\{(\d+)\}/g)].map(([, set, count]) => {
    const characters = set.includes('A') ? (set.includes('0') ? '0123456789ABCXYZ' : 'ABCXYZ') : '0123456789';
    return Array.from({ length: Number(count) }, () => characters[random(characters.length)]).join('');
  });
  return parts.join('');
}

function withCheckDigits(country: string, bban: string): string {
  const digits = `${bban}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return `${country}${String(98n - (BigInt(digits) % 97n)).padStart(2, '0')}${bban}`;
}

const countries = Object.keys(countrySpecs).filter((code) => countrySpecs[code]?.bban_regexp !== undefined);

describe('plainAccounts', () => {
  it('finds what the libraries find, of every country, with right check digits and wrong ones', async () => {
    expect(countries.length).toBeGreaterThan(70);
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
    const cells = countries.flatMap((country) =>
      Array.from({ length: 20 }, () => {
        const right = withCheckDigits(country, numberOf(country, random));
        return random(2) === 0 ? right : `${right.slice(0, 2)}${random(10)}${random(10)}${right.slice(4)}`;
      }),
    );
    await expectSame('iban', cells);
    const found = plainAccounts(TextColumn.of(cells).packed, 'iban');
    for (const kind of [UNKNOWN, VALID, SUSPECT])
      expect(found.filter((status) => status === kind).length).toBeGreaterThan(100);
  });

  it.each(KINDS)('finds what the libraries find in any text, as %s', async (type) => {
    const near = fc.stringMatching(/^(DE|GB|FR|NL|XX|de)?[0-9A-Za-z -]{0,30}$/);
    const digits = fc.stringMatching(/^[0-9]{10,20}$/);
    const numbers = fc.stringMatching(/^[0-9]{1,3}([.,][0-9])?[eE]?[+]?[0-9]{0,3}[!~x]?$/);
    const column = fc.array(
      fc.oneof(near, digits, numbers, fc.string(), fc.constantFrom('ＤＥ89', '', ' ', '4111111111111111')),
    );
    await fc.assert(fc.asyncProperty(column, (cells) => expectSame(type, cells)));
  });

  it.each(KINDS)('gives what all vectors say, as %s', async (type) => {
    await expectSame(
      type,
      IDENTIFIER_VECTORS.map(({ raw }) => raw),
    );
  });

  it('makes the bytes of keys in the room of those before, and strings that stay as they are', async () => {
    const rule = await identifierColumnRule('account');
    const column = TextColumn.of(['DE89370400440532013000', '', '4111 1111 1111 1111', 'de89370400440532013000']);
    const keys = ['iban:DE89370400440532013000', '', 'card:4111111111111111', 'iban:DE89370400440532013000'];
    const first = rule(column).values;
    expect(TextColumn.packed(first.packed).cells).toEqual(keys);
    const second = rule(TextColumn.of(Array.from({ length: 50 }, () => '4111111111111111'))).values;
    expect(new Set(TextColumn.packed(second.packed).cells)).toEqual(new Set(['card:4111111111111111']));
    expect(first.cells).toEqual(keys);
    expect(rule(TextColumn.of([])).values.packed.starts).toHaveLength(0);
  });

  it('finds the same beside characters outside of ASCII', () => {
    const cells = ['DE89370400440532013000', '4111111111111111', '4111111111111112'];
    const statuses = [VALID, VALID, SUSPECT];
    expect([...plainAccounts(TextColumn.of(cells).packed, 'account')]).toEqual(statuses);
    expect([...plainAccounts(TextColumn.of([...cells, '账户']).packed, 'account')]).toEqual([...statuses, UNKNOWN]);
  });
});
