/**
 * The short way for bank accounts that are written as they are compared: an IBAN in capital letters, a card in digits,
 * nothing between them. Most cells are, and asking a library about each takes fifty times as long. Whatever is anything
 * else goes the long way (`bank-account.ts`); where both can tell, tests hold them to the same result.
 */
import { countrySpecs } from 'ibantools';
import { CARD_DIGITS_MAX, CARD_DIGITS_MIN } from './bank-account.ts';

/** What the short way finds: nothing, an account, or one whose check digit is wrong. */
export const UNKNOWN = 0;
export const VALID = 1;
export const SUSPECT = 2;

export type PlainKind = 'iban' | 'card' | 'account';

const DIGIT = 1;
const LETTER = 2;
const ZERO = 0x30;
const A = 0x41;
const LETTERS = 26;
/** 96 and so many digits, or half as many letters, stay below 2^31. */
const DIGITS_AT_ONCE = 7;
const LETTERS_AT_ONCE = 3;
const CLASSES: Readonly<Record<string, number>> = { '0-9': DIGIT, 'A-Z': LETTER, 'A-Z0-9': DIGIT | LETTER };

const encoder = new TextEncoder();

/** One of the above for each cell. Bytes of a whole column are looked at in a third of the time that its strings take. */
export function plainAccounts(cells: readonly string[], kind: PlainKind): Uint8Array {
  const found = new Uint8Array(cells.length);
  const text = cells.join('');
  const bytes = encoder.encode(text);
  // A character outside of ASCII takes more bytes than one, and then places in both differ.
  if (bytes.length !== text.length) return found;
  for (let k = 0, from = 0; k < found.length; k++) {
    const to = from + cells[k].length;
    found[k] =
      kind === 'card' || (kind === 'account' && bytes[from] < A) ? card(bytes, from, to) : iban(bytes, from, to);
    from = to;
  }
  return found;
}

/** So many characters of one class. */
interface Run {
  readonly allowed: number;
  readonly length: number;
}

/** What an IBAN of a country has behind its first four characters. */
interface Shape {
  readonly length: number;
  readonly runs: readonly Run[];
}

/** By the two letters of a country's code. A country with a check of its own inside the number has none here. */
let shapes: readonly (Shape | undefined)[] | undefined;

function iban(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 4) return UNKNOWN;
  const first = bytes[from] - A;
  const second = bytes[from + 1] - A;
  if (first < 0 || first >= LETTERS || second < 0 || second >= LETTERS) return UNKNOWN;
  shapes ??= countryShapes();
  const shape = shapes[first * LETTERS + second];
  if (shape === undefined || to - from !== shape.length) return UNKNOWN;
  const tens = bytes[from + 2] - ZERO;
  const ones = bytes[from + 3] - ZERO;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return UNKNOWN;
  // ISO/IEC 7064 mod 97-10: letters are 10 to 35, and the first four characters are read last.
  let rest = 0;
  let at = from + 4;
  for (let k = 0; k < shape.runs.length && rest >= 0; k++) {
    const { allowed, length } = shape.runs[k];
    rest =
      allowed === DIGIT ? afterDigits(rest, bytes, at, at + length) : afterSome(rest, bytes, at, at + length, allowed);
    at += length;
  }
  if (rest < 0) return UNKNOWN;
  rest = (rest * 10_000 + (first + 10) * 100 + second + 10) % 97;
  return (rest * 100 + tens * 10 + ones) % 97 === 1 ? VALID : SUSPECT;
}

/** The remainder with so many digits behind it; -1 where one is none. */
function afterDigits(before: number, bytes: Uint8Array, from: number, to: number): number {
  let rest = before;
  let signs = 0;
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + DIGITS_AT_ONCE);
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      signs |= digit | (9 - digit);
      rest = (Math.imul(rest, 10) + digit) | 0;
    }
    rest %= 97;
  }
  return signs < 0 ? -1 : rest;
}

/** The same with letters, or letters and digits. */
function afterSome(before: number, bytes: Uint8Array, from: number, to: number, allowed: number): number {
  let rest = before;
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + LETTERS_AT_ONCE);
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      const letter = bytes[at] - A;
      if (digit >= 0 && digit <= 9 && (allowed & DIGIT) !== 0) rest = rest * 10 + digit;
      else if (letter >= 0 && letter < LETTERS && (allowed & LETTER) !== 0) rest = rest * 100 + letter + 10;
      else return -1;
    }
    rest %= 97;
  }
  return rest;
}

function card(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < CARD_DIGITS_MIN || to - from > CARD_DIGITS_MAX) return UNKNOWN;
  // ISO/IEC 7812-1: from the right, every second digit counts twice, as the sum of its digits.
  let sum = 0;
  let isDoubled = (to - from) % 2 === 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return UNKNOWN;
    const twice = 2 * digit;
    sum += isDoubled ? (twice > 9 ? twice - 9 : twice) : digit;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0 ? VALID : SUSPECT;
}

function countryShapes(): readonly (Shape | undefined)[] {
  const found = Array.from({ length: LETTERS * LETTERS }, (): Shape | undefined => undefined);
  for (const [code, { chars, bban_regexp: pattern, bban_validation_func: ownCheck }] of Object.entries(countrySpecs)) {
    if (chars === undefined || pattern === undefined || ownCheck !== undefined) continue;
    const runs = runsOf(pattern);
    const length = runs?.reduce((sum, run) => sum + run.length, 4);
    if (runs === undefined || length !== chars) continue;
    found[(code.charCodeAt(0) - A) * LETTERS + code.charCodeAt(1) - A] = { length, runs };
  }
  return found;
}

/** Of a pattern such as `^[A-Z]{4}[0-9]{14}$`; undefined where it is not of this kind. */
function runsOf(pattern: string): readonly Run[] | undefined {
  const parts = pattern.replace(/^\^|\$$/g, '');
  if (parts.replace(/\[[^\]]+\]\{\d+\}/g, '') !== '') return undefined;
  const runs = [...parts.matchAll(/\[([^\]]+)\]\{(\d+)\}/g)].map(([, set, count]) => ({
    allowed: CLASSES[set] ?? 0,
    length: Number(count),
  }));
  return runs.some(({ allowed }) => allowed === 0) ? undefined : runs;
}
