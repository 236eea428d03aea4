import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountType, canonicalAccount } from './identifiers.ts';

/** Mod 97-10 by big integers (ISO/IEC 7064), for comparison with the library. */
function remainder97(iban: string): bigint {
  const moved = iban.slice(4) + iban.slice(0, 4);
  return BigInt(moved.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))) % 97n;
}

/** Luhn by summing the digits of doubled digits (ISO/IEC 7812-1 annex B). */
function passesLuhn(digits: string): boolean {
  const doubled = Array.from(digits, (digit, i) => String(Number(digit) * ((digits.length - i) % 2 === 0 ? 2 : 1)));
  return Array.from(doubled.join(''), Number).reduce((sum, digit) => sum + digit, 0) % 10 === 0;
}

const IBAN_SEED = 20_260_101;

describe('canonicalAccount on IBANs', () => {
  // Examples of the ISO 13616 registry.
  it.each([
    ['DE89 3704 0044 0532 0130 00', 'iban:DE89370400440532013000'],
    ['gb29nwbk60161331926819', 'iban:GB29NWBK60161331926819'],
    ['FR14-2004-1010-0505-0001-3M02-606', 'iban:FR1420041010050500013M02606'],
    ['\ufeff NL91 ABNA 0417 1643 00\t', 'iban:NL91ABNA0417164300'],
    ['ＤＥ８９370400440532013000', 'iban:DE89370400440532013000'],
    ['DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000', 'iban:DE89370400440532013000'],
  ])('gives one spelling of %j', (raw, value) => {
    expect(canonicalAccount(raw, 'iban')).toEqual({ status: 'ok', value });
    expect(canonicalAccount(raw, 'account')).toEqual({ status: 'ok', value });
  });

  it.each([
    ['', 'empty'],
    [' \t ', 'empty'],
    ['- -', 'empty'],
    ['DE88370400440532013000', 'bad-check-digit'],
    ['ES9121000418460200051332', 'bad-check-digit'],
    ['DE8937040044053201300', 'bad-length'],
    ['DE893704004405320130AB', 'bad-format'],
    ['XX89370400440532013000', 'unknown-country'],
    ['DEXX370400440532013000', 'bad-format'],
    ['DE8937040044\n0532013000', 'bad-format'],
    // A dotless i would become I, a sharp s SS, by upper case alone.
    ['GB29NWBK6016133192681\u0131', 'bad-format'],
  ])('refuses %j as %s', (raw, reason) => {
    expect(canonicalAccount(raw, 'iban')).toEqual({ status: 'malformed', reason });
  });

  it('refuses check digits 00, 01 and 99, which have the same remainder as valid ones', () => {
    for (const [valid, twin] of [
      ['DE02370400440000000024', 'DE99370400440000000024'],
      ['DE98370400440000000042', 'DE01370400440000000042'],
      ['DE97370400440000000060', 'DE00370400440000000060'],
    ]) {
      expect([remainder97(valid), remainder97(twin)]).toEqual([1n, 1n]);
      expect(canonicalAccount(valid, 'iban').status).toBe('ok');
      expect(canonicalAccount(twin, 'iban')).toEqual({ status: 'malformed', reason: 'bad-check-digit' });
    }
  });

  it(`agrees with mod 97 by big integers on German numbers (seed ${IBAN_SEED})`, () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{16}$/), fc.integer({ min: 2, max: 98 }), fc.boolean(), (tail, any, fix) => {
        const bban = `37${tail}`;
        const check = fix ? 98n - remainder97(`DE00${bban}`) : BigInt(any);
        const iban = `DE${String(check).padStart(2, '0')}${bban}`;
        const expected = remainder97(iban) === 1n;
        valid += Number(expected);
        expect(canonicalAccount(iban, 'iban').status).toBe(expected ? 'ok' : 'malformed');
      }),
      { seed: IBAN_SEED, numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(100);
    expect(valid).toBeLessThan(400);
  });
});

