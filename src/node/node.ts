/** A running institution: answers what its configuration allows, asks what its operator asks, stops in order. */
import type { Rng } from '../crypto/rng.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';
import { InternalError } from '../errors.ts';
import { type Clock, systemClock, systemRng, systemWallClock, type WallClock } from '../kit/clock.ts';
import { type Compute, cooperativeCompute } from '../kit/compute.ts';
import type { ListDisk } from '../kit/list-disk.ts';
import { Ledger, type LedgerStore } from '../governance/ledger.ts';
import type { PartyId } from '../kit/party.ts';
import type { AuditStore } from './ledger/audit-store.ts';
import { ActiveRuns } from './runs/active-runs.ts';
import { Agreements } from './agreements/agreements.ts';
import type { Answer, OverlapAnswer, OverlapRowsAnswer } from './runs/answer.ts';
import { Answering } from './runs/answering.ts';
import { type AskOptions, Asking } from './runs/asking.ts';
import { BudgetsLeft } from './ledger/budgets-left.ts';
import { suspectClock } from './clock-check.ts';
import { Consent } from './agreements/consent.ts';
import { ContractBook, type ContractFiles, noContracts } from './agreements/contract-book.ts';
import { Doorway, type RunWithOffer } from './runs/doorway.ts';
import { EvaluatedAccounts } from './lists/evaluated-accounts.ts';
import { FrozenLists, type ListFiles } from './lists/frozen-lists.ts';
import { listDisk } from './lists/list-disk.ts';
import { KeptAnswers } from './runs/kept-answers.ts';
import { errorFields, type Log, silentLog } from './log.ts';
import { Monitor, type NodeEvent } from './ledger/monitor.ts';
import type { NodeConfig } from './config/node-config.ts';
import { kindOf, type NodeContext } from './node-context.ts';
import { type NodeStatus, peerStanding, questionStatus } from './node-status.ts';
import type { PeerNetwork } from './peer-network.ts';
import { NodePolicy } from './agreements/policy.ts';
import { beginKept } from './questions/kept-secrets.ts';
import type { QuestionKind } from './questions/question.ts';
import { loadRulesOf } from './questions/question-identifiers.ts';
import { checkQuestions } from './questions/question-check.ts';
import { Refusals } from './agreements/refusals.ts';
import { type RunRecord, RunRecords } from './runs/run-records.ts';
import type { Store } from './store/store.ts';
import { beginUpkeep } from './upkeep.ts';

/** A compute that holds threads can be closed with the node. */
export interface NodeCompute extends Compute {
  close?(): Promise<void>;
}

export interface NodeOptions {
  readonly config: NodeConfig;
  /** The protocols that this program has. What they keep between runs goes in time while the node runs, and when it stops. */
  readonly questions: readonly QuestionKind[];
  readonly signer: Signer;
  /** Ed25519 keys of the peers, 32 bytes each. */
  readonly peerKeys: ReadonlyMap<PartyId, Uint8Array>;
  /** Owned by the node from here on, as are store, ledger and compute: `stop` closes them. */
  readonly network: PeerNetwork;
  readonly store: Store;
  readonly ledger: LedgerStore;
  /** Where lists are kept that are frozen for a period. */
  readonly lists: ListFiles;
  /** Where it is noted what own questions with `onlyNew` were answered about. undefined: there are none. */
  readonly evaluated?: ListFiles;
  /** Where runs under a contract are recorded. undefined: they are not, and cannot be audited. */
  readonly audits?: AuditStore;
  /** undefined computes in this thread. */
  readonly compute?: NodeCompute;
  /**
   * Where lists are kept during a run that are longer than memory is to hold. Default: the folder `spill` of the store, above
   * 2^22 accounts, as `blindflag audit` does: on disk lists have another order, so that what a disk for other sizes has held
   * is found to differ there.
   */
  readonly disk?: ListDisk;
  /** Contracts of signed questions. undefined: none, so that no signed question is asked or answered. */
  readonly contracts?: ContractFiles;
  /** undefined writes nothing. */
  readonly log?: Log;
  readonly clock?: Clock;
  readonly wallClock?: WallClock;
  readonly rng?: Rng;
  readonly verify?: Verifier;
}

