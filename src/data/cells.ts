/** What the text of a cell means; undefined where it means nothing of the kind. Surrounding space does not matter. */
import { SCAM_TYPES } from './scam-types.ts';
import type { CodeUnits, TextColumn } from './text-column.ts';

export const LARGEST_SCORE = 0xffff_ffff;
const SHORT_DIGITS = 9;
const ZERO = 0x30;

/** What the cells of a column mean, and the places of those that mean nothing. */
export interface ParsedColumn {
  readonly values: Float64Array;
  readonly bad: readonly number[];
}

export function parsedCells(column: TextColumn, parse: (cell: string) => number | undefined): ParsedColumn {
  const values = new Float64Array(column.length);
  const bad: number[] = [];
  for (const [at, cell] of column.cells.entries()) {
    const value = parse(cell);
    if (value === undefined) bad.push(at);
    else values[at] = value;
  }
  return { values, bad };
}

/** Whole numbers up to a largest, also as tools write them that have only floating-point ones: `3` and `3.0`. */
export function parsedScores(column: TextColumn, maxScore: number): ParsedColumn {
  const { units, starts, ends } = column.packed;
  const values = new Float64Array(column.length);
  const bad: number[] = [];
  for (let at = 0; at < values.length; at++) {
    // Most are one or a few digits and nothing else, for which an expression takes ten times as long.
    const short = shortNumber(units, starts[at], ends[at]);
    const score = short < 0 ? parseScore(column.cells[at]) : short;
    if (score <= maxScore) values[at] = score;
    else bad.push(at);
  }
  return { values, bad };
}

/** -1 where it is anything but a few digits. */
function shortNumber(units: CodeUnits, from: number, to: number): number {
  if (from === to || to - from > SHORT_DIGITS) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = units[at] - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function parseScore(text: string): number {
  const found = /^\s*(\d{1,10})(?:\.0+)?\s*$/.exec(text);
  return Number(found?.[1] ?? Number.NaN);
}

const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(
  SCAM_TYPES.flatMap(({ code, chinese, english }, index) => [code, chinese, english].map((name) => [name, index + 1])),
);

/** A code or name of the list as 1 + its position; an empty cell as 0. */
export function parseScamType(text: string): number | undefined {
  const name = text.trim();
  return name === '' ? 0 : TYPE_NUMBERS.get(name);
}

/** A decimal number as hundredths, exact: below 10^13, and no third decimal but zeros. */
export function parseAmount(text: string): number | undefined {
  const found = /^\s*([+-]?)(\d{1,13})(?:\.(\d{0,2})0*)?\s*$/.exec(text);
  if (found === null) return undefined;
  const [, sign, whole, decimals = ''] = found;
  const hundredths = Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
  return sign === '-' && hundredths !== 0 ? -hundredths : hundredths;
}

const TIME =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * A day or a time, year first: ISO 8601, as databases write it, or with slashes. What has no offset of its own is
 * `offsetMinutes` ahead of UTC. Milliseconds since 1970.
 */
export function parseTime(text: string, offsetMinutes: number): number | undefined {
  const found = TIME.exec(text.trim());
  if (found === null) return undefined;
  const [, year, , month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = found;
  const parts = [year, month, day, hour, minute, second].map(Number);
  const [y, mo, d, h, mi, s] = parts;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s, milliseconds));
  // The calendar would carry 31 April over to 1 May.
  const read = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (read.some((part, k) => part !== parts[k])) return undefined;
  const offset = zone === undefined ? offsetMinutes : parseOffset(zone);
  return offset === undefined ? undefined : date.getTime() - offset * 60_000;
}

/** `Z`, `+08:00`, `+0800` or `+08` as minutes ahead of UTC. */
export function parseOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const found = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(text);
  if (found === null) return undefined;
  const [, sign, hours, minutes = '0'] = found;
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && total <= 14 * 60 ? (sign === '-' ? -total : total) : undefined;
}
