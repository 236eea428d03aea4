/**
 * Bank accounts. IBAN: ISO 13616 structure of the country, mod 97-10 (ISO/IEC 7064) and, where ibantools knows one, the
 * national check digit. Bank card: ISO/IEC 7812-1, 12 to 19 digits with a Luhn check digit, any issuer. BIC: ISO 9362.
 */
import luhn10 from 'card-validator/dist/luhn-10.js';
import { isValidBIC, ValidationErrorsIBAN, validateIBAN } from 'ibantools';
import { type Canonical, checked, malformed, ok, withoutSeparators } from './canonical.ts';

// ISO/IEC 7812-1:2017 allows 10 to 19 digits; issued payment cards have 12 or more.
export const CARD_DIGITS_MIN = 12;
export const CARD_DIGITS_MAX = 19;

export function canonicalIban(text: string): Canonical {
  const joined = withoutSeparators(text);
  if (joined === '') return malformed('empty');
  // ASCII before the change of case: toUpperCase alone would turn a dotless i or a sharp s into other letters.
  if (!/^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]+$/.test(joined)) return malformed('bad-format');
  const iban = joined.toUpperCase();
  const { valid, errorCodes } = validateIBAN(iban);
  if (valid) return ok(`iban:${iban}`);
  if (errorCodes.includes(ValidationErrorsIBAN.NoIBANCountry)) return malformed('unknown-country');
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANLength)) return malformed('bad-length');
  if (errorCodes.includes(ValidationErrorsIBAN.WrongBBANFormat)) return malformed('bad-format');
  return checked(`iban:${iban}`, false);
}

export function canonicalCard(text: string): Canonical {
  const digits = withoutSeparators(text);
  if (digits === '') return malformed('empty');
  if (!/^[0-9]+$/.test(digits)) return malformed('bad-format');
  if (digits.length < CARD_DIGITS_MIN || digits.length > CARD_DIGITS_MAX) return malformed('bad-length');
  // card-validator's Luhn alone: its card types would refuse the domestic issuer prefixes outside 62.
  return checked(`card:${digits}`, luhn10(digits));
}

/** An IBAN starts with two letters, a card has none. */
export function canonicalAccountNumber(text: string): Canonical {
  return /^[A-Za-z]/.test(withoutSeparators(text)) ? canonicalIban(text) : canonicalCard(text);
}

/** The eight characters of a head office and the same with branch XXX are one institution. */
export function canonicalBic(text: string): Canonical {
  const joined = withoutSeparators(text);
  if (!/^[A-Za-z0-9]+$/.test(joined)) return malformed('bad-format');
  if (joined.length !== 8 && joined.length !== 11) return malformed('bad-length');
  const bic = joined.toUpperCase();
  if (!isValidBIC(bic)) return malformed('bad-format');
  return ok(`bic:${bic.endsWith('XXX') && bic.length === 11 ? bic.slice(0, 8) : bic}`);
}
