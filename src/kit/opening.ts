/**
 * How a run begins: offer, commit, open, confirm, all through the initiator. At its end every party holds the same run
 * id, to which each of them contributed a nonce that it could not choose after seeing the others'.
 *
 *   initiator → each   offer          what is to run; compared field by field with the own configuration
 *   each → initiator   commitment     H(party, key, offer, input root, nonce), signed
 *   initiator → each   commitments    all of them
 *   each → initiator   opening        nonce, input root, signed together with the hash of all commitments
 *   initiator → each   openings       all of them; everyone checks every signature and commitment
 *   each → each        confirm        H(sid, party)
 */
import { concatBytes, equalBytes, u32le, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES, hashTuple } from '../crypto/hash.ts';
import type { Rng } from '../crypto/rng.ts';
import { SIGNATURE_BYTES, type Signer, type Verifier } from '../crypto/signature.ts';
import { PolicyError, ProtocolError } from '../errors.ts';
import { bytesMessage, type Message } from './message.ts';
import { checkOffer, encodeOffer, hashOffer, MAX_OFFER_BYTES, type Offer } from './offer.ts';
import type { PartyId } from './party.ts';
import type { Policy } from './policy.ts';
import type { RunSession } from './run-session.ts';

export const NONCE_BYTES = 32;
const COMMITMENT_BYTES: number = HASH_BYTES + SIGNATURE_BYTES;
const OPENING_BYTES: number = NONCE_BYTES + HASH_BYTES + SIGNATURE_BYTES;
export const OPEN_CHANNEL = 'open';
export const OFFER_MESSAGE = 'offer';

const OfferMessage: Message<Uint8Array, undefined> = {
  name: OFFER_MESSAGE,
  variable: true,
  bytes: () => MAX_OFFER_BYTES,
  encode: (value) => value,
  decode: (body) => body,
};
const Commitment = bytesMessage('commitment');
const Commitments = bytesMessage('commitments');
const Opening = bytesMessage('opening');
const Openings = bytesMessage('openings');
const Confirm = bytesMessage('confirm');

export interface OpeningOptions {
  readonly session: RunSession;
  readonly offer: Offer;
  /** Commitment to the own input, 32 bytes. */
  readonly root: Uint8Array;
  readonly policy: Policy;
  readonly signer: Signer;
  readonly verify: Verifier;
  readonly rng: Rng;
}

/**
 * Opens a run; the result is the run id, 32 bytes.
 * @throws PolicyError `refused`; ProtocolError `offer-mismatch`, `bad-commitment`, `bad-signature`, `equivocation`
 */
export async function openRun(options: OpeningOptions): Promise<Uint8Array> {
  const { offer, session } = options;
  const opening = new Opener(options);
  const initiates = session.self === offer.initiator;
  if (!initiates) checkOffer(await opening.receive(offer.initiator, OfferMessage, undefined), offer);
  await decide(options);
  if (initiates) await opening.broadcast(OfferMessage, encodeOffer(offer), undefined);

  const own = opening.commit();
  const commitments = await opening.gather(Commitment, Commitments, own.commitment, COMMITMENT_BYTES);
  await opening.checkCommitments(commitments, own.commitment);

  const answer = opening.open(commitments, own.nonce);
  const openings = await opening.gather(Opening, Openings, answer, OPENING_BYTES);
  const sid = opening.runId(await opening.checkOpenings(commitments, openings, answer));
  await opening.confirm(sid);
  return sid;
}

async function decide({ policy, offer, session }: OpeningOptions): Promise<void> {
  let allowed = false;
  try {
    // Deciding may take as long as a person does; the run may end meanwhile.
    allowed = (await session.cancellation.until(Promise.resolve(policy.decide(offer)))).allow;
  } catch {
    session.signal.throwIfAborted();
    // The port's contract: an error is a refusal. Its text may say anything, so it is not passed on.
    allowed = false;
  }
  if (allowed) return;
  throw new PolicyError('Cannot join run: the policy of this node does not allow it', {
    code: 'refused',
    phase: OPEN_CHANNEL,
    party: session.self,
    remedy: 'allow this question and initiator in the policy if that is intended',
  });
}

/** One of each party, in the offer's order. */
interface OpenedInputs {
  readonly roots: readonly Uint8Array[];
  readonly nonces: readonly Uint8Array[];
}

class Opener {
  readonly #options: OpeningOptions;
  readonly #offerHash: Uint8Array;
  readonly #parties: readonly PartyId[];

  constructor(options: OpeningOptions) {
    this.#options = options;
    this.#offerHash = hashOffer(options.offer);
    this.#parties = options.offer.parties.map((party) => party.id);
  }

