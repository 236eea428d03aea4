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
  readonly #delimiter: number;
  readonly #delimiters: number;
  #units: CodeUnits = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Up to here four units are bytes of the view. */
  #fours = 0;

  /** `delimiter`: the unit that delimiters begin with. */
  constructor(delimiter: number) {
    this.#delimiter = delimiter;
    // One outside of ASCII is not in text that is bytes.
    this.#delimiters = (delimiter <= LARGEST_ASCII ? delimiter : QUOTE) * EACH;
  }

  searchIn(units: CodeUnits): void {
    this.#units = units;
    this.#view = new DataView(units.buffer, units.byteOffset, units.byteLength);
    this.#fours = units instanceof Uint8Array ? units.length - 3 : 0;
  }

  /** The next quote, line end or begin of a delimiter; where the text ends if there is none. */
  next(from: number): number {
    const view = this.#view;
    const fours = this.#fours;
    const delimiters = this.#delimiters;
    let at = from;
    for (; at < fours; at += 4) {
      const four = view.getInt32(at, true);
      // Bytes in ASCII: the highest bit of one and 0x7f is clear where it is zero, and nothing is carried into the next.
      const others =
        ((four ^ delimiters) + LOWER_BITS) &
        ((four ^ QUOTES) + LOWER_BITS) &
        ((four ^ LINE_FEEDS) + LOWER_BITS) &
        ((four ^ RETURNS) + LOWER_BITS);
      const found = ~others & HIGHEST_BITS;
      if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >>> 3);
    }
    return this.#nextOneByOne(at);
  }

  #nextOneByOne(from: number): number {
    const units = this.#units;
    const delimiter = this.#delimiter;
    let at = from;
    for (; at < units.length; at++) {
      const unit = units[at];
      if (unit === delimiter || unit === QUOTE || unit === LINE_FEED || unit === CARRIAGE_RETURN) return at;
    }
    return at;
  }
}
