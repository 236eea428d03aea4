/**
 * How parties bind each other's ledgers. At the beginning of a run each shows every other the latest seal of theirs; at
 * its end each pair signs one statement: both heads, and the digest of all that the two said to each other. A party whose
 * ledger no longer has a head that it signed was rolled back. It opens nothing then, and says so in its ledger.
 *
 *   beginning   each → each   ledger-claim              own head; the latest seal with the other, if any
 *   closing     each → each   ledger-head               own head, digest of the transcript
 *               each → each   ledger-countersignature   on the statement that now both have
 *
 * Cannot be noticed: a rollback to an entry after the latest seal with every party of this run.
 */
import { concatBytes, equalBytes, fromHex, toHex } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import { SIGNATURE_BYTES, type Signer, type Verifier } from '../crypto/signature.ts';
import { InternalError, PEER_SOFTWARE_REMEDY, PolicyError, ProtocolError } from '../errors.ts';
import type { Io } from '../kit/io.ts';
import { bytesMessage, type Message } from '../kit/message.ts';
import type { PartyId } from '../kit/party.ts';
import type { Ledger } from './ledger.ts';
import { type LedgerBodies, type LedgerHead, type Seal, sealStatement } from './ledger-entry.ts';

const SEQ_BYTES = 8;
const HEAD_BYTES: number = SEQ_BYTES + HASH_BYTES;
/** Own head; whether there is a seal; its run id, both heads, transcript, and the signature of whom it is shown to. */
const CLAIM_BYTES: number = HEAD_BYTES + 1 + HASH_BYTES + 2 * HEAD_BYTES + HASH_BYTES + SIGNATURE_BYTES;

const ClaimMessage: Message<Uint8Array, number> = bytesMessage('ledger-claim');
const HeadMessage: Message<Uint8Array, number> = bytesMessage('ledger-head');
const Countersignature: Message<Uint8Array, number> = bytesMessage('ledger-countersignature');

export interface SealOptions {
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly verify: Verifier;
  /** Ed25519 keys of this institution and its peers. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  /** The run's name on the links. */
  readonly run: string;
}

/**
 * Shows every other party its latest seal, and looks at theirs. To be called before this party says anything in the run:
 * runs go on side by side, and a peer's head has to be behind those seals only that were there before the peer could show
 * it, which is once the run has its id, to which this party's nonce belongs.
 * @throws (what it gives) PolicyError `refused` where this ledger, or that of a peer, ends before a head that was signed
 */
export function compareLedgers(options: SealOptions): (io: Io) => Promise<void> {
  const { ledger } = options;
  const before = ledger.state.seals();
  return async (io) => {
    await io.all(
      othersOf(io).map((peer) => async () => {
        const claim = encodeClaim(headOf(ledger), ledger.state.sealWith(peer));
        await io.to(peer).send(ClaimMessage, claim, CLAIM_BYTES);
        const now = await checkClaim(await io.from(peer).recv(ClaimMessage, CLAIM_BYTES), { io, peer, options });
        const known = before.get(peer);
        if (known === undefined || goesOn(now, known.theirs)) return;
        await ledger.append('alert', { alert: 'peer-rollback', peer, run: options.run });
        throw rolledBack(peer);
      }),
    );
  };
}

function goesOn(now: LedgerHead, before: LedgerHead): boolean {
  return now.seq > before.seq || (now.seq === before.seq && now.hash === before.hash);
}

export interface SealRunOptions extends SealOptions {
  readonly transcript: (peer: PartyId) => Uint8Array;
  /** Told of each seal once it is verified, for the ledger: one party that withholds its own keeps back no other. */
  readonly onSeal: (seal: Seal) => void;
}

/** Signs heads and transcripts with every other party. */
export async function sealRun(io: Io, options: SealRunOptions): Promise<void> {
  const { ledger, signer, verify, publicKeys, run, onSeal } = options;
  const own = headOf(ledger);
  const peers = othersOf(io).map((peer) => ({ peer, transcript: options.transcript(peer) }));
  await io.all(
    peers.map(({ peer, transcript }) => async (): Promise<void> => {
      const length = HEAD_BYTES + HASH_BYTES;
      await io.to(peer).send(HeadMessage, concatBytes(encodeHead(own), transcript), length);
      const answer = await io.from(peer).recv(HeadMessage, length);
      if (!equalBytes(answer.subarray(HEAD_BYTES), transcript)) throw otherTranscript(io, peer);
      const theirs = decodeHead(answer, { io, peer });
      const statement = sealStatement(io.sid, transcript, [
        { party: io.self, head: own },
        { party: peer, head: theirs },
      ]);
      const signature = signer.sign(statement);
      await io.to(peer).send(Countersignature, signature, SIGNATURE_BYTES);
      const countersignature = await io.from(peer).recv(Countersignature, SIGNATURE_BYTES);
      if (!(await verify(countersignature, statement, keyOf(publicKeys, peer)))) throw badSignature(io, peer);
      onSeal({
        peer,
        run,
        own,
        theirs,
        sid: toHex(io.sid),
        transcript: toHex(transcript),
        signature: toHex(signature),
        countersignature: toHex(countersignature),
      });
    }),
  );
}

