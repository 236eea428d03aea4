/** Several institutions' nodes in this process, with fresh keys and without sockets: for tests of what embeds a node. */
import { ed25519Signer } from '../crypto/signature.ts';
import type { Rng } from '../crypto/rng.ts';
import { UsageError } from '../errors.ts';
import { systemRng } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import { createMemoryPeers } from '../node/memory-peer-network.ts';
import { createMemoryLedger } from '../node/ledger/memory-ledger.ts';
import { createMemoryLists } from '../node/lists/memory-lists.ts';
import { createMemoryStore } from '../node/store/memory-store.ts';
import type { Log } from '../node/log.ts';
import { createNode, type RunningNode } from '../node/node.ts';
import type { NodeConfig } from '../node/config/node-config.ts';
import type { QuestionKind } from '../node/questions/question.ts';
import { memoryContracts } from './memory-contracts.ts';
import { nodeQuestions } from './start-node.ts';

export interface MemoryNodesOptions {
  /** Default: those of this package, with their secure engines. */
  readonly questions?: readonly QuestionKind[];
  /** Default: the platform's. */
  readonly rng?: Rng;
  readonly log?: (name: PartyId) => Log;
}

export interface MemoryNodes {
  /** @throws UsageError `bad-parameter` for a name that was not started */
  node(name: string): RunningNode;
  stop(): Promise<void>;
}

/**
 * Identities, addresses, stores and cards of the configurations are left aside; datasets, questions, allow and limits
 * hold as in `startNode`. A signed question runs under a contract that all its parties here have signed.
 */
export async function startMemoryNodes(
  configs: readonly NodeConfig[],
  options: MemoryNodesOptions = {},
): Promise<MemoryNodes> {
  const { rng = systemRng, questions: kinds = nodeQuestions() } = options;
  const network = createMemoryPeers();
  const signers = new Map(configs.map(({ name }) => [name, ed25519Signer(rng)] as const));
  const keys = [...signers].map(([name, { publicKey }]) => [name, publicKey] as const);
  const nodes = new Map<string, RunningNode>();
  const stop = async (): Promise<void> => {
    await Promise.all([...nodes.values()].map((node) => node.stop()));
  };
  try {
    const contracts = await memoryContracts(configs, { kinds, signers, rng });
    for (const config of configs) {
      const node = await createNode({
        config,
        questions: kinds,
        contracts,
        rng,
        signer: signers.get(config.name) ?? ed25519Signer(rng),
        peerKeys: new Map(keys.filter(([name]) => name !== config.name)),
        network: network.join(config.name),
        store: createMemoryStore(),
        ledger: createMemoryLedger(),
        lists: createMemoryLists(),
        ...(options.log === undefined ? {} : { log: options.log(config.name) }),
      });
      nodes.set(config.name, node);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    node(name) {
      const node = nodes.get(name);
      if (node !== undefined) return node;
      throw new UsageError('Cannot take node: none of this name was started', { code: 'bad-parameter' });
    },
  };
}
