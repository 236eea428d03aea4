import { describe, expect, it } from 'vitest';
import { flag, MIN_BATCH } from '../../protocols/flag/index.ts';
import type { FlagOptions } from '../../protocols/flag/index.ts';
import { planMatch } from '../../protocols/match/index.ts';
import { insecureIdealOprf } from '../../src/testing.ts';
import { MpcError } from '../../src/errors.ts';
import { PlannedFlow } from '../../src/cli/demo/planned-flow.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { TrafficObserver } from '../../src/kit/traffic.ts';
import { LockstepClock } from '../conformance/lockstep-clock.ts';
import {
  ASKER,
  askFlag,
  CONTRIBUTORS,
  expectedFlags,
  type FlagCase,
  type FlagSettings,
  idealFlagProtocol,
  parametersFor,
  runFlag,
  type ScoredAccount,
} from './flag-run.ts';

const NAMES_ALL = ['positive-answer-names-all-contributors'] as const;

/** Accounts `id:from` to before `id:to`. */
function accounts(to: number, from = 0): string[] {
  return Array.from({ length: to - from }, (_, k) => `id:${from + k}`);
}

function scored(names: readonly string[], score: number): ScoredAccount[] {
  return names.map((name) => [name, score]);
}

/** The answer, which also has to be the oracle's. */
async function exact(data: FlagCase, rule: Partial<FlagOptions> = {}, settings: FlagSettings = {}): Promise<boolean[]> {
  const answer = await askFlag(data, { ...settings, rule });
  expect(answer).toEqual(expectedFlags(data, rule));
  return answer;
}

/** How many are flagged; the accounts are told apart by the oracle. */
async function count(data: FlagCase, rule: Partial<FlagOptions> = {}): Promise<number> {
  return (await exact(data, rule)).filter(Boolean).length;
}

const own = accounts(40);

describe('flag at the edges of its lists', () => {
  it('answers that none is flagged when all contributor lists are empty', async () => {
    expect(await count({ accounts: own, evidence: [[], [], []] })).toBe(0);
    expect(await count({ accounts: own, evidence: [[], [], []] }, { score: { threshold: 1, max: 1 } })).toBe(0);
  });

  it('answers from the others when one contributor list is empty', async () => {
    const listed = scored(own.slice(0, 7), 3);
    expect(await count({ accounts: own, evidence: [listed, [], listed] }, { score: { threshold: 6, max: 9 } })).toBe(7);
  });

  it('answers with nothing when the asker has no account', async () => {
    const listed = scored(own, 1);
    expect(await exact({ accounts: [], evidence: [listed, listed, listed] })).toEqual([]);
  });

  it('flags all when everything matches everywhere', async () => {
    const listed = scored(own, 1);
    expect(await count({ accounts: own, evidence: [listed, listed, listed] }, { quorum: 2 })).toBe(own.length);
  });

  it('flags none when no list shares an account with the asker', async () => {
    const evidence = [scored(accounts(60, 100), 9), scored(accounts(60, 100), 9), scored(accounts(60, 100), 9)];
    expect(await count({ accounts: own, evidence }, { score: { threshold: 1, max: 9 } })).toBe(0);
  });

  it('answers when the batch is the smallest allowed', async () => {
    const listed = scored(accounts(10), 1);
    expect(await count({ accounts: accounts(MIN_BATCH), evidence: [listed, listed, []] })).toBe(10);
  });

  it('refuses a batch of one account fewer and sends nothing but the end of the run', async () => {
    const sent: string[] = [];
    const data = { accounts: accounts(MIN_BATCH - 1), evidence: [[], [], []] };
    const observers = (): { sent(traffic: { message: string }): void }[] => [
      { sent: ({ message }) => void sent.push(message) },
    ];
    const outcome = (await runFlag(data, { observers })).get(ASKER);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'too-few-items' } });
    expect(sent).toEqual([]);
  });

  it('counts distinct accounts when the smallest batch is filled with repetitions', async () => {
    const data = { accounts: [...accounts(31), 'id:0', 'id:0'], evidence: [[], [], []] };
    expect((await runFlag(data)).get(ASKER)).toMatchObject({ reason: { code: 'too-few-items' } });
  });
});

