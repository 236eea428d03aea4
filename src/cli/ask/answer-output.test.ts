import { describe, expect, it } from 'vitest';
import type { AnswerSummary } from '../../node/admin/admin-protocol.ts';
import type { AnswerRow } from '../../node/runs/answer.ts';
import { flagWriter } from './answer-output.ts';
import type { AnswerFormat } from '../node/node-arguments.ts';
import { type Language, textsOf } from '../texts.ts';

const EXPIRES = '2027-01-22T12:00:00.000Z';
const row = (account: string, flagged: boolean): AnswerRow => ({
  account,
  flagged,
  advisory: true,
  expires: EXPIRES,
  disputeId: 'd1',
});
const SUMMARY: AnswerSummary = {
  kind: 'flags',
  disclosures: [],
  question: 'fraud-flags',
  run: '00',
  sid: '11',
  advisory: true,
  purpose: 'screening',
  answered: '2027-01-15T12:00:00.000Z',
  expires: EXPIRES,
  disputeId: 'd1',
  accountCount: 3,
  flaggedCount: 1,
  leakage: [{ to: 'every party', learns: 'something new' }],
  seconds: 1.5,
  rounds: 20,
  failureLog2: -41.9,
  sentBytes: 1000,
  receivedBytes: 2000,
};

function written(format: AnswerFormat, batches: readonly (readonly AnswerRow[])[], language: Language = 'en'): string {
  let out = '';
  const writer = flagWriter(format, { write: (text) => (out += text), texts: textsOf(language), columns: 80 });
  for (const rows of batches) writer.rows(rows);
  writer.end(SUMMARY);
  return out;
}

describe('flagWriter', () => {
  const batches = [[row('iban:DE1', false), row('id:a,"b"', true)], [row('id:c', false)]];

  it('writes every account, quoted where needed, when the format is CSV', () => {
    expect(written('csv', batches)).toBe(
      'account,flagged,advisory,expires,dispute_id\n' +
        `iban:DE1,0,true,${EXPIRES},d1\n"id:a,""b""",1,true,${EXPIRES},d1\nid:c,0,true,${EXPIRES},d1\n`,
    );
  });

  it.each([0, 1, 2])('writes one object with all rows when the format is JSON and %i batches come', (count) => {
    const { rows, ...summary } = JSON.parse(written('json', batches.slice(0, count))) as { rows: unknown };
    expect(rows).toEqual(batches.slice(0, count).flat());
    expect(summary).toEqual(SUMMARY);
  });

  it('shows the flagged accounts, and what they may be used for, when the format is a table', () => {
    const table = written('table', batches);
    expect(table).toContain('fraud-flags: 1 of 3 own accounts are flagged');
    expect(table).toMatch(new RegExp(`^id:a,"b" +${EXPIRES}  d1$`, 'm'));
    expect(table).not.toContain('iban:DE1');
    expect(table).toContain('every party learns: something new');
    expect(written('table', [[row('id:c', false)]])).toContain('(none)');
  });

  it('says it in Chinese, in columns that line up', () => {
    const table = written('table', batches, 'zh');
    expect(table).toContain('3 个自己的账户中标记 1 个');
    expect(table).toContain('账户（类型:号码）  有效期至');
    expect(table).toContain('每个参与方 得知：something new');
  });
});
