/**
 * The primitives on @noble, for browsers and as the reference of the platform's. X25519 (RFC 7748), AES-256-GCM (NIST
 * SP 800-38D), ChaCha20-Poly1305 (RFC 8439), ML-KEM-768 (FIPS 203).
 *
 * Does not protect against an observer of this machine's caches and timing: table-driven AES and bigint arithmetic are
 * not constant-time in JavaScript. Node uses the platform's, except for ML-KEM, which Node 20 does not have.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import {
  type Aead,
  type AeadName,
  type Cipher,
  type Kem,
  type KeyPair,
  type Primitives,
  TAG_BYTES,
} from './primitives.ts';

/** Seed d ‖ z of key generation and message m of encapsulation (FIPS 203 §7.1, §7.2). */
const KEM_SEED_BYTES = 64;
const KEM_MESSAGE_BYTES = 32;

const mlKem768: Kem = {
  publicKeyBytes: 1184,
  ciphertextBytes: 1088,
  keyPair(rng) {
    const { publicKey, secretKey } = ml_kem768.keygen(rng(KEM_SEED_BYTES));
    return { publicKey, decapsulate: (ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey) };
  },
  encapsulate(publicKey, rng) {
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, rng(KEM_MESSAGE_BYTES));
      return { ciphertext: cipherText, secret: sharedSecret };
    } catch {
      // FIPS 203 §7.2: a key with a coefficient of q or more. The library reports it, and only it, by throwing.
      return undefined;
    }
  },
};

function x25519KeyPair(secret: Uint8Array): KeyPair {
  return {
    publicKey: x25519.getPublicKey(secret),
    agree(remotePublicKey) {
      try {
        return x25519.getSharedSecret(secret, remotePublicKey);
      } catch {
        // The library throws on the all-zero secret, which only a low-order public key gives.
        return undefined;
      }
    },
  };
}

type NobleAead = (
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
) => {
  encrypt(plaintext: Uint8Array): Uint8Array;
  decrypt(sealed: Uint8Array): Uint8Array;
};

function portableAead(name: AeadName, aead: NobleAead): Aead {
  return {
    name,
    under: (key): Cipher => ({
      seal: (nonce, associated, plaintext) => aead(key, nonce, associated).encrypt(plaintext),
      open(nonce, associated, sealed) {
        if (sealed.length < TAG_BYTES) return undefined;
        try {
          return aead(key, nonce, associated).decrypt(sealed);
        } catch {
          return undefined;
        }
      },
    }),
  };
}

export const portablePrimitives: Primitives = {
  keyAgreement: x25519KeyPair,
  aeads: { AESGCM: portableAead('AESGCM', gcm), ChaChaPoly: portableAead('ChaChaPoly', chacha20poly1305) },
  kem: mlKem768,
};