describe('flag at the edges of its rule', () => {
  it('takes a score of 0 for a listing when the count alone decides', async () => {
    const listed = scored(own.slice(3, 9), 0);
    expect(await count({ accounts: own, evidence: [listed, listed, []] })).toBe(6);
    const score = { threshold: 1, max: 9 };
    expect(await count({ accounts: own, evidence: [listed, listed, []] }, { score })).toBe(0);
  });

  // A sum above 510 needs all three.
  const acknowledged = ['positive-answer-names-all-contributors'] as const;

  it.each([2, 3, 100, 255, 256, 510, 764, 765])(
    'tells a sum of T - 1 from T and T + 1 when T is %i of at most 765',
    async (threshold) => {
      // Account k has a sum of T - 20 + k, cut to what three scores of at most 255 can be.
      const sums = own.map((name, k) => [name, Math.min(765, Math.max(0, threshold - 20 + k))] as const);
      const evidence = [0, 1, 2].map((index) =>
        sums.map(([name, sum]): ScoredAccount => [name, Math.min(255, Math.max(0, sum - 255 * index))]),
      );
      const flagged = await exact({ accounts: own, evidence }, { score: { threshold, max: 255 }, acknowledged });
      expect(flagged[19]).toBe(false);
      expect(flagged[20]).toBe(true);
      expect(flagged[21]).toBe(true);
    },
  );

  it('adds the largest scores without a wrap when both are as large as they may be', async () => {
    const max = 2 ** 24 - 1;
    const full = scored(own.slice(0, 20), max);
    const oneLess = [...scored(own.slice(0, 10), max), ...scored(own.slice(10, 20), max - 1)];
    const data = { accounts: own, evidence: [full, full, oneLess] };
    expect(await count(data, { quorum: 2, score: { threshold: 3 * max, max }, acknowledged })).toBe(10);
  });

  it.each([2, 3, 4])('tells t - 1 holders from t when t is %i', async (quorum) => {
    // Account k is at k mod 6 of five contributors.
    const evidence = [0, 1, 2, 3, 4].map((index) =>
      scored(
        own.filter((_, k) => k % 6 > index),
        1,
      ),
    );
    const flagged = await exact({ accounts: own, evidence }, { quorum });
    expect(flagged.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5].map((holders) => holders >= quorum));
  });
});

describe('flag with accounts that repeat', () => {
  const repeated: ScoredAccount[] = [...scored(own.slice(0, 5), 3), ...scored(own.slice(0, 5), 4)];
  const once = scored(own, 1);
  const ask = (duplicates: 'first' | 'max' | 'sum' | 'reject', threshold: number): ReturnType<typeof runFlag> =>
    runFlag({ accounts: own, evidence: [repeated, once, []] }, { rule: { duplicates, score: { threshold, max: 9 } } });
  const flaggedOf = async (outcomes: ReturnType<typeof runFlag>): Promise<number | undefined> => {
    const asker = (await outcomes).get(ASKER);
    return asker?.status === 'fulfilled' ? asker.value.output?.flagged.filter((bit) => bit === 1).length : undefined;
  };

  it.each([
    ['first', 4, 5],
    ['first', 5, 0],
    ['max', 5, 5],
    ['max', 6, 0],
    ['sum', 8, 5],
    ['sum', 9, 0],
  ] as const)("joins scores 3 and 4 by '%s', so that with another's 1 a threshold of %i flags %i", async (...given) => {
    const [duplicates, threshold, flagged] = given;
    expect(await flaggedOf(ask(duplicates, threshold))).toBe(flagged);
  });

  it('counts an account that one contributor lists twice once when the quorum is 2', async () => {
    const twice = [...scored(own.slice(0, 5), 1), ...scored(own.slice(0, 5), 1)];
    expect((await askFlag({ accounts: own, evidence: [twice, [], []] })).some(Boolean)).toBe(false);
  });

  it("names the repeated row when the policy is 'reject'", async () => {
    const outcomes = await ask('reject', 5);
    const outcome = outcomes.get(CONTRIBUTORS[0]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'duplicate-item' } });
    expect(String(outcome?.status === 'rejected' ? outcome.reason : '')).toContain('row 6');
  });

  it("answers every row when the asker's accounts repeat", async () => {
    const listed = scored(own.slice(0, 2), 1);
    const rows = [...own, ...own.slice(0, 4)];
    const flagged = await exact({ accounts: rows, evidence: [listed, listed, []] });
    expect(flagged.slice(40)).toEqual([true, true, false, false]);
  });
});

