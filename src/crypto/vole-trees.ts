/** The trees of a silent VOLE, one after another: their messages, and what the engine needs to grow them. See silent-vole.ts. */
import { asBytes, asWords, concatBytes } from './bytes.ts';
import type { Expansion } from './expansion.ts';
import { equalMask, NODE_BYTES, type TreeShape } from './ggm.ts';
import { openSums, sealSums } from './ggm-transfer.ts';
import { fieldBytes } from './gf2.ts';
import { Prg, SEED_BYTES } from './prg.ts';
import type { HolderInput, ReceiverInput } from './silent-vole.ts';
import { baseABytes, baseBytes, puncturedLeaves, type SilentVolePlan } from './silent-vole-plan.ts';
import type { Steps } from './steps.ts';

const NODE_WORDS = 4;

/** Trees [from, to). */
export interface TreeRange {
  readonly from: number;
  readonly to: number;
}

/** Grows trees of a holder, and calls `grown` after each with the tree's message for the receiver. */
export function* growHolderTrees(
  expansion: Expansion,
  { plan, context, seed, baseK, otPairs }: HolderInput,
  { from, to }: TreeRange,
  grown: (tree: number, message: Uint8Array) => void,
): Steps<void> {
  requireLength(seed, SEED_BYTES, 'seed');
  requireLength(baseK, baseBytes(plan), 'base VOLE');
  requireLength(otPairs, 2 * NODE_BYTES * plan.otCount, 'keys of transfers');
  const prg = new Prg(seed, context, 'silent-vole roots');
  const roots = asWords(prg.bytes(NODE_BYTES * plan.treeCount));
  prg.wipe();
  const bases = ownWords(baseK);
  const pairs = ownWords(otPairs);
  const shape = plan.tree;
  const stride = 2 * NODE_WORDS;
  const seal = (tree: number, sums: Uint32Array): Uint8Array => {
    const words = pairs.subarray(stride * tree * shape.pathBits, stride * (tree + 1) * shape.pathBits);
    const zeros = expansion.pads(tree, { words, first: 0, stride }).slice();
    const ones = expansion.pads(tree, { words, first: NODE_WORDS, stride });
    const tau = bases.slice(NODE_WORDS * tree, NODE_WORDS * (tree + 1));
    addNodes(tau, lastSums(shape, sums));
    return concatBytes(asBytes(sealSums(shape, sums, [zeros, ones])), asBytes(tau));
  };
  try {
    for (let tree = from; tree < to; tree++) {
      const sums = expansion.grow(tree, roots.subarray(NODE_WORDS * tree, NODE_WORDS * (tree + 1)));
      grown(tree, seal(tree, sums));
      if (pausesAfter(expansion, plan, tree)) yield;
    }
  } finally {
    for (const secret of [roots, bases, pairs]) secret.fill(0);
  }
}

/** Called with a grown tree of a receiver: which leaf the noise replaces, and its value (4 words, for this call only). */
type WithTree = (tree: number, leaf: number, noise: Uint32Array) => void;

/** Grows trees of a receiver, and calls `grown` after each. */
export function* growReceiverTrees(
  expansion: Expansion,
  input: ReceiverInput,
  { from, to }: TreeRange,
  grown: WithTree,
): Steps<void> {
  const { plan, choices, otKeys, treeMessage, baseA, baseC } = input;
  const shape = plan.tree;
  const leaves = puncturedLeaves(plan, choices);
  requireLength(otKeys, NODE_BYTES * plan.otCount, 'keys of transfers');
  requireLength(treeMessage, plan.treeMessageBytes, 'tree message');
  requireLength(baseA, baseABytes(plan), 'base VOLE');
  requireLength(baseC, baseBytes(plan), 'base VOLE');
  const messageWords = (shape.messageRows + 1) * NODE_WORDS;
  const message = ownWords(treeMessage);
  const keys = ownWords(otKeys);
  const bases = ownWords(baseC);
  const noiseWords = fieldBytes(plan.field) / 4;
  const noises = ownWords(baseA);
  const noise = new Uint32Array(NODE_WORDS);
  try {
    for (let tree = from; tree < to; tree++) {
      const own = message.subarray(messageWords * tree, messageWords * (tree + 1));
      const first = tree * shape.pathBits;
      const words = keys.subarray(NODE_WORDS * first, NODE_WORDS * (first + shape.pathBits));
      const pads = expansion.pads(tree, { words, first: 0, stride: NODE_WORDS });
      const sums = openSums(shape, own, { pads, choices: choices.subarray(first, first + shape.pathBits) });
      const correction = own.slice(shape.messageRows * NODE_WORDS);
      addNodes(correction, bases.subarray(NODE_WORDS * tree, NODE_WORDS * (tree + 1)));
      completeSums(lastSums(shape, sums), correction, leaves[tree]);
      expansion.growPunctured(tree, leaves[tree], sums);
      noise.set(noises.subarray(noiseWords * tree, noiseWords * (tree + 1)));
      grown(tree, leaves[tree], noise);
      if (pausesAfter(expansion, plan, tree)) yield;
    }
  } finally {
    for (const secret of [leaves, keys, bases, noises, noise]) secret.fill(0);
  }
}

/**
 * On the path, in place of the unknown sum: `correction` and all other sums. With the other leaves of its index, which
 * are in the sum, that is the missing leaf: correction and all leaves but that one.
 */
function completeSums(sums: Uint32Array, correction: Uint32Array, leaf: number): void {
  const total = correction.slice();
  addNodes(total, sums);
  const fan = sums.length / NODE_WORDS;
  for (let index = 0; index < fan; index++) {
    const here = equalMask(index, leaf & (fan - 1));
    for (let w = 0; w < NODE_WORDS; w++) sums[NODE_WORDS * index + w] ^= total[w] & here;
  }
}

function pausesAfter({ pace }: Expansion, { tree }: SilentVolePlan, number: number): boolean {
  return (number + 1) % Math.max(1, Math.floor(pace.leaves / tree.leaves)) === 0;
}

function lastSums(shape: TreeShape, sums: Uint32Array): Uint32Array {
  const fan = 1 << shape.levels[shape.levels.length - 1].bits;
  return sums.subarray((shape.sumRows - fan) * NODE_WORDS, shape.sumRows * NODE_WORDS);
}

/** Adds all of `nodes` to `total`. For a whole tree's last sums, that is the sum of its leaves. */
function addNodes(total: Uint32Array, nodes: Uint32Array): void {
  for (let i = 0; i < nodes.length; i++) total[i % NODE_WORDS] ^= nodes[i];
}

/** A copy as words, also of a Buffer, whose slice() would share memory. */
function ownWords(bytes: Uint8Array): Uint32Array {
  return asWords(new Uint8Array(bytes));
}

function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new RangeError(`Cannot expand VOLE: ${what} has a wrong length`);
}
