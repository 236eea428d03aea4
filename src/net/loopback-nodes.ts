/** Institutions on this machine that have pinned each other, each with a port and an identity of its own: for tests and benches. */
import { systemRng } from '../kit/clock.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { createIdentity, type Identity } from './identity.ts';
import { type NodeNetwork, type NodeNetworkOptions, openNodeNetwork } from './node-network.ts';
import type { Peer } from './peers.ts';
import { platformPrimitives } from './platform-primitives.ts';

export interface LoopbackNode {
  readonly name: PartyId;
  readonly identity: Identity;
  readonly network: NodeNetwork;
}

export type LoopbackOptions = Partial<Omit<NodeNetworkOptions, 'identity' | 'peers' | 'listen'>>;

/** Opens them all; each knows every other one by name, keys and url. */
export async function openLoopbackNodes(
  names: readonly string[],
  optionsOf: (name: PartyId) => LoopbackOptions = () => ({}),
): Promise<ReadonlyMap<PartyId, LoopbackNode>> {
  const nodes = new Map<PartyId, LoopbackNode>();
  for (const name of names.map(partyId)) {
    const identity = createIdentity(name, systemRng, platformPrimitives.keyAgreement);
    const network = await openNodeNetwork({
      ...optionsOf(name),
      identity,
      peers: [],
      listen: { host: '127.0.0.1', port: 0 },
    });
    nodes.set(name, { name, identity, network });
  }
  for (const node of nodes.values()) {
    node.network.network.updatePeers([...nodes.values()].filter((other) => other !== node).map(peerEntry));
  }
  return nodes;
}

/** How others list a node. */
export function peerEntry({ identity, network }: LoopbackNode): Peer {
  const port = network.listener?.port;
  return { ...identity.card, ...(port === undefined ? {} : { url: `ws://127.0.0.1:${port}` }) };
}

export async function closeLoopbackNodes(nodes: ReadonlyMap<PartyId, LoopbackNode>): Promise<void> {
  await Promise.all([...nodes.values()].map((node) => node.network.close()));
}
