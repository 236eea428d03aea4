/**
 * Account numbers as a screen may show them to the institution that holds them. A masked number is still personal
 * information: it keeps a screen from being a list to copy, nothing more.
 */

const LONG = 12;
const SHORT = 3;

/** `iban:DE89370400440532013000` becomes `iban:DE89…3000`; of a short one only the last two characters are left. */
export function maskAccount(canonical: string): string {
  const colon = canonical.indexOf(':') + 1;
  const type = canonical.slice(0, colon);
  const number = canonical.slice(colon);
  if (number.length >= LONG) return `${type}${number.slice(0, 4)}…${number.slice(-4)}`;
  return number.length >= SHORT ? `${type}…${number.slice(-2)}` : `${type}…`;
}
