/** The primitives of node:crypto (OpenSSL). ML-KEM is the portable one: Node 20 has none. */
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { concatBytes } from '../crypto/bytes.ts';
import { portablePrimitives } from './portable-primitives.ts';
import {
  type Aead,
  type AeadName,
  type Cipher,
  type KeyPair,
  KEY_BYTES,
  type Primitives,
  TAG_BYTES,
} from './primitives.ts';

/** RFC 8410: the DER that stands before the 32 bytes of an X25519 key in PKCS #8 and in SubjectPublicKeyInfo. */
const PRIVATE_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
const PUBLIC_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 0x21, 0);

function x25519KeyPair(secret: Uint8Array): KeyPair {
  if (secret.length !== KEY_BYTES) throw new RangeError('Cannot use key: wrong length');
  const der = Buffer.from(concatBytes(PRIVATE_PREFIX, secret));
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const encoded = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(encoded.subarray(PUBLIC_PREFIX.length)),
    agree(remotePublicKey) {
      if (remotePublicKey.length !== KEY_BYTES) throw new RangeError('Cannot use key: wrong length');
      const key = Buffer.from(concatBytes(PUBLIC_PREFIX, remotePublicKey));
      try {
        const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
        const secretBytes = Uint8Array.from(diffieHellman({ privateKey, publicKey }));
        return secretBytes.every((byte) => byte === 0) ? undefined : secretBytes;
      } catch {
        // OpenSSL refuses the all-zero secret, which only a low-order public key gives.
        return undefined;
      }
    },
  };
}

function platformAead(name: AeadName, algorithm: 'aes-256-gcm' | 'chacha20-poly1305'): Aead {
  // One type serves both: Node's declarations give every authenticated cipher its own overload.
  const cipherName = algorithm as 'chacha20-poly1305';
  const options = { authTagLength: TAG_BYTES };
  return {
    name,
    under: (key): Cipher => ({
      seal(nonce, associated, plaintext) {
        const cipher = createCipheriv(cipherName, key, nonce, options);
        if (associated.length > 0) cipher.setAAD(associated, { plaintextLength: plaintext.length });
        const body = cipher.update(plaintext);
        cipher.final();
        // Made without zeros; a plain Uint8Array: slices of a Buffer share its memory.
        const sealed = Buffer.concat([body, cipher.getAuthTag()]);
        return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length);
      },
      open(nonce, associated, sealed) {
        if (sealed.length < TAG_BYTES) return undefined;
        const bodyBytes = sealed.length - TAG_BYTES;
        const decipher = createDecipheriv(cipherName, key, nonce, options);
        if (associated.length > 0) decipher.setAAD(associated, { plaintextLength: bodyBytes });
        decipher.setAuthTag(sealed.subarray(bodyBytes));
        const plaintext = decipher.update(sealed.subarray(0, bodyBytes));
        try {
          decipher.final();
        } catch {
          return undefined;
        }
        return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
      },
    }),
  };
}

export const platformPrimitives: Primitives = {
  keyAgreement: x25519KeyPair,
  aeads: {
    AESGCM: platformAead('AESGCM', 'aes-256-gcm'),
    ChaChaPoly: platformAead('ChaChaPoly', 'chacha20-poly1305'),
  },
  kem: portablePrimitives.kem,
};
