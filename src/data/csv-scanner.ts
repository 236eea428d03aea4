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
import type { RejectedRow, RowFault } from './table.ts';

/** Bounds memory when a quote is never closed; a row of account data has some hundred characters. */
export const MAX_RECORD_CHARACTERS: number = 1 << 20;

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where the scanner puts what it finds. */
export interface CsvSink {
  /** The number of the last row, of whatever kind. */
  row: number;
  readonly rows: number[];
  /** One list for each wanted field. */
  readonly columns: readonly string[][];
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
  /** The fields of the header, or the wanted fields of the record at hand. */
  fields: string[] = [];

  readonly #delimiter: string;
  #text = '';
  #at = 0;
  #isEnded = false;
  /** In a line that was refused and whose end has not come yet. */
  #isSkipping = false;
  /** From a field's position to its place among the wanted ones. */
  #wanted: Int32Array | undefined;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  append(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
  }

  /** No text follows. */
  finish(): void {
    this.#isEnded = true;
  }

  /** From now on records have so many fields, of which those at `positions` are wanted. */
  want(positions: readonly number[], fieldCount: number): void {
    this.#wanted = new Int32Array(fieldCount).fill(-1);
    for (const [place, position] of positions.entries()) this.#wanted[position] = place;
    this.fields = positions.map(() => '');
  }

  /** Reads on until the sink has `limit` rows, used and refused. */
  read(sink: CsvSink, limit: number): Scanned {
    if (this.#isSkipping) this.#skipLine();
    if (this.#isSkipping) return 'more';
    const places = new Places(this.#text);
    while (sink.rows.length + sink.rejected.length < limit) {
      if (this.#at >= this.#text.length) return this.#isEnded ? 'end' : 'more';
      const found = this.#record(places, sink);
      if (found === 'header') return found;
      if (found === undefined) continue;
      places.forget();
      if (found === 'more' && this.#text.length - this.#at <= MAX_RECORD_CHARACTERS) return found;
      sink.row++;
      sink.rejected.push({ row: sink.row, reason: found === 'more' ? 'too-long' : found });
      this.#skipLine();
      if (this.#isSkipping) return 'more';
    }
    return 'full';
  }

  /** Goes over the record at `#at` and gives it to the sink; else says what is wrong with it and stays. */
  #record(places: Places, sink: CsvSink): 'header' | 'more' | Exclude<RowFault, 'too-long'> | undefined {
    const text = this.#text;
    const wanted = this.#wanted;
    const fields = wanted === undefined ? (this.fields = []) : this.fields;
    let isMultiline = false;
    let at = this.#at;
    for (let field = 0; ; field++) {
      const place = wanted === undefined ? field : field < wanted.length ? wanted[field] : -1;
      const isQuoted = text.charCodeAt(at) === QUOTE;
      let end: number;
      if (isQuoted) {
        const close = closingQuote(text, at + 1);
        // A quote at the end of what is there may be the first half of an escaped one.
        if (close === -1 || (close + 1 === text.length && !this.#isEnded)) {
          return this.#isEnded ? 'unclosed-quote' : 'more';
        }
        if (places.lineEndFrom(at) < close) isMultiline = true;
        if (place !== -1) fields[place] = unescaped(text.slice(at + 1, close));
        end = close + 1;
      } else {
        end = places.stopFrom(at, this.#delimiter);
        if (places.quoteFrom(at) < end) return 'bad-quote';
        if (end === text.length && !this.#isEnded) return 'more';
        if (place !== -1) fields[place] = text.slice(at, end);
      }
      const code = end < text.length ? text.charCodeAt(end) : LINE_FEED;
      if (code !== LINE_FEED && code !== CARRIAGE_RETURN) {
        // Only a closing quote can be followed by something else.
        if (isQuoted && !text.startsWith(this.#delimiter, end)) return 'bad-quote';
        at = end + this.#delimiter.length;
        continue;
      }
      const after = this.#lineAfter(end);
      if (after === undefined) return 'more';
      const isBlank = field === 0 && !isQuoted && text.slice(at, end).trim() === '';
      if (!isBlank && wanted !== undefined && field + 1 !== wanted.length) return 'field-count';
      this.#at = after;
      sink.row++;
      if (isBlank) sink.blankRows++;
      else if (wanted === undefined) return 'header';
      else add(sink, fields, isMultiline);
      return undefined;
    }
  }

  /** Where the line begins that follows a line end; undefined where that is not known yet. */
  #lineAfter(end: number): number | undefined {
    if (this.#text.charCodeAt(end) !== CARRIAGE_RETURN) return end + 1;
    if (end + 1 === this.#text.length && !this.#isEnded) return undefined;
    return this.#text.charCodeAt(end + 1) === LINE_FEED ? end + 2 : end + 1;
  }

  /** To the begin of the next line, as far as it is there. */
  #skipLine(): void {
    const end = new Places(this.#text).lineEndFrom(this.#at);
    const after = end === this.#text.length && !this.#isEnded ? undefined : this.#lineAfter(end);
    this.#isSkipping = after === undefined;
    this.#at = Math.min(after ?? end, this.#text.length);
  }
}

/** Where each sign is next in a text, looked for again once it was passed; the text's length where there is none. */
class Places {
  readonly #text: string;
  #delimiter = -1;
  #lineFeed = -1;
  #return = -1;
  #quote = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Before places are asked for that were passed. */
  forget(): void {
    this.#delimiter = -1;
    this.#lineFeed = -1;
    this.#return = -1;
    this.#quote = -1;
  }

  /** The next delimiter or line end. */
  stopFrom(at: number, delimiter: string): number {
    if (this.#delimiter < at) this.#delimiter = this.#find(delimiter, at);
    return Math.min(this.#delimiter, this.lineEndFrom(at));
  }

  lineEndFrom(at: number): number {
    if (this.#lineFeed < at) this.#lineFeed = this.#find('\n', at);
    if (this.#return < at) this.#return = this.#find('\r', at);
    return Math.min(this.#lineFeed, this.#return);
  }

  quoteFrom(at: number): number {
    if (this.#quote < at) this.#quote = this.#find('"', at);
    return this.#quote;
  }

  #find(sign: string, at: number): number {
    const found = this.#text.indexOf(sign, at);
    return found === -1 ? this.#text.length : found;
  }
}

function closingQuote(text: string, from: number): number {
  let close = text.indexOf('"', from);
  while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
  return close;
}

function unescaped(value: string): string {
  return value.includes('"') ? value.replaceAll('""', '"') : value;
}

function add(sink: CsvSink, fields: readonly string[], isMultiline: boolean): void {
  sink.rows.push(sink.row);
  for (let k = 0; k < fields.length; k++) sink.columns[k].push(fields[k]);
  if (isMultiline) sink.multilineRows.push(sink.row);
}
