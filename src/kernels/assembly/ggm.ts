/**
 * Punctured trees (src/crypto/ggm.ts is the reference and says what they are) in WebAssembly SIMD: one tree at a time,
 * small enough to stay in the second-level cache. Branches and addresses depend on the shape alone; a puncture takes
 * effect through masks.
 */
import { chachaRows20 } from './generated/chacha-rows';

/** log2 of the children of a node, root level first: set by the host. */
export const fanBits: usize = memory.data(16 * 4, 16);
/** Nodes that a level has before it is expanded. */
export const nodeCounts: usize = memory.data(16 * 4, 16);
/** Set by the host: 16 bytes that separate this run from all others. */
export const context: usize = memory.data(16, 16);
/** XOR of the children of each index, per level: 16 bytes for each child of a node. */
export const levelSums: usize = memory.data(16 * 16 * 16, 16);
/** Root of the tree; a level is expanded four nodes at a time, so three more are read. */
export const root: usize = memory.data(4 * 16, 16);
/** Keys of a tree's transfers, 16 or 32 bytes apart, and their pads; four are made at a time. */
export const padKeys: usize = memory.data(68 * 32, 16);
export const pads: usize = memory.data(68 * 64, 16);
/** Counter and nonce of a block. */
const input: usize = memory.data(16, 16);

/** No parent has this number: nothing is punctured. */
const NOWHERE: u32 = 0x7fffffff;
/** First nonce word of pads, where nodes have their level. */
const PAD_DOMAIN: u32 = 0x80000000;

/** Children of all `parents` of one level. A node of 16 children takes four blocks, any other one. */
function expandLevel(out: usize, parents: usize, tree: u32, level: u32): void {
  const wide = load<u32>(fanBits + 4 * <usize>level) == 4;
  const count = load<u32>(nodeCounts + 4 * <usize>level);
  if (wide) {
    for (let p: u32 = 0; p < count; p++, parents += 16, out += 256) {
      v128.store(input, i32x4(0, tree, level, p));
      chachaRows20(out, parents, 0, context, 0, input, 0, i32x4(1, 0, 0, 0));
    }
  } else {
    for (let p: u32 = 0; p < count; p += 4, parents += 64, out += 256) {
      v128.store(input, i32x4(0, tree, level, p));
      chachaRows20(out, parents, 16, context, 0, input, 0, i32x4(0, 0, 0, 1));
    }
  }
}

/** All ones where a == b. */
@inline function equalMask(a: u32, b: u32): v128 {
  return i32x4.eq(i32x4.splat(a), i32x4.splat(b));
}

/**
 * XORs to `sums` the children of each index, without those of parent `gap`. A fan of two stands at the root alone, whose
 * block has four rows.
 */
function sumChildren(sums: usize, children: usize, count: u32, fan: usize, gap: u32): void {
  const stride: usize = 16 * fan;
  for (let c: usize = 0; c < stride; c += 64) {
    let sum0 = v128.load(sums + c), sum1 = v128.load(sums + c, 16);
    let sum2 = v128.load(sums + c, 32), sum3 = v128.load(sums + c, 48);
    let at = children + c;
    for (let p: u32 = 0; p < count; p++, at += stride) {
      const hidden = equalMask(p, gap);
      sum0 = v128.xor(sum0, v128.andnot(v128.load(at), hidden));
      sum1 = v128.xor(sum1, v128.andnot(v128.load(at, 16), hidden));
      sum2 = v128.xor(sum2, v128.andnot(v128.load(at, 32), hidden));
      sum3 = v128.xor(sum3, v128.andnot(v128.load(at, 48), hidden));
    }
    v128.store(sums + c, sum0);
    v128.store(sums + c, sum1, 16);
    if (fan == 2) return;
    v128.store(sums + c, sum2, 32);
    v128.store(sums + c, sum3, 48);
  }
}

/** Replaces the children of parent `gap` by `values`. */
function replaceChildren(values: usize, children: usize, count: u32, fan: usize, gap: u32): void {
  const stride: usize = 16 * fan;
  for (let p: u32 = 0; p < count; p++) {
    const here = equalMask(p, gap);
    for (let c: usize = 0; c < stride; c += 32, children += 32) {
      v128.store(children, v128.bitselect(v128.load(values + c), v128.load(children), here));
      v128.store(children, v128.bitselect(v128.load(values + c, 16), v128.load(children, 16), here), 16);
    }
  }
}

/**
 * Grows the tree `number` to its `levels`, between two buffers of which `even` gets the children of even levels; returns
 * the one with the leaves.
 *
 * Whole tree (leaf = NOWHERE): from `root`; leaves the sums of every level in `levelSums`, which the host has zeroed.
 * Punctured tree: `levelSums` has the sums of the whole tree, but on the path to `leaf` what must be added to the sum of
 * that index, so that the children that no known parent gives come out of them.
 */
export function grow(number: u32, levels: u32, pathBits: u32, leaf: u32, even: usize, odd: usize): usize {
  let parents = root;
  let sums = levelSums;
  let shift = pathBits;
  for (let level: u32 = 0; level < levels; level++) {
    const children = (level & 1) == 0 ? even : odd;
    const count = load<u32>(nodeCounts + 4 * <usize>level);
    const fan: usize = 1 << load<u32>(fanBits + 4 * <usize>level);
    const gap = leaf == NOWHERE ? NOWHERE : leaf >> shift;
    expandLevel(children, parents, number, level);
    sumChildren(sums, children, count, fan, gap);
    if (leaf != NOWHERE) replaceChildren(sums, children, count, fan, gap);
    shift -= load<u32>(fanBits + 4 * <usize>level);
    sums += 16 * fan;
    parents = children;
  }
  return parents;
}

/**
 * Pads of `count` transfers, under the keys `stride` bytes apart from byte `from` of `padKeys` on, and behind them a second
 * block of that of transfer `wide`.
 */
export function makePads(number: u32, count: u32, from: usize, stride: usize, wide: u32): void {
  const step = i32x4(0, 0, 0, 1);
  for (let i: u32 = 0; i < count; i += 4) {
    v128.store(input, i32x4(0, number, PAD_DOMAIN, i));
    chachaRows20(pads + 64 * <usize>i, padKeys + from + stride * i, stride, context, 0, input, 0, step);
  }
  v128.store(input, i32x4(1, number, PAD_DOMAIN, wide));
  chachaRows20(pads + 64 * <usize>count, padKeys + from + stride * wide, stride, context, 0, input, 0, step);
}

export function wipeTrees(): void {
  memory.fill(context, 0, 16);
  memory.fill(levelSums, 0, 16 * 16 * 16);
  memory.fill(root, 0, 16);
  memory.fill(padKeys, 0, 68 * 32);
  memory.fill(pads, 0, 68 * 64);
}
