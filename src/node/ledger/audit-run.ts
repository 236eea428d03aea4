/** The audit of one recorded run of this institution: from its files alone, without a running node and without its secret keys. */
import { equalBytes, fromHex, utf8 } from '../../crypto/bytes.ts';
import { type Verifier, verifyEd25519 } from '../../crypto/signature.ts';
import type { Source } from '../../data/source.ts';
import { UsageError } from '../../errors.ts';
import { type AuditVerdict, auditRun, type ExecuteOptions, type SealedTranscript } from '../../governance/audit.ts';
import {
  type AuditRecord,
  readAuditRecord,
  type RecordBytes,
  recordedLines,
  recordedRows,
} from '../../governance/audit-record.ts';
import { damagedRecord } from '../../governance/audit-sections.ts';
import { checkLedger } from '../../governance/ledger-check.ts';
import type { LedgerBodies } from '../../governance/ledger-entry.ts';
import { ListRoot, saltLine } from '../../governance/row-lines.ts';
import type { Compute } from '../../kit/compute.ts';
import type { ListDisk } from '../../kit/list-disk.ts';
import { readOffer } from '../../kit/incoming-offer.ts';
import type { Offer } from '../../kit/offer.ts';
import type { PartyId } from '../../kit/party.ts';
import { BRINGS_LIST } from '../agreements/admission.ts';
import { platformHash } from '../platform-hash.ts';
import type { PlannedRun, QuestionKind } from '../questions/question.ts';

export interface AuditRunOptions {
  readonly bytes: RecordBytes;
  /** Lines of this institution's ledger. */
  readonly ledger: AsyncIterable<string>;
  readonly party: PartyId;
  /** Own signing key, and those that are pinned to peers. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly kinds: readonly QuestionKind[];
  readonly compute?: Compute;
  /** Where long lists are kept, as in the run: on disk and in memory they have another order. undefined: in memory. */
  readonly disk?: ListDisk;
  readonly signal?: AbortSignal;
  /** Default: Ed25519. */
  readonly verify?: Verifier;
}

/** What was found of a run, and which run it is. */
export interface AuditedRun {
  readonly run: string;
  /** Whose part was executed again. */
  readonly party: PartyId;
  readonly question: string;
  readonly protocol: string;
  readonly initiator: PartyId;
  readonly startedAt: string;
  readonly roles: readonly string[];
  readonly parties: readonly PartyId[];
  readonly verdict:
    | AuditVerdict
    /** The list that the run was answered from is not the one that the ledger committed to for the period. */
    | { readonly kind: 'other-list'; readonly period?: string };
}

/** @throws UsageError where the record or the ledger is damaged, or this program does not have the protocol */
export async function auditRecordedRun(options: AuditRunOptions): Promise<AuditedRun> {
  const { bytes, party, kinds } = options;
  const record = await readAuditRecord(bytes);
  const { head } = record;
  const offer = readOffer(utf8(head.offer));
  const own = offer?.parties.find(({ id }) => id === party);
  if (offer === undefined || own === undefined || head.self !== party) throw damagedRecord();
  const kind = kinds.find(({ protocol }) => protocol === offer.protocol);
  if (kind === undefined) throw otherVersion();
  const said = await ledgerOf({ run: head.run, parties: offer.parties.map(({ id }) => id) }, options);
  const period = said.admitted?.period;
  const bringsList = own.roles.some((role) => BRINGS_LIST.includes(role));
  const verdict =
    bringsList && !(await isCommittedList(record, bytes, said.snapshot))
      ? ({ kind: 'other-list', ...(period === undefined ? {} : { period }) } as const)
      : await auditRun(record, {
          bytes,
          seals: said.seals,
          seedCommitment: said.opening?.seed,
          publicKey: own.publicKey,
          newHash: platformHash,
          execute: (execution) => execute(kind.replay(offer.parameters), { offer, record, execution, options }),
        });
  return {
    run: head.run,
    party,
    question: head.question,
    protocol: offer.protocol,
    initiator: head.initiator,
    startedAt: head.startedAt,
    roles: own.roles,
    parties: offer.parties.map(({ id }) => id),
    verdict,
  };
}

