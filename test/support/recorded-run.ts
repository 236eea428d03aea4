/** Runs of all parties in this process in which each records its part, and the audit of one of them. */
import { toHex } from '../../src/crypto/bytes.ts';
import type { Signer } from '../../src/crypto/signature.ts';
import { type AuditOptions, auditRun, type AuditVerdict, type SealedTranscript } from '../../src/governance/audit.ts';
import { type AuditRecord, readAuditRecord, type RecordBytes } from '../../src/governance/audit-record.ts';
import { RunRecorder, seedCommitment } from '../../src/governance/run-recorder.ts';
import { Transcript } from '../../src/governance/transcript.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import { createMemoryNetwork, type Interceptor } from '../../src/kit/memory-network.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { allowList } from '../../src/kit/policy.ts';
import type { ProtocolDefinition } from '../../src/kit/protocol.ts';
import { runParty } from '../../src/kit/run.ts';
import { platformHash } from '../../src/node/platform-hash.ts';
import { insecureSeededRng, insecureTestSigner, insecureTestVerifier, type InMemoryRun } from '../../src/testing.ts';

/** One party's record, as bytes, and what the others signed of it. */
export interface RecordedParty {
  readonly bytes: Uint8Array;
  readonly signer: Signer;
  readonly seed: Uint8Array;
  readonly seals: readonly SealedTranscript[];
  readonly error: unknown;
}

export interface RecordedRunOptions {
  readonly intercept?: Interceptor;
  /** What one party computes with: software that departs from the protocol computes something else. */
  readonly computeOf?: (party: PartyId, compute: Compute) => Compute;
  /** False: nobody records or draws from a seed, as without a contract. */
  readonly records?: boolean;
}

export async function recordedRun<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  run: InMemoryRun<P, I>,
  seed: number,
  options: RecordedRunOptions = {},
): Promise<ReadonlyMap<PartyId, RecordedParty>> {
  const parties = [...run.inputs.keys()];
  const network = createMemoryNetwork(parties, {
    clock: systemClock,
    ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
  });
  const rngOf = (party: PartyId, what: string): ReturnType<typeof insecureSeededRng> =>
    insecureSeededRng('recorded', seed, party, what);
  const signers = new Map(parties.map((party) => [party, insecureTestSigner(rngOf(party, 'signer'))]));
  const publicKeys = new Map([...signers].map(([party, { publicKey }]) => [party, publicKey]));
  const settled = await Promise.all(
    [...run.inputs].map(async ([self, input]): Promise<readonly [PartyId, RecordedParty]> => {
      const signer = signers.get(self) ?? insecureTestSigner(rngOf(self, 'signer'));
      const ownSeed = rngOf(self, 'seed')(32);
      const sections: Uint8Array[] = [];
      const recorder = new RunRecorder({ write: (section) => void sections.push(section) }, headOf(run, self, ownSeed));
      const transcript = new Transcript({
        self,
        newHash: platformHash,
        onMessage: (message) => recorder.message(message),
      });
      let seals: readonly SealedTranscript[] = [];
      let error: unknown;
      const isRecorded = options.records ?? true;
      const compute = cooperativeCompute(systemClock);
      await runParty(protocol, {
        self,
        input,
        publicKeys,
        parameters: run.parameters,
        initiator: run.initiator,
        runName: new Uint8Array(16).fill(seed),
        links: network.links(self),
        policy: allowList([{ protocol: protocol.spec.id, initiators: [run.initiator] }]),
        ...(isRecorded
          ? { seed: ownSeed, signer: recorder.signing(signer), witnesses: [transcript, recorder] }
          : { signer }),
        closing: (io) => {
          recorder.end(io.sid);
          seals = parties
            .filter((peer) => peer !== self)
            .map((peer) => ({ peer, transcript: transcript.digest(peer) }));
          return Promise.resolve();
        },
        ports: {
          rng: rngOf(self, 'rng'),
          verify: insecureTestVerifier,
          compute: options.computeOf?.(self, compute) ?? compute,
        },
      }).catch((caught: unknown) => (error = caught));
      return [self, { bytes: joined(sections), signer, seed: ownSeed, seals, error }];
    }),
  );
  return new Map(settled);
}

function headOf<P, I>(
  run: InMemoryRun<P, I>,
  self: PartyId,
  seed: Uint8Array,
): ConstructorParameters<typeof RunRecorder>[1] {
  return {
    run: '00'.repeat(16),
    self,
    initiator: run.initiator,
    offer: '-',
    question: 'flags',
    seed: toHex(seed),
    startedAt: '2026-11-01T00:00:00.000Z',
    keepUntil: '2026-12-01T00:00:00.000Z',
  };
}

function joined(sections: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(sections));
}

export function recordBytes(bytes: Uint8Array): RecordBytes {
  return { size: bytes.length, read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)) };
}

export interface AuditCase<P, I> {
  readonly run: InMemoryRun<P, I>;
  readonly self: PartyId;
  readonly recorded: ReadonlyMap<PartyId, RecordedParty>;
  /** What the list was committed to, where it is not what the run was given. */
  readonly input?: I | undefined;
  readonly bytes?: Uint8Array;
  readonly seals?: readonly SealedTranscript[];
  readonly seedCommitment?: string;
}

/** Audits one party's part with the honest protocol. */
export async function audited<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  { run, self, recorded, ...other }: AuditCase<P, I>,
): Promise<AuditVerdict> {
  const party = recorded.get(self);
  if (party === undefined) throw new TypeError('no such party');
  const bytes = recordBytes(other.bytes ?? party.bytes);
  const record: AuditRecord = await readAuditRecord(bytes);
  const publicKeys = new Map([...recorded].map(([name, { signer }]) => [name, signer.publicKey]));
  const input = other.input ?? run.inputs.get(self);
  if (input === undefined) throw new TypeError('no such input');
  const options: AuditOptions = {
    bytes,
    publicKey: party.signer.publicKey,
    seals: other.seals ?? party.seals,
    seedCommitment: other.seedCommitment ?? seedCommitment(party.seed),
    newHash: platformHash,
    execute: ({ session, seed, signer, closing }) =>
      runParty(protocol, {
        self,
        input,
        session,
        seed,
        signer,
        closing,
        publicKeys,
        links: new Map(),
        parameters: run.parameters,
        initiator: run.initiator,
        runName: new Uint8Array(16),
        policy: { decide: () => ({ allow: true }) },
        ports: { verify: insecureTestVerifier },
      }),
  };
  return await auditRun(record, options);
}
