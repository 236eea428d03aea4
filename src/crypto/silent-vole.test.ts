import { describe, expect, it } from 'vitest';
import { brokenRows } from '../../test/support/gf2-oracle.ts';
import { insecureDealtVole } from '../testing/dealt-vole.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { UsageError } from '../errors.ts';
import { fieldBytes, type VoleField } from './gf2.ts';
import { referenceSilentVole } from './reference-expansion.ts';
import type { ReceiverInput } from './silent-vole.ts';
import {
  MAX_SILENT_LENGTH,
  MIN_SILENT_LENGTH,
  NOISE_WEIGHT,
  planWithTrees,
  puncturedLeaves,
  silentVoleChoices,
  silentVolePlan,
  type SilentVolePlan,
} from './silent-vole-plan.ts';
import { finish } from './steps.ts';

const SEED = 'silent-vole';
const FIELDS = ['gf64', 'gf128'] as const;

function expandBoth(plan: SilentVolePlan, change: (input: ReceiverInput) => ReceiverInput = (input) => input) {
  const dealt = insecureDealtVole(plan, insecureSeededRng(SEED, plan.length, plan.field));
  const { treeMessage, k } = finish(referenceSilentVole.expandHolder(dealt.holder));
  const received = finish(referenceSilentVole.expandReceiver(change({ ...dealt.receiver, treeMessage })));
  return { dealt, treeMessage, received, held: { delta: dealt.delta, k } };
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] ^= 1;
  return changed;
}

describe('silentVolePlan', () => {
  it.each([
    [2 ** 12, 32, 256 * 5, 256 * (2 + 30 + 1) * 16],
    [130_000, 1024, 256 * 10, 256 * (3 * 6 + 30 + 1) * 16],
    [1_153_434, 9024, 256 * 14, 256 * (5 * 6 + 30 + 1) * 16],
  ])(
    'silentVolePlan has the measures that the file derives for %i rows',
    (length, leaves, otCount, treeMessageBytes) => {
      const plan = silentVolePlan(length, 'gf64');
      expect(plan).toMatchObject({
        length,
        treeCount: NOISE_WEIGHT,
        baseLength: NOISE_WEIGHT,
        otCount,
        treeMessageBytes,
      });
      expect(plan.tree.leaves).toBe(leaves);
    },
  );

  it.each([2 ** 12, 2 ** 12 + 1, 99_999, 2 ** 17, 2 ** 20, 2 ** 23])(
    'silentVolePlan keeps rate 1/2 for %i rows',
    (length) => {
      const { rows, parity, treeCount, tree } = silentVolePlan(length, 'gf128');
      expect(rows).toBeGreaterThanOrEqual(length);
      expect(rows).toBeLessThan(length + 8);
      expect(parity).toBeGreaterThanOrEqual(rows);
      expect(rows + parity).toBe(treeCount * tree.leaves);
      expect(parity % 4).toBe(0);
    },
  );

  it.each([2 ** 12, 2 ** 12 + 1, 99_999, 2 ** 17, 2 ** 20, 2 ** 22 + 2 ** 21, 2 ** 23])(
    'silentVolePlan has full trees and noise enough for %i rows where the receiver may deviate',
    (length) => {
      const { rows, parity, treeCount, baseLength, tree } = silentVolePlan(length, 'gf128', { fullTrees: true });
      expect(tree.leaves).toBe(2 ** tree.pathBits);
      expect(treeCount).toBeGreaterThanOrEqual(NOISE_WEIGHT);
      expect(treeCount).toBeLessThan(2 * NOISE_WEIGHT);
      expect(baseLength).toBe(treeCount);
      expect(parity).toBeGreaterThanOrEqual(rows);
      expect(parity % 4).toBe(0);
    },
  );

  it('the noise weight gives 2^-128 at the distance that the file claims', () => {
    expect(NOISE_WEIGHT * Math.log2(1 - 0.293)).toBeLessThan(-128);
    expect(NOISE_WEIGHT * Math.log2(1 - 0.2925)).toBeGreaterThan(-128);
    expect(-128 / Math.log2(1 - 0.25)).toBeGreaterThan(308);
  });

  it.each([0, MIN_SILENT_LENGTH - 1, 5000.5, MAX_SILENT_LENGTH + 1])('silentVolePlan refuses %s rows', (length) => {
    expect(() => silentVolePlan(length, 'gf64')).toThrow(UsageError);
  });
});

