/**
 * Mutated files: whatever was done to the bytes, reading ends, and every line of the text is a row that is used, a row that
 * is named, a blank line, the header, or the rest of a row in quotes. Lines are counted by other code than the reader's.
 */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { encoded } from '../../test/support/read-table.ts';
import { DataError } from '../errors.ts';
import { inspectTable } from './account-source.ts';
import { csvTable } from './csv-table.ts';
import type { DataReport } from './data-report.ts';
import { SyntheticRandom } from './synthetic-random.ts';
import type { Table } from './table.ts';
import { ENCODINGS, type Encoding } from './text-encoding.ts';

const FILES = process.env['BLINDFLAG_LONG'] === undefined ? 2000 : 100_000;
const SEED = 'csv-fuzz';
/** In every account, so that a text that shows one is found. */
const CANARY = '73190428';
const HEADER = 'account,score,note';
const NOTES = ['', 'x', '"a, b"', '"two\nlines"', '甲乙', '"say ""so"""', ' '];
const NASTY = ['"', '""', ',', '\n', '\r\n', '\r', '\0', '\ufeff', '"\n', ',"', ';', '\u001a', '1E+17', '𠮷', 'é'].map(
  (text) => Buffer.from(text),
);

function original(random: SyntheticRandom): string {
  const lines = Array.from({ length: 4 + random.below(9) }, (_, k) => {
    // Some rows repeat one.
    const account = `${CANARY}-${random.below(8) === 0 ? 0 : k}`;
    return `${account},${random.below(300)},${NOTES[random.below(NOTES.length)]}`;
  });
  const end = ['\n', '\r\n'][random.below(2)];
  return [HEADER, ...lines, ''].join(end);
}

function mutated(bytes: Uint8Array, random: SyntheticRandom): Uint8Array {
  let out: Uint8Array = Uint8Array.from(bytes);
  for (let times = random.below(5); times > 0; times--) {
    const from = random.below(out.length + 1);
    const to = Math.min(out.length, from + random.below(12));
    const cut = (middle: Uint8Array): Uint8Array => Buffer.concat([out.subarray(0, from), middle, out.subarray(to)]);
    switch (random.below(6)) {
      case 0:
        out = cut(NASTY[random.below(NASTY.length)]);
        break;
      case 1:
        out = cut(Uint8Array.from({ length: random.below(4) }, () => random.below(256)));
        break;
      case 2:
        out = cut(Buffer.concat([out.subarray(from, to), out.subarray(from, to)]));
        break;
      case 3:
        out = cut(new Uint8Array(0));
        break;
      case 4:
        out = out.subarray(0, from);
        break;
      default:
        if (from < out.length) out[from] ^= 1 << random.below(8);
    }
  }
  return out;
}

interface Outcome {
  readonly report: DataReport | undefined;
  readonly error: unknown;
  /** Line breaks inside of rows that were used or rejected for a value, and in the header. */
  readonly innerBreaks: number;
}

async function readAll(bytes: Uint8Array, random: SyntheticRandom, encoding: Encoding | undefined): Promise<Outcome> {
  const cut = random.below(bytes.length + 1);
  const table = csvTable(Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]), { encoding });
  const options = { columns: { account: 'account', score: 'score' }, type: 'plain', malformed: 'skip' } as const;
  const watched = withNotes(table);
  try {
    return { report: await inspectTable(watched.table, options), error: undefined, innerBreaks: watched.breaks() };
  } catch (error) {
    return { report: undefined, error, innerBreaks: 0 };
  }
}

/** Reads the third column as well, where a line break may be, and counts what is in the rows. */
function withNotes(table: Table): { readonly table: Table; readonly breaks: () => number } {
  let breaks = 0;
  return {
    breaks: () => breaks,
    table: {
      name: table.name,
      async *read({ columns, signal }) {
        for await (const batch of table.read({ columns: [...columns, 'note'], signal })) {
          for (const cell of batch.columns.flatMap(({ cells }) => cells))
            breaks += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
          yield { ...batch, columns: batch.columns.slice(0, columns.length) };
        }
      },
    },
  };
}

/** What is wrong with an outcome; undefined where all is well. */
function problemOf(bytes: Uint8Array, { report, error, innerBreaks }: Outcome): string | undefined {
  if (report === undefined) {
    if (!(error instanceof DataError)) return `not an error of the package: ${String(error)}`;
    if (error.code !== 'unreadable-source' && error.code !== 'missing-column') return `code ${error.code}`;
    return error.describe().includes(CANARY) ? 'the error shows an account' : undefined;
  }
  const text = new TextDecoder(report.encoding?.name).decode(bytes);
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  // A header with more than the three columns may have a line break in another one.
  if (lines[0] !== undefined && /^[^,\r\n]*,[^,\r\n]*,[^,\r\n"]*$/.test(lines[0])) {
    const counted = report.rows + report.blankRows + 1 + innerBreaks;
    if (counted !== lines.length) return `${lines.length} lines and ${counted} counted`;
  }
  const count = (effect: string): number =>
    report.findings.filter((finding) => finding.effect === effect).reduce((sum, finding) => sum + finding.count, 0);
  if (report.rows - report.used !== count('left-out')) return 'a row is left out and not named';
  if (report.used - report.distinct !== count('joined')) return 'a row is neither an item nor a duplicate';
  return undefined;
}

describe('csvTable', () => {
  it(`reads ${FILES} mutated files to the end, each row an item, a duplicate or a named reject (seed ${SEED})`, async () => {
    const random = new SyntheticRandom(SEED, 'files');
    const seen = { reports: 0, errors: 0, rejects: 0, duplicates: 0 };
    for (let k = 0; k < FILES; k++) {
      const encoding = ENCODINGS[random.below(ENCODINGS.length)];
      const bytes = mutated(encoded(original(random), encoding), random);
      const outcome = await readAll(bytes, random, random.below(2) === 0 ? encoding : undefined);
      expect(problemOf(bytes, outcome), `file ${k}: ${Buffer.from(bytes).toString('base64')}`).toBeUndefined();
      if (outcome.report === undefined) seen.errors++;
      else {
        seen.reports++;
        if (outcome.report.used < outcome.report.rows) seen.rejects++;
        if (outcome.report.distinct < outcome.report.used) seen.duplicates++;
      }
    }
    // All kinds of outcome were seen, none of them rarely.
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(FILES / 20);
  });

  it.each([
    ['a row is dropped', (report: DataReport) => ({ ...report, rows: report.rows - 1, used: report.used - 1 })],
    ['a reject has no name', (report: DataReport) => ({ ...report, findings: [] })],
    [
      'a duplicate is dropped',
      (report: DataReport) => ({ ...report, used: report.used - 1, rows: report.rows - 1, blankRows: 1 }),
    ],
  ])('would be found out when %s', async (_, change) => {
    const bytes = Buffer.from(`${HEADER}\n${CANARY}-1,1,\n${CANARY}-1,2,\n${CANARY},x,\n`);
    const outcome = await readAll(bytes, new SyntheticRandom(SEED, 'control'), undefined);
    expect(problemOf(bytes, outcome)).toBeUndefined();
    const { report } = outcome;
    expect(problemOf(bytes, { ...outcome, report: report && change(report) })).toBeDefined();
  });
});
