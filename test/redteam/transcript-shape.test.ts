import { describe, expect, it } from 'vitest';
import type { FlagOptions } from '../../protocols/flag/index.ts';
import { partyId } from '../../src/kit/party.ts';
import {
  answerOf,
  ASKER,
  CONTRIBUTORS,
  dhSettings,
  type FlagCase,
  type FlagSettings,
  runFlag,
} from '../e2e/flag-run.ts';
import { Wiretap } from './wiretap.ts';

const own = Array.from({ length: 40 }, (_, k) => `id:${k}`);
/** 50 rows of other accounts, and the first `hits` of the asker's. */
function listed(hits: number, rows = 50): (readonly [string, number])[] {
  return [...own.slice(0, hits), ...Array.from({ length: rows - hits }, (_, k) => `id:${1000 + k}`)].map(
    (account, k) => [account, k % 4] as const,
  );
}

const RULE: Partial<FlagOptions> = {
  contributorItems: [64, 64, 64],
  score: { threshold: 3, max: 255 },
  committee: ['bank-b', 'bank-c', 'helper'],
};

interface Seen {
  readonly shape: string[];
  readonly shapeOf: (party: string) => string[];
  readonly answer: boolean[];
  readonly frameBytes: number;
}

async function watch(data: FlagCase, settings: FlagSettings = {}): Promise<Seen> {
  const tap = new Wiretap();
  const rule = { ...RULE, ...settings.rule };
  const outcomes = await runFlag(data, { ...settings, rule, intercept: tap.intercept });
  return {
    shape: tap.shape(),
    shapeOf: (party) => tap.shape(partyId(party)),
    answer: answerOf(outcomes),
    frameBytes: tap.frames.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

const nothing: FlagCase = { accounts: own, evidence: [[], [], []] };

describe.each([
  { engine: 'ideal', settings: {} as FlagSettings },
  { engine: 'dh', settings: dhSettings },
])('the transcript of flag with the $engine engine', ({ settings }) => {
  it('has the shape of a run without any listing, and its answer, when every account is below the quorum', async () => {
    const empty = await watch(nothing, settings);
    // Each account is at one contributor at most: the quorum is two.
    const below = await watch(
      {
        accounts: own,
        evidence: [0, 1, 2].map((c) => own.filter((_, k) => k % 3 === c).map((a) => [a, 200] as const)),
      },
      settings,
    );
    expect(below.answer).toEqual(empty.answer);
    expect(below.answer.some(Boolean)).toBe(false);
    expect(below.shape).toEqual(empty.shape);
    expect(below.frameBytes).toBe(empty.frameBytes);
  });

  it('has the same shape for every party when the listing institutions are permuted', async () => {
    const first = await watch({ accounts: own, evidence: [listed(20), listed(20), []] }, settings);
    const second = await watch({ accounts: own, evidence: [[], listed(20), listed(20)] }, settings);
    expect(first.answer.filter(Boolean).length).toBeGreaterThan(5);
    expect(second.answer).toEqual(first.answer);
    expect(second.shape).toEqual(first.shape);
  });

  it('has the same shape for contributors and members when they hit and when they miss', async () => {
    const hit = await watch({ accounts: own, evidence: [listed(40), listed(40), listed(40)] }, settings);
    const miss = await watch({ accounts: own, evidence: [listed(0), listed(0), listed(0)] }, settings);
    expect(hit.answer).not.toEqual(miss.answer);
    for (const party of [...CONTRIBUTORS.slice(0, 3), 'helper']) {
      expect(hit.shapeOf(party).length).toBeGreaterThan(0);
      expect(hit.shapeOf(party)).toEqual(miss.shapeOf(party));
    }
  });

  it('has the same shape when one row more lies in the same bucket', async () => {
    const fewer = await watch({ accounts: own, evidence: [listed(9), listed(9), listed(9)] }, settings);
    const more = await watch(
      { accounts: [...own, 'id:77'], evidence: [listed(9, 51), listed(9, 64), listed(9, 1)] },
      settings,
    );
    expect(more.shape).toEqual(fewer.shape);
    expect(more.frameBytes).toBe(fewer.frameBytes);
  });
});

describe('the comparison of shapes', () => {
  it('tells one row more when the bucket follows the list', async () => {
    const sized = (rows: number): Promise<Seen> =>
      watch({ accounts: own, evidence: [listed(9, rows), [], []] }, { rule: { contributorItems: [rows, 1, 1] } });
    const [fewer, more] = [await sized(64), await sized(65)];
    expect(more.shapeOf(ASKER)).not.toEqual(fewer.shapeOf(ASKER));
  });

  it('tells a party that answers only when it holds something', async () => {
    const tap = new Wiretap();
    const evidence = [listed(40), [], []];
    await runFlag({ accounts: own, evidence }, { rule: RULE, intercept: tap.intercept });
    const whole = tap.shape(ASKER);
    const quiet = new Wiretap();
    quiet.messages.push(...tap.messages.filter((m) => m.name !== 'target-table' || m.from === CONTRIBUTORS[0]));
    expect(quiet.shape(ASKER)).not.toEqual(whole);
  });
});