describe('silentVoleChoices', () => {
  it(`silentVoleChoices leads to uniform leaves, all of them inside the trees (seed ${SEED})`, () => {
    const plan = planWithTrees(5000, 'gf64', 200);
    const counts = new Uint32Array(plan.tree.leaves);
    for (let i = 0; i < 64; i++) {
      for (const leaf of puncturedLeaves(plan, silentVoleChoices(plan, insecureSeededRng(SEED, 'choices', i))))
        counts[leaf]++;
    }
    const mean = (64 * 200) / plan.tree.leaves;
    const chiSquare = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
    // 63 degrees of freedom: beyond 123 with probability 2^-18.
    expect(plan.tree.leaves).toBe(64);
    expect(chiSquare).toBeLessThan(123);
    expect(chiSquare).toBeGreaterThan(20);
  });

  it('puncturedLeaves refuses a leaf outside of its tree, a choice that is no bit, and a wrong number of them', () => {
    const plan = planWithTrees(5000, 'gf64', 50);
    expect(plan.tree.leaves).toBe(208);
    const { pathBits } = plan.tree;
    const toLeaf = (leaf: number): Uint8Array => {
      const choices = silentVoleChoices(plan, insecureSeededRng(SEED, 'outside'));
      for (let i = 0; i < pathBits; i++) choices[7 * pathBits + i] = 1 ^ ((leaf >> (pathBits - 1 - i)) & 1);
      return choices;
    };
    expect(puncturedLeaves(plan, toLeaf(207))[7]).toBe(207);
    for (const leaf of [208, 255]) expect(() => puncturedLeaves(plan, toLeaf(leaf))).toThrow(UsageError);
    expect(() => puncturedLeaves(plan, toLeaf(207).fill(2, 0, 1))).toThrow(UsageError);
    expect(() => puncturedLeaves(plan, toLeaf(207).slice(1))).toThrow(RangeError);
  });
});

describe.each<VoleField>(FIELDS)('a silent VOLE over %s', (field) => {
  const plan = silentVolePlan(MIN_SILENT_LENGTH + 3, field);
  const width = fieldBytes(field);
  const { received, held, treeMessage, dealt } = expandBoth(plan);

  it(`expandHolder and expandReceiver give C = A Delta + K in every row (seed ${SEED})`, () => {
    expect(received.a).toHaveLength(plan.length * width);
    expect(received.c).toHaveLength(plan.length * 16);
    expect(held.k).toHaveLength(plan.length * 16);
    expect(treeMessage).toHaveLength(plan.treeMessageBytes);
    expect(brokenRows(received, held, width)).toEqual([]);
    // The oracle can fail.
    expect(brokenRows({ ...received, c: flipped(received.c, 16 * 77) }, held, width)).toEqual([77]);
  });

  it('A looks uniform: bits are balanced, row by row and between neighbours, and no row repeats', () => {
    for (const bytes of [received.a, received.c, held.k])
      expect(imbalance(bytes, bytes.length / plan.length)).toBeLessThan(6);
    expect(distinctRows(received.a, width)).toBe(plan.length);
    // The same tests find what the code is there to remove.
    const sparse = new Uint8Array(received.a.length);
    sparse.set(dealt.receiver.baseA);
    expect(imbalance(sparse, width)).toBeGreaterThan(6);
    expect(distinctRows(sparse, width)).toBeLessThan(plan.length);
  });

  it('a changed tree message, base VOLE or Delta breaks rows: one where the code does not reach, else most', () => {
    const part = plan.treeMessageBytes / plan.treeCount;
    const brokenBy = (change: (input: ReceiverInput) => ReceiverInput): number =>
      brokenRows(expandBoth(plan, change).received, held, width).length;
    const tau = (tree: number) =>
      brokenBy((input) => ({ ...input, treeMessage: flipped(input.treeMessage, part * (tree + 1) - 1) }));
    const last = plan.treeCount - 1;
    expect(tau(0)).toBe(1);
    expect(tau(last)).toBeGreaterThan(0.9 * plan.length);
    expect(brokenBy((input) => ({ ...input, baseA: flipped(input.baseA, width * last) }))).toBeGreaterThan(
      0.9 * plan.length,
    );
    expect(brokenRows(received, { ...held, delta: flipped(held.delta, 15) }, width)).toHaveLength(plan.length);
  });
});