/** What the ledger says of at least one seal of a run: what they have in common stands there once. */
export function sealsEntry(seals: readonly Seal[]): LedgerBodies['heads-countersigned'] {
  const [{ run, sid, own }] = seals;
  const peers = seals.map(({ peer, theirs, transcript, signature, countersignature }) => {
    return { peer, theirs, transcript, signature, countersignature };
  });
  return { run, sid, own, peers };
}

interface Claim {
  readonly now: LedgerHead;
  readonly seal:
    | { readonly sid: Uint8Array; readonly transcript: Uint8Array; readonly signature: Uint8Array }
    | undefined;
  /** Of whom it is shown to, and of who shows it. */
  readonly shown: LedgerHead;
  readonly showing: LedgerHead;
}

/** The head of who shows the claim. */
async function checkClaim(
  body: Uint8Array,
  { io, peer, options }: { readonly io: Io; readonly peer: PartyId; readonly options: SealOptions },
): Promise<LedgerHead> {
  const { ledger, verify, publicKeys, run } = options;
  const { now, seal, shown, showing } = decodeClaim(body, { io, peer });
  if (seal === undefined || ledger.contains(shown)) return now;
  const statement = sealStatement(seal.sid, seal.transcript, [
    { party: io.self, head: shown },
    { party: peer, head: showing },
  ]);
  // Only what this institution itself signed counts against it: a peer could claim anything.
  if (!(await verify(seal.signature, statement, keyOf(publicKeys, io.self)))) throw badSignature(io, peer);
  await ledger.append('alert', { alert: 'own-rollback', peer, run });
  throw rolledBack(io.self);
}

function encodeHead({ seq, hash }: LedgerHead): Uint8Array {
  const number = new Uint8Array(SEQ_BYTES);
  new DataView(number.buffer).setBigUint64(0, BigInt(seq), true);
  return concatBytes(number, fromHex(hash));
}

interface From {
  readonly io: Io;
  readonly peer: PartyId;
}

function decodeHead(bytes: Uint8Array, { io, peer }: From): LedgerHead {
  const seq = new DataView(bytes.buffer, bytes.byteOffset, SEQ_BYTES).getBigUint64(0, true);
  if (seq > BigInt(Number.MAX_SAFE_INTEGER))
    throw fault('bad-message', 'a ledger has no entry of that number', { io, peer });
  return { seq: Number(seq), hash: toHex(bytes.subarray(SEQ_BYTES, HEAD_BYTES)) };
}

function encodeClaim(now: LedgerHead, seal: Seal | undefined): Uint8Array {
  const out = new Uint8Array(CLAIM_BYTES);
  out.set(encodeHead(now));
  if (seal === undefined) return out;
  const { sid, own, theirs, transcript, countersignature } = seal;
  const shown = [fromHex(sid), encodeHead(theirs), encodeHead(own), fromHex(transcript), fromHex(countersignature)];
  out.set(concatBytes(Uint8Array.of(1), ...shown), HEAD_BYTES);
  return out;
}

function decodeClaim(bytes: Uint8Array, from: From): Claim {
  const fields: Uint8Array[] = [];
  let at = 0;
  for (const length of [HEAD_BYTES, 1, HASH_BYTES, HEAD_BYTES, HEAD_BYTES, HASH_BYTES, SIGNATURE_BYTES]) {
    fields.push(bytes.subarray(at, (at += length)));
  }
  const [now, [flag], sid, shown, showing, transcript, signature] = fields;
  if (flag > 1) throw fault('bad-message', 'a seal is there or not', from);
  return {
    now: decodeHead(now, from),
    seal: flag === 1 ? { sid, transcript, signature } : undefined,
    shown: decodeHead(shown, from),
    showing: decodeHead(showing, from),
  };
}

function othersOf(io: Io): readonly PartyId[] {
  return io.parties.filter((party) => party !== io.self);
}

/** A run that is under way was admitted, which is an entry; what a crash could undo is not shown to anybody. */
function headOf({ durableHead }: Ledger): LedgerHead {
  if (durableHead !== undefined) return durableHead;
  throw new InternalError('Cannot seal: the ledger is empty', { code: 'internal', phase: 'ledger' });
}

function keyOf(keys: ReadonlyMap<PartyId, Uint8Array>, party: PartyId): Uint8Array {
  const key = keys.get(party);
  if (key !== undefined) return key;
  throw new InternalError('Cannot seal: a party of the run has no key', { code: 'internal', phase: 'ledger' });
}

function rolledBack(party: PartyId): PolicyError {
  return new PolicyError('Cannot run: a ledger ends before an entry that was countersigned', {
    code: 'refused',
    phase: 'ledger/rollback',
    party,
    remedy:
      'its operator has to put the newest copy of the ledger in place; what was used since is missing from this one',
  });
}

function otherTranscript(io: Io, party: PartyId): ProtocolError {
  return new ProtocolError('Cannot seal run: the two parties hold different transcripts of it', {
    code: 'disagreement',
    phase: io.phase,
    party,
    remedy: PEER_SOFTWARE_REMEDY,
  });
}

function badSignature(io: Io, peer: PartyId): ProtocolError {
  return fault('bad-signature', 'a signature on a ledger is not valid', { io, peer });
}

function fault(code: 'bad-message' | 'bad-signature', what: string, { io, peer }: From): ProtocolError {
  return new ProtocolError(`Cannot seal run: ${what}`, {
    code,
    phase: io.phase,
    party: peer,
    remedy: PEER_SOFTWARE_REMEDY,
  });
}
