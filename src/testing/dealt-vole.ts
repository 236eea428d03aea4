/** Base VOLEs and transfers from a dealer that knows all: for tests and benches of what is built on them, never for a run. */
import { concatBytes } from '../crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, referenceGf2, scaleRows } from '../crypto/gf2.ts';
import type { Rng } from '../crypto/rng.ts';
import { HOLDER_SEED_BYTES, type HolderInput, type ReceiverInput } from '../crypto/silent-vole.ts';
import { baseABytes, baseBytes, silentVoleChoices, type SilentVolePlan } from '../crypto/silent-vole-plan.ts';
import { finish } from '../crypto/steps.ts';
import { CHALLENGE_BYTES, checkBaseLength, type HolderCheck, type ReceiverCheck } from '../crypto/vole-check.ts';

export interface DealtVole {
  readonly delta: Uint8Array;
  readonly holder: HolderInput;
  /** All but the tree message. */
  readonly receiver: Omit<ReceiverInput, 'treeMessage'>;
  readonly receiverCheck: ReceiverCheck;
  /** All but what the receiver sends. */
  readonly holderCheck: Omit<HolderCheck, 'masked'>;
}

/** Matching inputs for both parties of a silent VOLE. */
export function insecureDealtVole(plan: SilentVolePlan, rng: Rng): DealtVole {
  const delta = rng(GF128_BYTES);
  const context = rng(32);
  const choices = silentVoleChoices(plan, rng);
  const otPairs = rng(2 * 16 * plan.otCount);
  const base = dealBase(plan, delta, rng(baseABytes(plan)), rng(baseBytes(plan)));
  const checkBytes = checkBaseLength(plan.field) * GF128_BYTES;
  const check = dealBase(plan, delta, rng(GF128_BYTES), rng(checkBytes));
  const challenge = rng(CHALLENGE_BYTES);
  return {
    delta,
    holder: { plan, context, seed: rng(HOLDER_SEED_BYTES), baseK: base.k, otPairs },
    receiver: { plan, context, choices, otKeys: chosenKeys(otPairs, choices), baseA: base.a, baseC: base.c },
    receiverCheck: { challenge, baseA: check.a, baseC: check.c },
    holderCheck: { challenge, delta, baseK: check.k },
  };
}

/** C = A Delta + K. */
function dealBase({ field }: SilentVolePlan, delta: Uint8Array, a: Uint8Array, k: Uint8Array) {
  if (a.length / fieldBytes(field) !== k.length / GF128_BYTES) throw new RangeError('Cannot deal: lengths differ');
  const c = finish(scaleRows(referenceGf2, { field, rows: a, delta }));
  for (let i = 0; i < c.length; i++) c[i] ^= k[i];
  return { a, c, k };
}

function chosenKeys(pairs: Uint8Array, choices: Uint8Array): Uint8Array {
  return concatBytes(
    ...Array.from(choices, (choice, i) => pairs.subarray(16 * (2 * i + choice), 16 * (2 * i + choice + 1))),
  );
}
