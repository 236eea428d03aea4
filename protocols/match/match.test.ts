import { describe, expect, it } from 'vitest';
import { createMatch, type MatchInput, type MatchOutput, planMatch } from './index.ts';
import { binCount, TABLED_FAILURE_LOG2, TABLED_SIZES } from './bin-counts.ts';
import { cuckooSize } from '../../src/crypto/cuckoo-size.ts';
import { reconstructBits } from '../../src/crypto/bit-shares.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { concatBytes, u32le } from '../../src/crypto/bytes.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { Committee } from '../committee/index.ts';
import { dhOprf } from '../oprf/index.ts';
import { insecureIdealOprf, insecureSeededRng } from '../../src/testing.ts';
import { outputsOf, parties } from '../../test/support/run.ts';

const [asker, one, two, three, helper] = parties('asker', 'bank-1', 'bank-2', 'bank-3', 'helper');
const contributors = [one, two, three];
const committee: Committee = [one, helper, three];
const ideal = insecureIdealOprf(insecureSeededRng('ideal')(32));

const digest = (k: number): Uint8Array => hashTuple('item', u32le(k));
const digests = (items: readonly number[]): Uint8Array => concatBytes(...items.map(digest));

interface Plain {
  readonly asked: readonly number[];
  /** Per contributor: item to score. */
  readonly held: readonly ReadonlyMap<number, number>[];
}

async function shared(
  plain: Plain,
  scoreBits: number,
  engine = ideal,
): Promise<{ item: number; scores: (number | undefined)[] }[]> {
  const parameters = { asker, contributors, committee, askerBucket: 64, contributorBuckets: [64, 128, 64], scoreBits };
  const inputs = new Map<PartyId, MatchInput>([
    [asker, { asked: digests(plain.asked) }],
    [helper, {}],
    ...contributors.map((party, c): [PartyId, MatchInput] => [
      party,
      { held: { digests: digests([...plain.held[c].keys()]), scores: Uint32Array.from(plain.held[c].values()) } },
    ]),
  ]);
  const outputs = await outputsOf(createMatch(engine), { parameters, inputs, initiator: asker }, 3);
  return read(outputs, planMatch(parameters, engine));
}

/** What the members' shares say together, per bin with an item. */
function read(
  outputs: ReadonlyMap<PartyId, MatchOutput>,
  { laneWords, scoreBits }: { readonly laneWords: number; readonly scoreBits: number },
): { item: number; scores: (number | undefined)[] }[] {
  const joint = (part: 'matches' | 'scores'): Uint32Array => {
    const [a, b, c] = committee.map((party) => outputs.get(party)?.shares?.[part]);
    if (a === undefined || b === undefined || c === undefined) throw new Error('a member has no shares');
    return reconstructBits([a, b, c]);
  };
  const matches = joint('matches');
  const scores = joint('scores');
  const bit = (words: Uint32Array, slice: number, bin: number): number =>
    (words[slice * laneWords + (bin >>> 5)] >>> (bin & 31)) & 1;
  const rows: { item: number; scores: (number | undefined)[] }[] = [];
  for (const [bin, item] of (outputs.get(asker)?.itemOfBin ?? new Int32Array(0)).entries()) {
    const values = contributors.map((_, c) => {
      let score = 0;
      for (let k = 0; k < scoreBits; k++) score += bit(scores, k * contributors.length + c, bin) * 2 ** k;
      if (bit(matches, c, bin) === 1) return score;
      expect(score).toBe(0);
      return undefined;
    });
    if (item < 0) expect(values).toEqual([undefined, undefined, undefined]);
    else rows.push({ item, scores: values });
  }
  return rows.toSorted((a, b) => a.item - b.item);
}

function expected(plain: Plain, scoreBits: number): { item: number; scores: (number | undefined)[] }[] {
  const score = (value: number | undefined): number | undefined => (scoreBits === 0 && value !== undefined ? 0 : value);
  return plain.asked.map((item, index) => ({ item: index, scores: plain.held.map((list) => score(list.get(item))) }));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);
const list = (items: readonly number[], score: (k: number) => number): Map<number, number> =>
  new Map(items.map((item) => [item, score(item)]));

