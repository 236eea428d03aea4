/** Phone numbers, by the numbering plans of libphonenumber, as E.164. */
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { type Canonical, malformed, ok } from './canonical.ts';

/** `region`, two letters of ISO 3166, is whose plan a number without a country code is in. */
export function canonicalPhone(text: string, region: string | undefined): Canonical {
  if (region !== undefined && !isSupportedCountry(region)) return malformed('unknown-country');
  // Letters are vanity digits to the library, and extensions would make two values of one line.
  if (!/^[0-9+() ./-]+$/.test(text)) return malformed('bad-format');
  const number = parsePhoneNumberFromString(text, {
    ...(region === undefined ? {} : { defaultCountry: region }),
    extract: false,
  });
  if (number === undefined)
    return malformed(region === undefined && !text.startsWith('+') ? 'unknown-country' : 'bad-format');
  return number.isValid() ? ok(`phone:${number.number}`) : malformed(number.isPossible() ? 'bad-format' : 'bad-length');
}
