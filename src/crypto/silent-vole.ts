/**
 * Silent subfield VOLE: from t short base VOLEs and random transfers, a long one. The holder of Delta gets K, the receiver
 * A and C with C = A Delta + K in GF(2^128), A in 𝔹 = GF(2^64) or GF(2^128).
 *
 * Source: Boyle, Couteau, Gilboa, Ishai ("Compressing Vector OLE", CCS 2018) and with Kohl, Rindal, Scholl (CCS 2019,
 * eprint 2019/1159), with the code of expand-convolute.ts. Tree i gives the holder L leaves K_ij and the receiver all but
 * the leaf j = alpha_i. The base VOLE C_i = A_i Delta + K_i becomes the noise there: the holder sends tau_i = K_i + the
 * sum of its leaves, and the receiver gets its missing leaf as tau_i + C_i + the sum of the others = K_ij + A_i Delta.
 * So e (zero but for A_i at alpha_i), C and K are a VOLE of length N, and as the code is linear over 𝔹's subfield
 * GF(2^64), so are their encodings, of length k; A = G e is pseudorandom by the LPN assumption (silent-vole-plan.ts).
 *
 * Security: semi-honest; a holder that cheats in its trees is caught by vole-check.ts only. Base VOLEs and transfers must
 * be used for one expansion. What the receiver knows to be noise never steers a branch or an address: masks do. The
 * holder's part needs no Delta.
 */
import { asBytes, asWords, concatBytes } from './bytes.ts';
import { STREAM_BLOCK_WORDS } from './expand-convolute.ts';
import { equalMask, NODE_BYTES, type TransferKeys, type TreeShape } from './ggm.ts';
import { openSums, sealSums } from './ggm-transfer.ts';
import { fieldBytes } from './gf2.ts';
import { Prg } from './prg.ts';
import {
  baseABytes,
  baseBytes,
  expansionKeys,
  type ExpansionKeys,
  puncturedLeaves,
  type SilentVolePlan,
} from './silent-vole-plan.ts';
import type { Steps } from './steps.ts';

export const HOLDER_SEED_BYTES = 32;
const NODE_WORDS = 4;

export interface HolderInput {
  readonly plan: SilentVolePlan;
  readonly context: Uint8Array;
  /** 32 fresh random bytes: the roots of the trees come from them. */
  readonly seed: Uint8Array;
  /** t x 16 bytes. */
  readonly baseK: Uint8Array;
  /** otCount x 32 bytes: the keys for choice 0 and for choice 1. */
  readonly otPairs: Uint8Array;
}

export interface HolderOutput {
  /** treeMessageBytes, for the receiver. */
  readonly treeMessage: Uint8Array;
  /** length x 16 bytes. */
  readonly k: Uint8Array;
}

export interface ReceiverInput {
  readonly plan: SilentVolePlan;
  readonly context: Uint8Array;
  /** otCount bytes, 0 or 1: see `silentVoleChoices`. */
  readonly choices: Uint8Array;
  /** otCount x 16 bytes: the keys chosen. */
  readonly otKeys: Uint8Array;
  readonly treeMessage: Uint8Array;
  /** t x 8 or 16 bytes. */
  readonly baseA: Uint8Array;
  /** t x 16 bytes. */
  readonly baseC: Uint8Array;
}

export interface ReceiverOutput {
  /** length x 8 or 16 bytes. */
  readonly a: Uint8Array;
  /** length x 16 bytes. */
  readonly c: Uint8Array;
}

/** Both expansions; the reference or its twin in WebAssembly. */
export interface SilentVole {
  expandHolder(input: HolderInput): Steps<HolderOutput>;
  expandReceiver(input: ReceiverInput): Steps<ReceiverOutput>;
  /** Runs `use` on an expansion of trees alone: for vole-check.ts. */
  readonly open: OpenExpansion;
}

/** What an expansion holds: trees alone, or also a vector (K), or two (C and A). */
export type ExpansionRole = 'trees' | 'holder' | 'receiver';

export type OpenExpansion = (plan: SilentVolePlan, keys: ExpansionKeys, role: ExpansionRole) => Expansion;

/** Leaves and positions between two pauses: a few milliseconds of work. */
export interface Pace {
  readonly leaves: number;
  readonly positions: number;
}

