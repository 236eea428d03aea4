/**
 * Noise Protocol Framework, revision 34: cipher state, symmetric state and handshake state (§5), over 25519 and SHA-256,
 * with the `e1` and `ekem1` tokens of the hybrid forward secrecy extension. Pure: bytes in, bytes out.
 *
 * What it gives depends on the pattern: for IK §7.7 (payload security 1, 2 | 2, 4 then 2, 5 in both directions). The
 * first message can be replayed and is not forward-secret against the responder's static key: put nothing secret in it.
 * IKhfs keeps what follows the second message secret from who records today and breaks X25519 later; authentication, the
 * initiator's identity and the first payload stay classical. A failed state is dead: every later call throws.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import type { Rng } from '../crypto/rng.ts';
import { ProtocolError, UsageError } from '../errors.ts';
import type { HandshakePattern, Token } from './handshake-pattern.ts';
import {
  type Aead,
  type Cipher,
  type Kem,
  type KemKeyPair,
  type KeyAgreement,
  type KeyPair,
  KEY_BYTES,
  TAG_BYTES,
} from './primitives.ts';

/** Noise messages are at most this long (§3). */
export const MAX_NOISE_MESSAGE_BYTES = 65_535;
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
    if (plaintext === undefined) throw refused('a ciphertext does not authenticate');
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
class SymmetricState {
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

export interface HandshakeOptions {
  readonly pattern: HandshakePattern;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  readonly keyAgreement: KeyAgreement;
  readonly aead: Aead;
  /** Needed where the pattern has `e1`. */
  readonly kem?: Kem;
  /** Gives the ephemeral secrets. */
  readonly rng: Rng;
  readonly own: KeyPair;
  /** Where the pattern says that it is known before. */
  readonly remoteStatic?: Uint8Array;
  /** Asked as soon as the other side's static key is known, before more work is done for it. */
  readonly admit?: (remoteStatic: Uint8Array) => boolean;
}

export interface TransportStates {
  readonly send: CipherState;
  readonly receive: CipherState;
}

/** §5.3. */
export class HandshakeState {
  readonly #options: HandshakeOptions;
  readonly #symmetric: SymmetricState;
  #ephemeral: KeyPair | undefined;
  #kemKeys: KemKeyPair | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #remoteStatic: Uint8Array | undefined;
  #remoteKemKey: Uint8Array | undefined;
  #messages = 0;
  #dead = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#remoteStatic = options.remoteStatic;
    this.#symmetric = new SymmetricState(protocolName(options), options.aead);
    this.#symmetric.mixHash(options.prologue);
    for (const side of options.pattern.known) {
      const own = (side === 'initiator') === options.initiator;
      this.#symmetric.mixHash(own ? options.own.publicKey : present(this.#remoteStatic));
    }
  }

