import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  consortiumPerTest,
  expectedAnswer,
  failure,
  QUESTION,
  quiet,
} from '../../../test/support/consortium-of-nodes.ts';
import type { AskEvent } from '../runs/asking.ts';

const start = consortiumPerTest();

describe('a question about the configured accounts', () => {
  const kinds = (events: readonly AskEvent[]): readonly string[] => [...new Set(events.map(({ kind }) => kind))];

  it('tells what is in the list before anything is planned or sent', async () => {
    const events: AskEvent[] = [];
    const all = await start();
    appendFileSync(join(all.folder, 'bank-a', 'accounts.csv'), '"acct-0",""\n');
    await all.node('bank-a').ask(QUESTION, { onEvent: (event) => events.push(event) });
    expect(kinds(events).slice(0, 4)).toEqual(['reading', 'checked', 'planned', 'connecting']);
    const checked = events.find((event) => event.kind === 'checked');
    expect(checked?.report).toMatchObject({ rows: 41, used: 41, distinct: 40, usable: true });
    expect(checked?.report.findings).toEqual([
      { kind: 'duplicate', column: 'account', count: 1, rows: [42], effect: 'joined' },
    ]);
  });

  it('names all malformed rows and sends nothing when the list is to be refused', async () => {
    const events: AskEvent[] = [];
    let frames = 0;
    const all = await start({
      intercept: (_from, _to, bytes) => {
        frames++;
        return [bytes];
      },
    });
    appendFileSync(join(all.folder, 'bank-a', 'accounts.csv'), ',x\n1.2E+17,x\nacct-1\n');
    const error = await failure(all.node('bank-a').ask(QUESTION, { onEvent: (event) => events.push(event) }));
    await quiet(all);
    expect(error).toMatchObject({ code: 'malformed-row', location: { row: 42, column: 'account' } });
    expect(error.message).toMatch(/3 rows are malformed: row 42, column 'account': .*; row 43, .*; row 44: /);
    expect(kinds(events)).toEqual(['reading', 'checked']);
    expect(frames).toBe(0);
  });

  it('leaves malformed rows out where the list says so', async () => {
    const all = await start({
      configure: (config) => {
        for (const list of Object.values(config.datasets)) Object.assign(list as object, { malformed: 'skip' });
      },
    });
    for (const bank of ['bank-a', 'bank-b'])
      for (const list of ['accounts', 'evidence'])
        appendFileSync(join(all.folder, bank, `${list}.csv`), '1.2E+17,9\nacct-1,"\n');
    const answer = await all.node('bank-a').ask(QUESTION);
    expect([...answer.rows()].map((row) => 'flagged' in row && row.flagged)).toEqual(expectedAnswer('bank-a'));
  });
});