/** One party's expansion in progress: the loops over leaves and rows. Words are 32-bit; nodes have 4. */
export interface Expansion {
  readonly pace: Pace;
  /** See `transferPads`; valid until the next call. */
  pads(tree: number, keys: TransferKeys): Uint32Array;
  /** Grows a tree; returns its sums, valid until the next call. */
  grow(tree: number, root: Uint32Array): Uint32Array;
  /** Grows a tree without the path to a leaf: see `growPunctured`. */
  growPunctured(tree: number, leaf: number, sums: Uint32Array): void;
  /** Puts those leaves of the grown tree that the code works on in place, with `noise` (4 words) at `leaf`. */
  placeRight(tree: number, leaf: number, noise: Uint32Array): void;
  /**
   * Adds the grown tree's leaves times public weights to the fold; returns the weight of `leaf`, zero where there is none.
   * The weights are words 4 m to 4 m + 3 of stream 0 under `key`, for leaf m of all trees.
   */
  fold(tree: number, leaf: number, key: Uint8Array): Uint32Array;
  /** Sums of leaves by weight byte: 16 x 256 x 4 words, see `sumOfMultiples`. */
  folded(): Uint32Array;
  convolve(pass: number, from: number, to: number): void;
  wrap(pass: number): void;
  /** Ends the rows of the grown tree's other leaves, when the code's work is done. */
  finishLeft(tree: number, leaf: number, noise: Uint32Array): void;
  /** `c` is K for a holder, whose `a` is empty. */
  take(): ReceiverOutput;
  /** Wipes and gives back; nothing else may be called afterwards. */
  close(): void;
}

/** No leaf: nothing of a tree is left out. */
export const WHOLE = 0x7fff_ffff;
const NO_NOISE = new Uint32Array(NODE_WORDS);

/** The expansions that run on `open`. */
export function silentVole(open: OpenExpansion): SilentVole {
  return {
    open,
    *expandHolder(input) {
      const { plan } = input;
      const expansion = open(plan, expansionKeys(plan, input.context), 'holder');
      const treeMessage = new Uint8Array(plan.treeMessageBytes);
      const part = plan.treeMessageBytes / plan.treeCount;
      try {
        const code = new RunningCode(expansion, plan);
        yield* growHolderTrees(expansion, input, rightTrees(plan), (tree, message) => {
          treeMessage.set(message, part * tree);
          expansion.placeRight(tree, WHOLE, NO_NOISE);
          code.follow(tree);
        });
        yield* code.finish();
        yield* growHolderTrees(expansion, input, leftTrees(plan), (tree, message) => {
          treeMessage.set(message, part * tree);
          expansion.finishLeft(tree, WHOLE, NO_NOISE);
        });
        return { treeMessage, k: expansion.take().c };
      } finally {
        expansion.close();
      }
    },
    *expandReceiver(input) {
      const { plan } = input;
      const expansion = open(plan, expansionKeys(plan, input.context), 'receiver');
      try {
        const code = new RunningCode(expansion, plan);
        yield* growReceiverTrees(expansion, input, rightTrees(plan), (tree, leaf, noise) => {
          expansion.placeRight(tree, leaf, noise);
          code.follow(tree);
        });
        yield* code.finish();
        yield* growReceiverTrees(expansion, input, leftTrees(plan), (tree, leaf, noise) =>
          expansion.finishLeft(tree, leaf, noise),
        );
        return expansion.take();
      } finally {
        expansion.close();
      }
    },
  };
}

/** The code's passes: the first follows the trees, so that it finds their leaves in the cache. */
class RunningCode {
  readonly #expansion: Expansion;
  readonly #plan: SilentVolePlan;
  #followed = 0;

  constructor(expansion: Expansion, plan: SilentVolePlan) {
    this.#expansion = expansion;
    this.#plan = plan;
  }

  /** The first pass as far as the leaves of `tree` reach, in steps of what a block of the public stream gives. */
  follow(tree: number): void {
    const { tree: shape, rows, parity } = this.#plan;
    const reached = (tree + 1) * shape.leaves - rows;
    const to = reached === parity ? parity : reached - (reached % STREAM_BLOCK_WORDS);
    this.#expansion.convolve(0, this.#followed, to);
    this.#followed = to;
  }