export interface RunningNode {
  readonly name: PartyId;
  /**
   * Asks one institution a configured question about own accounts. @throws MpcError that names whose side it is;
   * UsageError where the question goes to all its parties, or the named one does not answer it
   */
  ask(question: string, options: AskOptions & { readonly peer: string }): Promise<OverlapAnswer>;
  /** Asks all parties of a configured question. @throws the same; UsageError where the question goes to one institution */
  ask(question: string, options?: AskOptions): Promise<Answer>;
  /** The answer that a question of another institution gave this node too. @throws UsageError when none of this run is kept */
  keptAnswer(run: string): OverlapRowsAnswer;
  status(): NodeStatus;
  /** Tells the listener of what the ledger says from now on, until the returned function is called. */
  listen(listener: (event: NodeEvent) => void): () => void;
  /** Resolves when the node has stopped. */
  readonly stopped: Promise<void>;
  /** Runs that this node took part in, newest first. Default: 100 of them. */
  runs(limit?: number): readonly RunRecord[];
  /** Contracts and grants: how they stand, and taking them back. */
  readonly consent: Consent;
  /**
   * Takes nothing new, gives running runs the configured time, cancels the rest, closes everything, and overwrites what was
   * kept for later runs, where no other node of this process was given the same questions.
   */
  stop(): Promise<void>;
}

/**
 * Starts a node; from then on it answers its peers.
 * @throws UsageError `bad-parameter` when the configuration allows what can never run, or a key is missing
 */
export async function createNode(options: NodeOptions): Promise<RunningNode> {
  await loadRulesOf(options.config.questions);
  checkQuestions(options);
  const { network, store, compute, log = silentLog } = options;
  let answering: Answering | undefined;
  const context = await openContext(options, (run) => void answering?.serve(run));
  const { kinds, clock, wallClock } = context;
  const endKept = beginKept(kinds, { clock, wallClock });
  answering = new Answering(context);
  network.onRun((run) => context.doorway.arrive(run));
  log.write('info', 'node-started');
  const endUpkeep = beginUpkeep(context);
  return new Institution(context, answering, [
    () => network.close(),
    () => compute?.close?.() ?? Promise.resolve(),
    () => store.close(),
    () => context.ledger.close(),
    () => Promise.resolve(endUpkeep()),
    () => Promise.resolve(endKept()),
  ]);
}

/** Reads what former processes left, ends what they left open, and opens what all runs share. */
async function openContext(options: NodeOptions, offered: (run: RunWithOffer) => void): Promise<NodeContext> {
  const { config, signer, peerKeys, questions: kinds, store, network, log = silentLog } = options;
  const { clock = systemClock, wallClock = systemWallClock, rng = systemRng, verify } = options;
  const publicKeys = new Map([...peerKeys, [config.name, signer.publicKey] as const]);
  const records = new RunRecords(store, wallClock);
  await records.markInterrupted(log);
  const monitor = new Monitor();
  const ledger = await openLedger(options, monitor);
  const evaluated = await openEvaluated(options);
  const frozen = new FrozenLists({ files: options.lists, ledger, wallClock, rng });
  await frozen.sweep();
  await options.audits?.removeOld(wallClock.now());
  const { contracts: files = noContracts } = options;
  const contracts = new ContractBook({ config, kinds, publicKeys, files, ledger, wallClock, signer, log, verify });
  await contracts.load();
  const budgets = new BudgetsLeft({ config, agreements: new Agreements(config, contracts), ledger, wallClock });
  monitor.start({ ledger, budgets, log });
  return {
    config,
    kinds,
    signer,
    publicKeys,
    network,
    records,
    log,
    clock,
    wallClock,
    rng,
    verify,
    contracts,
    ledger,
    audits: options.audits,
    budgets,
    monitor,
    evaluated,
    frozen,
    refusals: new Refusals({ ledger, wallClock, log }),
    policy: new NodePolicy({ config, kinds, publicKeys, contracts, ledger, wallClock, log }),
    runs: new ActiveRuns(clock),
    answers: new KeptAnswers(wallClock),
    compute: options.compute ?? cooperativeCompute(systemClock),
    disk: options.disk ?? listDisk(config),
    doorway: new Doorway({
      clock,
      offered,
      refused: (peer, error) => log.write('warn', 'link-refused', { peer, ...errorFields(error) }),
    }),
  };
}

