/** A node as an operator runs it, a process of its own: how long until it is connected, and what it holds while nobody asks. */
import { existsSync, readFileSync } from 'node:fs';
import { partyId } from '../../src/kit/party.ts';
import { type NodeNetwork, openNodeNetwork } from '../../src/net/node-network.ts';
import { makeNodeFolders, type NodeFolders } from '../../test/support/node-folders.ts';
import { NodeProcess, until } from '../../test/support/node-process.ts';
import { type BenchCase, ran, requireResult } from '../bench-case.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const MEASURED = partyId('bank-a');
const PEERS = BANKS.map(partyId).filter((bank) => bank !== MEASURED);
/** The bound for an idle node; more is a wrong result. */
const MAX_RSS_BYTES = 100e6;
/** Time until a start has left nothing to do. */
const SETTLE_MS = 500;
const PATIENCE_MS = 60_000;

export const nodeProcessCases: readonly BenchCase[] = [
  {
    id: 'node/idle/peers-3',
    securityModel: 'a whole node: Noise IKhfs to three connected peers, store, administration; no run',
    unit: 'node',
    items: 1,
    kind: 'macro',
    repetitions: 1,
    selection: 'short',
    setUp: idleNode,
  },
];

async function idleNode(): ReturnType<BenchCase['setUp']> {
  if (!NodeProcess.isBuilt) return { skipped: 'nothing is compiled: npm run build' };
  if (!existsSync('/proc/self/status')) return { skipped: 'the resident size of a process is read from /proc' };
  const folders = await makeNodeFolders({ banks: BANKS, accounts: 40 });
  const peers = await openPeers(folders);
  const connected = (): number => peers.filter(({ network }) => network.connected.includes(MEASURED)).length;
  let rssBytes: number | undefined;
  return {
    async run() {
      rssBytes = undefined;
      const node = await NodeProcess.start(folders.folder(MEASURED), folders.passphrase);
      try {
        await until(() => connected() === PEERS.length, { withinMs: PATIENCE_MS, what: 'the node does not connect' });
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        rssBytes = residentBytes(node.pid);
      } finally {
        await node.kill();
        await until(() => connected() === 0, { withinMs: PATIENCE_MS, what: 'its connections do not end' });
      }
    },
    check() {
      const bytes = ran(rssBytes);
      requireResult(bytes > 0 && bytes <= MAX_RSS_BYTES, `an idle node holds ${Math.round(bytes / 1e6)} MB`);
    },
    facts: () => ({ rssBytes: ran(rssBytes) }),
    async close() {
      await Promise.all(peers.map((peer) => peer.close()));
      folders.remove();
    },
  };
}

/** The node's peers, which it dials, in this process. */
async function openPeers({ identities, ports }: NodeFolders): Promise<readonly NodeNetwork[]> {
  const card = identities.get(MEASURED)?.card;
  return await Promise.all(
    PEERS.map(async (name) => {
      const identity = identities.get(name);
      if (identity === undefined || card === undefined) throw new TypeError('Cannot open peer: it has no identity');
      const listen = { host: '127.0.0.1', port: ports.get(name) ?? 0 };
      return await openNodeNetwork({ identity, peers: [card], listen });
    }),
  );
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