describe('a silent VOLE', () => {
  it('expandHolder gives other trees and another code for another context', () => {
    const plan = planWithTrees(200, 'gf64', 4);
    const { holder } = insecureDealtVole(plan, insecureSeededRng(SEED, 'context'));
    const one = finish(referenceSilentVole.expandHolder(holder));
    const other = finish(referenceSilentVole.expandHolder({ ...holder, context: flipped(holder.context, 0) }));
    expect(distinctRows(new Uint8Array([...one.k, ...other.k]), 16)).toBe(400);
  });

  it('expandHolder and expandReceiver refuse inputs of a wrong length before they begin', () => {
    const plan = planWithTrees(200, 'gf64', 4);
    const { holder, receiver } = insecureDealtVole(plan, insecureSeededRng(SEED, 'lengths'));
    const { treeMessage } = finish(referenceSilentVole.expandHolder(holder));
    for (const key of ['seed', 'baseK', 'otPairs'] as const) {
      const input = { ...holder, [key]: holder[key].slice(1) };
      expect(() => finish(referenceSilentVole.expandHolder(input))).toThrow(RangeError);
    }
    const whole = { ...receiver, treeMessage };
    for (const key of ['otKeys', 'treeMessage', 'baseA', 'baseC', 'choices'] as const) {
      const input = { ...whole, [key]: whole[key].slice(1) };
      expect(() => finish(referenceSilentVole.expandReceiver(input))).toThrow(RangeError);
    }
  });

  it('expandReceiver accepts views that are not aligned', () => {
    const plan = planWithTrees(200, 'gf64', 4);
    const shift = (bytes: Uint8Array): Uint8Array => {
      const moved = new Uint8Array(bytes.length + 1).subarray(1);
      moved.set(bytes);
      return moved;
    };
    const straight = expandBoth(plan);
    const moved = expandBoth(plan, (input) => ({
      ...input,
      otKeys: shift(input.otKeys),
      treeMessage: shift(input.treeMessage),
      baseA: shift(input.baseA),
      baseC: shift(input.baseC),
    }));
    expect(moved.received).toEqual(straight.received);
  });
});

/** The largest deviation, in standard deviations, of a bit's frequency, and of its equality with the next row's. */
function imbalance(rows: Uint8Array, width: number): number {
  const count = rows.length / width;
  let largest = 0;
  for (let bit = 0; bit < 8 * width; bit++) {
    const at = (i: number): number => (rows[i * width + (bit >> 3)] >> (bit & 7)) & 1;
    let ones = 0;
    let equal = 0;
    for (let i = 0; i + 1 < count; i++) {
      ones += at(i);
      equal += 1 ^ at(i) ^ at(i + 1);
    }
    const deviation = Math.max(Math.abs(ones - count / 2), Math.abs(equal - count / 2)) / Math.sqrt(count / 4);
    largest = Math.max(largest, deviation);
  }
  return largest;
}

function distinctRows(rows: Uint8Array, width: number): number {
  return new Set(
    Array.from({ length: rows.length / width }, (_, i) => rows.subarray(i * width, (i + 1) * width).join()),
  ).size;
}
