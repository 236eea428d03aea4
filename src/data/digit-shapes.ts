/** Traces that spreadsheets leave in columns of numbers that are names: zeros that are gone, digits that became zeros. */

import { type CodeUnits, LARGEST_ASCII, type TextColumn, wideUnits } from './text-column.ts';

export interface Suspicion {
  readonly count: number;
  readonly rows: readonly number[];
}

/** IEEE 754 doubles, and so spreadsheets, show 15 digits of a number as they were. */
const KEPT_DIGITS = 15;
const LONGEST = 40;
const ROWS_SHOWN = 10;
/** Below this many numbers nothing is said. */
const FEWEST = 20;
/** Shorter numbers are too often plain counters, which have no fixed length. */
const SHORTEST_USUAL = 6;
/** Of ids with a fixed length one in ten has lost a zero, one in a hundred two. */
const LARGEST_SHARE = 0.3;
/** Three zeros end one number in a thousand by chance. */
const ROUNDED_SHARE = 0.1;
const FEWEST_ROUNDED = 3;
const ZERO = 0x30;
const SPACE = 0x20;

export class DigitShapes {
  #numbers = 0;
  #withLeadingZero = 0;
  readonly #ofLength: number[] = Array.from({ length: LONGEST + 1 }, () => 0);
  readonly #rowsOfLength: number[][] = Array.from({ length: LONGEST + 1 }, () => []);
  #long = 0;
  #rounded = 0;
  readonly #roundedRows: number[] = [];

  /** A column's cells, the space around which does not matter, and the rows that they are in. */
  addAll(column: TextColumn, rows: readonly number[]): void {
    const { units, starts, ends } = column.packed;
    for (let at = 0; at < rows.length; at++) {
      const end = firstOther(units, starts[at], ends[at]);
      if (end === ends[at]) this.#add(units, { from: starts[at], to: end, row: rows[at] });
      else if (!isPrinted(units[end])) this.#addText(column.cells[at].trim(), rows[at]);
    }
  }

  #addText(text: string, row: number): void {
    const units = wideUnits(text);
    if (firstOther(units, 0, units.length) === units.length) this.#add(units, { from: 0, to: units.length, row });
  }

  /** Digits from one place to another. */
  #add(
    units: CodeUnits,
    { from, to, row }: { readonly from: number; readonly to: number; readonly row: number },
  ): void {
    const length = to - from;
    if (length === 0 || length > LONGEST) return;
    this.#numbers++;
    if (units[from] === ZERO) this.#withLeadingZero++;
    this.#ofLength[length]++;
    if (this.#rowsOfLength[length].length < ROWS_SHOWN) this.#rowsOfLength[length].push(row);
    if (length < KEPT_DIGITS + 2) return;
    this.#long++;
    for (let at = from + KEPT_DIGITS; at < to; at++) if (units[at] !== ZERO) return;
    this.#rounded++;
    if (this.#roundedRows.length < ROWS_SHOWN) this.#roundedRows.push(row);
  }

  lostLeadingZeros(): Suspicion | undefined {
    if (this.#numbers < FEWEST || this.#withLeadingZero > 0) return undefined;
    const usual = this.#ofLength.indexOf(Math.max(...this.#ofLength));
    const count = this.#ofLength.slice(0, usual).reduce((sum, n) => sum + n, 0);
    if (usual < SHORTEST_USUAL || count === 0 || count > LARGEST_SHARE * this.#numbers) return undefined;
    const rows = this.#rowsOfLength.slice(0, usual).flat();
    return { count, rows: rows.sort((a, b) => a - b).slice(0, ROWS_SHOWN) };
  }

  roundedDigits(): Suspicion | undefined {
    if (this.#rounded < FEWEST_ROUNDED || this.#rounded < ROUNDED_SHARE * this.#long) return undefined;
    return { count: this.#rounded, rows: this.#roundedRows };
  }
}

/** Where the first unit is that is no digit. */
function firstOther(units: CodeUnits, from: number, to: number): number {
  let at = from;
  while (at < to && units[at] >= ZERO && units[at] <= ZERO + 9) at++;
  return at;
}

/** Anything else may be space around a number. */
function isPrinted(unit: number): boolean {
  return unit > SPACE && unit < LARGEST_ASCII;
}
