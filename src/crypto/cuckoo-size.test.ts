import { describe, expect, it } from 'vitest';
import { placed, randomDigests } from '../../test/support/cuckoo-tables.ts';
import { cuckooPositions } from './cuckoo.ts';
import { cuckooFailureLog2, cuckooSize } from './cuckoo-size.ts';
import { log2Add, log2Choose, log2Factorial } from './log-probability.ts';
import { finish } from './steps.ts';

const TARGET = { failureLog2: -42, shards: 1 };

/** Every triple of bins, as rows of three. */
function allTriples(bins: number): number[][] {
  const out: number[][] = [];
  for (let a = 0; a < bins; a++) {
    for (let b = a + 1; b < bins; b++) for (let c = b + 1; c < bins; c++) out.push([a, b, c]);
  }
  return out;
}

/** The exact share of choices of `items` triples of bins that cannot be placed. */
function exactFailure(items: number, bins: number): number {
  const triples = allTriples(bins);
  const total = triples.length ** items;
  let failures = 0;
  for (let choice = 0; choice < total; choice++) {
    const positions = new Uint32Array(3 * items);
    for (let item = 0, rest = choice; item < items; item++, rest = Math.floor(rest / triples.length)) {
      positions.set(triples[rest % triples.length], 3 * item);
    }
    if (!placed(positions, bins)) failures++;
  }
  return failures / total;
}

/** The share of `tables` random tables that cannot be placed. */
function simulatedFailure(items: number, bins: number, tables: number, seed: number): number {
  const positions = finish(cuckooPositions(randomDigests(items * tables, seed), bins));
  let failures = 0;
  for (let table = 0; table < tables; table++) {
    if (!placed(positions.subarray(3 * items * table, 3 * items * (table + 1)), bins)) failures++;
  }
  return failures / tables;
}

function choose(n: number, k: number): bigint {
  let out = 1n;
  for (let i = 0; i < k; i++) out = (out * BigInt(n - i)) / BigInt(i + 1);
  return out;
}

/** Maps of `points` positions to `bins` bins that meet every bin twice or more; row b holds them for b bins. */
function twiceCovered(bins: number, points: number): bigint[][] {
  const rows = [[1n, ...Array.from({ length: points }, () => 0n)]];
  for (let b = 1; b <= bins; b++) {
    rows.push(
      Array.from({ length: points + 1 }, (_, n) => {
        let sum = 0n;
        for (let j = 2; j <= n; j++) sum += choose(n, j) * rows[b - 1][n - j];
        return sum;
      }),
    );
  }
  return rows;
}

/** The sum over all sets that bounds the failure, in big integers and with the exact count of covering maps. */
function exactUnionBound(items: number, bins: number): number {
  const covered = twiceCovered(items - 1, 3 * items);
  const triples = BigInt(bins) * BigInt(bins - 1) * BigInt(bins - 2);
  const scale = 1n << 200n;
  let sum = 0n;
  for (let s = 4; s <= items; s++) {
    for (let n = 3; n < s; n++) {
      const inside = 6n * choose(n, 3);
      const within = inside ** BigInt(s);
      const twice = covered[n][3 * s];
      const ways = within < twice ? within : twice;
      const others = (triples - inside) ** BigInt(items - s);
      sum += (choose(items, s) * choose(bins, n) * ways * others * scale) / triples ** BigInt(items);
    }
  }
  return Number(sum) / Number(scale);
}

/** The z at which z + z^2 / (e^z - 1 - z), which rises with z, is 3s / n. */
function bestZ(s: number, n: number): number {
  let low = 1e-3;
  let high = 3 * s;
  for (let k = 0; k < 80; k++) {
    const z = (low + high) / 2;
    if (z + z ** 2 / (Math.expm1(z) - z) < (3 * s) / n) low = z;
    else high = z;
  }
  return low;
}

/** log2 of the bound on all sets of s items with n bins. */
function termOf(items: number, bins: number, { s, n }: { readonly s: number; readonly n: number }): number {
  const log2Triples = log2Choose(bins, 3);
  const log2Inside = log2Choose(n, 3) - log2Triples;
  const z = bestZ(s, n);
  const covered = log2Factorial(3 * s) + n * Math.log2(Math.expm1(z) - z) - 3 * s * Math.log2(z);
  const twice = covered - s * (log2Triples + Math.log2(6));
  const others = (items - s) * Math.log1p(-(2 ** log2Inside)) * Math.LOG2E;
  return log2Choose(items, s) + log2Choose(bins, n) + Math.min(s * log2Inside, twice) + others;
}

/** The sum of all terms, none left out and each by itself; of sets with more items than bins and one only those of up to `surplus` more. */
function everyTerm(items: number, bins: number, surplus: number): number {
  let sum = -Infinity;
  for (let n = 3; n < items; n++) {
    for (let s = n + 1; s <= Math.min(items, n + surplus); s++) sum = log2Add(sum, termOf(items, bins, { s, n }));
  }
  return sum;
}

