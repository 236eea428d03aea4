/** Runs all parties of a protocol in one process over a memory network. */
import type { Rng } from '../crypto/rng.ts';
import { ed25519Signer, type Signer, type Verifier } from '../crypto/signature.ts';
import { MpcError } from '../errors.ts';
import { type Clock, systemClock, systemRng } from '../kit/clock.ts';
import { type Compute, cooperativeCompute } from '../kit/compute.ts';
import type { Io, Progress } from '../kit/io.ts';
import type { Link } from '../kit/link.ts';
import type { ListDisk } from '../kit/list-disk.ts';
import { createMemoryNetwork, type Interceptor, type MemoryNetwork } from '../kit/memory-network.ts';
import type { PartyId } from '../kit/party.ts';
import { allowList, type Policy } from '../kit/policy.ts';
import type { ProtocolDefinition } from '../kit/protocol.ts';
import { runParty, type RunResult } from '../kit/run.ts';
import type { SessionLimits } from '../kit/session-limits.ts';
import type { TrafficObserver } from '../kit/traffic.ts';
import type { MessageWitness } from '../kit/witness.ts';

export interface InMemoryRun<P, I> {
  readonly parameters: P;
  /** One input per party of the run. */
  readonly inputs: ReadonlyMap<PartyId, I>;
  readonly initiator: PartyId;
}

export interface InMemoryOptions {
  /** Randomness of one party. Default: the platform's. */
  readonly rng?: (party: PartyId) => Rng;
  readonly clock?: Clock;
  readonly compute?: Compute;
  /** Where long lists are kept. Default: in memory. */
  readonly disk?: ListDisk;
  readonly intercept?: Interceptor;
  readonly limits?: Partial<SessionLimits>;
  /** Version and hash of the rules that gave the inputs their form. */
  readonly inputRules?: string;
  readonly signal?: (party: PartyId) => AbortSignal | undefined;
  readonly observers?: (party: PartyId) => readonly TrafficObserver[];
  /** Who sees what a party says and hears, with its content. */
  readonly witnesses?: (party: PartyId) => readonly MessageWitness[];
  readonly onProgress?: (progress: Progress) => void;
  /** What the parties do together beside their roles, before anything opens. Default: nothing. */
  readonly beginning?: (io: Io) => Promise<void>;
  /** Awaited by a party before anything opens at it, with the run id. Default: nothing. */
  readonly beforeOpening?: (party: PartyId, sid: Uint8Array) => Promise<void>;
  /** What the parties still do together when their roles have ended. Default: nothing. */
  readonly closing?: (io: Io) => Promise<void>;
  /** Default: a fresh Ed25519 identity per party. */
  readonly signer?: (rng: Rng) => Signer;
  readonly verify?: Verifier;
  /** Default: everything of this protocol that the initiator asks. */
  readonly policy?: (party: PartyId) => Policy;
  /** Parameters that one party was configured with, where they differ from the others'. */
  readonly parametersOf?: (party: PartyId) => unknown;
  /** Called with the network before the run starts, for tests that cut it. */
  readonly onNetwork?: (network: MemoryNetwork) => void;
}

/** Every party's outcome; never rejects, so that a failing party cannot hide the others. */
export async function runInMemory<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  run: InMemoryRun<P, I>,
  options: InMemoryOptions = {},
): Promise<ReadonlyMap<PartyId, PromiseSettledResult<RunResult<O>>>> {
  const network = createMemoryNetwork([...run.inputs.keys()], {
    clock: options.clock ?? systemClock,
    ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
  });
  options.onNetwork?.(network);
  return await runOverLinks(protocol, run, { ...options, runName: systemRng(16), linksOf: network.links });
}

export interface LinkedOptions extends Omit<InMemoryOptions, 'intercept' | 'onNetwork'> {
  /** 16 bytes, by which the links know the run. */
  readonly runName: Uint8Array;
  readonly linksOf: (self: PartyId) => ReadonlyMap<PartyId, Link>;
}

/** The same over links of any kind, all of whose ends are in this process. */
export async function runOverLinks<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  run: InMemoryRun<P, I>,
  options: LinkedOptions,
): Promise<ReadonlyMap<PartyId, PromiseSettledResult<RunResult<O>>>> {
  const parties = [...run.inputs.keys()];
  const { beforeOpening } = options;
  const clock = options.clock ?? systemClock;
  // Slices are measured in real time even where timers are not.
  const compute = options.compute ?? cooperativeCompute({ now: systemClock.now, soon: (task) => clock.soon(task) });
  const identity = (party: PartyId): { readonly rng: Rng; readonly signer: Signer } => {
    const rng = options.rng?.(party) ?? systemRng;
    return { rng, signer: (options.signer ?? ed25519Signer)(rng) };
  };
  const identities = new Map(parties.map((party) => [party, identity(party)]));
  const publicKeys = new Map([...identities].map(([party, { signer }]) => [party, signer.publicKey]));
  const allowAll = allowList([{ protocol: protocol.spec.id, initiators: [run.initiator] }]);

  const settled = await Promise.allSettled(
    [...run.inputs].map(async ([self, input], index) => {
      // One party a turn: each reads its first rows at once, and all of them together would hold the event loop.
      for (let turn = 0; turn < index; turn++) await new Promise<void>((resolve) => clock.soon(resolve));
      const { rng, signer } = identities.get(self) ?? identity(self);
      const signal = options.signal?.(self);
      return await runParty(protocol, {
        self,
        input,
        signer,
        publicKeys,
        runName: options.runName,
        parameters: (options.parametersOf?.(self) as P | undefined) ?? run.parameters,
        initiator: run.initiator,
        links: options.linksOf(self),
        policy: options.policy?.(self) ?? allowAll,
        ...(options.limits === undefined ? {} : { limits: options.limits }),
        ...(options.inputRules === undefined ? {} : { inputRules: options.inputRules }),
        ...(signal === undefined ? {} : { signal }),
        observers: options.observers?.(self) ?? [],
        witnesses: options.witnesses?.(self) ?? [],
        ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
        ...(beforeOpening === undefined ? {} : { beforeOpening: (sid) => beforeOpening(self, sid) }),
        ...(options.beginning === undefined ? {} : { beginning: options.beginning }),
        ...(options.closing === undefined ? {} : { closing: options.closing }),
        ports: {
          rng,
          clock,
          compute,
          disk: options.disk,
          ...(options.verify === undefined ? {} : { verify: options.verify }),
        },
      });
    }),
  );
  return new Map(parties.map((party, index) => [party, settled[index]]));
}

/** All results where every party succeeded. @throws otherwise the error that began it, not one that reports another's */
export function succeeded<O>(
  outcomes: ReadonlyMap<PartyId, PromiseSettledResult<RunResult<O>>>,
): ReadonlyMap<PartyId, RunResult<O>> {
  const results = new Map<PartyId, RunResult<O>>();
  const errors: unknown[] = [];
  for (const [party, outcome] of outcomes) {
    if (outcome.status === 'rejected') errors.push(outcome.reason);
    else results.set(party, outcome.value);
  }
  if (errors.length === 0) return results;
  throw errors.find((error) => !(error instanceof MpcError && CONSEQUENCES.includes(error.code))) ?? errors[0];
}

/** What the others report once one party has failed; its own error says why. */
const CONSEQUENCES: readonly string[] = ['peer-aborted', 'peer-closed', 'peer-silent', 'cancelled'];
