/**
 * The transport over loopback, both ends in this process and on its one thread: what encryption and sharing among runs
 * cost beside a plain WebSocket, and how long a new connection takes.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock, systemRng } from '../../src/kit/clock.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { Session } from '../../src/kit/session.ts';
import { DEFAULT_LIMITS } from '../../src/kit/session-limits.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes } from '../../src/net/loopback-nodes.ts';
import { WS_LIMITS } from '../../src/net/ws-socket.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, requireResult } from '../bench-case.ts';

const MESSAGE_BYTES = 4 * 2 ** 20;
const MESSAGES = 16;
/** About as long as the parts into which a session cuts its messages. */
const PIECE_BYTES = 64 * 1024;
/** Bytes that the plain sender has under way: a session's window. */
const WINDOW_BYTES: number = DEFAULT_LIMITS.windowBytes;
const PLAIN = 'net/stream/plain-ws';
const SENDER = partyId('bank-a');
const RECEIVER = partyId('bank-b');

export const netCases: readonly BenchCase[] = [
  {
    ...streams(PLAIN),
    securityModel: 'none: a WebSocket without encryption, the baseline',
    setUp: plainStream,
  },
  {
    ...streams('net/stream/noise-session'),
    baseline: PLAIN,
    securityModel: 'Noise IKhfs, X25519 with ML-KEM-768, AES-256-GCM; peers pinned; flow control by credit',
    setUp: sessionStream,
  },
  {
    id: 'net/connect/hybrid',
    securityModel: 'Noise IKhfs, X25519 with ML-KEM-768, AES-256-GCM; peers pinned; both ends in one process',
    unit: 'connection',
    items: 1,
    kind: 'macro',
    repetitions: 7,
    selection: 'short',
    setUp: connecting,
  },
];

function streams(id: string): Omit<BenchCase, 'setUp' | 'securityModel'> {
  return {
    id,
    unit: 'MiB',
    items: (MESSAGES * MESSAGE_BYTES) / 2 ** 20,
    kind: 'macro',
    repetitions: 12,
    selection: 'short',
  };
}

async function plainStream(): ReturnType<BenchCase['setUp']> {
  const server = new WebSocketServer({ ...WS_LIMITS, maxPayload: PIECE_BYTES, port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, WS_LIMITS);
  const [[receiver]] = await Promise.all([accepted, once(client, 'open')]);
  const message = insecureSeededRng('bench', 'net')(MESSAGE_BYTES);
  let received = 0;
  return {
    async run() {
      received = 0;
      const total = MESSAGES * MESSAGE_BYTES;
      const done = new Promise<void>((resolve) => {
        receiver.removeAllListeners('message');
        receiver.on('message', (data: Uint8Array) => {
          received += data.length;
          if (received === total) resolve();
        });
      });
      for (let sent = 0; sent < total; sent += PIECE_BYTES) {
        const from = sent % MESSAGE_BYTES;
        const piece = message.subarray(from, from + PIECE_BYTES);
        const left = new Promise<void>((resolve) => client.send(piece, () => resolve()));
        if (client.bufferedAmount > WINDOW_BYTES) await left;
      }
      await done;
    },
    check: () => requireResult(received === MESSAGES * MESSAGE_BYTES, 'bytes are missing'),
    facts: () => ({ bytes: received }),
    async close() {
      client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

async function sessionStream(): ReturnType<BenchCase['setUp']> {
  const nodes = await openLoopbackNodes([SENDER, RECEIVER]);
  const [sender, receiver] = await sessions(nodes);
  const message = insecureSeededRng('bench', 'net')(MESSAGE_BYTES);
  let received = 0;
  let runs = 0;
  return {
    async run() {
      received = 0;
      const channel = `stream-${runs++}`;
      const sending = async (): Promise<void> => {
        for (let n = 0; n < MESSAGES; n++) await sender.send(RECEIVER, channel, 'bulk', message);
      };
      const receiving = async (): Promise<void> => {
        for (let n = 0; n < MESSAGES; n++) {
          const body = await receiver.receive(SENDER, channel, { name: 'bulk', bytes: MESSAGE_BYTES, variable: false });
          requireResult(body[n] === message[n] && body.at(-1) === message.at(-1), 'another message came');
          received += body.length;
        }
      };
      await Promise.all([sending(), receiving()]);
    },
    check: () => requireResult(received === MESSAGES * MESSAGE_BYTES, 'bytes are missing'),
    facts: () => ({ bytes: received }),
    async close() {
      sender.close();
      receiver.close();
      await closeLoopbackNodes(nodes);
    },
  };
}

async function sessions(nodes: ReadonlyMap<PartyId, LoopbackNode>): Promise<readonly [Session, Session]> {
  // The sender dials, as in the baseline: messages of the dialling side are the masked ones in a plain WebSocket.
  await nodes.get(SENDER)?.network.network.connect(RECEIVER);
  const run = systemRng(16);
  const open = async (self: PartyId, peer: PartyId): Promise<Session> => {
    const links = (await nodes.get(self)?.network.network.links([peer], run)) ?? new Map();
    const limits = { ...DEFAULT_LIMITS, deadlineMs: 24 * 3_600_000 };
    return new Session({ self, run, links, limits, clock: systemClock, signal: undefined, observers: [] });
  };
  return await Promise.all([open(SENDER, RECEIVER), open(RECEIVER, SENDER)]);
}

async function connecting(): ReturnType<BenchCase['setUp']> {
  const nodes = await openLoopbackNodes([SENDER, RECEIVER], () => ({
    // A run every few milliseconds is no flood here.
    listenerLimits: { address: { perSecond: 1e6, burst: 1e6, halfOpen: 1e6, totalPerSecond: 1e6, addresses: 16 } },
  }));
  const network = nodes.get(SENDER)?.network.network;
  const other = nodes.get(RECEIVER)?.network.network;
  let connections = 0;
  const connect = async (): Promise<void> => {
    for (const mux of network?.connections ?? []) mux.connection.close('idle');
    while ((other?.connections.length ?? 0) > 0) await new Promise<void>((resolve) => systemClock.soon(resolve));
    await network?.connect(RECEIVER);
    connections = network?.connections.length ?? 0;
  };
  return {
    run: connect,
    check: () => requireResult(connections === 1, 'there is not one connection'),
    close: () => closeLoopbackNodes(nodes),
  };
}
