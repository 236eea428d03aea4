/**
 * RFC 4180 over text that comes in pieces: records with the wanted fields, and a reason for every line that is none.
 *
 * Own code because kept libraries either take 6 to 20 times as long as splitting lines (csv-parse, csv-parser, papaparse,
 * DuckDB; 2026-11) or give no name to a broken line (udsv); tests hold it to csv-parse's reading of the same text.
 *
 * A broken record is refused as the one line that it begins on, and reading goes on at the next line: a quote that is
 * never closed costs a line, not the rest of the file. No text is looked at more than three times for it: where a record
 * is open to the end of a line, the quotes of the lines behind it come in pairs, so none of them is open as well.
 */
import { CARRIAGE_RETURN, CsvSigns, LINE_FEED, QUOTE } from './csv-signs.ts';
import { utf8 } from '../crypto/bytes.ts';
import type { RejectedRow, RowFault } from './table.ts';
import { type CodeUnits, joinedUnits, LARGEST_ASCII, textOf, wideUnits } from './text-column.ts';

/** Bounds memory when a quote is never closed; a row of account data has some hundred characters. */
export const MAX_RECORD_CHARACTERS: number = 1 << 20;

const SPACE = 0x20;

/** Where the scanner puts what it finds. */
export interface CsvSink {
  /** The number of the last row, of whatever kind. */
  row: number;
  readonly rows: number[];
  /** For each wanted field, where it is in the scanner's units; as long as there may be rows. */
  readonly columns: readonly { readonly starts: Uint32Array; readonly ends: Uint32Array }[];
  readonly rejected: RejectedRow[];
  readonly multilineRows: number[];
  blankRows: number;
}

/**
 * `full`: the sink has as many rows as it may. `header`: a record came before it was said which fields are wanted.
 * `more`: nothing whole is left, and text may follow. `end`: nothing is left.
 */
export type Scanned = 'full' | 'header' | 'more' | 'end';

export class CsvScanner {
  /** What places in the sink are places of, until more is appended; they stay as they are. */
  units: CodeUnits = new Uint8Array(0);
  /** The fields of the record that was `header`. */
  header: string[] = [];
  readonly #delimiterText: string;
  readonly #signs = new CsvSigns();
  /** In the same units as the text. */
  #delimiter: CodeUnits;
  #at = 0;
  #isEnded = false;
  /** In a line that was refused and whose end has not come yet. */
  #isSkipping = false;
  /** Fields of a record; 0 until that is known. */
  #fieldCount = 0;
  /** From a field's position to its place among the wanted ones; -1 where it is not. */
  #places = new Int32Array(0);
  /** Of the record at hand. */
  #begins = new Int32Array(0);
  #ends = new Int32Array(0);
  #hasEscapes = false;
  #isMultiline = false;
  /** The units are the scanner's own, and not what was appended. */
  #isCopy = false;

  constructor(delimiter: string) {
    this.#delimiterText = delimiter;
    this.#delimiter = utf8(delimiter);
  }