  *finish(): Steps<void> {
    const { parity } = this.#plan;
    const { positions } = this.#expansion.pace;
    this.#expansion.wrap(0);
    for (let from = 0; from < parity; from += positions) {
      this.#expansion.convolve(1, from, Math.min(from + positions, parity));
      yield;
    }
    this.#expansion.wrap(1);
  }
}

/** Trees [from, to). */
export interface TreeRange {
  readonly from: number;
  readonly to: number;
}

export function allTrees(plan: SilentVolePlan): TreeRange {
  return { from: 0, to: plan.treeCount };
}

/**
 * The right leaves come first: the code works on them, and then each row is ended while its own leaf is at hand. A tree
 * that has leaves of both kinds is grown twice.
 */
function rightTrees({ rows, tree, treeCount }: SilentVolePlan): TreeRange {
  return { from: Math.floor(rows / tree.leaves), to: treeCount };
}

function leftTrees({ rows, tree }: SilentVolePlan): TreeRange {
  return { from: 0, to: Math.ceil(rows / tree.leaves) };
}

/** Grows trees of a holder, and calls `grown` after each, with its message for the receiver. */
export function* growHolderTrees(
  expansion: Expansion,
  { plan, context, seed, baseK, otPairs }: HolderInput,
  { from, to }: TreeRange,
  grown: (tree: number, message: Uint8Array) => void,
): Steps<void> {
  requireLength(seed, HOLDER_SEED_BYTES, 'seed');
  requireLength(baseK, baseBytes(plan), 'base VOLE');
  requireLength(otPairs, 2 * NODE_BYTES * plan.otCount, 'keys of transfers');
  const roots = asWords(new Prg(seed, context, 'silent-vole roots').bytes(NODE_BYTES * plan.treeCount));
  const bases = asWords(baseK.slice());
  const pairs = asWords(otPairs.slice());
  const shape = plan.tree;
  const stride = 2 * NODE_WORDS;
  for (let tree = from; tree < to; tree++) {
    const words = pairs.subarray(stride * tree * shape.pathBits, stride * (tree + 1) * shape.pathBits);
    const zeros = expansion.pads(tree, { words, first: 0, stride }).slice();
    const ones = expansion.pads(tree, { words, first: NODE_WORDS, stride }).slice();
    const sums = expansion.grow(tree, roots.subarray(NODE_WORDS * tree, NODE_WORDS * (tree + 1)));
    const tau = bases.slice(NODE_WORDS * tree, NODE_WORDS * (tree + 1));
    addNodes(tau, lastSums(shape, sums));
    grown(tree, concatBytes(asBytes(sealSums(shape, sums, [zeros, ones])), asBytes(tau)));
    if (pausesAfter(expansion, plan, tree)) yield;
  }
  roots.fill(0);
}

/** Grows trees of a receiver, and calls `grown` after each: which leaf the noise replaces, and its value (4 words). */
export function* growReceiverTrees(
  expansion: Expansion,
  input: ReceiverInput,
  { from, to }: TreeRange,
  grown: (tree: number, leaf: number, noise: Uint32Array) => void,
): Steps<void> {
  const { plan, choices, otKeys, treeMessage, baseA, baseC } = input;
  const shape = plan.tree;
  const leaves = puncturedLeaves(plan, choices);
  requireLength(otKeys, NODE_BYTES * plan.otCount, 'keys of transfers');
  requireLength(treeMessage, plan.treeMessageBytes, 'tree message');
  requireLength(baseA, baseABytes(plan), 'base VOLE');
  requireLength(baseC, baseBytes(plan), 'base VOLE');
  const messageWords = (shape.messageRows + 1) * NODE_WORDS;
  const message = asWords(treeMessage.slice());
  const keys = asWords(otKeys.slice());
  const bases = asWords(baseC.slice());
  const noiseWords = fieldBytes(plan.field) / 4;
  const noises = asWords(baseA.slice());
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
    const noise = new Uint32Array(NODE_WORDS);
    noise.set(noises.subarray(noiseWords * tree, noiseWords * (tree + 1)));
    grown(tree, leaves[tree], noise);
    if (pausesAfter(expansion, plan, tree)) yield;
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

function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new RangeError(`Cannot expand VOLE: ${what} has a wrong length`);
}
