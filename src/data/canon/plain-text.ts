/** Accounts of no known standard, such as a bank's own numbers: compared as they are written. */
import { type Canonical, isScientific, malformed, ok } from './canonical.ts';

export const PLAIN_CHARACTERS_MAX = 64;

export function canonicalPlain(text: string): Canonical {
  if (!/^[\x21-\x7e]+$/.test(text) || isScientific(text)) return malformed('bad-format');
  return text.length > PLAIN_CHARACTERS_MAX ? malformed('bad-length') : ok(`id:${text}`);
}
