/** A known answer for both expansions and their check: the digest that the reference gives, which a test holds against it. */
import { toHex } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { HolderInput, ReceiverInput, SilentVole } from '../crypto/silent-vole.ts';
import { baseABytes, baseBytes, planWithTrees, silentVoleChoices } from '../crypto/silent-vole-plan.ts';
import { finish } from '../crypto/steps.ts';
import { answerCheck, expandChecked } from '../crypto/vole-check.ts';
import { fixedBytes } from './self-test-bytes.ts';

const EXPECTED = 'a2ba8b48a6bdcc50afd09e36ab59616ca1a53fc02a667d10b59c681b30d1dfa8';

export function passesVoleSelfTest(vole: SilentVole): boolean {
  return selfTestDigest(vole) === EXPECTED;
}

/** Digest of all outputs for fixed inputs and a few trees; the last block of rows is not full. */
export function selfTestDigest(vole: SilentVole): string {
  const plan = planWithTrees(301, 'gf64', 4);
  const context = fixedBytes(32);
  const holder: HolderInput = {
    plan,
    context,
    seed: fixedBytes(32),
    baseK: fixedBytes(baseBytes(plan)),
    otPairs: fixedBytes(32 * plan.otCount),
  };
  const { treeMessage, k } = finish(vole.expandHolder(holder));
  const choices = silentVoleChoices(plan, fixedBytes);
  const receiver: ReceiverInput = {
    plan,
    context,
    choices,
    otKeys: chosenKeys(holder.otPairs, choices),
    treeMessage,
    baseA: fixedBytes(baseABytes(plan)),
    baseC: fixedBytes(baseBytes(plan)),
  };
  const challenge = fixedBytes(32);
  const own = { challenge, baseA: fixedBytes(16), baseC: fixedBytes(32) };
  const { a, c, masked, expected } = finish(expandChecked(vole, receiver, own));
  const answer = finish(
    answerCheck(vole, { plan, context, k }, { challenge, masked, delta: fixedBytes(16), baseK: fixedBytes(32) }),
  );
  return toHex(hashTuple('silent-vole self-test', treeMessage, k, a, c, masked, expected, answer));
}

function chosenKeys(pairs: Uint8Array, choices: Uint8Array): Uint8Array {
  const keys = new Uint8Array(16 * choices.length);
  for (const [i, choice] of choices.entries())
    keys.set(pairs.subarray(16 * (2 * i + choice), 16 * (2 * i + choice + 1)), 16 * i);
  return keys;
}
