/** Ed25519 as a job: a run of ten parties checks dozens of signatures, milliseconds each in the plain reference. */
import type { Steps } from '../crypto/steps.ts';
import { type Verifier, verifyEd25519 } from '../crypto/signature.ts';
import { type Compute, defineJob, type Job } from './compute.ts';

export function verifyWith(compute: Compute): Verifier {
  return (signature, message, publicKey) => compute.run(verifyJob, { signature, message, publicKey }, NEVER);
}

/** A check of a few milliseconds is not worth cancelling. */
const NEVER = new AbortController().signal;

export const verifyJob: Job<
  { readonly signature: Uint8Array; readonly message: Uint8Array; readonly publicKey: Uint8Array },
  boolean
> = defineJob('kit/verify', function* ({ signature, message, publicKey }): Steps<boolean> {
  yield;
  return verifyEd25519(signature, message, publicKey);
});