async function execute(
  planned: Pick<PlannedRun, 'join'>,
  {
    offer,
    record,
    execution,
    options,
  }: {
    readonly offer: Offer;
    readonly record: AuditRecord;
    readonly execution: ExecuteOptions;
    readonly options: AuditRunOptions;
  },
): Promise<void> {
  const { head, rows } = record;
  const { bytes, compute, disk, signal, verify } = options;
  const listOf = (list: 'asked' | 'held'): Source => ({
    [Symbol.asyncIterator]: () => recordedRows(bytes, rows[list]),
  });
  const asks = head.self === head.initiator;
  await planned.join({
    ...execution,
    self: head.self,
    initiator: head.initiator,
    runName: fromHex(head.run),
    contract: offer.contract,
    runNumber: offer.runNumber,
    inputRules: offer.inputRules,
    limits: { windowBytes: offer.windowBytes },
    links: new Map(),
    publicKeys: new Map(offer.parties.map(({ id, publicKey }) => [id, publicKey])),
    // It was decided when the run was: the record is of one that began.
    policy: { decide: () => ({ allow: true }) },
    rows: { asked: asks ? listOf('asked') : undefined, held: asks ? undefined : listOf('held') },
    ...(signal === undefined ? {} : { signal }),
    ports: { disk, ...(compute === undefined ? {} : { compute }), ...(verify === undefined ? {} : { verify }) },
  });
}

/** What the ledger says of the run. */
interface Said {
  admitted?: LedgerBodies['run-admitted'];
  opening?: LedgerBodies['run-opening'];
  snapshot?: LedgerBodies['snapshot'];
  readonly seals: SealedTranscript[];
}

async function ledgerOf(
  { run, parties }: { readonly run: string; readonly parties: readonly PartyId[] },
  { ledger, party, publicKeys, verify = verifyEd25519 }: AuditRunOptions,
): Promise<Said> {
  const said: Said = { seals: [] };
  const snapshots: LedgerBodies['snapshot'][] = [];
  const publicKey = publicKeys.get(party);
  if (publicKey === undefined) throw new RangeError('Cannot audit: no own key');
  const peers = new Set(parties.filter((one) => one !== party && publicKeys.has(one)));
  const found = await checkLedger(ledger, {
    party,
    publicKey,
    verify,
    peerKeys: publicKeys,
    onEntry({ kind, body }) {
      if (kind === 'snapshot') snapshots.push(body);
      else if (kind === 'run-admitted' && body.run === run) said.admitted = body;
      else if (kind === 'run-opening' && body.run === run) said.opening = body;
      // Of the other parties of the run alone: this institution can countersign for itself, and a ledger may hold any seal
      // under its keys. A peer that is not pinned any more cannot be asked for its key.
      else if (kind === 'heads-countersigned' && body.run === run) {
        const ofRun = body.peers.filter(({ peer }) => peers.has(peer));
        said.seals.push(...ofRun.map(({ peer, transcript }) => ({ peer, transcript: fromHex(transcript) })));
      }
    },
  });
  if (found.kind === 'bad') throw damagedLedger(found.seq);
  const { admitted } = said;
  const ofRun = snapshots.find(
    ({ contract, period }) => contract === admitted?.contract && period === admitted?.period,
  );
  return { ...said, ...(ofRun === undefined ? {} : { snapshot: ofRun }) };
}

/** Has the list of the record the root that the ledger has? */
async function isCommittedList(
  { rows, salt }: AuditRecord,
  bytes: RecordBytes,
  snapshot: LedgerBodies['snapshot'] | undefined,
): Promise<boolean> {
  if (snapshot === undefined || salt === undefined) return false;
  const root = new ListRoot(platformHash);
  root.add(saltLine(salt));
  for await (const line of recordedLines(bytes, rows.held)) root.add(line);
  return equalBytes(utf8(root.hex()), utf8(snapshot.root));
}

function otherVersion(): UsageError {
  return new UsageError('Cannot audit: this version of the software does not have the protocol of the run', {
    code: 'bad-parameter',
    phase: 'audit/record',
    remedy: 'use the version with which the run was made',
  });
}

function damagedLedger(seq: number): UsageError {
  return new UsageError(`Cannot audit: entry ${seq} of the ledger is not what was written`, {
    code: 'bad-input',
    phase: 'audit/ledger',
    remedy: "see 'blindflag ledger verify'; what the ledger says of the run counts for nothing as it is",
  });
}
