import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idealOverlap, type OverlapMode, type PayloadColumn } from '../../../protocols/overlap/index.ts';
import { type Consortium, consortiumPerTest, failure, quiet } from '../../../test/support/consortium-of-nodes.ts';
import {
  ACCOUNTS,
  type FileLists,
  OVERLAP,
  overlapNodes,
  type OverlapRule,
} from '../../../test/support/overlap-of-nodes.ts';
import { utf8 } from '../../crypto/bytes.ts';
import { sourceOf } from '../../data/source.ts';
import type { OverlapAnswer, OverlapRowsAnswer } from '../runs/answer.ts';

const start = consortiumPerTest();
const ROWS: OverlapRule = { mode: 'receiver' };
const COLUMNS: readonly PayloadColumn[] = [
  { name: 'risk', bytes: 4 },
  { name: 'note', bytes: 12 },
];

const ask = (all: Consortium): Promise<OverlapAnswer> => all.node('bank-a').ask(OVERLAP, { peer: 'bank-b' });

function rowsOf(answer: OverlapAnswer): OverlapRowsAnswer {
  if (answer.kind !== 'overlap') throw new Error('the answer has no rows');
  return answer;
}

const commonIn = (answer: OverlapAnswer): readonly boolean[] => [...rowsOf(answer).rows()].map((row) => row.common);

/** The trusted party's answer on what the files hold. */
function idealOf({ asked, held }: FileLists): ReturnType<typeof idealOverlap> {
  return idealOverlap(
    asked,
    held.map(([account, ...columns]) => [account, ...columns.map(utf8)]),
  );
}

/** Lists with repeated accounts on both sides, and columns that a CSV file has to quote. */
const REPEATED: FileLists = {
  asked: [...ACCOUNTS.asked, 'canary-41', 'canary-41', 'canary-3'],
  held: [...ACCOUNTS.held, ['canary-41'], ['canary-45']].map(
    ([account], k) => [account, `r${k % 7}`, k % 3 === 0 ? '' : `a "b", 高${k}`] as const,
  ),
};