  receive<V, C>(from: PartyId, message: Message<V, C>, context: C): Promise<Uint8Array> {
    return this.#options.session.receive(from, OPEN_CHANNEL, {
      name: message.name,
      bytes: message.bytes(context),
      variable: message.variable ?? false,
    });
  }

  async broadcast<C>(message: Message<Uint8Array, C>, value: Uint8Array, context: C): Promise<void> {
    const body = message.encode(value, context);
    await Promise.all(
      this.#others().map((party) => this.#options.session.send(party, OPEN_CHANNEL, message.name, body)),
    );
  }

  /** Every party's record, in the offer's order, n x `bytes`: collected and handed round by the initiator. */
  async gather(
    one: Message<Uint8Array, number>,
    all: Message<Uint8Array, number>,
    own: Uint8Array,
    bytes: number,
  ): Promise<Uint8Array> {
    const { session, offer } = this.#options;
    const total = bytes * this.#parties.length;
    if (session.self !== offer.initiator) {
      await session.send(offer.initiator, OPEN_CHANNEL, one.name, own);
      return await this.receive(offer.initiator, all, total);
    }
    const records = await Promise.all(
      this.#parties.map(async (party) => (party === session.self ? own : await this.receive(party, one, bytes))),
    );
    const joined = concatBytes(...records);
    await this.broadcast(all, joined, total);
    return joined;
  }

  commit(): { readonly nonce: Uint8Array; readonly commitment: Uint8Array } {
    const { rng, signer, session, root } = this.#options;
    const nonce = rng(NONCE_BYTES);
    const hash = this.#commitmentHash(session.self, root, nonce);
    return { nonce, commitment: concatBytes(hash, signer.sign(this.#commitmentText(hash))) };
  }

  async checkCommitments(commitments: Uint8Array, own: Uint8Array): Promise<void> {
    for (const [index, party] of this.#parties.entries()) {
      const record = commitments.subarray(index * COMMITMENT_BYTES, (index + 1) * COMMITMENT_BYTES);
      const hash = record.subarray(0, HASH_BYTES);
      if (party === this.#options.session.self) {
        if (!equalBytes(record, own)) throw this.#fault('bad-commitment', this.#options.offer.initiator);
        continue;
      }
      await this.#checkSignature(party, index, this.#commitmentText(hash), record.subarray(HASH_BYTES));
    }
  }

  open(commitments: Uint8Array, nonce: Uint8Array): Uint8Array {
    const { signer, root } = this.#options;
    return concatBytes(nonce, root, signer.sign(this.#openingText(commitments, nonce, root)));
  }

  /** Checks every opening against its commitment and its party's signature. */
  async checkOpenings(commitments: Uint8Array, openings: Uint8Array, own: Uint8Array): Promise<OpenedInputs> {
    const roots: Uint8Array[] = [];
    const nonces: Uint8Array[] = [];
    for (const [index, party] of this.#parties.entries()) {
      const record = openings.subarray(index * OPENING_BYTES, (index + 1) * OPENING_BYTES);
      const nonce = record.subarray(0, NONCE_BYTES);
      const root = record.subarray(NONCE_BYTES, NONCE_BYTES + HASH_BYTES);
      const committed = commitments.subarray(index * COMMITMENT_BYTES, index * COMMITMENT_BYTES + HASH_BYTES);
      const signature = record.subarray(NONCE_BYTES + HASH_BYTES);
      if (party !== this.#options.session.self) {
        await this.#checkSignature(party, index, this.#openingText(commitments, nonce, root), signature);
      } else if (!equalBytes(record, own)) {
        throw this.#fault('bad-commitment', this.#options.offer.initiator);
      }
      if (!equalBytes(committed, this.#commitmentHash(party, root, nonce))) throw this.#fault('bad-commitment', party);
      roots.push(root);
      nonces.push(nonce);
    }
    return { roots, nonces };
  }

  /** Binds the offer, and roots and nonces of all. */
  runId({ roots, nonces }: OpenedInputs): Uint8Array {
    const { contract, protocol } = this.#options.offer;
    return hashTuple(
      'run-id',
      contract,
      utf8(protocol),
      this.#offerHash,
      u32le(this.#parties.length),
      ...roots,
      ...nonces,
    );
  }

  async confirm(sid: Uint8Array): Promise<void> {
    const { session } = this.#options;
    const text = (party: PartyId): Uint8Array => hashTuple('confirm', sid, utf8(party));
    await this.broadcast(Confirm, text(session.self), HASH_BYTES);
    await Promise.all(
      this.#others().map(async (party) => {
        const body = await this.receive(party, Confirm, HASH_BYTES);
        // Commitments and openings are signed, and openings over all commitments: a party that signed two values of
        // its own, or an initiator that passed on another party's two, is behind this.
        if (!equalBytes(body, text(party))) throw this.#fault('equivocation', party);
      }),
    );
  }

  #others(): readonly PartyId[] {
    return this.#parties.filter((party) => party !== this.#options.session.self);
  }

  #commitmentHash(party: PartyId, root: Uint8Array, nonce: Uint8Array): Uint8Array {
    const { offer } = this.#options;
    const key = offer.parties[this.#parties.indexOf(party)].publicKey;
    return hashTuple('commit', utf8(party), key, this.#offerHash, root, nonce);
  }

  #commitmentText(hash: Uint8Array): Uint8Array {
    return hashTuple('signed-commitment', this.#offerHash, hash);
  }

  #openingText(commitments: Uint8Array, nonce: Uint8Array, root: Uint8Array): Uint8Array {
    return hashTuple('signed-opening', this.#offerHash, commitments, nonce, root);
  }

  async #checkSignature(party: PartyId, index: number, text: Uint8Array, signature: Uint8Array): Promise<void> {
    const { verify, offer } = this.#options;
    if (!(await verify(signature, text, offer.parties[index].publicKey))) throw this.#fault('bad-signature', party);
  }

  #fault(code: 'bad-commitment' | 'bad-signature' | 'equivocation', party: PartyId): ProtocolError {
    const what = {
      'bad-commitment': 'a nonce or input root is not the one that was committed to',
      'bad-signature': 'a signature is not valid under the pinned key',
      equivocation: 'two parties hold different run ids',
    }[code];
    return new ProtocolError(`Cannot open run: ${what}`, {
      code,
      phase: OPEN_CHANNEL,
      party,
      remedy:
        'compare the keys that each side has pinned; the initiator passes the records on and may have changed one',
    });
  }
}
