/** The primitives that a Noise handshake is made of, as ports: a platform and a portable implementation exist of each. */
import type { Rng } from '../crypto/rng.ts';

export const KEY_BYTES = 32;
export const TAG_BYTES = 16;

/** An authenticated cipher under one key. Nonces are the 12 bytes of the cipher, already encoded. */
export interface Cipher {
  /** Ciphertext and 16-byte tag; the caller owns it, and the plaintext's buffer again. */
  seal(nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when the tag does not fit or the input is shorter than a tag. */
  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export interface Aead {
  /** As in a Noise protocol name. */
  readonly name: AeadName;
  under(key: Uint8Array): Cipher;
}

export type AeadName = 'AESGCM' | 'ChaChaPoly';

/** A key pair that keeps its secret to itself; a hardware module can stand behind it. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  /** The shared secret, or undefined where RFC 7748 §6.1 asks for an abort: it is all zero. */
  agree(remotePublicKey: Uint8Array): Uint8Array | undefined;
}

/** X25519 (RFC 7748): the key pair of a 32-byte secret. */
export type KeyAgreement = (secret: Uint8Array) => KeyPair;

/** A key encapsulation mechanism, with its randomness from the caller. */
export interface Kem {
  readonly publicKeyBytes: number;
  readonly ciphertextBytes: number;
  keyPair(rng: Rng): KemKeyPair;
  /** undefined when the public key is none. */
  encapsulate(
    publicKey: Uint8Array,
    rng: Rng,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined;
}

export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  /** Never fails: a ciphertext that was not made for this key gives an unrelated secret (FIPS 203 §6.3). */
  decapsulate(ciphertext: Uint8Array): Uint8Array;
}

export interface Primitives {
  readonly keyAgreement: KeyAgreement;
  readonly aeads: Readonly<Record<AeadName, Aead>>;
  readonly kem: Kem;
}
