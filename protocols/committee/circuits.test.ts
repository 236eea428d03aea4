import { describe, expect, it } from 'vitest';
import {
  andLocalInto,
  type BitShares,
  concatShares,
  type Member,
  reconstructBits,
  shareBits,
  zeroBitShares,
} from '../../src/crypto/bit-shares.ts';
import { utf8 } from '../../src/crypto/bytes.ts';
import { Prg } from '../../src/crypto/prg.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import { type SumParams, sumWidth } from './carry-save.ts';
import { allOnes, type BitGates, circuitCost, maskSlices, sumAtLeast, sumsAtLeast } from './circuits.ts';

const SEED = 23;

function seededRng(label: string): Rng {
  const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('circuits.test'), label);
  return (length) => prg.bytes(length);
}

/** Counts what a circuit asks of it: rounds, and words of AND. */
interface Counts {
  rounds: number;
  words: number;
}

/** Member 0 with x_0 = x in clear and zero elsewhere: an AND of plaintexts. */
function clearGates(counts: Counts): BitGates {
  return {
    member: 0,
    and(...factors) {
      const [x, y] = joined(factors);
      counts.rounds += 1;
      counts.words += x.first.length;
      return Promise.resolve(clear(x.first.map((word, k) => word & y.first[k])));
    },
  };
}

/** Both factors in one piece each; parts have to be of equal lengths in pairs. */
function joined([x, y]: Parameters<BitGates['and']>): readonly [BitShares, BitShares] {
  expect(y.map((part) => part.first.length)).toEqual(x.map((part) => part.first.length));
  return [concatShares(x), concatShares(y)];
}

function clear(first: Uint32Array): BitShares {
  return { first, second: new Uint32Array(first.length) };
}

/** Three members that run one circuit in step, each on its own shares alone. */
function threeMembers(rng: Rng): readonly [BitGates, BitGates, BitGates] {
  type Call = { x: BitShares; y: BitShares; resolve: (z: BitShares) => void };
  let calls = new Map<Member, Call>();
  const exchange = (): void => {
    const round = calls;
    calls = new Map();
    const own = zeroBitShares(round.get(0)?.x.first.length ?? 0, rng);
    for (const [member, { x, y }] of round) andLocalInto(own[member], x, y, own[member]);
    for (const [member, { resolve }] of round) resolve({ first: own[member], second: own[(member + 1) % 3] });
  };
  const gates = (member: Member): BitGates => ({
    member,
    and: (...factors) =>
      new Promise((resolve) => {
        const [x, y] = joined(factors);
        calls.set(member, { x, y, resolve });
        if (calls.size === 3) exchange();
      }),
  });
  return [gates(0), gates(1), gates(2)];
}

/** Runs `circuit` at three members on shares of `inputs` and returns the plaintext. */
async function runShared(
  inputs: readonly Uint32Array[],
  rng: Rng,
  circuit: (gates: BitGates, inputs: readonly BitShares[]) => Promise<BitShares>,
): Promise<Uint32Array> {
  const shares = inputs.map((words) => shareBits(words, rng));
  const [a, b, c] = await Promise.all(
    threeMembers(rng).map((gates) =>
      circuit(
        gates,
        shares.map((all) => all[gates.member]),
      ),
    ),
  );
  return reconstructBits([a, b, c]);
}

/** addends[addend][lane] as slices [bit][addend][lane words]. */
function layOut(addends: readonly (readonly bigint[])[], bits: number, laneWords: number): Uint32Array {
  const out = new Uint32Array(bits * addends.length * laneWords);
  for (const [addend, lanes] of addends.entries()) {
    for (const [lane, value] of lanes.entries()) {
      for (let bit = 0; bit < bits; bit++) {
        const slice = (bit * addends.length + addend) * laneWords;
        if (((value >> BigInt(bit)) & 1n) === 1n) out[slice + (lane >> 5)] |= 1 << (lane & 31);
      }
    }
  }
  return out;
}

function bitsOf(words: Uint32Array, count: number): number[] {
  return Array.from({ length: count }, (_, lane) => (words[lane >> 5] >>> (lane & 31)) & 1);
}

