/**
 * How large a silent VOLE is: every number follows from the length, the field and the parameters below.
 *
 * Noise. The receiver's vector A = G e has k rows; e has N = t L entries over 𝔹 = GF(2^64) or GF(2^128) and one noisy entry
 * in each of t blocks of L ("regular" noise), uniform in place and value. A linear test sums v·A = (v G)·e. Its bias is a
 * product over blocks: where w_i of the L entries of v G are not zero, the block's share is uniform with probability
 * w_i / L and zero otherwise, so it contributes 1 - w_i / L, and with weight w = sum w_i in all
 *
 *     bias <= (1 - w/N)^t,    t = -kappa / log2(1 - d/N)    for the lightest words that can be found, of weight d.
 *
 * (Over GF(2), where a noisy entry is 1, a block contributes 1 - 2 w_i / L: the formula t = -kappa / log2(1 - 2 d/N) of
 * libOTe, whose estimate d/N = 0.25 gives 128.) The code is one over GF(2^64), by the factor x in every step, and of it
 * words lighter than those of elimination, with k - 1 entries zero and the other N - k + 1 not, are not known: d/N = 1/2,
 * t = 128. If the code were binary, as without that factor, half of these entries would vanish too: d/N = 1/4, and
 * t = 308 were needed. We take t = 256, which has bias 2^-128 as soon as d/N >= 1 - 2^(-1/2) = 0.293. Guessing instead N - k
 * noiseless entries, which determine the others, succeeds with probability (k/N)^t, 2^-256 at most.
 *
 * Code. Rate 1/2 at most: N >= 2 k, so that the right part has N - k >= k entries; N = 2 k in the published parameters. A longer right
 * part makes both attacks harder: words of elimination weigh N - k + 1 of N, and k/N falls.
 *
 * Trees. One of L leaves for each block; L = ceil(2 k / t), rounded up to whole groups of sixteen. The place of the noise
 * is uniform in [0, L): paths beyond the last leaf must not be chosen. A receiver that chose one would have all leaves of
 * that tree, so K_i from tau_i, and Delta from its base VOLE. Where it may deviate trees are *full*: L is a power of two and
 * every path ends at a leaf. The cheaper one is taken of two: the largest L for which 2 k leaves are 256 trees or more (and below 512), and
 * twice as many leaves in each of 256 trees, N then being up to 3.7 k: a tree costs as much as some hundred leaves.
 *
 * Lengths below 2^12 are refused: blocks then have fewer than 32 entries, and transfers alone are cheaper.
 *
 * Reviewed 2026-11 against: eprint 2023/882; libOTe a0871f6; eprint 2022/712 (attacks on LPN as used here) and 2023/176
 * (algebraic attacks on regular noise).
 */
import { UsageError } from '../errors.ts';
import { CODE_KEY_BYTES, ROW_BLOCK } from './expand-convolute.ts';
import { LEAF_GROUP, NODE_BYTES, treeShape, type TreeShape } from './ggm.ts';
import { fieldBytes, GF128_BYTES, type VoleField } from './gf2.ts';
import { hashTuple } from './hash.ts';
import type { Rng } from './rng.ts';
import { u32le, utf8 } from './bytes.ts';
import { uniformIndex } from './uniform-index.ts';

/** t above. */
export const NOISE_WEIGHT = 256;
/**
 * Leaves that take as long as what a tree has besides, transfers of its path and a base VOLE: about 39 us, and 0.13 us a leaf, of both
 * parties at 257 trees of 1,024 leaves over GF(2^64) (Node 20.20, EPYC, 2026-11), when a check still grew the holder's leaves again.
 */
const TREE_LEAVES = 300;
export const MIN_SILENT_LENGTH: number = 2 ** 12;
/** A receiver then needs 0.5 GiB; longer lists are cut into buckets. */
export const MAX_SILENT_LENGTH: number = 2 ** 23;

export interface SilentVolePlan {
  readonly length: number;
  readonly field: VoleField;
  /** t: trees, and base VOLEs. */
  readonly treeCount: number;
  readonly baseLength: number;
  readonly tree: TreeShape;
  /** k: the length, in whole blocks of rows. */
  readonly rows: number;
  /** N - k: entries of the right part of the noise vector. */
  readonly parity: number;
  /** Random transfers of 16-byte keys, tree by tree, a path bit each from the highest. */
  readonly otCount: number;
  readonly treeMessageBytes: number;
}

export interface SilentVoleOptions {
  /** For receivers that may deviate. Default: false. */
  readonly fullTrees?: boolean;
}