async function openLedger(
  { config, signer, ledger: store, wallClock = systemWallClock, rng = systemRng, verify }: NodeOptions,
  monitor: Monitor,
): Promise<Ledger> {
  const ledger = await Ledger.open({
    party: config.name,
    signer,
    store,
    wallClock,
    rng,
    verify,
    onEntry: (entry, isNew) => monitor.take(entry, isNew),
  });
  // What a former process left: those runs opened nothing that the ledger does not say.
  const ends = ledger.budgets.unfinished().map((run) => ledger.append('run-ended', { run, outcome: 'interrupted' }));
  await Promise.all(ends);
  return ledger;
}

async function openEvaluated({
  evaluated: files,
  signer,
  wallClock = systemWallClock,
}: NodeOptions): Promise<EvaluatedAccounts | undefined> {
  if (files === undefined) return undefined;
  const evaluated = new EvaluatedAccounts({ files, signer, wallClock });
  await evaluated.sweep('start');
  return evaluated;
}

class Institution implements RunningNode {
  readonly #context: NodeContext;
  readonly #answering: Answering;
  readonly #asking: Asking;
  readonly consent: Consent;
  readonly stopped: Promise<void>;
  #hasStopped: () => void = () => undefined;
  readonly #closers: readonly (() => Promise<void>)[];
  readonly #startMs: number;
  #stopping: Promise<void> | undefined;

  constructor(context: NodeContext, answering: Answering, closers: readonly (() => Promise<void>)[]) {
    this.#context = context;
    this.#answering = answering;
    this.#asking = new Asking(context);
    this.consent = new Consent(context);
    this.#closers = closers;
    this.#startMs = context.clock.now();
    this.stopped = new Promise((resolve) => (this.#hasStopped = resolve));
  }

  get name(): PartyId {
    return this.#context.config.name;
  }

  ask(question: string, options: AskOptions & { readonly peer: string }): Promise<OverlapAnswer>;
  ask(question: string, options?: AskOptions): Promise<Answer>;
  async ask(question: string, options: AskOptions = {}): Promise<Answer | OverlapAnswer> {
    const answer = await this.#asking.ask(question, options);
    // What the two signatures promise; a kind of question that breaks it is a defect of this program.
    if ((options.peer === undefined) === (answer.kind === 'flags')) return answer;
    throw new InternalError('Cannot answer: the answer is not of the kind that was asked for', { code: 'internal' });
  }

  keptAnswer(run: string): OverlapRowsAnswer {
    return this.#context.answers.get(run);
  }

  status(): NodeStatus {
    const { config, kinds, contracts, network, runs, answers, budgets, monitor, clock } = this.#context;
    const peers = network.status();
    const suspect = suspectClock(config.name, peers);
    const cards = new Map(config.peers.map(({ name, expiresMs }) => [name, expiresMs]));
    return {
      name: config.name,
      stopping: this.#stopping !== undefined,
      upSeconds: (clock.now() - this.#startMs) / 1000,
      peers: peers.map((peer) => peerStanding(peer, cards.get(peer.peer))),
      questions: config.questions.map((terms) =>
        questionStatus(terms, { kind: kindOf(kinds, terms), self: config.name, contracts: contracts.list() }),
      ),
      asking: this.#asking.running,
      waiting: this.#asking.waiting,
      answering: this.#answering.running,
      runs: runs.list(),
      answers: answers.list(),
      budgets: budgets.lines(),
      alerts: monitor.alerts,
      ...(suspect === undefined ? {} : { clockSuspect: suspect }),
    };
  }

  runs(limit = 100): readonly RunRecord[] {
    return this.#context.records.list(limit);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => this.#hasStopped());
    return this.#stopping;
  }

  listen(listener: (event: NodeEvent) => void): () => void {
    return this.#context.monitor.listen(listener);
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