/** The oracle of sumAtLeast. */
function sumsReach(addends: readonly (readonly bigint[])[], threshold: number): number[] {
  return addends[0].map((_, lane) => {
    const sum = addends.reduce((total, lanes) => total + lanes[lane], 0n);
    return sum >= BigInt(threshold) ? 1 : 0;
  });
}

function largestSum({ addendBits, addendCount }: Omit<SumParams, 'threshold'>): number {
  return addendCount * (2 ** addendBits - 1);
}

describe(`allOnes (seed ${SEED})`, () => {
  const rng = seededRng('allOnes');

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 33, 61, 63, 64, 65])(
    'is 1 exactly where all of %i bits are 1',
    async (bits) => {
      const laneWords = 3;
      const x = new Uint32Array(bits * laneWords).fill(0xffffffff);
      // Lane b has bit b alone clear, further lanes have none; the last lane has all.
      const lanes = 32 * laneWords;
      for (let bit = 0; bit < bits; bit++) {
        if (bit < lanes - 1) x[bit * laneWords + (bit >> 5)] &= ~(1 << (bit & 31));
        x[bit * laneWords + laneWords - 1] &= 0x7fffffff;
      }
      const expected = Array.from({ length: lanes }, (_, lane) => (lane < bits || lane === lanes - 1 ? 0 : 1));
      const result = await runShared([x], rng, (gates, [shared]) => allOnes(gates, shared, { bits, laneWords }));
      expect(bitsOf(result, lanes)).toEqual(expected);

      const counts = { rounds: 0, words: 0 };
      await allOnes(clearGates(counts), clear(x), { bits, laneWords });
      const cost = circuitCost({ kind: 'all-ones', bits });
      expect(counts).toEqual({ rounds: cost.rounds, words: cost.ands * laneWords });
      expect(cost).toEqual({ rounds: Math.ceil(Math.log2(bits)), ands: bits - 1 });
    },
  );

  it('refuses zero bits and a layout that does not fit', async () => {
    const gates = clearGates({ rounds: 0, words: 0 });
    const x = clear(new Uint32Array(6));
    await expect(allOnes(gates, clear(new Uint32Array(0)), { bits: 0, laneWords: 3 })).rejects.toMatchObject({
      code: 'bad-parameter',
    });
    expect(() => circuitCost({ kind: 'all-ones', bits: 0 })).toThrow(
      expect.objectContaining({ code: 'bad-parameter' }),
    );
    await expect(allOnes(gates, x, { bits: 3, laneWords: 3 })).rejects.toThrow(RangeError);
    await expect(allOnes(gates, x, { bits: 2, laneWords: 3 })).resolves.toBeDefined();
  });
});

describe(`maskSlices (seed ${SEED})`, () => {
  it.each([0, 1, 2, 7, 32])('ANDs the bit with each of %i slices in one round', async (bits) => {
    const rng = seededRng(`mask ${bits}`);
    const laneWords = 5;
    const bit = new Uint32Array(rng(4 * laneWords).slice().buffer);
    const slices = new Uint32Array(rng(4 * laneWords * bits).slice().buffer);
    const result = await runShared([bit, slices], rng, (gates, [b, s]) => maskSlices(gates, b, s, { bits, laneWords }));
    expect(result).toEqual(slices.map((word, k) => word & bit[k % laneWords]));

    const counts = { rounds: 0, words: 0 };
    await maskSlices(clearGates(counts), clear(bit), clear(slices), { bits, laneWords });
    const cost = circuitCost({ kind: 'mask', bits });
    expect(counts).toEqual({ rounds: cost.rounds, words: cost.ands * laneWords });
    expect(cost).toEqual({ rounds: bits === 0 ? 0 : 1, ands: bits });
  });
});

/** Every combination of `count` addends of `bits` bits, one per lane. */
function allCombinations(bits: number, count: number): bigint[][] {
  const lanes = 2 ** (bits * count);
  return Array.from({ length: count }, (_, addend) =>
    Array.from({ length: lanes }, (__, lane) => BigInt(Math.floor(lane / 2 ** (bits * addend)) % 2 ** bits)),
  );
}

