import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../crypto/bytes.ts';
import { SyntheticRandom } from './synthetic-random.ts';
import { CsvScanner, type CsvSink } from './csv-scanner.ts';
import { type CodeUnits, textOf, unitsOf } from './text-column.ts';

const LONG = process.env['BLINDFLAG_LONG'] !== undefined;
const TEXTS = LONG ? 200_000 : 8000;

interface Scan extends Omit<CsvSink, 'columns'> {
  readonly cells: readonly (readonly string[])[];
}

/** All rows of a text with two columns that comes in the given pieces. */
function scan(pieces: readonly string[], toUnits: (text: string) => CodeUnits = unitsOf): Scan {
  const scanner = new CsvScanner(',');
  const most = pieces.join('').length + 1;
  const columns = [0, 1].map(() => ({ starts: new Uint32Array(most), ends: new Uint32Array(most) }));
  const sink: CsvSink = { row: 0, rows: [], columns, rejected: [], multilineRows: [], blankRows: 0 };
  const cells: string[][] = [];
  scanner.want([0, 1], 2);
  const readAll = (): void => {
    while (scanner.read(sink, sink.rows.length + sink.rejected.length + 3) === 'full');
    while (cells.length < sink.rows.length) {
      const at = cells.length;
      cells.push(columns.map(({ starts, ends }) => textOf(scanner.units.subarray(starts[at], ends[at]))));
    }
  };
  for (const piece of pieces) {
    scanner.append(toUnits(piece));
    readAll();
  }
  scanner.finish();
  readAll();
  const { columns: _, ...found } = sink;
  return { ...found, cells };
}

/** The same by csv-parse: rows of two fields, or undefined where a row is none. A quoted field begins with Q. */
function oracle(text: string): readonly (readonly string[])[] | undefined {
  try {
    const records: string[][] = parse(text, {
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      cast: (value, { quoting }) => `${quoting ? 'Q' : 'U'}${value}`,
    });
    const rows = records.filter(([first, ...others]) => others.length > 0 || !/^U\s*$/.test(first));
    if (rows.some(({ length }) => length !== 2)) return undefined;
    return rows.map((row) => row.map((field) => field.slice(1)));
  } catch {
    // csv-parse refuses the text as a whole.
    return undefined;
  }
}

const ALPHABET = [
  'a',
  'b',
  ',',
  '"',
  '"',
  '""',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '账',
  ',"',
  '",',
  '"\n"',
  'a,b\n',
  '"a","b"\n',
];

describe('CsvScanner', () => {
  const random = new SyntheticRandom('csv-scanner', 'texts');
  const below = (bound: number): number => random.below(bound);

  it(`reads ${TEXTS} texts as csv-parse does, and refuses a row where it refuses the text (seed csv-scanner)`, () => {
    let good = 0;
    for (let k = 0; k < TEXTS; k++) {
      const text = Array.from({ length: below(12) }, () => ALPHABET[below(ALPHABET.length)]).join('');
      const expected = oracle(text);
      const cut = below(text.length + 1);
      const pieces = [text.slice(0, cut), text.slice(cut)];
      const sink = scan(pieces);
      expect(scan(pieces, utf8), JSON.stringify(text)).toEqual(sink);
      if (expected === undefined) expect(sink.rejected.length, JSON.stringify(text)).toBeGreaterThan(0);
      else {
        good++;
        expect(sink.cells, JSON.stringify(text)).toEqual(expected);
        expect(sink.rejected, JSON.stringify(text)).toEqual([]);
      }
    }
    // Both sides of the comparison were seen.
    expect(good).toBeGreaterThan(TEXTS / 20);
    expect(good).toBeLessThan(TEXTS - TEXTS / 20);
  });

  it('gives the same wherever a text is cut', () => {
    for (let k = 0; k < 300; k++) {
      const text = Array.from({ length: 12 }, () => ALPHABET[below(ALPHABET.length)]).join('');
      const whole = scan([text]);
      for (let cut = 1; cut < text.length; cut++)
        expect(scan([text.slice(0, cut), text.slice(cut)]), JSON.stringify([text, cut])).toEqual(whole);
      expect(scan(Array.from(text)), JSON.stringify(text)).toEqual(whole);
    }
  });

  it('counts every line once: as a row, a blank line, a refused one, or the rest of a row in quotes', () => {
    for (let k = 0; k < 2000; k++) {
      const text = Array.from({ length: below(14) }, () => ALPHABET[below(ALPHABET.length)]).join('');
      const sink = scan([text]);
      const lines = text.split(/\r\n|\n|\r/);
      if (lines.at(-1) === '') lines.pop();
      const inside =
        sink.cells
          .flat()
          .join('')
          .match(/\r\n|\n|\r/g)?.length ?? 0;
      expect(sink.row + inside, JSON.stringify(text)).toBe(lines.length);
      expect(sink.row).toBe(sink.rows.length + sink.rejected.length + sink.blankRows);
    }
  });
});
