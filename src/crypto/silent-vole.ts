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
import { CODE_KEY_BYTES, STREAM_BLOCK_WORDS } from './expand-convolute.ts';
import { type Expansion, type OpenExpansion, WHOLE } from './expansion.ts';
import { SEED_BYTES } from './prg.ts';
import { expansionKeys, type SilentVolePlan } from './silent-vole-plan.ts';
import type { Steps } from './steps.ts';
import { growHolderTrees, growReceiverTrees, type TreeRange } from './vole-trees.ts';

export const HOLDER_SEED_BYTES: number = SEED_BYTES;
/** A holder's vector has no noise. */
const NO_NOISE = new Uint32Array(4);

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

export interface WeighedRows {
  /** n x rowBytes. */
  readonly rows: Uint8Array;
  /** 8 or 16: elements of GF(2^64) or GF(2^128). */
  readonly rowBytes: number;
  /** 32 public bytes: the weight of row i are words 3 i to 3 i + 2 of stream 0 under them, the first ones of an element. */
  readonly key: Uint8Array;
}

/** n. @throws RangeError */
export function countWeighed({ rows, rowBytes, key }: WeighedRows): number {
  const count = rows.length / rowBytes;
  if (!Number.isInteger(count) || key.length !== CODE_KEY_BYTES) {
    throw new RangeError('Cannot weigh rows: their bytes, or those of the key, have a wrong length');
  }
  return count;
}

/** Of a row's weight. */
export const WEIGHT_WORDS = 3;

/** Both expansions, and what checks them; the reference or its twin in WebAssembly. */
export interface SilentVole {
  expandHolder(input: HolderInput): Steps<HolderOutput>;
  expandReceiver(input: ReceiverInput): Steps<ReceiverOutput>;
  /** The sum of all rows times public weights of 96 bits: 16 bytes. See vole-check.ts. */
  weigh(input: WeighedRows): Steps<Uint8Array>;
}

/** The expansions that run on `open`. */
export function silentVole(open: OpenExpansion): Omit<SilentVole, 'weigh'> {
  return {
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
      const expansion = open(input.plan, expansionKeys(input.plan, input.context), 'receiver');
      try {
        yield* fillReceiver(expansion, input);
        return expansion.take();
      } finally {
        expansion.close();
      }
    },
  };
}

/** All steps of a receiver's expansion. */
function* fillReceiver(expansion: Expansion, input: ReceiverInput): Steps<void> {
  const { plan } = input;
  const code = new RunningCode(expansion, plan);
  yield* growReceiverTrees(expansion, input, rightTrees(plan), (tree, leaf, noise) => {
    expansion.placeRight(tree, leaf, noise);
    code.follow(tree);
  });
  yield* code.finish();
  yield* growReceiverTrees(expansion, input, leftTrees(plan), (tree, leaf, noise) =>
    expansion.finishLeft(tree, leaf, noise),
  );
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
