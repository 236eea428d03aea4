/** Records one run at one party while it goes on: see `audit-sections.ts` for what is kept. */
import { toHex, utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { Signer } from '../crypto/signature.ts';
import type { MessageWitness, WitnessedPart } from '../kit/witness.ts';
import { type AuditHead, encodeSection, RECORD_VERSION, type RowsOf } from './audit-sections.ts';
import { type RowBatch, rowLine } from './row-lines.ts';
import { type DigestedMessage, isOfRun } from './transcript.ts';

/** Takes sections in their order, at once; what goes wrong in writing is the implementation's to tell. */
export interface SectionSink {
  write(section: Uint8Array): void;
}

/** What signatures of a record are found by. */
export function signatureKey(message: Uint8Array): string {
  return toHex(hashTuple('audit-signature', message));
}

/** What the ledger says of a seed before anything opens: the run has no other. */
export function seedCommitment(seed: Uint8Array): string {
  return toHex(hashTuple('audit-seed', seed));
}

export class RunRecorder implements MessageWitness {
  readonly #sink: SectionSink;

  constructor(sink: SectionSink, head: Omit<AuditHead, 'section' | 'v'>) {
    this.#sink = sink;
    sink.write(encodeSection({ section: 'head', v: RECORD_VERSION, ...head }));
  }

  /** What leaves is recorded by its digest, whole: see `message`. */
  sent(): void {
    // A part says nothing that the message's digest does not.
  }

  taken({ peer, channel, message, last, body }: WitnessedPart): void {
    if (isOfRun(channel)) this.#sink.write(encodeSection({ section: 'taken', peer, channel, message, last }, body));
  }

  /** To be told of every message by the run's transcript. */
  message({ direction, peer, channel, message, bytes, digest }: DigestedMessage): void {
    if (direction === 'taken') return;
    this.#sink.write(encodeSection({ section: 'sent', peer, channel, message, bytes, digest: toHex(digest) }));
  }

  rows(list: RowsOf, rows: RowBatch): void {
    this.#sink.write(encodeSection({ section: 'rows', list }, utf8(rowLine(rows))));
  }

  /** Of a list that was frozen for a period: what its root in the ledger is salted with. */
  salt(salt: string): void {
    this.#sink.write(encodeSection({ section: 'salt', salt }));
  }

  /** The signer whose signatures are recorded. */
  signing(signer: Signer): Signer {
    return {
      publicKey: signer.publicKey,
      sign: (message) => {
        const signature = signer.sign(message);
        const over = signatureKey(message);
        this.#sink.write(encodeSection({ section: 'signature', over, signature: toHex(signature) }));
        return signature;
      },
    };
  }

  /** The roles have ended. */
  end(sid: Uint8Array): void {
    this.#sink.write(encodeSection({ section: 'end', sid: toHex(sid) }));
  }
}