/** Checks one sum in clear, and that circuitCost foresees what the engine sees. */
async function checkClear(addends: readonly (readonly bigint[])[], params: SumParams): Promise<void> {
  const laneWords = Math.ceil(addends[0].length / 32);
  const counts = { rounds: 0, words: 0 };
  const words = clear(layOut(addends, params.addendBits, laneWords));
  const result = await sumAtLeast(clearGates(counts), words, { ...params, laneWords });
  expect(result.second.some((word) => word !== 0)).toBe(false);
  expect(bitsOf(result.first, addends[0].length)).toEqual(sumsReach(addends, params.threshold));
  const cost = circuitCost({ kind: 'sums-at-least', sums: [params] });
  expect(counts).toEqual({ rounds: cost.rounds, words: cost.ands * laneWords });
}

describe('sumAtLeast, every input and every threshold', () => {
  const small: [number, number][] = [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((count): [number, number] => [1, count]),
    ...[1, 2, 3, 4, 5].map((count): [number, number] => [2, count]),
    ...[1, 2, 3].map((count): [number, number] => [3, count]),
    [4, 1],
    [4, 2],
    [5, 2],
  ];
  it.each(small)(
    'equals the big-integer sum when addends have %i bits and number %i',
    async (addendBits, addendCount) => {
      const addends = allCombinations(addendBits, addendCount);
      for (let threshold = 1; threshold <= largestSum({ addendBits, addendCount }); threshold++) {
        await checkClear(addends, { addendBits, addendCount, threshold });
      }
    },
  );

  it('is seen to be wrong when one input bit is turned (positive control)', async () => {
    const addends = allCombinations(2, 3);
    const params = { addendBits: 2, addendCount: 3, threshold: 5 };
    const words = layOut(addends, 2, 2);
    words[0] ^= 0xffffffff;
    const result = await sumAtLeast(clearGates({ rounds: 0, words: 0 }), clear(words), { ...params, laneWords: 2 });
    expect(bitsOf(result.first, 64)).not.toEqual(sumsReach(addends, 5));
  });
});

/** One lane whose addends sum to exactly `sum`, filled from a random place on. */
function addendsOfSum(sum: bigint, { addendBits, addendCount }: Omit<SumParams, 'threshold'>, start: number): bigint[] {
  const max = 2n ** BigInt(addendBits) - 1n;
  const lane = Array.from({ length: addendCount }, () => 0n);
  let left = sum;
  for (let k = 0; k < addendCount; k++) {
    const addend = (start + k) % addendCount;
    lane[addend] = left < max ? left : max;
    left -= lane[addend];
  }
  return lane;
}

/** Lanes at T - 1, T, T + 1, at the extremes, and at random. */
function largeLanes(params: SumParams, rng: Rng): bigint[][] {
  const { addendBits, addendCount, threshold } = params;
  const lanes: bigint[][] = [];
  for (let start = 0; start < addendCount; start++) {
    for (const sum of [threshold - 1, threshold, threshold + 1, 0, largestSum(params), largestSum(params) - 1]) {
      if (sum >= 0 && sum <= largestSum(params)) lanes.push(addendsOfSum(BigInt(sum), params, start));
    }
  }
  for (let k = 0; k < 32; k++) {
    const values = new Uint32Array(rng(4 * addendCount).slice().buffer);
    lanes.push([...values].map((value) => BigInt(value) % 2n ** BigInt(addendBits)));
  }
  return Array.from({ length: addendCount }, (_, addend) => lanes.map((lane) => lane[addend]));
}

