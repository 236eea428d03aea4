/** The recording of a run under a signed contract: what it draws, reads, says and hears, for as long as the contract says. */
import { toHex } from '../../crypto/bytes.ts';
import { SEED_BYTES } from '../../crypto/prg.ts';
import type { Signer } from '../../crypto/signature.ts';
import type { Source } from '../../data/source.ts';
import type { RowsOf } from '../../governance/audit-sections.ts';
import { DAY_MS } from '../../governance/period.ts';
import { RunRecorder, seedCommitment } from '../../governance/run-recorder.ts';
import type { DigestedMessage } from '../../governance/transcript.ts';
import { encodeOffer } from '../../kit/offer.ts';
import { makeOffer } from '../../kit/offered-run.ts';
import type { MessageWitness } from '../../kit/witness.ts';
import type { Agreement } from '../agreements/agreements.ts';
import type { ActiveRun } from './active-runs.ts';
import type { NodeContext } from '../node-context.ts';
import type { OwnRows, PlannedRun } from '../questions/question.ts';

export interface RunRecording {
  readonly seed: Uint8Array;
  /** For the ledger, before anything opens. */
  readonly seedCommitment: string;
  readonly signer: Signer;
  readonly rows: OwnRows;
  readonly witness: MessageWitness;
  readonly onMessage: (message: DigestedMessage) => void;
  /** What the seed is, is on the disk: the ledger speaks of it after that. */
  readonly begun: Promise<void>;
  /** The roles have ended; resolves when all that they said is on the disk: seals speak of it after that. */
  rolesEnded(sid: Uint8Array): Promise<void>;
  close(options: { readonly keep: boolean }): Promise<void>;
}

export interface RecordedPart {
  readonly run: ActiveRun;
  readonly agreement: Agreement;
  readonly planned: PlannedRun;
  readonly rows: OwnRows;
  readonly inputRules: string;
}

/** undefined where there is nothing to keep: without a contract, or where it says no days. */
export async function beginRecording(
  { audits, config, signer, publicKeys, rng, wallClock }: NodeContext,
  part: RecordedPart,
): Promise<RunRecording | undefined> {
  const { run, agreement, rows } = part;
  if (audits === undefined || agreement.kind === 'configured') return undefined;
  const { auditDays } = agreement.contract.retention;
  const nowMs = wallClock.now();
  await audits.removeOld(nowMs);
  if (auditDays === 0) return undefined;
  const { runName, initiator, question } = run.begun;
  const keepUntilMs = nowMs + auditDays * DAY_MS;
  const name = toHex(runName);
  const offer = offerText(part, publicKeys);
  const writer = await audits.begin(name, { keepUntilMs, onFailure: (error) => run.cancel(error) });
  const seed = rng(SEED_BYTES);
  const recorder = new RunRecorder(writer, {
    run: name,
    self: config.name,
    initiator,
    offer,
    question,
    seed: toHex(seed),
    startedAt: new Date(nowMs).toISOString(),
    keepUntil: new Date(keepUntilMs).toISOString(),
  });
  const begun = writer.durable();
  // Awaited before anything opens; the failure itself ends the run.
  begun.catch(() => undefined);
  return {
    seed,
    seedCommitment: seedCommitment(seed),
    signer: recorder.signing(signer),
    rows: {
      asked: recordedSource(rows.asked, 'asked', recorder),
      held: recordedSource(rows.held, 'held', recorder, rows.frozen),
    },
    witness: recorder,
    onMessage: (message) => recorder.message(message),
    begun,
    async rolesEnded(sid) {
      recorder.end(sid);
      await writer.durable();
    },
    async close(options) {
      seed.fill(0);
      await writer.close(options);
    },
  };
}

function offerText(
  { run, agreement, planned, inputRules }: RecordedPart,
  publicKeys: NodeContext['publicKeys'],
): string {
  const { protocol, parameters, roles } = planned;
  const { initiator } = run.begun;
  const offer = makeOffer(
    { id: protocol, parameters, roles },
    { publicKeys, initiator, contract: agreement.hash, inputRules },
  );
  return new TextDecoder().decode(encodeOffer(offer));
}

/** The source as it is; each of its batches is recorded once, however often it is read. */
function recordedSource(
  source: Source | undefined,
  list: RowsOf,
  recorder: RunRecorder,
  frozen?: OwnRows['frozen'],
): Source | undefined {
  if (source === undefined) return undefined;
  let recorded = 0;
  let salted = false;
  const recordSalt = (): void => {
    if (salted || frozen?.salt === undefined) return;
    salted = true;
    recorder.salt(frozen.salt);
  };
  return {
    async *[Symbol.asyncIterator]() {
      let at = 0;
      for await (const batch of source) {
        if (at++ === recorded) {
          recordSalt();
          recorder.rows(list, batch);
          recorded++;
        }
        yield batch;
      }
      recordSalt();
    },
  };
}
