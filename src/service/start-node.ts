/** From a node's folder to a running node: configuration, identity, peers, clock, store, port, protocols, administration. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { flagParameters, keepingFlag, MIN_BATCH } from '../../protocols/flag/index.ts';
import {
  columnCell,
  keepingOverlap,
  neededOverlapDisclosures,
  overlapParameters,
} from '../../protocols/overlap/index.ts';
import { removeDeadSpills } from '../data/spill/spill-folder.ts';
import { UsageError } from '../errors.ts';
import { systemWallClock, type WallClock } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import type { Identity, PublicCard } from '../net/identity.ts';
import { readIdentityFile } from '../net/identity-file.ts';
import type { Peer } from '../net/peers.ts';
import { platformVerify } from '../net/platform-signature.ts';
import { AUDIT_FOLDER, openAuditStore } from '../node/ledger/audit-store.ts';
import { openAdmin } from '../node/admin/admin-server.ts';
import { holdFolder } from '../node/admin/held-folder.ts';
import { readConfig } from '../node/config/config.ts';
import { contractFolder } from '../node/agreements/contract-folder.ts';
import { checkDatasets } from '../node/lists/dataset-check.ts';
import { EVALUATED_FOLDER } from '../node/lists/evaluated-accounts.ts';
import { flagQuestion } from '../node/questions/flag-question.ts';
import { LEDGER_FILE, openLedgerFile } from '../node/ledger/ledger-file.ts';
import { listFolder, LISTS_FOLDER } from '../node/lists/list-files.ts';
import { openLmdbStore } from '../node/store/lmdb-store.ts';
import type { Log } from '../node/log.ts';
import { createNode, type NodeOptions, type RunningNode } from '../node/node.ts';
import type { NodeConfig } from '../node/config/node-config.ts';
import { overlapQuestion } from '../node/questions/overlap-question.ts';
import type { QuestionKind } from '../node/questions/question.ts';
import { spillParent } from '../node/lists/list-disk.ts';
import { createWorkerPool } from '../node/workers/worker-pool.ts';
import { dailyBaseOts } from './daily-base-ots.ts';
import { pinnedPeer } from './pinned-peer.ts';
import { openWsPeers, type PeerEvent, type WsPeers } from './ws-peers.ts';

/** The configuration's name in a node's folder. */
export const CONFIG_FILE = 'node.json';

export interface StartOptions {
  /** Of the identity file; a function is called once the configuration was found to be good. */
  readonly passphrase: string | (() => Promise<string>);
  /** Default: nothing is written. */
  readonly log?: Log | ((config: NodeConfig) => Log);
  /** What happens to the connections to peers. */
  readonly onPeer?: (event: PeerEvent) => void;
  readonly wallClock?: WallClock;
}

export interface StartedNode {
  readonly node: RunningNode;
  readonly config: NodeConfig;
  readonly card: PublicCard;
  /** Where it listens, also when the configuration says port 0. */
  readonly port: number | undefined;
  /** Resolves when somebody stopped the node over its local administration. */
  readonly stopped: Promise<void>;
  /** Runs under way get the configured time to end; then everything is closed. */
  stop(): Promise<void>;
}

/**
 * The protocols that a node of this package answers. Their runs keep base transfers in memory for later ones, from when a node
 * was given them (`createNode`, `startNode`): until midnight (UTC) by its clocks, whether runs come by or not, and until it has
 * stopped. They are overwritten then, so stop a node whose process goes on. Nodes that are given the same ones share what
 * is kept; it goes with the last of them.
 */
export function nodeQuestions(): readonly QuestionKind[] {
  const kept = dailyBaseOts();
  return [
    flagQuestion({ definition: keepingFlag(kept), parameters: flagParameters, smallestBatch: MIN_BATCH, kept }),
    overlapQuestion({
      kept,
      definition: keepingOverlap(kept),
      parameters: overlapParameters,
      disclosures: neededOverlapDisclosures,
      cell: columnCell,
    }),
  ];
}

/**
 * Starts the node whose folder this is; local administration (`blindflag status`, `ask`, `stop`) goes to it from then on.
 * @throws UsageError that says what is wrong with configuration, identity, clock, port or store, and what to do
 */