/** @throws UsageError where the length has no plan */
export function silentVolePlan(
  length: number,
  field: VoleField,
  { fullTrees = false }: SilentVoleOptions = {},
): SilentVolePlan {
  if (!Number.isSafeInteger(length) || length < MIN_SILENT_LENGTH) {
    throw new UsageError(`Cannot plan silent VOLE: length is below ${MIN_SILENT_LENGTH}`, { code: 'bad-parameter' });
  }
  if (length > MAX_SILENT_LENGTH) {
    throw new UsageError(`Cannot plan silent VOLE: length is above ${MAX_SILENT_LENGTH}`, {
      code: 'resource-limit',
      remedy: 'Split the list into buckets.',
    });
  }
  if (!fullTrees) return planWithTrees(length, field, NOISE_WEIGHT);
  const entries = 2 * rowsFor(length);
  const leaves = 2 ** Math.floor(Math.log2(entries / NOISE_WEIGHT));
  const more = { treeCount: Math.ceil(entries / leaves), leaves };
  const larger = { treeCount: NOISE_WEIGHT, leaves: 2 * leaves };
  return planWithShape(length, field, costOf(larger) < costOf(more) ? larger : more);
}

/** In leaves. */
function costOf({ treeCount, leaves }: { readonly treeCount: number; readonly leaves: number }): number {
  return treeCount * (leaves + TREE_LEAVES);
}

/** The measures for any number of trees; below NOISE_WEIGHT or MIN_SILENT_LENGTH for tests alone, as nothing is hidden. */
export function planWithTrees(length: number, field: VoleField, treeCount: number): SilentVolePlan {
  const leaves = Math.ceil((2 * rowsFor(length)) / treeCount / LEAF_GROUP) * LEAF_GROUP;
  return planWithShape(length, field, { treeCount, leaves });
}

/** k: the length in whole blocks of rows. */
function rowsFor(length: number): number {
  return Math.ceil(length / ROW_BLOCK) * ROW_BLOCK;
}

function planWithShape(
  length: number,
  field: VoleField,
  { treeCount, leaves }: { readonly treeCount: number; readonly leaves: number },
): SilentVolePlan {
  const rows = rowsFor(length);
  const tree = treeShape(leaves);
  return {
    length,
    field,
    treeCount,
    baseLength: treeCount,
    tree,
    rows,
    parity: treeCount * tree.leaves - rows,
    otCount: treeCount * tree.pathBits,
    treeMessageBytes: treeCount * (tree.messageRows + 1) * NODE_BYTES,
  };
}

/** Keys that separate this expansion from every other; all of them public. */
export interface ExpansionKeys {
  /** 4 words, for trees and pads. */
  readonly tree: Uint32Array;
  /** 32 bytes that fix the code. */
  readonly code: Uint8Array;
}

/** `context`: the run's id and whatever else tells this VOLE from others of the run. */
export function expansionKeys(plan: SilentVolePlan, context: Uint8Array): ExpansionKeys {
  const measures = [context, u32le(plan.length), utf8(plan.field)];
  const tree = hashTuple('silent-vole tree', ...measures).slice(0, NODE_BYTES);
  return {
    tree: new Uint32Array(tree.buffer),
    code: hashTuple('silent-vole code', ...measures).slice(0, CODE_KEY_BYTES),
  };
}

/** Choices of a receiver's transfers (otCount bytes, 0 or 1): complements of the bits of uniform leaves. Secret. */
export function silentVoleChoices(plan: SilentVolePlan, rng: Rng): Uint8Array {
  const { leaves, pathBits } = plan.tree;
  const choices = new Uint8Array(plan.otCount);
  const random = rng(8 * plan.treeCount);
  const words = new DataView(random.buffer, random.byteOffset, random.length);
  for (let tree = 0; tree < plan.treeCount; tree++) {
    const leaf = uniformIndex(words.getUint32(8 * tree), words.getUint32(8 * tree + 4), leaves);
    for (let bit = 0; bit < pathBits; bit++) choices[tree * pathBits + bit] = 1 ^ ((leaf >>> (pathBits - 1 - bit)) & 1);
  }
  random.fill(0);
  return choices;
}

/**
 * The leaves that a receiver's choices leave out, one for each tree.
 * @throws UsageError `bad-parameter` where one is outside of its tree
 */
export function puncturedLeaves(plan: SilentVolePlan, choices: Uint8Array): Uint32Array {
  const { leaves, pathBits } = plan.tree;
  if (choices.length !== plan.otCount)
    throw new RangeError('Cannot expand VOLE: choices differ in number from transfers');
  const punctured = new Uint32Array(plan.treeCount);
  let outside = 0;
  for (let tree = 0; tree < plan.treeCount; tree++) {
    let leaf = 0;
    for (const choice of choices.subarray(tree * pathBits, (tree + 1) * pathBits)) {
      outside |= choice & ~1;
      leaf = 2 * leaf + (1 ^ choice);
    }
    outside |= (leaves - 1 - leaf) >> 31;
    punctured[tree] = leaf;
  }
  if (outside !== 0) {
    throw new UsageError('Cannot expand VOLE: a choice is no bit, or leads to a leaf outside of its tree', {
      code: 'bad-parameter',
    });
  }
  return punctured;
}

/** Bytes of base VOLEs' first components. */
export function baseABytes(plan: SilentVolePlan): number {
  return plan.baseLength * fieldBytes(plan.field);
}

/** Bytes of any other vector of base VOLEs. */
export function baseBytes(plan: SilentVolePlan): number {
  return plan.baseLength * GF128_BYTES;
}
