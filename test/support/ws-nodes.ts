/** Real nodes in this process over real WebSockets, from folders: everything but worker threads and the secure OPRF. */
import { join } from 'node:path';
import { partyId } from '../../src/kit/party.ts';
import type { NetworkLimits } from '../../src/net/network.ts';
import type { Peer } from '../../src/net/peers.ts';
import { readConfig } from '../../src/node/config/config.ts';
import { createMemoryLists } from '../../src/node/lists/memory-lists.ts';
import { LEDGER_FILE, openLedgerFile } from '../../src/node/ledger/ledger-file.ts';
import { openLmdbStore } from '../../src/node/store/lmdb-store.ts';
import { jsonLog } from '../../src/node/log.ts';
import { createNode, type RunningNode } from '../../src/node/node.ts';
import { openWsPeers, type PeerEvent } from '../../src/service/ws-peers.ts';
import { systemWallClock } from '../../src/kit/clock.ts';
import { testQuestion } from './consortium-of-nodes.ts';
import type { NodeFolders } from './node-folders.ts';
import { until } from './node-process.ts';

export interface WsNodesOptions {
  readonly limits?: Partial<NetworkLimits>;
  /** Banks that dial nobody: they are connected as soon as the others have dialled them. */
  readonly passive?: readonly string[];
}

export interface WsNode {
  readonly running: RunningNode;
  /** What happened to its connections. */
  readonly events: PeerEvent[];
  /** Its log, a JSON object a line. */
  readonly logs: string[];
}

export async function startWsNode(
  folders: NodeFolders,
  bank: string,
  { limits, passive = [] }: WsNodesOptions = {},
): Promise<WsNode> {
  const config = await readConfig(join(folders.folder(bank), 'node.json'));
  const identity = folders.identities.get(partyId(bank));
  if (identity === undefined) throw new RangeError(`no identity of ${bank}`);
  const peers = config.peers.flatMap(({ name, url }): readonly Peer[] => {
    const card = folders.identities.get(name)?.card;
    return card === undefined ? [] : [{ ...card, ...(passive.includes(bank) ? {} : { url }) }];
  });
  const events: PeerEvent[] = [];
  const logs: string[] = [];
  const network = await openWsPeers({
    identity,
    peers,
    listen: config.listen,
    onPeer: (event) => void events.push(event),
    ...(limits === undefined ? {} : { limits }),
  });
  const running = await createNode({
    config,
    questions: [testQuestion],
    signer: identity.signer,
    peerKeys: new Map(peers.map(({ name, signingKey }) => [name, signingKey])),
    network,
    store: await openLmdbStore(config.store),
    lists: createMemoryLists(),
    ledger: await openLedgerFile(join(config.store, LEDGER_FILE)),
    log: jsonLog({ level: 'info', wallClock: systemWallClock, line: (text) => void logs.push(text) }),
  });
  return { running, events, logs };
}

/** Waits until each of them is connected to all others. */
export async function connected(nodes: Iterable<WsNode>): Promise<void> {
  const all = [...nodes];
  const isConnected = ({ running }: WsNode): boolean => running.status().peers.every((peer) => peer.connected);
  await until(() => all.every(isConnected), { withinMs: 60_000, what: 'the nodes do not connect' });
}

/** The flags of a question about the bank's own accounts, in their order. */
export async function flagsOf({ running }: WsNode, question: string): Promise<readonly boolean[]> {
  const answer = await running.ask(question);
  if (answer.kind !== 'flags') throw new TypeError('the answer is to another kind of question');
  return Array.from(answer.rows(), ({ flagged }) => flagged);
}