describe('canonicalAccount on cards', () => {
  it.each([
    // Published test numbers of the card schemes.
    ['4111 1111 1111 1111', 'card:4111111111111111'],
    ['6200-0000-0000-0005', 'card:6200000000000005'],
    ['5555555555554444', 'card:5555555555554444'],
    ['４111111111111111', 'card:4111111111111111'],
    // Domestic prefix outside 62.
    ['9558820200000000002', 'card:9558820200000000002'],
  ])('gives one spelling of %j', (raw, value) => {
    expect(passesLuhn(value.slice(5))).toBe(true);
    expect(canonicalAccount(raw, 'card')).toEqual({ status: 'ok', value });
    expect(canonicalAccount(raw, 'account')).toEqual({ status: 'ok', value });
  });

  it.each([
    ['4111111111111112', 'bad-check-digit'],
    ['6.20000E+15', 'scientific-notation'],
    ['6,2e18', 'scientific-notation'],
    ['41111111111', 'bad-length'],
    ['41111111111111111111', 'bad-length'],
    ['411111111111111x', 'bad-format'],
    // Arabic-Indic digits are digits to a reader, and no ASCII by NFKC.
    ['٤١١١١١١١١١١١١١١١', 'bad-format'],
    ['4111111111\r\n111111', 'bad-format'],
  ])('refuses %j as %s', (raw, reason) => {
    expect(canonicalAccount(raw, 'card')).toEqual({ status: 'malformed', reason });
    expect(canonicalAccount(raw, 'account')).toEqual({ status: 'malformed', reason });
  });

  it(`agrees with Luhn by digit sums at every length (seed ${IBAN_SEED})`, () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{12,19}$/), (digits) => {
        const expected = passesLuhn(digits);
        valid += Number(expected);
        expect(canonicalAccount(digits, 'card').status).toBe(expected ? 'ok' : 'malformed');
      }),
      { seed: IBAN_SEED, numRuns: 1000 },
    );
    expect(valid).toBeGreaterThan(50);
    expect(valid).toBeLessThan(500);
  });
});

describe('canonicalAccount on plain ids', () => {
  it.each([
    ['123', 'id:123'],
    [' 007 ', 'id:007'],
    ['Case-Matters', 'id:Case-Matters'],
  ])('keeps %j but for the space around it', (raw, value) => {
    expect(canonicalAccount(raw, 'plain')).toEqual({ status: 'ok', value });
  });

  it.each([
    ['a b', 'bad-format'],
    ['张三', 'bad-format'],
    ['x'.repeat(65), 'bad-length'],
    ['1.2E+17', 'scientific-notation'],
  ])('refuses %j as %s', (raw, reason) => {
    expect(canonicalAccount(raw, 'plain')).toEqual({ status: 'malformed', reason });
  });
});

describe('canonicalAccount', () => {
  const TYPES: readonly AccountType[] = ['iban', 'card', 'account', 'plain'];

  it('keeps the same digits as card and as plain id apart', () => {
    const values = (['card', 'plain'] as const).map((type) => canonicalAccount('4111111111111111', type));
    expect(values).toEqual([
      { status: 'ok', value: 'card:4111111111111111' },
      { status: 'ok', value: 'id:4111111111111111' },
    ]);
  });

  it(`never throws and is idempotent on any text (seed ${IBAN_SEED})`, () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[0-9 -]{0,24}$/),
      fc.stringMatching(/^[!-~]{1,30}$/),
      fc.constantFrom('DE89 3704 0044 0532 0130 00', '\ud800', 'toString', '__proto__'),
    );
    let accepted = 0;
    fc.assert(
      fc.property(text, fc.constantFrom(...TYPES), (raw, type) => {
        const once = canonicalAccount(raw, type);
        if (once.status === 'malformed') return;
        accepted++;
        expect(canonicalAccount(once.value.replace(/^[a-z]+:/, ''), type)).toEqual(once);
      }),
      { seed: IBAN_SEED, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
