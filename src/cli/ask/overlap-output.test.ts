import { describe, expect, it } from 'vitest';
import type { OverlapRowsSummary, OverlapSizeSummary, OverlapSummary } from '../../node/admin/admin-protocol.ts';
import type { OverlapRow } from '../../node/runs/answer.ts';
import { partyId } from '../../kit/party.ts';
import type { AnswerFormat } from '../node/node-arguments.ts';
import { overlapWriter } from './overlap-output.ts';
import { type Language, textsOf } from '../texts.ts';

const EXPIRES = '2027-01-22T12:00:00.000Z';
const row = (account: string, columns?: Readonly<Record<string, string>>): OverlapRow => ({
  account,
  common: columns !== undefined,
  ...(columns === undefined ? {} : { columns }),
  advisory: true,
  expires: EXPIRES,
  disputeId: 'd1',
});
const HEAD = {
  question: 'watch-list',
  run: '00',
  sid: '11',
  peer: partyId('bank-b'),
  advisory: true as const,
  purpose: 'comparison',
  answered: '2027-01-15T12:00:00.000Z',
  expires: EXPIRES,
  disputeId: 'd1',
  disclosures: ['receiver-learns-row-level-overlap'],
  leakage: [
    { to: 'bank-a', learns: 'receiver-learns-row-level-overlap: for each own account, whether bank-b lists it' },
  ],
  seconds: 1.5,
  rounds: 2,
  failureLog2: -41.9,
  sentBytes: 1000,
  receivedBytes: 2000,
};
const ROWS: OverlapRowsSummary = {
  ...HEAD,
  kind: 'overlap',
  accountCount: 3,
  commonCount: 2,
  columns: ['risk', 'note'],
};
const SIZE: OverlapSizeSummary = { ...HEAD, kind: 'size', size: 1234 };

interface Written {
  readonly batches?: readonly (readonly OverlapRow[])[];
  readonly summary?: OverlapSummary;
  readonly language?: Language;
}

function written(format: AnswerFormat, { batches = [], summary = ROWS, language = 'en' }: Written): string {
  let out = '';
  const output = { write: (text: string) => void (out += text), texts: textsOf(language), columns: 80 };
  const writer = overlapWriter(format, summary.kind === 'size' ? 'size' : summary.columns, output);
  for (const rows of batches) writer.rows(rows);
  writer.end(summary);
  return out;
}

describe('overlapWriter', () => {
  const batches = [
    [row('iban:DE1'), row('id:a', { risk: 'high', note: 'x, "y"' })],
    [row('id:a', { risk: 'low', note: '' })],
  ];

  it('writes a line for every own account and for each row of the other, when the format is CSV', () => {
    expect(written('csv', { batches })).toBe(
      'account,common,risk,note,advisory,expires,dispute_id\n' +
        `iban:DE1,0,,,true,${EXPIRES},d1\nid:a,1,high,"x, ""y""",true,${EXPIRES},d1\nid:a,1,low,,true,${EXPIRES},d1\n`,
    );
    expect(written('csv', {})).toBe('account,common,risk,note,advisory,expires,dispute_id\n');
  });

  it.each([
    ['=HYPERLINK(1)', "'=HYPERLINK(1)"],
    ['@SUM(1)', "'@SUM(1)"],
    ['+1+cmd', "'+1+cmd"],
    ['-5', '-5'],
    ['+5.25', '+5.25'],
    ['a=b', 'a=b'],
  ])('keeps a spreadsheet from calculating %j', (note, shown) => {
    expect(written('csv', { batches: [[row('id:a', { risk: '', note })]] })).toContain(`id:a,1,,${shown},true`);
  });

  it('writes a size as one line of CSV, and as JSON without rows', () => {
    expect(written('csv', { summary: SIZE })).toBe(`size,advisory,expires,dispute_id\n1234,true,${EXPIRES},d1\n`);
    expect(JSON.parse(written('json', { summary: SIZE }))).toEqual(SIZE);
  });

  it.each([0, 1, 2])('writes one object with all rows when the format is JSON and %i batches come', (count) => {
    const { rows, ...summary } = JSON.parse(written('json', { batches: batches.slice(0, count) })) as { rows: unknown };
    expect(rows).toEqual(batches.slice(0, count).flat());
    expect(summary).toEqual(ROWS);
  });

  it('shows common accounts with their columns, who learns what, and what it may be used for, as a table', () => {
    const table = written('table', { batches });
    expect(table).toContain('watch-list: bank-b lists 2 of 3 own accounts too');
    expect(table).toMatch(/^account \(type:value\) +risk +note +expires +dispute id$/m);
    expect(table).toMatch(new RegExp(`^id:a +high +x, "y" +${EXPIRES} +d1$`, 'm'));
    expect(table).not.toContain('iban:DE1');
    expect(table).toContain('bank-a learns: receiver-learns-row-level-overlap');
    expect(table).toContain('never the sole ground');
    expect(written('table', { batches: [[row('id:c')]] })).toContain('(none)');
    expect(written('table', { summary: SIZE })).toContain('1,234 different accounts are listed here and at bank-b');
  });

  it('says it in Chinese', () => {
    const table = written('table', { batches, language: 'zh' });
    expect(table).toContain('3 个自己的账户中，bank-b 也列有 2 个');
    expect(table.replaceAll('\n', '')).toContain(
      'bank-a 得知：自己的每个账户 bank-b 是否也列有（receiver-learns-row-level-overlap）',
    );
    expect(written('table', { summary: SIZE, language: 'zh' })).toContain('都列有 1,234 个不同账户');
  });
});
