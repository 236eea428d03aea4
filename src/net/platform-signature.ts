/**
 * Ed25519 (RFC 8032) by node:crypto (OpenSSL): the same bytes as the plain reference in src/crypto/signature.ts, in a
 * fiftieth of its time. A party signs and checks dozens of times in a run.
 */
import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { concatBytes, toHex } from '../crypto/bytes.ts';
import { SIGNATURE_BYTES, type Signer, SIGNING_KEY_BYTES, type Verifier } from '../crypto/signature.ts';

/** RFC 8410: the DER that stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo. */
const PRIVATE_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);
const PUBLIC_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0);

/** Signs with a secret key of 32 bytes, which it copies into memory of OpenSSL. */
export function platformSigner(secret: Uint8Array): Signer {
  if (secret.length !== SIGNING_KEY_BYTES) throw new RangeError('Cannot use key: wrong length');
  const der = Buffer.from(concatBytes(PRIVATE_PREFIX, secret));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const encoded = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(encoded.subarray(PUBLIC_PREFIX.length)),
    sign: (message) => Uint8Array.from(sign(null, message, key)),
  };
}

/** All encodings of points of order 1, 2, 4 and 8, canonical or not, without the sign bit (libsodium has the same list). */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

export const platformVerify: Verifier = (signature, message, publicKey) => {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== SIGNING_KEY_BYTES) return false;
  // OpenSSL takes them, and one signature then fits every message: whoever has such a key could deny all it signed.
  if (SMALL_ORDER.has(withoutSign(publicKey))) return false;
  try {
    return verify(null, message, publicKeyOf(publicKey), signature);
  } catch {
    // Bytes that are no key.
    return false;
  }
};

function withoutSign(publicKey: Uint8Array): string {
  return toHex(publicKey.with(31, publicKey[31] & 0x7f));
}

/** A node checks signatures of its peers; to parse a key takes three times as long as to check a signature with it. */
const parsed = new Map<string, KeyObject>();
const MOST_PARSED = 256;

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const name = toHex(bytes);
  const before = parsed.get(name);
  if (before !== undefined) return before;
  const key = createPublicKey({ key: Buffer.from(concatBytes(PUBLIC_PREFIX, bytes)), format: 'der', type: 'spki' });
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(name, key);
  return key;
}