describe('cuckooFailureLog2', () => {
  it('cuckooFailureLog2 is exact for four items in four bins', () => {
    expect(2 ** cuckooFailureLog2(4, 4, 1)).toBeCloseTo(exactFailure(4, 4), 4);
    expect(exactFailure(4, 4)).toBe(1 / 64);
  });

  it.each([
    [4, 5],
    [5, 5],
  ])('cuckooFailureLog2 is no less than the exact failure of %i items in %i bins', (items, bins) => {
    const exact = exactFailure(items, bins);
    expect(exact).toBeGreaterThan(0);
    expect(2 ** cuckooFailureLog2(items, bins, 1)).toBeGreaterThanOrEqual(exact);
  });

  // From few bins, where large sets of items decide, to many, where four items do.
  it.each([
    [24, 32],
    [32, 45],
    [32, 50],
    [24, 40],
    [10, 20],
  ])('cuckooFailureLog2 is above the big-integer union bound of %i items in %i bins by at most 4 bits', (m, bins) => {
    const exact = Math.log2(exactUnionBound(m, bins));
    const bound = cuckooFailureLog2(m, bins, 1);
    expect(bound).toBeLessThan(0);
    expect(bound).toBeGreaterThanOrEqual(exact);
    expect(bound).toBeLessThanOrEqual(exact + 4);
  });

  // Where sets of four items decide, where large ones do, and where both count; below and above a part of the sum.
  it.each([
    [255, 400],
    [256, 404],
    [257, 340],
    [1000, 1270],
    [1200, 1510],
  ])('cuckooFailureLog2 of %i items in %i bins leaves out nothing that counts', (items, bins) => {
    const bound = cuckooFailureLog2(items, bins, 1);
    const whole = everyTerm(items, bins, items);
    expect(bound).toBeLessThan(0);
    expect(bound).toBeGreaterThanOrEqual(whole);
    // The series are at most so much longer than what they stand for.
    expect(bound - whole).toBeLessThan(0.7);
  });

  it.each([
    [4096, 5081],
    [8192, 10_159],
    [12_000, 14_790],
    [30_000, 36_950],
    [2 ** 17, 162_530],
    [2 ** 17, 161_220],
  ])(
    'cuckooFailureLog2 of %i items in %i bins leaves out nothing that counts of the sets short of one',
    (items, bins) => {
      const bound = cuckooFailureLog2(items, bins, 1);
      const whole = everyTerm(items, bins, 1);
      expect(bound).toBeLessThan(0);
      expect(bound).toBeGreaterThanOrEqual(whole);
      expect(bound - whole).toBeLessThan(0.7);
    },
  );

  it.each([9, 10, 11, 12])(
    'cuckooFailureLog2 is no less than what 20,000 tables of 8 items in %i bins show',
    (bins) => {
      const simulated = simulatedFailure(8, bins, 20_000, bins);
      // The bound, plus three standard deviations of the simulation.
      const bound = 2 ** cuckooFailureLog2(8, bins, 1);
      expect(simulated).toBeLessThanOrEqual(bound + 3 * Math.sqrt(bound / 20_000));
    },
  );

  it('the simulation sees failures, and more of them than a bound of too many bins allows', () => {
    const simulated = simulatedFailure(8, 9, 20_000, 9);
    expect(simulated).toBeGreaterThan(0.001);
    expect(simulated).toBeGreaterThan(2 ** cuckooFailureLog2(8, 14, 1));
  });

  it('cuckooFailureLog2 says nothing for more items than bins, and never fails up to three items', () => {
    expect(cuckooFailureLog2(8, 7, 1)).toBe(0);
    expect(cuckooFailureLog2(3, 3, 1)).toBe(-Infinity);
  });

  it('cuckooFailureLog2 adds up over shards', () => {
    expect(cuckooFailureLog2(1024, 1400, 8)).toBeCloseTo(cuckooFailureLog2(1024, 1400, 1) + 3, 4);
  });
});

describe('cuckooSize', () => {
  it.each([4, 32, 64, 256, 1024, 4096])('cuckooSize is the smallest number that meets 2^-42 for %i items', (count) => {
    const bins = cuckooSize(count, TARGET).bins;
    expect(cuckooFailureLog2(count, bins, 1)).toBeLessThanOrEqual(-42);
    expect(cuckooFailureLog2(count, bins - 1, 1)).toBeGreaterThan(-42);
  });

  // Parties have to find the same numbers, in every version of a protocol.
  it.each([
    [128, 295],
    [256, 404],
    [512, 675],
    [1024, 1305],
    [2048, 2564],
    [4096, 5081],
    [8192, 10_159],
    [16_384, 20_317],
    [61_440, 76_186],
    [122_880, 152_372],
  ])('cuckooSize of %i items is %i bins', (items, bins) => {
    expect(cuckooSize(items, TARGET).bins).toBe(bins);
  });

  it('cuckooSize needs 215 bins for 64 items, where four items with equal bins dominate', () => {
    expect(cuckooSize(64, TARGET).bins).toBe(215);
  });

  it('cuckooSize is the least expansion for large tables, where the proof allows it, also in shards', () => {
    for (const items of [2 ** 13, 2 ** 17]) {
      expect(cuckooSize(items, TARGET).bins).toBe(Math.ceil(1.24 * items));
      expect(cuckooFailureLog2(items, cuckooSize(items, TARGET).bins, 1)).toBeLessThan(-64);
    }
    expect(cuckooSize(2 ** 17, { failureLog2: -42, shards: 1024 }).bins).toBe(Math.ceil(1.24 * 2 ** 17));
  });

  it('cuckooSize stays below 1.28 bins per item from 1,024 items on', () => {
    for (const items of [1024, 2048, 10_000]) expect(cuckooSize(items, TARGET).bins).toBeLessThan(1.28 * items);
  });

  it('cuckooSize is three bins without items and refuses what is no count or no probability', () => {
    expect(cuckooSize(0, TARGET).bins).toBe(3);
    const refused = expect.objectContaining({ code: 'bad-parameter' });
    expect(() => cuckooSize(-1, TARGET).bins).toThrow(refused);
    expect(() => cuckooSize(10.5, TARGET).bins).toThrow(refused);
    expect(() => cuckooSize(10, { failureLog2: 0, shards: 1 }).bins).toThrow(refused);
    expect(() => cuckooSize(10, { failureLog2: -42, shards: 0 }).bins).toThrow(refused);
  });
});
