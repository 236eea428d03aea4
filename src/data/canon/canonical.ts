/** What every identifier rule gives. */

export type MalformedReason =
  | 'empty'
  | 'bad-format'
  | 'bad-length'
  | 'bad-check-digit'
  | 'bad-date'
  | 'unknown-country'
  /** A spreadsheet turned the number into 6.2E+18: its digits are lost. */
  | 'scientific-notation'
  /** Stands for "none": zeros that a phone reports when tracking is off, or a word such as 不详. All would be one item. */
  | 'placeholder';

/**
 * `suspect`: well formed, but its check digit is wrong. Whoever reads the source decides whether such a row is kept; both
 * spellings of it are one value.
 */
export type Canonical =
  | { readonly status: 'ok'; readonly value: string }
  | { readonly status: 'suspect'; readonly value: string; readonly reason: 'bad-check-digit' }
  | { readonly status: 'malformed'; readonly reason: MalformedReason };

/** A rule works on text after NFKC, trimmed and not empty. */
export type Rule = (text: string, region: string | undefined) => Canonical;

export function ok(value: string): Canonical {
  return { status: 'ok', value };
}

export function malformed(reason: MalformedReason): Canonical {
  return { status: 'malformed', reason };
}

/** The value, marked where its check digit is wrong. */
export function checked(value: string, checkHolds: boolean): Canonical {
  return checkHolds ? ok(value) : { status: 'suspect', value, reason: 'bad-check-digit' };
}

/** Not every white space: a line break inside a value is two values run together. */
export function withoutSeparators(text: string): string {
  return text.replace(/[ -]/g, '');
}

/** As spreadsheets write numbers that are too long for them. */
export function isScientific(text: string): boolean {
  return /^\d+([.,]\d+)?[eE]\+?\d+$/.test(text);
}
