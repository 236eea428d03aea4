/**
 * Consistency check of the trees of a silent VOLE, for a receiver whose holder may cheat.
 *
 * Source: the single-point VOLE of Weng, Yang, Katz, Wang, "Wolverine" (IEEE S&P 2021, eprint 2020/925, figure 7), batched
 * over all trees as in libOTe's SilentVole. Sums run over all N leaves m; w_m are weights in GF(2^64), drawn from a
 * challenge; (A*, C*), K* is one more base VOLE over GF(2^128), for nothing else:
 *
 *     receiver, holding the tree message: picks the challenge; sends it and  d = A* + sum w_m e_m
 *     holder:                             sends  H(K* + d Delta + sum w_m K_m)
 *     receiver:                           compares with  H(C* + sum w_m C_m)
 *
 * With honest trees C_m = K_m + e_m Delta, and both are equal. A holder whose message makes the receiver's C_m differ from
 * every such vector has fixed the differences before the weights are known; their weighted sum is zero, or a value that it
 * can name, with probability 2^-64 for each guess of what it does not know, and it has one try. A* hides the noise in d.
 *
 * What it does not give: a holder may send a message that is right for some places of the noise only. If it passes, the
 * places are among these; to learn s bits it risks being caught with probability 1 - 2^-s. The noise weight leaves room for
 * that, but once only: a failure must end the run, and destroy the base transfers. Holder and receiver must take the
 * challenge only after the tree message: the receiver picks it, and must do so then. With full trees (silent-vole-plan.ts)
 * the receiver's own deviations change its outputs only. That base VOLEs are consistent is the business of the protocol
 * that makes them.
 *
 * The receiver's part is one with its expansion, which has each tree at hand once; only then does it send its challenge,
 * and nothing may be done with what was expanded before the answer is there and right. The holder grows its trees again:
 * to keep them would take twice the memory of its vector.
 *
 * Constant time in leaves, noise and Delta: the weights are public, and only they choose places in tables.
 */
import { asBytes, asWords, u32le } from './bytes.ts';
import { type Expansion, WHOLE } from './expansion.ts';
import { fieldBytes, GF128_BYTES, multiplyGf128, sumOfMultiples, timesY, type VoleField } from './gf2.ts';
import { hashTuple } from './hash.ts';
import {
  fillReceiver,
  type HolderInput,
  type ReceiverInput,
  type ReceiverOutput,
  type SilentVole,
} from './silent-vole.ts';
import { expansionKeys, type SilentVolePlan } from './silent-vole-plan.ts';
import type { Steps } from './steps.ts';
import { allTrees, growHolderTrees } from './vole-trees.ts';

export const CHALLENGE_BYTES = 32;

/** Base VOLEs of the field that the check takes besides those of the plan: together one over GF(2^128). */
export function checkBaseLength(field: VoleField): number {
  return GF128_BYTES / fieldBytes(field);
}

export interface HolderCheck {
  /** 32 bytes, from the receiver, after the tree message. */
  readonly challenge: Uint8Array;
  /** 16 bytes, from the receiver. */
  readonly masked: Uint8Array;
  readonly delta: Uint8Array;
  /** checkBaseLength x 16 bytes. */
  readonly baseK: Uint8Array;
}

export interface ReceiverCheck {
  /** 32 fresh random bytes, drawn after the tree message came. */
  readonly challenge: Uint8Array;
  /** 16 bytes: checkBaseLength elements of the field. */
  readonly baseA: Uint8Array;
  /** checkBaseLength x 16 bytes. */
  readonly baseC: Uint8Array;
}

/** The holder's answer: 32 bytes. Its `input` is that of the expansion; the trees are grown again. */
export function* answerCheck(vole: SilentVole, input: HolderInput, check: HolderCheck): Steps<Uint8Array> {
  const { plan, context } = input;
  const expansion = vole.open(plan, expansionKeys(plan, context), 'trees');
  try {
    const key = weightKey(check.challenge, context);
    yield* growHolderTrees(expansion, input, allTrees(plan), (tree) => void expansion.fold(tree, WHOLE, key));
    const shift = multiplyGf128(check.masked, check.delta);
    return digest(plan, context, sum(joined(plan, check.baseK), shift, foldedSum(expansion)));
  } finally {
    expansion.close();
  }
}

export interface CheckedOutput extends ReceiverOutput {
  /** What the receiver sends with its challenge: 16 bytes. */
  readonly masked: Uint8Array;
  /** The answer that it must get before it uses anything else of this: 32 bytes. */
  readonly expected: Uint8Array;
}

/** The receiver's expansion with its part of the check. */
export function* expandChecked(vole: SilentVole, input: ReceiverInput, check: ReceiverCheck): Steps<CheckedOutput> {
  const { plan, context } = input;
  const key = weightKey(check.challenge, context);
  const own = joined(plan, check.baseC);
  // One base VOLE over GF(2^128), or the two halves of one.
  let masked: Uint8Array = check.baseA.slice();
  if (masked.length !== GF128_BYTES) throw new RangeError('Cannot prepare check: base VOLE has a wrong length');
  const expansion = vole.open(plan, expansionKeys(plan, context), 'receiver');
  try {
    yield* fillReceiver(expansion, input, (tree, leaf, noise) => {
      const weight = expansion.fold(tree, leaf, key);
      masked = sum(masked, multiplyGf128(asBytes(weight), asBytes(noise)));
    });
    const expected = digest(plan, context, sum(own, foldedSum(expansion)));
    return { ...expansion.take(), masked, expected };
  } finally {
    expansion.close();
  }
}

/** Sum of all leaves times their weights. */
function foldedSum(expansion: Expansion): Uint8Array {
  return sumOfMultiples(expansion.folded());
}

/** C0 + C1 y of the two base VOLEs whose first components are the halves of one; a single one as it is. */
function joined({ field }: SilentVolePlan, base: Uint8Array): Uint8Array {
  if (base.length !== checkBaseLength(field) * GF128_BYTES) {
    throw new RangeError('Cannot check trees: base VOLE has a wrong length');
  }
  if (field === 'gf128') return base;
  return sum(base.subarray(0, GF128_BYTES), asBytes(timesY(asWords(base.slice(GF128_BYTES)))));
}

function sum(...elements: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(GF128_BYTES);
  for (const element of elements) for (let i = 0; i < GF128_BYTES; i++) out[i] ^= element[i];
  return out;
}

function weightKey(challenge: Uint8Array, context: Uint8Array): Uint8Array {
  if (challenge.length !== CHALLENGE_BYTES) throw new RangeError('Cannot check trees: challenge is not 32 bytes');
  return hashTuple('silent-vole weights', challenge, context);
}

function digest(plan: SilentVolePlan, context: Uint8Array, value: Uint8Array): Uint8Array {
  return hashTuple('silent-vole check', context, u32le(plan.length), value);
}