  /** Both sides have the same hash exactly when they saw the same handshake (§11.2). */
  get hash(): Uint8Array {
    return this.#symmetric.hash;
  }

  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic;
  }

  get remoteEphemeral(): Uint8Array | undefined {
    return this.#remoteEphemeral;
  }

  write(payload: Uint8Array): Uint8Array {
    const parts = this.#step(this.#options.initiator, (tokens) => tokens.map((token) => this.#writeToken(token)));
    return concatBytes(...parts, this.#symmetric.encryptAndHash(payload));
  }

  /** The payload of the other side's message. @throws ProtocolError `bad-message` */
  read(message: Uint8Array): Uint8Array {
    if (message.length > MAX_NOISE_MESSAGE_BYTES) throw refused('a message is too long');
    return this.#step(!this.#options.initiator, (tokens) => {
      let rest = message;
      for (const token of tokens) rest = rest.subarray(this.#readToken(token, rest));
      return this.#symmetric.decryptAndHash(rest);
    });
  }

  /** After the last message: the two directions' keys. */
  split(): TransportStates {
    if (this.#dead || this.#messages !== this.#options.pattern.messages.length) throw misuse();
    this.#dead = true;
    const [initiator, responder] = this.#symmetric.split();
    return this.#options.initiator ? { send: initiator, receive: responder } : { send: responder, receive: initiator };
  }

  #step<T>(initiatorsTurn: boolean, work: (tokens: readonly Token[]) => T): T {
    const tokens = this.#options.pattern.messages[this.#messages];
    if (this.#dead || tokens === undefined || (this.#messages % 2 === 0) !== initiatorsTurn) throw misuse();
    // Dead until the step is through, so that no caller can go on after an error.
    this.#dead = true;
    const result = work(tokens);
    this.#dead = false;
    this.#messages++;
    return result;
  }

  #writeToken(token: Token): Uint8Array {
    const { rng, keyAgreement, own } = this.#options;
    switch (token) {
      case 'e':
        this.#ephemeral = keyAgreement(rng(KEY_BYTES));
        this.#symmetric.mixHash(this.#ephemeral.publicKey);
        return this.#ephemeral.publicKey;
      case 's':
        return this.#symmetric.encryptAndHash(own.publicKey);
      case 'e1':
        this.#kemKeys = this.#kem().keyPair(rng);
        return this.#symmetric.encryptAndHash(this.#kemKeys.publicKey);
      case 'ekem1': {
        const encapsulated = this.#kem().encapsulate(present(this.#remoteKemKey), rng);
        if (encapsulated === undefined) throw refused('a public key is not valid');
        const sealed = this.#symmetric.encryptAndHash(encapsulated.ciphertext);
        this.#symmetric.mixKey(encapsulated.secret);
        return sealed;
      }
      default:
        this.#mixAgreement(token);
        return NOTHING;
    }
  }

  /** Processes one token at the start of `rest`; the number of bytes it took. */
  #readToken(token: Token, rest: Uint8Array): number {
    switch (token) {
      case 'e':
        this.#remoteEphemeral = take(rest, KEY_BYTES);
        this.#symmetric.mixHash(this.#remoteEphemeral);
        return KEY_BYTES;
      case 's': {
        const sealed = take(rest, KEY_BYTES + this.#symmetric.tagBytes);
        this.#remoteStatic = this.#symmetric.decryptAndHash(sealed);
        if (this.#options.admit?.(this.#remoteStatic) === false) throw refused('the static key is not admitted');
        return sealed.length;
      }
      case 'e1': {
        const sealed = take(rest, this.#kem().publicKeyBytes + this.#symmetric.tagBytes);
        this.#remoteKemKey = this.#symmetric.decryptAndHash(sealed);
        return sealed.length;
      }
      case 'ekem1': {
        const sealed = take(rest, this.#kem().ciphertextBytes + this.#symmetric.tagBytes);
        const ciphertext = this.#symmetric.decryptAndHash(sealed);
        this.#symmetric.mixKey(present(this.#kemKeys).decapsulate(ciphertext));
        return sealed.length;
      }
      default:
        this.#mixAgreement(token);
        return 0;
    }
  }

  /** The first letter is the initiator's key, the second the responder's. */
  #mixAgreement(token: 'ee' | 'es' | 'se' | 'ss'): void {
    const [initiators, responders] = token;
    const [mine, theirs] = this.#options.initiator ? [initiators, responders] : [responders, initiators];
    const own = mine === 'e' ? present(this.#ephemeral) : this.#options.own;
    const remote = present(theirs === 'e' ? this.#remoteEphemeral : this.#remoteStatic);
    const secret = own.agree(remote);
    // §12.1 leaves it open; an all-zero secret would let a low-order key replace authentication, so it ends here.
    if (secret === undefined) throw refused('a public key is of low order');
    this.#symmetric.mixKey(secret);
  }

  #kem(): Kem {
    return present(this.#options.kem);
  }
}

function protocolName({ pattern, aead }: HandshakeOptions): string {
  const hybrid = pattern.messages.some((tokens) => tokens.includes('e1')) ? '+MLKEM768' : '';
  return `Noise_${pattern.name}_25519${hybrid}_${aead.name}_SHA256`;
}

function take(rest: Uint8Array, length: number): Uint8Array {
  if (rest.length < length) throw refused('a message is too short');
  // A copy: keys outlive the message, whose bytes belong to the transport.
  return Uint8Array.from(rest.subarray(0, length));
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw misuse();
  return value;
}

function refused(what: string): ProtocolError {
  return new ProtocolError(`Cannot complete handshake: ${what}`, { code: 'bad-message', phase: 'handshake' });
}

/** Only a call out of turn or without a needed option gets here, never what a peer sends. */
function misuse(): UsageError {
  return new UsageError('Cannot continue handshake: it has ended or a key is missing', { code: 'bad-parameter' });
}
