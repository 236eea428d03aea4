/** The texts about own lists in English. */
import type { Finding } from '../../data/data-report.ts';
import { REASON_TEXTS } from '../../data/table.ts';
import { type DataTexts, firstRows } from './data-texts.ts';
import { integer } from '../screen/number-format.ts';

const EFFECTS: Readonly<Record<Finding['effect'], string>> = {
  refused: 'REFUSED',
  'left-out': 'left out',
  joined: 'joined',
  kept: 'kept',
  doubtful: 'look at',
};

const BY = {
  'byte-order-mark': 'by its byte order mark',
  configuration: 'as configured',
  'its bytes': 'by its bytes',
} as const;

/** What was found in so many rows. */
function what({ kind }: Finding): string {
  switch (kind) {
    case 'duplicate':
      return 'the account came in an earlier row';
    case 'score-sum':
      return "the account's scores sum up to more than the largest score";
    case 'wrong-check-digit-kept':
      return 'the check digit is wrong; the rows are used as they are';
    case 'lost-leading-zeros':
      return 'shorter than most, and none begins with 0: were leading zeros lost?';
    case 'rounded-digits':
      return 'zeros from the 16th digit on: did a spreadsheet round them?';
    case 'line-break-in-quotes':
      return 'a line break inside quotes: is it text, or is a quote out of place?';
    case 'too-many-accounts':
      return 'more different accounts than the agreed size';
    case 'too-many-rows':
      return 'more rows than the agreed size';
    default:
      return REASON_TEXTS[kind];
  }
}

/** ` (row 3)`, ` (rows 3, 4 and 12 more)`. */
function where(finding: Finding): string {
  const { shown, more } = firstRows(finding);
  if (shown.length === 0) return '';
  return ` (row${shown.length === 1 ? '' : 's'} ${shown.join(', ')}${more === 0 ? '' : ` and ${integer(more)} more`})`;
}

export const englishDataTexts: DataTexts = {
  title: ({ dataset, questions, source }) =>
    `${dataset}${questions.length === 0 ? '' : ` for ${questions.join(', ')}`}: ${source}`,
  encoding: ({ name, by }) => `encoding ${name}, ${BY[by]}`,
  counts: ({ rows, used, distinct, distinctIsLeast, blankRows }) =>
    `${integer(rows)} rows: ${integer(used)} used, ${integer(rows - used)} not; ` +
    `${distinctIsLeast ? 'more than ' : ''}${integer(distinct)} different accounts` +
    (blankRows === 0 ? '' : `; ${integer(blankRows)} blank lines`),
  finding: (finding) => {
    const { column, count, effect } = finding;
    return `${EFFECTS[effect]}: ${column === undefined ? '' : `column '${column}', `}${integer(count)}: ${what(finding)}${where(finding)}`;
  },
  sample: (masked) => `such as ${masked.join(', ')}`,
  verdict: (usable) => (usable ? 'can be used' : 'CANNOT BE USED: a run would refuse it'),
  noLists: 'The configuration has no lists.',
  summary: ({ source, rows, used, distinct }) =>
    `${source}: ${integer(rows)} rows, ${integer(used)} used, ${integer(distinct)} different accounts`,
};