export async function startNode(folder: string, options: StartOptions): Promise<StartedNode> {
  const home = await readHome(folder, options);
  const opened = new Opened();
  try {
    // Before anything of it is touched: two nodes that write one ledger would end both.
    const held = opened.add(await holdFolder(home.folder));
    const parts = await openParts(home, opened);
    const node = await createNode(parts);
    // It closes network, store, ledger and compute.
    opened.replace([held, { close: () => node.stop() }]);
    const { config, log, identity } = home;
    const { operators } = config;
    const admin = await openAdmin({
      folder: home.folder,
      held,
      node,
      operators,
      ...(log === undefined ? {} : { log }),
    });
    return {
      node,
      config,
      card: identity.card,
      port: parts.network.port,
      stopped: admin.stopped,
      async stop() {
        await node.stop();
        await admin.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** What a node's folder says, read and checked before anything is opened. */
interface Home extends Pick<StartOptions, 'onPeer'> {
  readonly folder: string;
  readonly config: NodeConfig;
  readonly identity: Identity;
  readonly peers: readonly Peer[];
  readonly wallClock: WallClock;
  readonly log: Log | undefined;
}

async function readHome(given: string, options: StartOptions): Promise<Home> {
  const { passphrase, log, wallClock = systemWallClock, ...rest } = options;
  const folder = resolve(given);
  const config = await readConfig(join(folder, CONFIG_FILE));
  const peers = config.peers.map(pinnedPeer);
  await checkDatasets(config);
  const identity = await openIdentity(config, typeof passphrase === 'string' ? passphrase : await passphrase());
  await requireSaneClock(config.identity, wallClock);
  return { folder, config, identity, peers, wallClock, log: typeof log === 'function' ? log(config) : log, ...rest };
}

/** Opens store, ledger, port and threads, and names the folders of all else. */
async function openParts(
  { folder, config, identity, peers, wallClock, log, onPeer }: Home,
  opened: Opened,
): Promise<NodeOptions & { readonly network: WsPeers }> {
  const store = opened.add(await openLmdbStore(config.store));
  await removeDeadSpills(spillParent(config));
  const ledger = opened.add(await openLedgerFile(join(config.store, LEDGER_FILE)));
  const audits = await openAuditStore(join(config.store, AUDIT_FOLDER));
  const { listen } = config;
  const connections = { identity, peers, listen, wallClock: () => wallClock.now() };
  const network = opened.add(await openWsPeers({ ...connections, ...(onPeer === undefined ? {} : { onPeer }) }));
  const { workers } = config.limits;
  const jobs = new URL('../worker-jobs.js', import.meta.url);
  const compute = opened.add(createWorkerPool({ jobs, ...(workers === undefined ? {} : { size: workers }) }));
  return {
    config,
    questions: nodeQuestions(),
    signer: identity.signer,
    peerKeys: new Map(peers.map(({ name, signingKey }): [PartyId, Uint8Array] => [name, signingKey])),
    network,
    store,
    ledger,
    audits,
    lists: listFolder(join(config.store, LISTS_FOLDER)),
    evaluated: listFolder(join(config.store, EVALUATED_FOLDER)),
    compute,
    contracts: contractFolder(folder),
    wallClock,
    verify: platformVerify,
    ...(log === undefined ? {} : { log }),
  };
}

/** What was opened so far, for when the next thing cannot be; closed from the last on, the folder's hold after all that is in it. */
class Opened {
  #parts: { close(): Promise<void> }[] = [];

  add<T extends { close(): Promise<void> }>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  replace(parts: { close(): Promise<void> }[]): void {
    this.#parts = parts;
  }

  async close(): Promise<void> {
    for (const part of this.#parts.toReversed()) await Promise.allSettled([part.close()]);
  }
}

/** @throws UsageError when the identity is another institution's, and what reading it throws */
export async function openIdentity(config: NodeConfig, passphrase: string): Promise<Identity> {
  const identity = await readIdentityFile(config.identity, passphrase);
  if (identity.card.name === config.name) return identity;
  throw new UsageError(`Cannot start: the identity is that of '${identity.card.name}', not of '${config.name}'`, {
    code: 'bad-parameter',
    phase: 'configuration',
    remedy: 'name the right identity file, or correct the name in the configuration',
  });
}

/** Clocks that a time service keeps differ by less than a second. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Peers compare clocks when they connect; without one, a time before this node existed is the one sure sign. */
async function requireSaneClock(identityFile: string, wallClock: WallClock): Promise<void> {
  const { mtimeMs } = await stat(identityFile);
  if (wallClock.now() >= mtimeMs - CLOCK_TOLERANCE_MS) return;
  throw new UsageError('Cannot start: the clock of this machine says a time before its identity was made', {
    code: 'bad-input',
    phase: 'clock',
    remedy: 'set the clock by a time service; limits per day and the expiry of answers and keys depend on it',
  });
}
