/**
 * Consistency check of a silent VOLE, for a receiver whose holder may cheat in its trees.
 *
 * Source: the check of Weng, Yang, Katz, Wang, "Wolverine" (IEEE S&P 2021, eprint 2020/925, figure 7), of the rows that come
 * out instead of the leaves that go in. Sums run over all rows i; w_i are weights in GF(2^64), drawn from a challenge;
 * (A*, C*), K* is one more base VOLE over GF(2^128), for nothing else:
 *
 *     receiver, when it has expanded: picks the challenge; sends it and  d = A* + sum w_i A_i
 *     holder:                         sends  H(K* + d Delta + sum w_i K_i)
 *     receiver:                       compares with  H(C* + sum w_i C_i)
 *
 * With honest trees C_i = K_i + A_i Delta, and both are equal. Else the receiver's rows are C_i = K_i + A_i Delta + E_i, where E
 * follows from the tree message and the places of the noise: it was fixed before the weights were known. To answer, the holder
 * must name sum w_i E_i. For each E that it may guess, its weighted sum is that of another E with probability 2^-64, and it has
 * one try. If it passes, E is what it guessed, so that C_i = K'_i + A_i Delta for the K' = K + E that it knows: the rows are
 * those of an honest holder of K'. Errors of leaves that cancel out in all rows pass as well; nobody uses anything but rows.
 * A* hides the noise in d.
 *
 * What it does not give: a holder may send a message that is right for some places of the noise only. If it passes, the
 * places are among these; to learn s bits it risks being caught with probability 1 - 2^-s. The noise weight leaves room for
 * that, but once only: a failure must end the run, and destroy the base transfers. Holder and receiver must take the
 * challenge only after the tree message: the receiver picks it, and must do so then. With full trees (silent-vole-plan.ts)
 * the receiver's own deviations change its outputs only. That base VOLEs are consistent is the business of the protocol
 * that makes them.
 *
 * Nothing may be done with what was expanded before the answer is there and right.
 *
 * Constant time in rows, noise and Delta: the weights are public, and only they choose places in tables.
 */
import { asBytes, asWords, u32le } from './bytes.ts';
import { fieldBytes, GF128_BYTES, multiplyGf128, timesY, type VoleField } from './gf2.ts';
import { hashTuple } from './hash.ts';
import { type Secrets, wiping } from './secrets.ts';
import type { ReceiverInput, ReceiverOutput, SilentVole } from './silent-vole.ts';
import type { SilentVolePlan } from './silent-vole-plan.ts';
import type { Steps } from './steps.ts';

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

/** What the holder expanded. */
export interface HolderRows {
  readonly plan: SilentVolePlan;
  readonly context: Uint8Array;
  /** length x 16 bytes. */
  readonly k: Uint8Array;
}

/** The holder's answer: 32 bytes. */
export function* answerCheck(
  vole: Pick<SilentVole, 'weigh'>,
  { plan, context, k }: HolderRows,
  check: HolderCheck,
): Steps<Uint8Array> {
  const key = weightKey(check.challenge, context);
  const shift = multiplyGf128(check.masked, check.delta);
  const weighed = yield* vole.weigh({ rows: k, rowBytes: GF128_BYTES, key });
  return digest(plan, context, sum(joined(plan, check.baseK), shift, weighed));
}

export interface CheckedOutput extends ReceiverOutput {
  /** What the receiver sends with its challenge: 16 bytes. */
  readonly masked: Uint8Array;
  /** The answer that it must get before it uses anything else of this: 32 bytes. */
  readonly expected: Uint8Array;
}

/** The receiver's expansion with its part of the check. */
export function expandChecked(vole: SilentVole, input: ReceiverInput, check: ReceiverCheck): Steps<CheckedOutput> {
  return wiping((secrets) => expandAndAsk(vole, { input, check, secrets }));
}

interface Asked {
  readonly input: ReceiverInput;
  readonly check: ReceiverCheck;
  readonly secrets: Secrets;
}

function* expandAndAsk(vole: SilentVole, { input, check, secrets }: Asked): Steps<CheckedOutput> {
  const { plan, context } = input;
  const key = weightKey(check.challenge, context);
  const own = joined(plan, check.baseC);
  // One base VOLE over GF(2^128), or the two halves of one.
  if (check.baseA.length !== GF128_BYTES) throw new RangeError('Cannot check VOLE: base VOLE has a wrong length');
  const { a, c } = yield* vole.expandReceiver(input);
  for (const vector of [a, c]) secrets.hold(vector);
  const masked = sum(check.baseA, yield* vole.weigh({ rows: a, rowBytes: fieldBytes(plan.field), key }));
  const expected = digest(plan, context, sum(own, yield* vole.weigh({ rows: c, rowBytes: GF128_BYTES, key })));
  return { a: secrets.pass(a), c: secrets.pass(c), masked, expected };
}

/** C0 + C1 y of the two base VOLEs whose first components are the halves of one; a single one as it is. */
function joined({ field }: SilentVolePlan, base: Uint8Array): Uint8Array {
  if (base.length !== checkBaseLength(field) * GF128_BYTES) {
    throw new RangeError('Cannot check VOLE: base VOLE has a wrong length');
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
  if (challenge.length !== CHALLENGE_BYTES) throw new RangeError('Cannot check VOLE: challenge is not 32 bytes');
  return hashTuple('silent-vole weights', challenge, context);
}

function digest(plan: SilentVolePlan, context: Uint8Array, value: Uint8Array): Uint8Array {
  return hashTuple('silent-vole check', context, u32le(plan.length), value);
}
