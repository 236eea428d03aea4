/**
 * Finds the signs that CSV is made of, in bytes four at once: one by one takes twice as long, and of ten units about one is
 * a sign.
 */
import { type CodeUnits, LARGEST_ASCII } from './text-column.ts';

export const QUOTE = 0x22;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;

const EACH = 0x0101_0101;
const LOWER_BITS: number = 0x7f * EACH;
const HIGHEST_BITS: number = ~LOWER_BITS;
const QUOTES: number = QUOTE * EACH;
const LINE_FEEDS: number = LINE_FEED * EACH;
const RETURNS: number = CARRIAGE_RETURN * EACH;

export class CsvSigns {
  #units: CodeUnits = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #delimiter = 0;
  #delimiters = 0;
  /** Up to here four units are bytes of the view. */
  #fours = 0;

  /** `delimiter`: the unit that delimiters begin with. */
  searchIn(units: CodeUnits, delimiter: number): void {
    this.#units = units;
    this.#view = new DataView(units.buffer, units.byteOffset, units.byteLength);
    this.#delimiter = delimiter;
    this.#delimiters = delimiter * EACH;
    this.#fours = units instanceof Uint8Array && delimiter <= LARGEST_ASCII ? units.length - 3 : 0;
  }

  /** The next quote, line end or begin of a delimiter; where the text ends if there is none. */
  next(from: number): number {
    const view = this.#view;
    const fours = this.#fours;
    const delimiters = this.#delimiters;
    let at = from;
    for (; at < fours; at += 4) {
      const four = view.getInt32(at, true);
      // The highest bit of seven bits and 0x7f is clear where they are zero, and nothing is carried into the next byte.
      const lower = four & LOWER_BITS;
      const others =
        ((lower ^ delimiters) + LOWER_BITS) &
        ((lower ^ QUOTES) + LOWER_BITS) &
        ((lower ^ LINE_FEEDS) + LOWER_BITS) &
        ((lower ^ RETURNS) + LOWER_BITS);
      const found = ~(others | four) & HIGHEST_BITS;
      if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >>> 3);
    }
    return this.#nextOneByOne(at);
  }

  #nextOneByOne(from: number): number {
    const units = this.#units;
    const { length } = units;
    const delimiter = this.#delimiter;
    let at = from;
    for (; at < length; at++) {
      const unit = units[at];
      if (unit === delimiter) break;
      if (unit <= QUOTE && (unit === QUOTE || unit === LINE_FEED || unit === CARRIAGE_RETURN)) break;
    }
    return at;
  }
}