describe('match', () => {
  const cases: readonly (readonly [string, Plain])[] = [
    [
      'lists overlap',
      {
        asked: range(0, 50),
        held: [list(range(10, 60), (k) => k), list(range(0, 5), () => 255), list(range(40, 90), () => 0)],
      },
    ],
    ['nobody holds anything', { asked: range(0, 40), held: [new Map(), new Map(), new Map()] }],
    [
      'everybody holds everything',
      {
        asked: range(0, 64),
        held: [list(range(0, 64), () => 1), list(range(0, 64), () => 128), list(range(0, 64), () => 255)],
      },
    ],
    ['the asker asks nothing', { asked: [], held: [list(range(0, 64), () => 1), new Map(), new Map()] }],
  ];

  it.each(cases)('shares exactly who holds what when %s', async (_what, plain) => {
    expect(await shared(plain, 8)).toEqual(expected(plain, 8));
  });

  it('shares exactly who holds what when there are no scores', async () => {
    const [, plain] = cases[0];
    const held = plain.held.map((map) => list([...map.keys()], () => 0));
    expect(await shared({ ...plain, held }, 0)).toEqual(expected(plain, 0));
  });

  it('shares exactly who holds what when scores are 24 bits wide', async () => {
    const plain = {
      asked: range(0, 40),
      held: [list(range(0, 40), (k) => 2 ** 24 - 1 - k), new Map(), list([7], () => 1)],
    };
    expect(await shared(plain, 24)).toEqual(expected(plain, 24));
  });

  it('shares exactly who holds what when the dh engine runs', async () => {
    const [, plain] = cases[0];
    expect(await shared(plain, 8, dhOprf)).toEqual(expected(plain, 8));
  });
});

describe('binCount', () => {
  it.each([...TABLED_SIZES])('has the size that is computed for %i items', (items, { bins, failureLog2 }) => {
    const computed = cuckooSize(items, { failureLog2: TABLED_FAILURE_LOG2, shards: 1 });
    expect(bins).toBe(computed.bins);
    expect(failureLog2).toBeGreaterThanOrEqual(computed.failureLog2);
    expect(failureLog2).toBeCloseTo(computed.failureLog2, 4);
    expect(binCount(items, 1)).toEqual({ bins, failureLog2 });
  });

  it('computes what is not tabled', () => {
    expect(binCount(100, 1)).toEqual(cuckooSize(100, { failureLog2: -42, shards: 1 }));
    expect(binCount(1024, 4).failureLog2).toBeLessThanOrEqual(-42);
    expect(binCount(1024, 4).bins).toBeGreaterThan(binCount(1024, 1).bins);
  });
});

describe('planMatch', () => {
  const parameters = { asker, contributors, committee, scoreBits: 8 };

  it.each([
    [2 ** 10, 1],
    [2 ** 17, 1],
    [13 * 2 ** 13, 1],
    [9 * 2 ** 14, 2],
    [2 ** 18, 3],
    [2 ** 20, 9],
  ])('keeps the error of a run below 2^-40 for %i accounts in %i shards', (bucket, shards) => {
    const plan = planMatch(
      { ...parameters, askerBucket: bucket, contributorBuckets: [bucket, bucket, bucket] },
      dhOprf,
    );
    const total = plan.failures.reduce((sum, { log2 }) => sum + 2 ** log2, 0);
    expect(plan.shards).toBe(shards);
    expect(Math.log2(total)).toBeLessThanOrEqual(-40);
    // Each kind of failure has a quarter of the error at most, but for chance, which has what they leave: a bit less would be too few.
    const [chance, ...others] = plan.failures;
    for (const { log2 } of others) expect(log2).toBeLessThanOrEqual(-42);
    expect(Math.log2(total + 2 ** chance.log2)).toBeGreaterThan(-40);
  });

  it('cuts a run into shards when a contributor alone has a long list', () => {
    const plan = planMatch({ ...parameters, askerBucket: 1024, contributorBuckets: [2 ** 20, 64, 64] }, dhOprf);
    expect(plan.shards).toBe(9);
    expect(Math.max(...plan.contributorCapacities)).toBeLessThanOrEqual(2 ** 17);
  });

  it('has targets of 40 bits and those of the number of comparisons, as the literature has, and at most two more', () => {
    for (const bucket of [2 ** 10, 2 ** 17, 2 ** 20]) {
      const buckets = { askerBucket: bucket, contributorBuckets: [bucket, bucket, bucket] };
      const { targetBits, bins, shards } = planMatch({ ...parameters, ...buckets }, dhOprf);
      const more = targetBits - Math.log2(3 * bins * shards);
      expect(more).toBeGreaterThan(40);
      expect(more).toBeLessThanOrEqual(42 + 1);
    }
  });

  it.each([0, 1, 63, 65, 1000, 1040, 2 ** 27, Number.NaN])('refuses the size bucket %d', (bucket) => {
    expect(() => planMatch({ ...parameters, askerBucket: bucket, contributorBuckets: [64, 64, 64] }, dhOprf)).toThrow(
      /size bucket/,
    );
  });
});
