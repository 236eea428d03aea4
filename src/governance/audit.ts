/**
 * Audit of one run of this institution: its roles are executed again, by honest software, from the seed and the list that
 * it committed to and from what it received. Every message that it sent has to come out again, and the digest of all that
 * was said with each peer has to be the one that the peer countersigned when the run ended.
 *
 * Covert security, inside of the institution. Equal means: what peers got is what honest software makes of this list, this
 * seed and what they sent. Not shown: that the list is true, that nobody looked at what the run left in memory or in this
 * record, that nothing was sent outside of the run. A party that departs from the protocol can lose or change its record;
 * then nothing comes out equal, and the contract says who has to explain that. Checking needs public keys only; executing
 * needs the record, and no private key: own signatures are in it.
 */
import { equalBytes, fromHex } from '../crypto/bytes.ts';
import { SIGNATURE_BYTES, type Signer } from '../crypto/signature.ts';
import type { NewStreamHash } from '../crypto/stream-hash.ts';
import { MpcError } from '../errors.ts';
import type { Io } from '../kit/io.ts';
import { OPEN_CHANNEL } from '../kit/opening.ts';
import type { PartyId } from '../kit/party.ts';
import type { RunSession } from '../kit/run-session.ts';
import type { AuditRecord, RecordBytes } from './audit-record.ts';
import { type Difference, END_OF_RECORD, ReplaySession } from './replay-session.ts';
import { seedCommitment, signatureKey } from './run-recorder.ts';

/** What a peer signed when the run ended; its signature was checked. */
export interface SealedTranscript {
  readonly peer: PartyId;
  readonly transcript: Uint8Array;
}

export type AuditVerdict =
  | {
      readonly kind: 'equal';
      /** Messages that were sent and came out again. */
      readonly messages: number;
      /** Whose countersignature is on just this. */
      readonly sealedBy: readonly PartyId[];
      /** The run ended before its time: what there was of it is equal, and nobody countersigned it. */
      readonly isPartial: boolean;
    }
  | { readonly kind: 'different'; readonly difference: Difference; readonly isInput: boolean }
  /** The seed in the record is not the one that the ledger committed to before anything opened. */
  | { readonly kind: 'other-seed' }
  /** What the record says was received is not what the peer countersigned that it sent. */
  | { readonly kind: 'other-transcript'; readonly peer: PartyId }
  /** Honest roles end otherwise on what was received. */
  | { readonly kind: 'not-executable'; readonly code: string; readonly phase?: string; readonly party?: string };

export interface ExecuteOptions {
  readonly session: RunSession;
  readonly seed: Uint8Array;
  readonly signer: Signer;
  /** To be awaited between the end of the roles and the end of the run. */
  readonly closing: (io: Io) => Promise<void>;
}

export interface AuditOptions {
  readonly bytes: RecordBytes;
  /** Runs this party's roles as in the run, with honest software. */
  readonly execute: (options: ExecuteOptions) => Promise<unknown>;
  /** Own signing key. */
  readonly publicKey: Uint8Array;
  readonly seals: readonly SealedTranscript[];
  /** What the ledger says of the seed; undefined where it says nothing because nothing opened. */
  readonly seedCommitment: string | undefined;
  readonly newHash?: NewStreamHash;
}

export async function auditRun(record: AuditRecord, options: AuditOptions): Promise<AuditVerdict> {
  const { bytes, execute, publicKey, seals, newHash } = options;
  const seed = fromHex(record.head.seed);
  if (options.seedCommitment !== undefined && options.seedCommitment !== seedCommitment(seed)) {
    return { kind: 'other-seed' };
  }
  const session = new ReplaySession({ record, bytes, newHash });
  const closing = (): Promise<void> => {
    session.endRoles();
    return Promise.resolve();
  };
  const failure = await failureOf(execute({ session, seed, signer: recordedSigner(record, publicKey), closing }));
  const difference = session.firstDifference;
  if (difference !== undefined) {
    return { kind: 'different', difference, isInput: difference.message.channel === OPEN_CHANNEL };
  }
  const isPartial = record.sid === undefined;
  if (failure !== undefined && !(isPartial && failure.phase === END_OF_RECORD)) return notExecutable(failure);
  for (const { peer, transcript } of seals) {
    if (!equalBytes(transcript, session.digest(peer))) return { kind: 'other-transcript', peer };
  }
  // A ledger may hold one seal twice.
  const sealedBy = [...new Set(seals.map(({ peer }) => peer))];
  return { kind: 'equal', messages: session.equalMessages, sealedBy, isPartial };
}

/** Signs what it signed in the run; anything else gets what is no signature, so that the message with it differs. */
function recordedSigner({ signatures }: AuditRecord, publicKey: Uint8Array): Signer {
  return {
    publicKey,
    sign: (message) => signatures.get(signatureKey(message)) ?? new Uint8Array(SIGNATURE_BYTES),
  };
}

async function failureOf(work: Promise<unknown>): Promise<MpcError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof MpcError) return error;
    throw error;
  }
}

function notExecutable({ code, phase, party }: MpcError): AuditVerdict {
  return {
    kind: 'not-executable',
    code,
    ...(phase === undefined ? {} : { phase }),
    ...(party === undefined ? {} : { party }),
  };
}
