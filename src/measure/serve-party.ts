/** The process of one party: it does what the measuring process asks, one request at a time, and ends with it. */
import { fromHex } from '../crypto/bytes.ts';
import { systemClock, systemRng } from '../kit/clock.ts';
import { cooperativeCompute } from '../kit/compute.ts';
import { InternalError } from '../errors.ts';
import type { Link } from '../kit/link.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { formatCard, Identity, parseCard, SECRETS_BYTES } from '../net/identity.ts';
import { type NodeNetwork, openNodeNetwork } from '../net/node-network.ts';
import type { Peer } from '../net/peers.ts';
import { platformPrimitives } from '../net/platform-primitives.ts';
import { platformSigner, platformVerify } from '../net/platform-signature.ts';
import { tuneEngine } from '../node/engine-settings.ts';
import { errorToPost } from '../node/workers/posted-error.ts';
import { createWorkerPool, type WorkerPool } from '../node/workers/worker-pool.ts';
import { cpuMsSince, JobProfile } from './job-profile.ts';
import type { MeasuredQuestion, Part } from './part.ts';
import type { PartyReply, PartyRequest } from './party-messages.ts';

const HOST = '127.0.0.1';
/** All parties start at once, on a machine that may do much else. */
const PATIENCE_MS = 120_000;

/** Answers requests until the channel to the measuring process ends. */
export function serveParty(questions: readonly MeasuredQuestion[]): void {
  tuneEngine();
  let party: Party | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const answer = async (request: PartyRequest): Promise<PartyReply> => {
    if (request.kind === 'begin') {
      party = await Party.begin(request.name, request.threads, questions);
      return party.listening();
    }
    if (party === undefined) throw wrongOrder();
    return await party.answer(request);
  };
  process.on('message', (request: PartyRequest) => {
    last = last.then(async () => {
      const reply = await answer(request).catch(
        (error: unknown): PartyReply => ({ kind: 'failed', error: errorToPost(error) }),
      );
      process.send?.(reply);
    });
  });
  // A party does not outlive who measures it.
  process.once('disconnect', () => process.exit());
}

class Party {
  readonly #identity: Identity;
  readonly #network: NodeNetwork;
  readonly #pool: WorkerPool;
  readonly #threads: number;
  readonly #questions: readonly MeasuredQuestion[];
  #peers: readonly Peer[] = [];
  #part: Part | undefined;
  #others: readonly PartyId[] = [];
  #run: { readonly runName: Uint8Array; readonly links: ReadonlyMap<PartyId, Link> } | undefined;

  private constructor(identity: Identity, network: NodeNetwork, { threads, questions }: PartyOptions) {
    this.#identity = identity;
    this.#network = network;
    this.#threads = threads;
    this.#questions = questions;
    this.#pool = createWorkerPool({ jobs: new URL('../worker-jobs.js', import.meta.url), size: threads });
  }

  static async begin(name: string, threads: number, questions: readonly MeasuredQuestion[]): Promise<Party> {
    const secrets = systemRng(SECRETS_BYTES);
    const identity = new Identity(partyId(name), secrets, platformPrimitives.keyAgreement, platformSigner);
    const network = await openNodeNetwork({
      identity,
      peers: [],
      listen: { host: HOST, port: 0 },
      dialMs: PATIENCE_MS,
      limits: { handshakeMs: PATIENCE_MS, waitMs: PATIENCE_MS },
    });
    return new Party(identity, network, { threads, questions });
  }

  listening(): PartyReply {
    return { kind: 'listening', card: formatCard(this.#identity.card), port: this.#network.listener?.port ?? 0 };
  }

  async answer(request: Exclude<PartyRequest, { readonly kind: 'begin' }>): Promise<PartyReply> {
    const { name } = this.#identity.card;
    switch (request.kind) {
      case 'peers': {
        this.#peers = request.peers.map(({ card, url }) => ({
          ...parseCard(card),
          ...(url === undefined ? {} : { url }),
        }));
        this.#network.network.updatePeers(this.#peers);
        await Promise.all(this.#peers.map((peer) => this.#network.network.connect(peer.name)));
        return { kind: 'ready' };
      }
      case 'prepare': {
        const question = this.#questions.find((known) => known.name === request.settings.question);
        if (question === undefined) throw wrongOrder();
        this.#part = await question.part(request.settings, name);
        this.#others = question.parties(request.settings).all.filter((other) => other !== name);
        return { kind: 'ready' };
      }
      case 'open': {
        const runName = fromHex(request.runName);
        this.#run = { runName, links: await this.#network.network.links(this.#others, runName) };
        return { kind: 'ready' };
      }
      case 'run':
        return await this.#measure(request);
      default:
        return request satisfies never;
    }
  }

  async #measure({ keep, profile }: Extract<PartyRequest, { readonly kind: 'run' }>): Promise<PartyReply> {
    const [part, run] = [this.#part, this.#run];
    this.#run = undefined;
    if (part === undefined || run === undefined) throw wrongOrder();
    // In other threads there is nothing to see of a job's steps.
    const profiled = profile && this.#threads === 0 ? new JobProfile(cooperativeCompute(systemClock)) : undefined;
    const startMs = systemClock.now();
    const start = process.cpuUsage();
    let spent: { readonly wallMs: number; readonly cpuMs: number } | undefined;
    const { report, correct, operations } = await part.run(
      {
        ...run,
        keep,
        self: this.#identity.card.name,
        signer: this.#identity.signer,
        verify: platformVerify,
        publicKeys: new Map([this.#identity.card, ...this.#peers].map(({ name, signingKey }) => [name, signingKey])),
        compute: profiled ?? this.#pool,
      },
      () => (spent = { wallMs: systemClock.now() - startMs, cpuMs: cpuMsSince(start) }),
    );
    if (spent === undefined) throw wrongOrder();
    return {
      kind: 'ran',
      correct,
      protocol: report.protocol,
      securityModel: part.securityModel,
      rounds: report.rounds,
      failureLog2: report.failureLog2,
      cost: {
        party: this.#identity.card.name,
        roles: report.roles,
        ...spent,
        peakRssBytes: 1024 * process.resourceUsage().maxRSS,
        sentBytes: report.traffic.sentBytes,
        receivedBytes: report.traffic.receivedBytes,
        mostToOneBytes: Math.max(...[...report.traffic.perPeer.values()].map((traffic) => traffic.sentBytes)),
        ...(operations === undefined ? {} : { operations }),
        ...(profiled === undefined ? {} : { cpuMsByJob: profiled.cpuMsByJob }),
      },
    };
  }
}

/** Both sides are this package: whatever does not fit is a defect of ours. */
function wrongOrder(): InternalError {
  return new InternalError('Cannot measure: steps come in the wrong order', { code: 'internal', phase: 'measure' });
}

interface PartyOptions {
  readonly threads: number;
  readonly questions: readonly MeasuredQuestion[];
}
