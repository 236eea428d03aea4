/**
 * Noise Protocol Framework, revision 34: cipher state (§5.1) and symmetric state (§5.2) over SHA-256. Pure. A state on
 * which a call failed is not to be used any more; `HandshakeState` and `RecordLayer` see to that.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import { ProtocolError, UsageError } from '../errors.ts';
import { type Aead, type Cipher, KEY_BYTES, TAG_BYTES } from './primitives.ts';

/** Far below the 2^64 - 1 that §5.1 reserves, and exact in a double. */
const MAX_NONCE: number = 2 ** 48;
const NONCE_BYTES = 12;
const NOTHING = new Uint8Array(0);

/** §5.1. Nonces count messages; `seal` and `open` each advance their own state. */
export class CipherState {
  readonly #aead: Aead;
  #cipher: Cipher;
  #nonce: number;

  constructor(aead: Aead, key: Uint8Array, nonce = 0) {
    this.#aead = aead;
    this.#cipher = aead.under(key);
    this.#nonce = nonce;
  }

  get messageCount(): number {
    return this.#nonce;
  }

  /** @throws UsageError `resource-limit` when the nonces are used up */
  seal(plaintext: Uint8Array, associated: Uint8Array = NOTHING): Uint8Array {
    return this.#cipher.seal(this.#next(), associated, plaintext);
  }

  /**
   * @throws ProtocolError `bad-message` when the ciphertext is not the next one of the other side; UsageError
   * `resource-limit` when the nonces are used up
   */
  open(sealed: Uint8Array, associated: Uint8Array = NOTHING): Uint8Array {
    const plaintext = this.#cipher.open(this.#next(), associated, sealed);
    if (plaintext === undefined) throw badHandshake('a ciphertext does not authenticate');
    return plaintext;
  }

  /** §4.2 REKEY: the new key is what the old one makes of zeros under the reserved nonce. The count goes on. */
  rekey(): void {
    const reserved = new Uint8Array(NONCE_BYTES).fill(0xff, NONCE_BYTES - 8);
    const key = this.#cipher.seal(reserved, NOTHING, new Uint8Array(KEY_BYTES)).subarray(0, KEY_BYTES);
    this.#cipher = this.#aead.under(key);
  }

  /** §12.3 and §12.4: 32 zero bits, then the count: big-endian for AESGCM, little-endian for ChaChaPoly. */
  #next(): Uint8Array {
    if (this.#nonce >= MAX_NONCE) {
      throw new UsageError('Cannot encrypt: this connection has used all its nonces', { code: 'resource-limit' });
    }
    const nonce = new Uint8Array(NONCE_BYTES);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#nonce), this.#aead.name === 'ChaChaPoly');
    this.#nonce++;
    return nonce;
  }
}

/** §5.2. */
export class SymmetricState {
  readonly #aead: Aead;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | undefined;

  constructor(protocol: string, aead: Aead) {
    const name = utf8(protocol);
    this.#aead = aead;
    this.#hash = name.length <= HASH_BYTES ? concatBytes(name, new Uint8Array(HASH_BYTES - name.length)) : sha256(name);
    this.#chainingKey = this.#hash;
  }

  get hash(): Uint8Array {
    return this.#hash;
  }

  /** What a tag adds to each encrypted field: none before the first key. */
  get tagBytes(): number {
    return this.#cipher === undefined ? 0 : TAG_BYTES;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(concatBytes(this.#hash, data));
  }

  mixKey(input: Uint8Array): void {
    const okm = this.#expand(input);
    this.#chainingKey = okm.subarray(0, HASH_BYTES);
    this.#cipher = new CipherState(this.#aead, okm.subarray(HASH_BYTES));
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#cipher === undefined ? plaintext : this.#cipher.seal(plaintext, this.#hash);
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plaintext = this.#cipher === undefined ? sealed : this.#cipher.open(sealed, this.#hash);
    this.mixHash(sealed);
    return plaintext;
  }

  split(): readonly [CipherState, CipherState] {
    const okm = this.#expand(NOTHING);
    return [
      new CipherState(this.#aead, okm.subarray(0, KEY_BYTES)),
      new CipherState(this.#aead, okm.subarray(KEY_BYTES)),
    ];
  }

  /** The HKDF of §4.3 is RFC 5869 with the chaining key as salt and no info. */
  #expand(input: Uint8Array): Uint8Array {
    return hkdf(sha256, input, this.#chainingKey, NOTHING, 2 * HASH_BYTES);
  }
}

export function badHandshake(what: string): ProtocolError {
  return new ProtocolError(`Cannot complete handshake: ${what}`, { code: 'bad-message', phase: 'handshake' });
}