describe(`sumAtLeast, large addends (seed ${SEED})`, () => {
  const shapes: [number, number][] = [];
  for (const bits of [7, 8, 16, 31, 32]) for (const count of [1, 2, 3, 4, 5, 8, 9]) shapes.push([bits, count]);

  it.each(shapes)('equals the big-integer sum around T when %i bits x %i addends', async (addendBits, addendCount) => {
    const rng = seededRng(`large ${addendBits} ${addendCount}`);
    const max = largestSum({ addendBits, addendCount });
    const random = new DataView(rng(8).slice().buffer).getUint32(0) % max;
    for (const threshold of new Set([1, 2, 2 ** addendBits - 1, Math.ceil(max / 2), 1 + random, max - 1, max])) {
      if (threshold < 1) continue;
      const params = { addendBits, addendCount, threshold };
      await checkClear(largeLanes(params, rng), params);
    }
  });

  it.each([
    [8, 4],
    [1, 9],
    [32, 9],
    [5, 1],
  ])('equals the big-integer sum on shares of three members when %i bits x %i addends', async (bits, count) => {
    const rng = seededRng(`shared ${bits} ${count}`);
    const max = largestSum({ addendBits: bits, addendCount: count });
    for (const threshold of [1, Math.ceil(max / 3), max]) {
      const params = { addendBits: bits, addendCount: count, threshold };
      const addends = largeLanes(params, rng);
      const laneWords = Math.ceil(addends[0].length / 32);
      const result = await runShared([layOut(addends, bits, laneWords)], rng, (gates, [shared]) =>
        sumAtLeast(gates, shared, { ...params, laneWords }),
      );
      expect(bitsOf(result, addends[0].length)).toEqual(sumsReach(addends, threshold));
    }
  });

  it('sumsAtLeast answers every sum and shares the rounds', async () => {
    const rng = seededRng('together');
    const sums = [
      { addendBits: 8, addendCount: 4, threshold: 600 },
      { addendBits: 1, addendCount: 4, threshold: 2 },
      { addendBits: 1, addendCount: 1, threshold: 1 },
    ];
    const laneWords = 2;
    const values = sums.map((sum) => largeLanes(sum, rng).map((lanes) => lanes.slice(-32)));
    const counts = { rounds: 0, words: 0 };
    const results = await sumsAtLeast(
      clearGates(counts),
      sums.map((sum, k) => ({ ...sum, addends: clear(layOut(values[k], sum.addendBits, laneWords)) })),
      laneWords,
    );
    for (const [k, sum] of sums.entries()) {
      expect(bitsOf(results[k].first, 32)).toEqual(sumsReach(values[k], sum.threshold));
    }
    const cost = circuitCost({ kind: 'sums-at-least', sums });
    expect(counts).toEqual({ rounds: cost.rounds, words: cost.ands * laneWords });
    expect(cost.rounds).toBe(circuitCost({ kind: 'sums-at-least', sums: sums.slice(0, 1) }).rounds);
  });
});

describe('circuitCost and bounds of sumAtLeast', () => {
  it('sumWidth holds every sum, and the largest only just', () => {
    for (let addendBits = 1; addendBits <= 32; addendBits++) {
      for (let addendCount = 1; addendCount <= 9; addendCount++) {
        const max = BigInt(addendCount) * (2n ** BigInt(addendBits) - 1n);
        expect(2n ** BigInt(sumWidth({ addendBits, addendCount })) > max).toBe(true);
      }
    }
  });

  it('circuitCost is eight rounds and at most 55 gates for four scores of eight bits and their count', () => {
    const score = circuitCost({ kind: 'sums-at-least', sums: [{ addendBits: 8, addendCount: 4, threshold: 601 }] });
    const count = circuitCost({ kind: 'sums-at-least', sums: [{ addendBits: 1, addendCount: 4, threshold: 2 }] });
    expect(score).toEqual({ rounds: 8, ands: 47 });
    expect(score.ands + count.ands + 1).toBeLessThanOrEqual(55);
  });

  it.each([
    ['threshold 0', { addendBits: 8, addendCount: 4, threshold: 0 }],
    ['a threshold above every sum', { addendBits: 8, addendCount: 4, threshold: 1021 }],
    ['half a threshold', { addendBits: 8, addendCount: 4, threshold: 1.5 }],
    ['no addend', { addendBits: 8, addendCount: 0, threshold: 1 }],
    ['no bit', { addendBits: 0, addendCount: 3, threshold: 1 }],
    ['more bits than a double holds', { addendBits: 50, addendCount: 9, threshold: 1 }],
  ])('sumAtLeast and circuitCost refuse %s', async (_, params) => {
    expect(() => circuitCost({ kind: 'sums-at-least', sums: [params] })).toThrow(
      expect.objectContaining({ code: 'bad-parameter' }),
    );
    const words = clear(new Uint32Array(params.addendBits * params.addendCount));
    await expect(
      sumAtLeast(clearGates({ rounds: 0, words: 0 }), words, { ...params, laneWords: 1 }),
    ).rejects.toMatchObject({ code: 'bad-parameter' });
  });
});
