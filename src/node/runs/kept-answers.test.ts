import { describe, expect, it } from 'vitest';
import { partyId } from '../../kit/party.ts';
import type { OverlapRowsAnswer } from './answer.ts';
import { KeptAnswers } from './kept-answers.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2027, 0, 15);

function answer(number: number, accountCount = 1): OverlapRowsAnswer {
  return {
    kind: 'overlap',
    question: 'common-accounts',
    run: number.toString(16).padStart(8, '0').padEnd(32, '0'),
    peer: partyId('bank-a'),
    advisory: true,
    purpose: 'test',
    answered: new Date(START_MS).toISOString(),
    expires: new Date(START_MS + 7 * DAY_MS).toISOString(),
    disputeId: 'd',
    accountCount,
    commonCount: 1,
    columns: [],
    disclosures: [],
    leakage: [],
    report: {
      protocol: 'overlap/1',
      party: partyId('bank-b'),
      roles: ['holder'],
      sid: new Uint8Array(32),
      seconds: 1,
      rounds: 3,
      traffic: { sentBytes: 0, receivedBytes: 0, sentMessages: 0, receivedMessages: 0, perPeer: new Map() },
      failures: [],
      failureLog2: -42,
      leakage: [],
    },
    rows: () => [][Symbol.iterator](),
  };
}

describe('KeptAnswers', () => {
  const time = { now: START_MS };
  const fresh = (): KeptAnswers => {
    time.now = START_MS;
    return new KeptAnswers({ now: () => time.now });
  };
  const runsOf = (answers: KeptAnswers): number[] => answers.list().map(({ run }) => parseInt(run.slice(0, 8), 16));

  it('lists the newest first, without rows, and finds one by its first digits', () => {
    const answers = fresh();
    for (const number of [1, 2, 3]) answers.keep(answer(number));
    expect(runsOf(answers)).toEqual([3, 2, 1]);
    expect(answers.list()[0]).not.toHaveProperty('rows');
    expect(answers.get('00000002')).toMatchObject({ run: answer(2).run });
    for (const run of ['0000000', '0000000f', '']) expect(() => answers.get(run)).toThrow('none of this run is kept');
  });

  it('lets an answer go when it expires', () => {
    const answers = fresh();
    answers.keep(answer(1));
    time.now = START_MS + 7 * DAY_MS - 1;
    expect(runsOf(answers)).toEqual([1]);
    time.now++;
    expect(runsOf(answers)).toEqual([]);
    expect(() => answers.get('00000001')).toThrow();
  });

  it('lets the oldest go when there are more than a hundred', () => {
    const answers = fresh();
    for (let number = 0; number < 103; number++) answers.keep(answer(number));
    expect(runsOf(answers)).toHaveLength(100);
    expect(runsOf(answers).at(-1)).toBe(3);
  });

  it('lets the oldest go when all together have too many rows, and keeps the newest whatever its size', () => {
    const answers = fresh();
    for (const number of [1, 2, 3]) answers.keep(answer(number, 2 ** 20));
    expect(runsOf(answers)).toEqual([3, 2]);
    answers.keep(answer(4, 2 ** 22));
    expect(runsOf(answers)).toEqual([4]);
  });
});
