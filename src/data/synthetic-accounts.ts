/**
 * Synthetic account numbers with valid structure and check digits: IBANs of countries without a national check digit,
 * and bank cards of three schemes. Distinct by construction: the institution and a serial number are spelled in the
 * digits, each scrambled by an affine permutation. Any likeness to an existing account is by chance.
 */
import { composeIBAN } from 'ibantools';
import luhn10 from 'card-validator/dist/luhn-10.js';
import type { SyntheticRandom } from './synthetic-random.ts';

/** Institutions that the digits have room for. */
export const MAX_INSTITUTION_CODES = 10_000;
const MAX_SERIALS = 100_000_000;

// ISO 13616 registry: BBAN = bank code, then account digits. `bank` spells a four-digit code in the country's width.
const COUNTRIES: readonly {
  readonly code: string;
  readonly bank: (code: string) => string;
  readonly digits: number;
}[] = [
  { code: 'DE', bank: (code) => `${code}0000`, digits: 10 },
  { code: 'AT', bank: (code) => `1${code}`, digits: 11 },
  // 0xxxx: 30000 to 31999 are QR-IBANs, which name invoices.
  { code: 'CH', bank: (code) => `0${code}`, digits: 12 },
  { code: 'GB', bank: (code) => `${letters(code)}00${code}`, digits: 8 },
  { code: 'IE', bank: (code) => `${letters(code)}90${code}`, digits: 8 },
  // The United Arab Emirates have three digits for the bank: the code runs into the account number.
  { code: 'AE', bank: (code) => code, digits: 15 },
  { code: 'SA', bank: (code) => code, digits: 16 },
];

// Issuer prefix and full length (ISO/IEC 7812-1): UnionPay debit 19 and credit 16 digits, Visa, Mastercard.
const CARDS = [
  { prefix: '62', length: 19 },
  { prefix: '622', length: 16 },
  { prefix: '4', length: 16 },
  { prefix: '52', length: 16 },
] as const;

const SERIAL_DIGITS = 8;
const IBAN_SHARE = 0.5;
const HOME_COUNTRY_SHARE = 0.75;

/** Gives the accounts of one consortium; `random` fixes the scrambling here and the mix of kinds at each call. */
export class SyntheticAccounts {
  readonly #random: SyntheticRandom;
  readonly #scrambleInstitution: (value: number) => number;
  readonly #scrambleSerial: (value: number) => number;

  constructor(random: SyntheticRandom) {
    this.#random = random;
    this.#scrambleInstitution = affinePermutation(MAX_INSTITUTION_CODES, random);
    this.#scrambleSerial = affinePermutation(MAX_SERIALS, random);
  }

  /** The canonical account with this serial number at this institution. */
  canonical(institution: number, serial: number): string {
    const code = String(this.#scrambleInstitution(institution)).padStart(4, '0');
    const number = String(this.#scrambleSerial(serial)).padStart(SERIAL_DIGITS, '0');
    if (!this.#random.chance(IBAN_SHARE)) return card(CARDS[this.#random.below(CARDS.length)], code + number);
    const home = institution % COUNTRIES.length;
    const country = this.#random.chance(HOME_COUNTRY_SHARE) ? home : this.#random.below(COUNTRIES.length);
    return iban(COUNTRIES[country], code, number);
  }
}

function iban(country: (typeof COUNTRIES)[number], code: string, number: string): string {
  const composed = composeIBAN({
    countryCode: country.code,
    bban: country.bank(code) + number.padStart(country.digits, '0'),
  });
  if (composed === null) throw new RangeError('Cannot compose IBAN: the parts do not fit the country');
  return `iban:${composed}`;
}

function card(scheme: (typeof CARDS)[number], digits: string): string {
  const body = scheme.prefix + digits.padEnd(scheme.length - scheme.prefix.length - 1, '0');
  for (let check = 0; check < 10; check++) {
    if (luhn10(body + check)) return `card:${body}${check}`;
  }
  throw new RangeError('Cannot make card number: no check digit fits');
}

/** Four letters that spell a four-digit code. */
function letters(code: string): string {
  return Array.from(code, (digit) => 'BCDFGHJKLM'[Number(digit)]).join('');
}

/**
 * x -> a·x + b modulo a power of ten is a permutation when a has no factor 2 or 5. Exact: a < 10^7 and x < 10^8, so
 * every intermediate value stays below 2^53.
 */
function affinePermutation(size: number, random: SyntheticRandom): (value: number) => number {
  let multiplier = 1;
  do multiplier = 1 + random.below(size / 10);
  while (multiplier % 2 === 0 || multiplier % 5 === 0);
  const offset = random.below(size);
  return (value) => (multiplier * value + offset) % size;
}