describe('flag with other casts', () => {
  it('answers exactly when 10 institutions take part', async () => {
    const evidence = CONTRIBUTORS.map((_, index) =>
      own.filter((__, k) => (k * (index + 3)) % 7 < 3).map((name, k): ScoredAccount => [name, (k * index) % 17]),
    );
    const flagged = await count({ accounts: own, evidence }, { quorum: 4, score: { threshold: 40, max: 16 } });
    expect(flagged).toBeGreaterThan(0);
    expect(flagged).toBeLessThan(own.length);
  });

  it.each([
    { cast: 'one helper', committee: ['bank-b', 'bank-c', 'helper'] },
    { cast: 'three helpers', committee: ['helper-a', 'helper-b', 'helper-c'] },
  ])('answers exactly when 3 institutions have $cast in the committee', async ({ committee }) => {
    const data = { accounts: own, evidence: [scored(own.slice(0, 9), 1), scored(own.slice(5, 20), 1)] };
    expect(await count(data, { committee, acknowledged: NAMES_ALL })).toBe(4);
  });

  it('answers exactly when the committee is helpers only', async () => {
    const data = { accounts: own, evidence: [0, 1, 2].map((k) => scored(own.slice(k, 9), k + 1)) };
    const committee = ['helper-a', 'helper-b', 'helper-c'];
    expect(await count(data, { committee, score: { threshold: 6, max: 3 } })).toBe(7);
  });

  it.each([0, 1, 2])('answers exactly when the asker is the member of seat %i', async (seat) => {
    const data = { accounts: own, evidence: [0, 1, 2].map((k) => scored(own.slice(k, 9), k + 1)) };
    const committee = ['bank-b', 'bank-d'];
    committee.splice(seat, 0, ASKER);
    const rule = { committee, score: { threshold: 6, max: 3 } };
    expect(await count(data, { ...rule, acknowledged: ['asker-is-committee-member'] })).toBe(7);
    await expect(askFlag(data, { rule })).rejects.toMatchObject({ code: 'bad-parameter' });
  });

  it('answers exactly when the members sit in any order', async () => {
    const data = { accounts: own, evidence: [0, 1, 2].map((k) => scored(own.slice(k, 9), k + 1)) };
    for (const committee of [
      ['bank-d', 'bank-b', 'bank-c'],
      ['bank-c', 'bank-b', 'bank-d'],
      ['bank-c', 'helper', 'bank-b'],
    ]) {
      expect(await count(data, { committee, score: { threshold: 6, max: 3 } })).toBe(7);
    }
  });
});

describe('flag at the edges of its buckets', () => {
  it.each([63, 64])('answers exactly when %i items lie in buckets of 64', async (items) => {
    const names = accounts(items);
    const listed = scored(names, 1);
    const data = { accounts: names, evidence: [listed, listed.slice(1), []] };
    expect(parametersFor(data, { askerItems: 64 })).toMatchObject({
      askerBucket: 64,
      contributorBuckets: [64, 64, 64],
    });
    expect(await count(data)).toBe(items - 1);
  });

  it.each(['asker', 'contributor'] as const)('refuses the run when the %s brings one item too many', async (who) => {
    const names = accounts(65);
    const evidence = [scored(who === 'contributor' ? names : [], 1), [], []];
    const data = { accounts: who === 'asker' ? names : own, evidence };
    const outcomes = await runFlag(data, { rule: { askerItems: 64, contributorItems: [64, 64, 64] } });
    const guilty = who === 'asker' ? ASKER : CONTRIBUTORS[0];
    expect(outcomes.get(guilty)).toMatchObject({ status: 'rejected', reason: { code: 'too-many-items' } });
    for (const outcome of outcomes.values()) {
      expect(outcome).toMatchObject({ status: 'rejected' });
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(MpcError);
    }
  });

  it.each([
    ['ideal', 300, idealFlagProtocol, { askerItems: 2 ** 18 }],
    ['vole', 300, flag, { askerItems: 2 ** 18 }],
    ['vole', 64, flag, { askerItems: 64, contributorItems: [2 ** 18, 2 ** 18] }],
  ] as const)(
    'answers exactly, in the rounds and with the messages of its specification, in several shards (%s, %i accounts)',
    async (oprf, size, protocol, items) => {
      const rule = {
        oprf,
        ...items,
        committee: ['bank-b', 'bank-c', 'helper'],
        acknowledged: NAMES_ALL,
        score: { threshold: 5, max: 9 },
      };
      const names = accounts(size);
      const lists = [names.slice(0, 60), names.slice(30, 90)];
      const evidence = lists.map((list) => list.map((name, k): ScoredAccount => [name, k % 10]));
      const data = { accounts: names, evidence };
      const plan = planMatch({ ...parametersFor(data, rule), scoreBits: 4 }, insecureIdealOprf(new Uint8Array(32)));
      expect(plan.shards).toBe(3);
      const clock = new LockstepClock();
      const { spec } = protocol;
      const parameters = spec.validate(parametersFor(data, rule));
      const planned = new PlannedFlow('flag', spec.flow(parameters));
      const observers = (party: PartyId): readonly TrafficObserver[] => [
        clock.counter('flag/'),
        planned.observer(party),
      ];
      const answer = await exact(data, rule, { protocol, clock, compute: clock.compute, observers });
      const flagged = answer.filter(Boolean).length;
      expect(flagged).toBeGreaterThan(0);
      expect(flagged).toBeLessThan(30);
      expect(clock.rounds).toBe(spec.rounds(parameters));
      expect(planned.isComplete()).toBe(true);
    },
  );
});
