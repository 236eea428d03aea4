/** A node as an operator runs it, a process of its own: how long until it serves, and what it holds while nobody asks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partyId } from '../../src/kit/party.ts';
import { type NodeNetwork, openNodeNetwork } from '../../src/net/node-network.ts';
import { makeNodeFolders, type NodeFolders } from '../../test/support/node-folders.ts';
import { type BenchCase, ran, requireResult } from '../bench-case.ts';
import { repositoryRoot } from '../machine.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const MEASURED = partyId('bank-a');
const PEERS = BANKS.map(partyId).filter((bank) => bank !== MEASURED);
/** What issue 3 allows an idle node. */
const MAX_RSS_BYTES = 100e6;
const POLL_MS = 20;
/** Until everything of the start has left the processor. */
const SETTLE_MS = 500;

export const nodeProcessCases: readonly BenchCase[] = [
  {
    id: 'node/idle/peers-3',
    securityModel: 'a whole node: Noise IKhfs to three connected peers, store, administration; no run',
    unit: 'node',
    items: 1,
    kind: 'macro',
    repetitions: 3,
    selection: 'short',
    setUp: idleNode,
  },
];

async function idleNode(): ReturnType<BenchCase['setUp']> {
  const program = join(repositoryRoot(), 'dist', 'src', 'cli', 'start.js');
  if (!existsSync(program)) return { skipped: 'nothing is compiled: npm run build' };
  if (!existsSync('/proc/self/status')) return { skipped: 'the resident size of a process is read from /proc' };
  const folders = await makeNodeFolders({ banks: BANKS, accounts: 40 });
  const peers = await openPeers(folders);
  let rssBytes: number | undefined;
  return {
    async run() {
      rssBytes = undefined;
      const child = spawn(process.execPath, [program, 'up', folders.folder(MEASURED), '--json'], {
        env: { ...process.env, BLINDFLAG_PASSPHRASE: folders.passphrase },
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      try {
        const isConnected = ({ network }: NodeNetwork): boolean => network.connected.includes(MEASURED);
        while (!peers.every(isConnected)) await pause(child, POLL_MS);
        await pause(child, SETTLE_MS);
        rssBytes = residentBytes(child);
      } finally {
        await end(child);
        while (peers.some(({ network }) => network.connected.length > 0)) await later(POLL_MS);
      }
    },
    check() {
      const bytes = ran(rssBytes);
      requireResult(bytes <= MAX_RSS_BYTES, `an idle node holds ${Math.round(bytes / 1e6)} MB`);
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
      return await openNodeNetwork({
        identity,
        peers: [card],
        listen: { host: '127.0.0.1', port: ports.get(name) ?? 0 },
      });
    }),
  );
}

function residentBytes({ pid }: ChildProcess): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return 1024 * Number(kibibytes);
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function pause(child: ChildProcess, ms: number): Promise<void> {
  if (child.exitCode !== null) throw new TypeError('Cannot measure node: it has ended');
  await later(ms);
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await ended;
}
