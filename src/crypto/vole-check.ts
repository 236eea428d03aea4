/**
 * Consistency check of a silent VOLE, for a receiver whose holder may cheat in its trees.
 *
 * Source: the check of Weng, Yang, Katz, Wang, "Wolverine" (IEEE S&P 2021, eprint 2020/925, figure 7), of the rows that come
 * out instead of the leaves that go in. Sums run over all rows i; weights w_i are 96 random bits, the first of an element of
 * GF(2^128), drawn from a challenge; (A*, C*), K* is one more base VOLE over GF(2^128), for nothing else:
 *
 *     receiver, holding the tree message: picks a challenge; expands; sends it and  d = A* + sum w_i A_i
 *     holder:                             sends  H(K* + d Delta + sum w_i K_i)
 *     receiver:                           compares with  H(C* + sum w_i C_i)
 *
 * With honest trees C_i = K_i + A_i Delta, and both are equal. Else the receiver's rows are C_i = K_i + A_i Delta + E_i, where E
 * is a function of the places alpha of the noise alone, fixed before the weights; of alpha the holder has seen nothing, as A* hides
 * sum w_i A_i in d. Its answer names a value v, and passes if and only if alpha is in S = {alpha : sum w_i E_i(alpha) = v}: it
 * learns that, and is caught with probability 1 - Pr[S]. It may choose v when it knows w. Except for a subset of weight 2^-48 at most,
 * in expectation over w, all alpha in S have the same E, the likeliest: if b is the weight of S and m that of this E, (b - m)^2 is at most the
 * weight of pairs E, E' that differ and have equal sums, which is 2^-96 as w_i (E_i - E'_i) takes 2^96 values. Then
 * C_i = K'_i + A_i Delta for the K' = K + E that the holder knows: the rows of an honest holder of K'. In the rest some rows are
 * those of another E, which it cannot tell. Errors of leaves that are zero in all rows are E = 0; nobody uses anything but rows.
 *
 * What it does not give: to learn that alpha is in a set S of placements of all trees, a holder risks being caught with 1 - Pr[S].
 * The bias of every linear test (silent-vole-plan.ts) grows by 1 / Pr[S] at most, and so does the chance to guess noiseless
 * entries: s bits learned cost s of the 128 that the noise has. But once only: a failure must end the run, and destroy the
 * base transfers. The challenge must be unknown to the holder before it sends its tree message. With full trees
 * (silent-vole-plan.ts) the receiver's own deviations change its outputs only; with another d it gets a hash to test guesses of
 * Delta against, as it has with every value. That base VOLEs are consistent is the business of the protocol that makes them.
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
export function answerCheck(vole: Pick<SilentVole, 'weigh'>, rows: HolderRows, check: HolderCheck): Steps<Uint8Array> {
  return wiping(function* (secrets) {
    const { plan, context, k } = rows;
    if (k.length !== plan.length * GF128_BYTES) throw new RangeError('Cannot check VOLE: K has a wrong length');
    const key = weightKey(check.challenge, context);
    const shift = secrets.hold(multiplyGf128(check.masked, check.delta));
    const own = secrets.hold(joined(plan, check.baseK));
    const weighed = secrets.hold(yield* vole.weigh({ rows: k, rowBytes: GF128_BYTES, key }));
    return digest(plan, context, secrets.hold(sum(own, shift, weighed)));
  });
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
  const own = secrets.hold(joined(plan, check.baseC));
  // One base VOLE over GF(2^128), or the two halves of one.
  if (check.baseA.length !== GF128_BYTES) throw new RangeError('Cannot check VOLE: base VOLE has a wrong length');
  const { a, c } = yield* vole.expandReceiver(input);
  for (const vector of [a, c]) secrets.hold(vector);
  const weighedA = secrets.hold(yield* vole.weigh({ rows: a, rowBytes: fieldBytes(plan.field), key }));
  const weighedC = secrets.hold(yield* vole.weigh({ rows: c, rowBytes: GF128_BYTES, key }));
  const masked = sum(check.baseA, weighedA);
  const expected = digest(plan, context, secrets.hold(sum(own, weighedC)));
  return { a: secrets.pass(a), c: secrets.pass(c), masked, expected };
}

/** C0 + C1 y of the two base VOLEs whose first components are the halves of one; a single one as it is. */
function joined({ field }: SilentVolePlan, base: Uint8Array): Uint8Array {
  if (base.length !== checkBaseLength(field) * GF128_BYTES) {
    throw new RangeError('Cannot check VOLE: base VOLE has a wrong length');
  }
  if (field === 'gf128') return base.slice();
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
