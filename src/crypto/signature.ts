/** Ed25519 (RFC 8032) on @noble/curves, behind the `Signer` port: an institution's signing identity. */
import { ed25519 } from '@noble/curves/ed25519.js';
import type { Rng } from './rng.ts';

export const SIGNATURE_BYTES = 64;
export const SIGNING_KEY_BYTES = 32;

/** Signs as one party. Implementations keep the private key to themselves. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Tells whether `signature` is `publicKey`'s on `message`; never throws or rejects. */
export type Verifier = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
) => boolean | Promise<boolean>;

/** A fresh Ed25519 identity. */
export function ed25519Signer(rng: Rng): Signer {
  const secret = rng(32);
  return {
    publicKey: ed25519.getPublicKey(secret),
    sign: (message) => ed25519.sign(message, secret),
  };
}

/** Strict Ed25519 verification (RFC 8032; no ZIP 215 leniency). */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
