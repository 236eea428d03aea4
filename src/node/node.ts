/** A running institution: answers what its configuration allows, asks what its operator asks, stops in order. */
import type { Rng } from '../crypto/rng.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';
import { MpcError, UsageError } from '../errors.ts';
import { type Clock, systemClock, systemRng } from '../kit/clock.ts';
import { type Compute, cooperativeCompute } from '../kit/compute.ts';
import type { PartyId } from '../kit/party.ts';
import { ActiveRuns, type ActiveRunStatus } from './active-runs.ts';
import type { Answer } from './answer.ts';
import { Answering } from './answering.ts';
import { type AskOptions, Asking } from './asking.ts';
import { suspectClock } from './clock-check.ts';
import { Doorway } from './doorway.ts';
import { errorFields, type Log, silentLog } from './log.ts';
import type { NodeConfig } from './node-config.ts';
import { kindOf, type NodeContext } from './node-context.ts';
import type { PeerNetwork, PeerStatus } from './peer-network.ts';
import { NodePolicy } from './policy.ts';
import type { QuestionKind } from './question.ts';
import { type RunRecord, RunRecords } from './run-records.ts';
import type { Store } from './store.ts';
import { systemWallClock, type WallClock } from './wall-clock.ts';

/** A compute that holds threads can be closed with the node. */
export interface NodeCompute extends Compute {
  close?(): Promise<void>;
}

export interface NodeOptions {
  readonly config: NodeConfig;
  /** The protocols that this program has. */
  readonly questions: readonly QuestionKind[];
  readonly signer: Signer;
  /** Ed25519 keys of the peers, 32 bytes each. */
  readonly peerKeys: ReadonlyMap<PartyId, Uint8Array>;
  /** Owned by the node from here on, as are store and compute: `stop` closes them. */
  readonly network: PeerNetwork;
  readonly store: Store;
  /** undefined computes in this thread. */
  readonly compute?: NodeCompute;
  /** undefined writes nothing. */
  readonly log?: Log;
  readonly clock?: Clock;
  readonly wallClock?: WallClock;
  readonly rng?: Rng;
  readonly verify?: Verifier;
}

export interface NodeStatus {
  readonly name: PartyId;
  readonly stopping: boolean;
  readonly upSeconds: number;
  readonly peers: readonly PeerStatus[];
  readonly questions: readonly string[];
  /** Own questions with a place, and those in line for one. */
  readonly asking: number;
  readonly waiting: number;
  /** Runs of peers. */
  readonly answering: number;
  readonly runs: readonly ActiveRunStatus[];
  /** A party whose clock stands against the others'. */
  readonly clockSuspect?: PartyId;
}

export interface RunningNode {
  readonly name: PartyId;
  /** Asks a configured question about own accounts. @throws MpcError that names whose side it is */
  ask(question: string, options?: AskOptions): Promise<Answer>;
  status(): NodeStatus;
  /** Runs that this node took part in, newest first. Default: 100 of them. */
  runs(limit?: number): readonly RunRecord[];
  /** Takes nothing new, gives running runs the configured time, cancels the rest, closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts a node; from then on it answers its peers.
 * @throws UsageError `bad-parameter` when the configuration allows what can never run, or a key is missing
 */
export async function createNode(options: NodeOptions): Promise<RunningNode> {
  checkQuestions(options);
  const { config, signer, peerKeys, questions: kinds, store, network, log = silentLog } = options;
  const { clock = systemClock, wallClock = systemWallClock } = options;
  const publicKeys = new Map([...peerKeys, [config.name, signer.publicKey] as const]);
  const records = new RunRecords(store, wallClock);
  await records.markInterrupted(log);
  let answering: Answering | undefined;
  const context: NodeContext = {
    config,
    kinds,
    signer,
    publicKeys,
    network,
    records,
    log,
    clock,
    wallClock,
    policy: new NodePolicy({ config, kinds, publicKeys, store, wallClock }),
    runs: new ActiveRuns(clock),
    rng: options.rng ?? systemRng,
    compute: options.compute ?? cooperativeCompute(systemClock),
    verify: options.verify,
    doorway: new Doorway({
      clock,
      offered: (run) => void answering?.serve(run),
      refused: (peer, error) => log.write('warn', 'link-refused', { peer, ...errorFields(error) }),
    }),
  };
  answering = new Answering(context);
  network.onRun((run) => context.doorway.arrive(run));
  log.write('info', 'node-started');
  return new Institution(context, answering, [
    () => network.close(),
    () => options.compute?.close?.() ?? Promise.resolve(),
    () => store.close(),
  ]);
}

class Institution implements RunningNode {
  readonly #context: NodeContext;
  readonly #answering: Answering;
  readonly #asking: Asking;
  readonly #closers: readonly (() => Promise<void>)[];
  readonly #startMs: number;
  #stopped: Promise<void> | undefined;