describe('an overlap question between nodes', () => {
  it('tells the asker alone which of its accounts the other lists, in mode receiver', async () => {
    const all = await start(overlapNodes(ACCOUNTS, ROWS));
    const answer = rowsOf(await ask(all));
    expect(commonIn(answer)).toEqual(idealOf(ACCOUNTS).receiverHeld);
    expect(answer).toMatchObject({ peer: 'bank-b', accountCount: 60, commonCount: 20, columns: [] });
    const [first] = answer.rows();
    const { expires, disputeId } = answer;
    expect(first).toEqual({ account: 'id:canary-0', common: false, advisory: true, expires, disputeId });
    expect(expires).toBe('2027-01-22T12:00:00.000Z');
    await quiet(all);
    expect(all.node('bank-b').status().answers).toEqual([]);
    expect(all.node('bank-b').runs()).toMatchObject([{ question: OVERLAP, outcome: 'done', initiator: 'bank-a' }]);
  });

  it.each<OverlapMode>(['receiver', 'both'])('joins the rows of both as SQL does, in mode %s', async (mode) => {
    const all = await start(overlapNodes(REPEATED, { mode, columns: COLUMNS }));
    const answer = rowsOf(await ask(all));
    expect(answer.columns).toEqual(['risk', 'note']);
    const pairs = [...answer.rows()].filter((row) => row.common);
    const expected = REPEATED.asked.flatMap((account) =>
      REPEATED.held.filter(([other]) => other === account).map(([, risk, note]) => `id:${account}|${risk}|${note}`),
    );
    const found = pairs.map(({ account, columns }) => [account, columns?.['risk'], columns?.['note']].join('|'));
    expect(found.sort()).toEqual(expected.sort());
    const others = [...answer.rows()].filter((row) => !row.common);
    expect(others.length).toBe(idealOf(REPEATED).receiverHeld.filter((held) => !held).length);
    expect(others.some((row) => row.columns !== undefined)).toBe(false);
  });

  it('tells both in mode both, and keeps the holder’s answer until it is looked at', async () => {
    const all = await start(overlapNodes(REPEATED, { mode: 'both', columns: COLUMNS }));
    const answer = await ask(all);
    expect(commonIn(answer).length).toBeGreaterThan(60);
    await quiet(all);
    const bank = all.node('bank-b');
    const [kept] = bank.status().answers;
    const { holderHeld } = idealOf(REPEATED);
    const commonCount = holderHeld.filter((held) => held).length;
    expect(kept).toMatchObject({ run: answer.run, question: OVERLAP, peer: 'bank-a', accountCount: 52, commonCount });
    const theirs = bank.keptAnswer(answer.run.slice(0, 8));
    expect([...theirs.rows()].map((row) => [row.account, row.common])).toEqual(
      REPEATED.held.map(([account], row) => [`id:${account}`, holderHeld[row]]),
    );
    expect(theirs).toMatchObject({ columns: [], purpose: 'comparison of watch lists', expires: kept.expires });
    expect(theirs.disputeId).not.toBe(answer.disputeId);
    expect(() => bank.keptAnswer('00000000')).toThrow('none of this run is kept');
    expect(() => all.node('bank-a').keptAnswer(answer.run)).toThrow('none of this run is kept');
  });

  it('tells the asker how many in mode size-only, over different accounts', async () => {
    const all = await start(overlapNodes(REPEATED, { mode: 'size-only' }));
    const answer = await ask(all);
    expect(answer).toMatchObject({ kind: 'size', size: idealOf(REPEATED).size, peer: 'bank-b' });
    expect(answer).not.toHaveProperty('rows');
  });

  it('answers about other accounts than the configured ones when they are given', async () => {
    const all = await start(overlapNodes(ACCOUNTS, ROWS));
    const accounts = Array.from({ length: 40 }, (_, k) => `id:canary-${k + 60}`);
    const answer = await all.node('bank-a').ask(OVERLAP, { peer: 'bank-b', accounts: sourceOf(accounts) });
    expect(rowsOf(answer).commonCount).toBe(30);
  });

  it('takes what steers a screen out of the columns that another institution wrote', async () => {
    const held = ACCOUNTS.held.map(([account]) => [account, '\u001b[2J', 'a\u202e\u009b\u2028z'] as const);
    const all = await start(overlapNodes({ ...ACCOUNTS, held }, { mode: 'receiver', columns: COLUMNS }));
    const found = [...rowsOf(await ask(all)).rows()].find((row) => row.common);
    expect(found?.columns).toEqual({ risk: '\ufffd[2J', note: 'a\ufffd\ufffd\ufffdz' });
  });

  it('holds both sides to the smallest batch that was agreed', async () => {
    const terms = { smallestBatch: 61, buckets: { smallest: 64, asker: 256, holdings: 256 } };
    const all = await start(overlapNodes(ACCOUNTS, { mode: 'receiver', terms }));
    expect(await failure(ask(all))).toMatchObject({ code: 'too-few-items', party: 'bank-a' });
  });
});

describe('logs of an overlap question', () => {
  it('hold no account and no column, whatever happens, at the finest level', async () => {
    const held = ACCOUNTS.held.map(([account]) => [account, 'kol1', 'content'] as const);
    const all = await start(overlapNodes({ ...ACCOUNTS, held }, { mode: 'both', columns: COLUMNS }));
    const answer = await ask(all);
    await quiet(all);
    all.node('bank-b').keptAnswer(answer.run);
    const file = join(all.folder, 'bank-b', 'holdings.csv');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}"canary-7","longer than four","content"\n`);
    expect(await failure(ask(all))).toMatchObject({ code: 'peer-aborted', party: 'bank-b' });
    writeFileSync(file, before.replace('account', 'canary-9'));
    await failure(ask(all));
    await failure(all.node('bank-a').ask('canary-1', { peer: 'canary-2' }));
    await quiet(all);
    const canary = /canary|kol1|content|longer than/;
    expect(before).toMatch(canary);
    expect(all.logs.length).toBeGreaterThan(20);
    expect(all.logs.some((line) => line.includes('answer-kept'))).toBe(true);
    expect(all.logs.filter((line) => canary.test(line))).toEqual([]);
    for (const bank of ['bank-a', 'bank-b']) {
      const said = JSON.stringify([all.node(bank).status(), all.node(bank).runs()]);
      expect(said).not.toMatch(canary);
      expect(said).toMatch(/common-accounts/);
    }
  });
});
