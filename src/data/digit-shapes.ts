/** Traces that spreadsheets leave in columns of numbers that are names: zeros that are gone, digits that became zeros. */

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

export class DigitShapes {
  #numbers = 0;
  #withLeadingZero = 0;
  readonly #ofLength: number[] = Array.from({ length: LONGEST + 1 }, () => 0);
  readonly #rowsOfLength: number[][] = Array.from({ length: LONGEST + 1 }, () => []);
  #long = 0;
  #rounded = 0;
  readonly #roundedRows: number[] = [];

  add(text: string, row: number): void {
    if (text.length > LONGEST || !/^\d+$/.test(text)) return;
    this.#numbers++;
    if (text.startsWith('0')) this.#withLeadingZero++;
    this.#ofLength[text.length]++;
    if (this.#rowsOfLength[text.length].length < ROWS_SHOWN) this.#rowsOfLength[text.length].push(row);
    if (text.length < KEPT_DIGITS + 2) return;
    this.#long++;
    if (!/^0+$/.test(text.slice(KEPT_DIGITS))) return;
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
