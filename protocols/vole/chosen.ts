/**
 * A VOLE of a vector that the receiver chooses. After a random one, C = A Delta + K, it sends D = A + P, which hides P; the
 * holder's K' = K + D Delta makes it one of P, since C = P Delta + K'.
 */
import { fieldBytes, type VoleField } from '../../src/crypto/gf2.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { gf2Kernel } from '../../src/kernels/gf2.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import type { Message } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { type VolePlan, voleRounds } from './plan.ts';
import { type HeldVole, type Vole, voleHold } from './roles.ts';

export interface ChosenInput {
  readonly field: VoleField;
  /** K, n x 16 bytes: where K' goes. */
  readonly into: Uint8Array;
  /** D: n x 8 or 16 bytes. */
  readonly differences: Uint8Array;
  readonly delta: Uint8Array;
}

/** K'. Overwrites `into` and gives it: the job always runs in its caller's thread. */
export const chosenJob: Job<ChosenInput, Uint8Array> = defineJob(
  'vole/chosen',
  function* ({ field, into, differences, delta }): Steps<Uint8Array> {
    yield* gf2Kernel().addScaledRows(into, { field, rows: differences, delta });
    return into;
  },
  { inPlace: () => true },
);

/** The holder's part: Delta and K'. `message` carries D, in the caller's channel. */
export async function voleHoldChosen(
  io: Io,
  receiver: PartyId,
  vole: Vole,
  message: Message<Uint8Array, number>,
): Promise<HeldVole> {
  const { delta, k } = await voleHold(io, receiver, vole);
  const { field, length } = vole;
  const differences = await io.from(receiver).recv(message, length * fieldBytes(field));
  return { delta, k: await io.compute(chosenJob, { field, into: k, differences, delta }) };
}

/**
 * Messages that wait for each other in a run that the receiver begins: the holder starts when its first message has come. D
 * follows the base VOLEs at once where those are the whole; an expansion ends with the holder's message.
 */
export function voleChosenRounds(plan: VolePlan): number {
  return 1 + voleRounds(plan) + (plan.silent === undefined ? 0 : 1);
}