  constructor(context: NodeContext, answering: Answering, closers: readonly (() => Promise<void>)[]) {
    this.#context = context;
    this.#answering = answering;
    this.#asking = new Asking(context);
    this.#closers = closers;
    this.#startMs = context.clock.now();
  }

  get name(): PartyId {
    return this.#context.config.name;
  }

  ask(question: string, options?: AskOptions): Promise<Answer> {
    return this.#asking.ask(question, options);
  }

  status(): NodeStatus {
    const { config, network, runs, clock } = this.#context;
    const peers = network.status();
    const suspect = suspectClock(config.name, peers);
    return {
      name: config.name,
      stopping: this.#stopped !== undefined,
      upSeconds: (clock.now() - this.#startMs) / 1000,
      peers,
      questions: config.questions.map(({ name }) => name),
      asking: this.#asking.running,
      waiting: this.#asking.waiting,
      answering: this.#answering.running,
      runs: runs.list(),
      ...(suspect === undefined ? {} : { clockSuspect: suspect.party }),
    };
  }

  runs(limit = 100): readonly RunRecord[] {
    return this.#context.records.list(limit);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { log, runs, doorway, config } = this.#context;
    log.write('info', 'node-stopping', { count: runs.size });
    this.#answering.stop();
    this.#asking.stop();
    await runs.settle(config.limits.stopMs);
    doorway.close();
    // Each is closed whatever happens to the others; the first failure is the caller's.
    const closed = await Promise.allSettled(this.#closers.map((close) => close()));
    log.write('info', 'node-stopped');
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }
}

/** What can never run is found at the start, not when a peer asks. */
function checkQuestions({ config, questions: kinds, peerKeys }: NodeOptions): void {
  for (const [index, terms] of config.questions.entries()) {
    const kind = kindOf(kinds, terms);
    const askers = config.allow.filter(({ question }) => question === terms.name).flatMap((entry) => entry.askers);
    for (const asker of askers) {
      const planned = planFor(kind, { terms, asker, where: `$.questions[${index}]` });
      for (const party of planned.roles.keys()) {
        if (party !== config.name && !peerKeys.has(party)) throw missingKey(party);
      }
    }
  }
}

function planFor(
  kind: QuestionKind,
  { terms, asker, where }: { terms: NodeConfig['questions'][number]; asker: PartyId; where: string },
): ReturnType<QuestionKind['plan']> {
  try {
    return kind.plan(terms, { asker, items: terms.buckets.asker });
  } catch (error) {
    if (!(error instanceof MpcError)) throw error;
    throw new UsageError(`Cannot start: ${where} allows '${asker}' to ask what cannot run: ${error.message}`, {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: error.remedy ?? 'correct the terms of the question',
      cause: error,
    });
  }
}

function missingKey(party: PartyId): UsageError {
  return new UsageError('Cannot start: a party of a question has no public key here', {
    code: 'bad-parameter',
    phase: 'configuration',
    party,
    remedy: 'add the card that its operator gave you to its entry under peers',
  });
}
