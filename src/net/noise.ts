/**
 * Noise Protocol Framework, revision 34: the handshake (§5.3) over 25519 and SHA-256, with the `e1` and `ekem1` tokens of
 * the hybrid forward secrecy extension. Pure: bytes in, bytes out.
 *
 * What it gives depends on the pattern: for IK see §7.7. The first message can be replayed and is not forward-secret
 * against the responder's static key: put nothing secret in it. IKhfs keeps what follows the second message secret from
 * who records today and breaks X25519 later; authentication, the initiator's identity and the first payload stay
 * classical. A failed state is dead: every later call throws.
 */
import { concatBytes } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { UsageError } from '../errors.ts';
import type { HandshakePattern, Token } from './handshake-pattern.ts';
import { badHandshake, type CipherState, SymmetricState } from './noise-state.ts';
import { type Aead, type Kem, type KemKeyPair, type KeyAgreement, type KeyPair, KEY_BYTES } from './primitives.ts';

/** Noise messages are at most this long (§3). */
export const MAX_NOISE_MESSAGE_BYTES = 65_535;
const NOTHING = new Uint8Array(0);

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
    if (message.length > MAX_NOISE_MESSAGE_BYTES) throw badHandshake('a message is too long');
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
        if (encapsulated === undefined) throw badHandshake('a public key is not valid');
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
        if (this.#options.admit?.(this.#remoteStatic) === false) throw badHandshake('the static key is not admitted');
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
    if (secret === undefined) throw badHandshake('a public key is of low order');
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
  if (rest.length < length) throw badHandshake('a message is too short');
  // A copy: keys outlive the message, whose bytes belong to the transport.
  return Uint8Array.from(rest.subarray(0, length));
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw misuse();
  return value;
}

/** Only a call out of turn or without a needed option gets here, never what a peer sends. */
function misuse(): UsageError {
  return new UsageError('Cannot continue handshake: it has ended or a key is missing', { code: 'bad-parameter' });
}
