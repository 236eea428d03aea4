/**
 * The short way for accounts that are written as they are compared: an IBAN in capital letters, a card in digits, a plain
 * account in ASCII, nothing between or around them. Most cells are, and asking a library about each takes fifty times as
 * long. Whatever is anything else goes the long way (`bank-account.ts`); where both can tell, tests hold them to the same
 * result.
 */
import { countrySpecs } from 'ibantools';
import type { AccountType } from '../identifiers.ts';
import { type CodeUnits, LARGEST_ASCII, type PackedCells } from '../text-column.ts';
import { CARD_DIGITS_MAX, CARD_DIGITS_MIN } from './bank-account.ts';
import { PLAIN_CHARACTERS_MAX } from './plain-text.ts';

/** What the short way finds: nothing, an account, or one whose check digit is wrong. */
export const UNKNOWN = 0;
export const VALID = 1;
export const SUSPECT = 2;

const DIGIT = 1;
const LETTER = 2;
const ZERO = 0x30;
const A = 0x41;
const LETTERS = 26;
const SMALL_E = 0x65;
/** Of what is printed, the first one and the last; a space is none. */
const FIRST_PRINTED = 0x21;
const LAST_PRINTED = 0x7e;
/** 96 and so many letters stay below 2^31. */
const LETTERS_AT_ONCE = 3;
const FOUR_ZEROS = 0x3030_3030;
/** Nine and less stay below the highest bit with it. */
const UP_TO_NINE = 0x7676_7676;
const HIGHEST_BITS: number = 0x8080_8080 | 0;
const CLASSES: Readonly<Record<string, number>> = { '0-9': DIGIT, 'A-Z': LETTER, 'A-Z0-9': DIGIT | LETTER };

/** One of the above for each cell. */
export function plainAccounts({ units, starts, ends }: PackedCells, kind: AccountType): Uint8Array {
  const found = new Uint8Array(starts.length);
  if (found.length === 0) return found;
  const before = starts[0];
  const bytes = asciiBytes(units.subarray(before, ends[found.length - 1]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let k = 0; k < found.length; k++) {
    const from = starts[k] - before;
    const to = ends[k] - before;
    if (kind === 'plain') {
      found[k] = plain(bytes, from, to);
      continue;
    }
    const isCard = kind === 'card' || (kind === 'account' && from < to && bytes[from] < A);
    found[k] = isCard ? card(bytes, from, to) : iban(view, from, to);
  }
  return found;
}

/** Zero in place of every unit outside of ASCII: no account has it. */
function asciiBytes(units: CodeUnits): Uint8Array {
  if (units instanceof Uint8Array) return units;
  const bytes = new Uint8Array(units.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = units[k] <= LARGEST_ASCII ? units[k] : 0;
  return bytes;
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

function iban(text: DataView, from: number, to: number): number {
  if (to - from < 4) return UNKNOWN;
  const first = text.getUint8(from) - A;
  const second = text.getUint8(from + 1) - A;
  if (first < 0 || first >= LETTERS || second < 0 || second >= LETTERS) return UNKNOWN;
  shapes ??= countryShapes();
  const shape = shapes[first * LETTERS + second];
  if (shape === undefined || to - from !== shape.length) return UNKNOWN;
  const tens = text.getUint8(from + 2) - ZERO;
  const ones = text.getUint8(from + 3) - ZERO;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return UNKNOWN;
  // ISO/IEC 7064 mod 97-10: letters are 10 to 35, and the first four characters are read last.
  let rest = 0;
  let at = from + 4;
  for (let k = 0; k < shape.runs.length && rest >= 0; k++) {
    const { allowed, length } = shape.runs[k];
    rest =
      allowed === DIGIT ? afterDigits(rest, text, at, at + length) : afterSome(rest, text, at, at + length, allowed);
    at += length;
  }
  if (rest < 0) return UNKNOWN;
  rest = rest * 1_000_000 + (first + 10) * 10_000 + (second + 10) * 100 + tens * 10 + ones;
  return rest % 97 === 1 ? VALID : SUSPECT;
}

/** The remainder with so many digits behind it; -1 where one is none. */
function afterDigits(before: number, text: DataView, from: number, to: number): number {
  let rest = before;
  let signs = 0;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    // The values of four digits, a byte each, the first one lowest. Of what is no digit the highest bit is set here or there.
    const left = (text.getInt32(at, true) - FOUR_ZEROS) | 0;
    const right = (text.getInt32(at + 4, true) - FOUR_ZEROS) | 0;
    signs |= left | (left + UP_TO_NINE) | right | (right + UP_TO_NINE);
    // 10^8 leaves 81, and 10^4 leaves 9.
    rest = (Math.imul(rest, 81) + Math.imul(fourDigits(left), 9) + fourDigits(right)) % 97;
  }
  for (; at < to; at++) {
    const digit = text.getUint8(at) - ZERO;
    signs |= digit | (9 - digit);
    rest = (Math.imul(rest, 10) + digit) | 0;
  }
  return (signs & HIGHEST_BITS) === 0 ? rest % 97 : -1;
}

function fourDigits(values: number): number {
  const pairs = (Math.imul(values, 10) + (values >>> 8)) & 0x00ff_00ff;
  return Math.imul(pairs & 0xff, 100) + (pairs >>> 16);
}

/** The same with letters, or letters and digits. */
function afterSome(before: number, text: DataView, from: number, to: number, allowed: number): number {
  let rest = before;
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + LETTERS_AT_ONCE);
    for (; at < end; at++) {
      const unit = text.getUint8(at);
      const digit = unit - ZERO;
      const letter = unit - A;
      if (digit >= 0 && digit <= 9 && (allowed & DIGIT) !== 0) rest = rest * 10 + digit;
      else if (letter >= 0 && letter < LETTERS && (allowed & LETTER) !== 0) rest = rest * 100 + letter + 10;
      else return -1;
    }
    rest %= 97;
  }
  return rest;
}

function plain(bytes: Uint8Array, from: number, to: number): number {
  if (from === to || to - from > PLAIN_CHARACTERS_MAX) return UNKNOWN;
  const isNumber = bytes[from] >= ZERO && bytes[from] <= ZERO + 9;
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte < FIRST_PRINTED || byte > LAST_PRINTED) return UNKNOWN;
    // It may be in scientific notation. A capital letter is a small one but for this bit.
    if (isNumber && (byte | 0x20) === SMALL_E) return UNKNOWN;
  }
  return VALID;
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