  /** Nobody may change the units as long as what was found in them is used. */
  append(units: CodeUnits): void {
    const rest = this.units.subarray(this.#at);
    this.#isCopy = rest.length > 0;
    this.units = this.#isCopy ? joinedUnits(rest, units) : units;
    this.#delimiter = this.units instanceof Uint8Array ? utf8(this.#delimiterText) : wideUnits(this.#delimiterText);
    this.#signs.searchIn(this.units, this.#delimiter[0]);
    this.#at = 0;
  }

  /** No text follows. */
  finish(): void {
    this.#isEnded = true;
  }

  /** From now on records have so many fields, of which those at `positions` are wanted. */
  want(positions: readonly number[], fieldCount: number): void {
    this.#fieldCount = fieldCount;
    this.#places = new Int32Array(fieldCount).fill(-1);
    for (const [place, position] of positions.entries()) this.#places[position] = place;
    this.#begins = new Int32Array(positions.length);
    this.#ends = new Int32Array(positions.length);
  }

  /** Reads on until the sink has `limit` rows, used and refused. */
  read(sink: CsvSink, limit: number): Scanned {
    if (this.#isSkipping) this.#skipLine();
    if (this.#isSkipping) return 'more';
    while (sink.rows.length + sink.rejected.length < limit) {
      if (this.#at >= this.units.length) return this.#isEnded ? 'end' : 'more';
      if (this.#plainRows(sink, limit - sink.rejected.length)) continue;
      const found = this.#record(sink);
      if (found === 'header') return found;
      if (found === undefined) continue;
      if (found === 'more' && this.units.length - this.#at <= MAX_RECORD_CHARACTERS) return found;
      sink.row++;
      sink.rejected.push({ row: sink.row, reason: found === 'more' ? 'too-long' : found });
      this.#skipLine();
      if (this.#isSkipping) return 'more';
    }
    return 'full';
  }

  /** Goes over records as most are: nothing in quotes, and every field there. False where the next one is another. */
  #plainRows(sink: CsvSink, limit: number): boolean {
    if (this.#fieldCount === 0 || this.#delimiter.length > 1) return false;
    const before = sink.rows.length;
    while (sink.rows.length < limit) {
      const end = this.#plainRow(sink);
      if (end === undefined || (this.#fieldCount === 1 && isSpace(this.units, this.#at, end))) break;
      this.#at = this.units[end] === CARRIAGE_RETURN ? end + 2 : end + 1;
      sink.rows.push(++sink.row);
    }
    return sink.rows.length > before;
  }

  /** Puts the places of a plain record's fields behind those of the sink's rows. Gives the place of the line's end. */
  #plainRow({ columns, rows }: CsvSink): number | undefined {
    const { units } = this;
    const delimiter = this.#delimiter[0];
    const last = this.#fieldCount - 1;
    const row = rows.length;
    let begin = this.#at;
    for (let field = 0; ; field++) {
      const end = this.#signs.next(begin);
      if (end === units.length) return undefined;
      const place = this.#places[field];
      if (place !== -1) {
        columns[place].starts[row] = begin;
        columns[place].ends[row] = end;
      }
      const unit = units[end];
      if (field === last) {
        const isPair = unit === CARRIAGE_RETURN && end + 1 < units.length && units[end + 1] === LINE_FEED;
        return unit === LINE_FEED || isPair ? end : undefined;
      }
      if (unit !== delimiter) return undefined;
      begin = end + 1;
    }
  }

  /** Goes over the record at `#at` and gives it to the sink; else says what is wrong with it and stays. */
  #record(sink: CsvSink): 'header' | 'more' | Exclude<RowFault, 'too-long'> | undefined {
    const { units } = this;
    const { length } = units;
    const fieldCount = this.#fieldCount;
    if (fieldCount === 0) this.header = [];
    this.#hasEscapes = false;
    this.#isMultiline = false;
    let at = this.#at;
    for (let field = 0; ; field++) {
      const isQuoted = at < length && units[at] === QUOTE;
      const begin = isQuoted ? at + 1 : at;
      const end = isQuoted ? this.#closingQuote(begin) : this.#stop(begin);
      if (end === length && (isQuoted || !this.#isEnded)) return this.#isEnded ? 'unclosed-quote' : 'more';
      if (!isQuoted && end < length && units[end] === QUOTE) return 'bad-quote';
      const after = isQuoted ? end + 1 : end;
      // A quote at the end of what is there may be the first half of an escaped one.
      if (after === length && !this.#isEnded) return 'more';
      if (fieldCount === 0) this.header.push(withoutEscapes(textOf(units.subarray(begin, end))));
      else if (field < fieldCount && this.#places[field] !== -1) {
        this.#begins[this.#places[field]] = begin;
        this.#ends[this.#places[field]] = end;
      }
      const unit = after < length ? units[after] : LINE_FEED;
      if (unit !== LINE_FEED && unit !== CARRIAGE_RETURN) {
        // Only a closing quote can be followed by something else.
        if (isQuoted && !this.#isDelimiter(after)) return 'bad-quote';
        at = after + this.#delimiter.length;
        continue;
      }
      const next = this.#lineAfter(after);
      if (next === undefined) return 'more';
      const isBlank = field === 0 && !isQuoted && isSpace(units, begin, end);
      if (!isBlank && fieldCount > 0 && field + 1 !== fieldCount) return 'field-count';
      this.#at = next;
      sink.row++;
      if (isBlank) sink.blankRows++;
      else if (fieldCount === 0) return 'header';
      else this.#add(sink);
      return undefined;
    }
  }

  /** Where a field ends that is not in quotes: a delimiter, a line end, or a quote that may not be there. */
  #stop(from: number): number {
    let at = this.#signs.next(from);
    while (at < this.units.length && this.units[at] === this.#delimiter[0] && !this.#isDelimiter(at)) {
      at = this.#signs.next(at + 1);
    }
    return at;
  }

  #isDelimiter(at: number): boolean {
    const delimiter = this.#delimiter;
    if (at + delimiter.length > this.units.length) return false;
    for (let k = 0; k < delimiter.length; k++) if (this.units[at + k] !== delimiter[k]) return false;
    return true;
  }

  /** Where the quotes around a field close; where the text ends if they do not. */
  #closingQuote(from: number): number {
    const { units } = this;
    for (let at = this.#signs.next(from); at < units.length; at = this.#signs.next(at + 1)) {
      const unit = units[at];
      if (unit === LINE_FEED || unit === CARRIAGE_RETURN) this.#isMultiline = true;
      if (unit !== QUOTE) continue;
      if (at + 1 === units.length || units[at + 1] !== QUOTE) return at;
      this.#hasEscapes = true;
      at++;
    }
    return units.length;
  }

  /** Where the line begins that follows a line end; undefined where that is not known yet. */
  #lineAfter(end: number): number | undefined {
    const { units } = this;
    if (end >= units.length || units[end] !== CARRIAGE_RETURN) return end + 1;
    if (end + 1 === units.length) return this.#isEnded ? end + 1 : undefined;
    return units[end + 1] === LINE_FEED ? end + 2 : end + 1;
  }

  /** To the begin of the next line, as far as it is there. */
  #skipLine(): void {
    const { units } = this;
    let end = this.#signs.next(this.#at);
    while (end < units.length && units[end] !== LINE_FEED && units[end] !== CARRIAGE_RETURN) {
      end = this.#signs.next(end + 1);
    }
    const after = end === units.length && !this.#isEnded ? undefined : this.#lineAfter(end);
    this.#isSkipping = after === undefined;
    this.#at = Math.min(after ?? end, units.length);
  }

  #add(sink: CsvSink): void {
    const row = sink.rows.length;
    sink.rows.push(sink.row);
    if (this.#isMultiline) sink.multilineRows.push(sink.row);
    for (let k = 0; k < sink.columns.length; k++) {
      sink.columns[k].starts[row] = this.#begins[k];
      sink.columns[k].ends[row] = this.#hasEscapes ? this.#unescape(this.#begins[k], this.#ends[k]) : this.#ends[k];
    }
  }

  /** Takes the first half of every escaped quote out of a field. Gives its new end. */
  #unescape(from: number, to: number): number {
    if (!this.units.subarray(from, to).includes(QUOTE)) return to;
    if (!this.#isCopy) this.units = this.units.slice();
    this.#isCopy = true;
    let end = from;
    for (let at = from; at < to; at++) {
      if (this.units[at] === QUOTE) at++;
      this.units[end++] = this.units[at];
    }
    return end;
  }
}

function isSpace(units: CodeUnits, from: number, to: number): boolean {
  // Most lines begin with a letter or a digit.
  if (from < to && units[from] > SPACE && units[from] < LARGEST_ASCII) return false;
  return textOf(units.subarray(from, to)).trim() === '';
}

/** What a field of the header says: two quotes in it are one. */
function withoutEscapes(field: string): string {
  return field.replaceAll('""', '"');
}
