/**
 * Codes of persons and organisations in China. Resident id: GB 11643-1999, 18 characters of which the last is a check
 * character by ISO 7064 MOD 11-2; the 15 digits issued before 1999 become 18 by the century and the check character.
 * Enterprise code: GB 32100-2015, 18 characters of which the last is a check character modulo 31.
 */
import { type Canonical, checked, malformed, withoutSeparators } from './canonical.ts';

/** 2^(17 - i) mod 11 of the i-th digit. */
const RESIDENT_WEIGHTS: readonly number[] = Array.from({ length: 17 }, (_, i) => 2 ** (17 - i) % 11);
/** The check character for each remainder. */
const RESIDENT_CHECKS = '10X98765432';

const ENTERPRISE_CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
/** 3^i mod 31 of the i-th character. */
const ENTERPRISE_WEIGHTS: readonly number[] = Array.from({ length: 17 }, (_, i) => 3 ** i % 31);

export function canonicalResidentId(text: string): Canonical {
  const joined = withoutSeparators(text);
  if (!/^[0-9]+[0-9Xx]$/.test(joined)) return malformed('bad-format');
  if (joined.length === 15) return canonicalOldResidentId(joined);
  if (joined.length !== 18) return malformed('bad-length');
  const id = joined.toUpperCase();
  if (!isArea(id) || !isDate(id.slice(6, 14))) return malformed(isArea(id) ? 'bad-date' : 'bad-format');
  return checked(`rid:${id}`, residentCheck(id) === id[17]);
}

/** Nobody who had one in the nineteenth century's numbers is alive: the century is the twentieth. */
function canonicalOldResidentId(digits: string): Canonical {
  if (!/^[0-9]{15}$/.test(digits) || !isArea(digits)) return malformed('bad-format');
  const id = `${digits.slice(0, 6)}19${digits.slice(6)}`;
  if (!isDate(id.slice(6, 14))) return malformed('bad-date');
  return checked(`rid:${id}${residentCheck(id)}`, true);
}

function residentCheck(id: string): string {
  const sum = RESIDENT_WEIGHTS.reduce((total, weight, i) => total + weight * Number(id[i]), 0);
  return RESIDENT_CHECKS[sum % 11];
}

/** Regions are 1 to 8 of GB/T 2260; 9 is for permanent residents from abroad since 2023. */
function isArea(id: string): boolean {
  return /^[1-9]/.test(id);
}

/** A day of the calendar, from 1800 to 2099. */
function isDate(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return /^(18|19|20)/.test(digits) && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

export function canonicalEnterpriseCode(text: string): Canonical {
  const joined = withoutSeparators(text);
  if (!/^[0-9A-Za-z]+$/.test(joined)) return malformed('bad-format');
  if (joined.length !== 18) return malformed('bad-length');
  const code = joined.toUpperCase();
  const digits = Array.from(code, (character) => ENTERPRISE_CHARACTERS.indexOf(character));
  if (digits.includes(-1)) return malformed('bad-format');
  const sum = ENTERPRISE_WEIGHTS.reduce((total, weight, i) => total + weight * digits[i], 0);
  return checked(`usci:${code}`, (31 - (sum % 31)) % 31 === digits[17]);
}
