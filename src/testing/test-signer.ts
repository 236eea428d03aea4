/** A hash in place of a signature: anyone can forge it. Makes thousands of test runs affordable. */
import { concatBytes, equalBytes } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { Rng } from '../crypto/rng.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';

function forgeable(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return concatBytes(hashTuple('test-signature', publicKey, message), new Uint8Array(32));
}

/** With a random public key of 32 bytes and signatures of 64, which anyone can forge. */
export function insecureTestSigner(rng: Rng): Signer {
  const publicKey = rng(32);
  return { publicKey, sign: (message) => forgeable(publicKey, message) };
}

/** Takes what `insecureTestSigner` signed, and whatever else anyone forged. */
export const insecureTestVerifier: Verifier = (signature, message, publicKey) =>
  equalBytes(signature, forgeable(publicKey, message));
