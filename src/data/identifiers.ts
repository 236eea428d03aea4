/**
 * Identifier rules: one canonical string per account, the same at every institution, because two spellings of one
 * account would be a silent "no hit".
 *
 * IBAN: ISO 13616 structure of the country, mod 97-10 (ISO/IEC 7064) and, where ibantools knows one, the national check
 * digit. Bank card: ISO/IEC 7812-1, 12 to 19 digits with a Luhn check digit, any issuer. Plain: an opaque id.
 *
 * Not protected: a canonical value is the account itself, and a hash of it would still be personal information.
 */
import { ValidationErrorsIBAN, validateIBAN } from 'ibantools';
import luhn10 from 'card-validator/dist/luhn-10.js';

/** `account` is an IBAN or a card, told apart by shape: an IBAN starts with two letters, a card has none. */
export type AccountType = 'iban' | 'card' | 'account' | 'plain';

export type MalformedReason =
  | 'empty'
  | 'bad-format'
  | 'bad-length'
  | 'bad-check-digit'
  | 'unknown-country'
  /** A spreadsheet turned the number into 6.2E+18: its digits are lost. */
  | 'scientific-notation';

export type CanonicalAccount =
  | { readonly status: 'ok'; readonly value: string }
  | { readonly status: 'malformed'; readonly reason: MalformedReason };

// ISO/IEC 7812-1:2017 allows 10 to 19 digits; issued payment cards have 12 or more.
const CARD_DIGITS_MIN = 12;
const CARD_DIGITS_MAX = 19;
const PLAIN_CHARACTERS_MAX = 64;

// Not every white space: a line break inside a value is two values run together.
const SEPARATORS = /[ -]/g;
const SCIENTIFIC = /^\d+([.,]\d+)?[eE]\+?\d+$/;

/**
 * The canonical value of `raw`, with a prefix that says its type (`iban:`, `card:`, `id:`), so that an IBAN, a card and
 * a plain id never collide. Total and idempotent on the part after the prefix; full-width digits and letters (NFKC),
 * spaces and hyphens of IBANs and cards do not matter; the case of letters matters in plain ids only.
 */
export function canonicalAccount(raw: string, type: AccountType): CanonicalAccount {
  const text = raw.normalize('NFKC').trim();
  if (text === '') return malformed('empty');
  if (SCIENTIFIC.test(text)) return malformed('scientific-notation');
  if (type === 'plain') return canonicalPlain(text);
  const joined = text.replace(SEPARATORS, '');
  if (joined === '') return malformed('empty');
  switch (type) {
    case 'iban':
      return canonicalIban(joined);
    case 'card':
      return canonicalCard(joined);
    case 'account':
      return /^[A-Za-z]/.test(joined) ? canonicalIban(joined) : canonicalCard(joined);
  }
}

function canonicalIban(text: string): CanonicalAccount {
  // ASCII before the change of case: toUpperCase alone would turn a dotless i or a sharp s into other letters.
  if (!/^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]+$/.test(text)) return malformed('bad-format');
  const iban = text.toUpperCase();
  const { valid, errorCodes } = validateIBAN(iban);
  if (valid) return { status: 'ok', value: `iban:${iban}` };
  if (errorCodes.includes(ValidationErrorsIBAN.NoIBANCountry)) return malformed('unknown-country');
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANLength)) return malformed('bad-length');
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANFormat)) return malformed('bad-format');
  return malformed('bad-check-digit');
}

function canonicalCard(text: string): CanonicalAccount {
  if (!/^[0-9]+$/.test(text)) return malformed('bad-format');
  if (text.length < CARD_DIGITS_MIN || text.length > CARD_DIGITS_MAX) return malformed('bad-length');
  // card-validator's Luhn alone: its card types would refuse the domestic issuer prefixes outside 62.
  return luhn10(text) ? { status: 'ok', value: `card:${text}` } : malformed('bad-check-digit');
}

function canonicalPlain(text: string): CanonicalAccount {
  if (!/^[\x21-\x7e]+$/.test(text)) return malformed('bad-format');
  return text.length > PLAIN_CHARACTERS_MAX ? malformed('bad-length') : { status: 'ok', value: `id:${text}` };
}

function malformed(reason: MalformedReason): CanonicalAccount {
  return { status: 'malformed', reason };
}
