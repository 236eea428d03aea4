/** Two nodes over loopback and what may become of the bytes between them: they stop, they are slow, they end anywhere. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Cut, TcpProxy, type TcpProxyOptions } from '../../bench/link/tcp-proxy.ts';
import { MpcError } from '../errors.ts';
import { systemClock, systemRng } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { Session } from '../kit/session.ts';
import { DEFAULT_LIMITS } from '../kit/session-limits.ts';
import { encodeFrame } from '../wire/encode.ts';
import { maxFrameBytes } from '../wire/frame.ts';
import { DEFAULT_CONNECTION_LIMITS } from './connection.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes, peerEntry } from './loopback-nodes.ts';
import { turns } from './manual-clock.ts';
import type { Network, NetworkLimits } from './network.ts';

const A = partyId('bank-a');
const B = partyId('bank-b');
const MESSAGE = new Uint8Array(2 ** 20);
const MESSAGES = 24;
const CHANNELS = ['one', 'two'];
/** Connecting again and again is no flood here. */
const UNLIMITED = { perSecond: 1e6, burst: 1e6, halfOpen: 1e6, totalPerSecond: 1e6, addresses: 16 };

let nodes: ReadonlyMap<string, LoopbackNode> = new Map();
let proxy: TcpProxy | undefined;

afterEach(async () => {
  proxy?.treat({ there: 'pass', back: 'pass' });
  await closeLoopbackNodes(nodes as Parameters<typeof closeLoopbackNodes>[0]);
  await proxy?.close();
});

interface Pair {
  readonly a: Network;
  readonly b: LoopbackNode['network'];
  readonly proxy: TcpProxy;
}

/** A dials B through the proxy, and only so. */
async function open(
  limits: Partial<NetworkLimits> = {},
  onRun?: Parameters<typeof openLoopbackNodes>[1],
  options: Partial<TcpProxyOptions> = {},
): Promise<Pair> {
  nodes = await openLoopbackNodes([A, B], (name) => ({
    limits,
    listenerLimits: { address: UNLIMITED },
    ...onRun?.(name),
  }));
  const [a, b] = [nodes.get(A), nodes.get(B)];
  const port = b?.network.listener?.port;
  if (a === undefined || b === undefined || port === undefined) throw new Error('no nodes');
  proxy = await TcpProxy.open({ to: port, ...options });
  a.network.network.updatePeers([{ ...peerEntry(b), url: `ws://127.0.0.1:${proxy.port}` }]);
  b.network.network.updatePeers([a.identity.card]);
  return { a: a.network.network, b: b.network, proxy };
}

interface Bulk {
  readonly sender: Session;
  readonly receiver: Session;
  /** Most bytes that were handed over and not taken yet: in this process, in the kernel and on the way. */
  readonly mostUnderWay: () => number;
  readonly taken: () => number;
}

async function bulk({ a, b }: Pair): Promise<Bulk> {
  const run = systemRng(16);
  const under = { now: 0, most: 0, taken: 0 };
  const session = async (network: Network, self: typeof A, peer: typeof B): Promise<Session> =>
    new Session({
      self,
      run,
      links: await network.links([peer], run),
      clock: systemClock,
      limits: DEFAULT_LIMITS,
      signal: undefined,
      observers: [
        {
          sent({ frameBytes }) {
            under.now += frameBytes;
            under.most = Math.max(under.most, under.now);
          },
          taken({ frameBytes }) {
            under.now -= frameBytes;
            under.taken += frameBytes;
          },
        },
      ],
    });
  const sender = await session(a, A, B);
  const receiver = await session(b.network, B, A);
  return { sender, receiver, mostUnderWay: () => under.most, taken: () => under.taken };
}

const sendAll = ({ sender }: Bulk): Promise<unknown> =>
  Promise.all(
    CHANNELS.map(async (channel) => {
      for (let n = 0; n < MESSAGES; n++) await sender.send(B, channel, 'm', MESSAGE);
    }),
  );

const takeAll = ({ receiver }: Bulk, between: () => Promise<void> = () => Promise.resolve()): Promise<unknown> =>
  Promise.all(
    CHANNELS.map(async (channel) => {
      for (let n = 0; n < MESSAGES; n++) {
        await receiver.receive(A, channel, { name: 'm', bytes: MESSAGE.length, variable: false });
        await between();
      }
    }),
  );

/** What a sender holds at most, whatever the other side does. */
const BOUND = CHANNELS.length * (DEFAULT_LIMITS.windowBytes + maxFrameBytes);

describe('a sender of much', () => {
  it('holds no more than its windows, and names the peer, when that stops reading', async () => {
    const pair = await open({
      connection: { ...DEFAULT_CONNECTION_LIMITS, heartbeatMs: 500, answerMs: 500 },
    });
    const work = await bulk(pair);
    const ends = Promise.allSettled([sendAll(work), takeAll(work)]);
    while (work.taken() < 10 * MESSAGE.length) await turns(1);
    pair.proxy.treat({ there: 'hold' });
    for (const [end, party] of (await ends).map((settled, index) => [settled, index === 0 ? B : A] as const)) {
      if (end.status === 'fulfilled') throw new Error('nobody missed the rest');
      const error: unknown = end.reason;
      if (!(error instanceof MpcError)) throw error;
      expect(error, error.describe()).toMatchObject({ party, remedy: expect.any(String) });
    }
    expect(work.mostUnderWay()).toBeGreaterThan(DEFAULT_LIMITS.windowBytes / 2);
    expect(work.mostUnderWay()).toBeLessThanOrEqual(BOUND);
    pair.proxy.treat({ there: 'pass' });
    expect((await pair.a.connect(B)).open).toBe(true);
  });

  it('holds no more than its windows, and goes on, when the peer takes a message now and then', async () => {
    const work = await bulk(await open());
    await Promise.all([sendAll(work), takeAll(work, () => turns(30))]);
    expect(work.taken()).toBeGreaterThan(CHANNELS.length * MESSAGES * MESSAGE.length);
    expect(work.mostUnderWay()).toBeLessThanOrEqual(BOUND);
    work.sender.close();
    work.receiver.close();
  });
});

describe('a connection that ends', () => {
  const long = process.env['BLINDFLAG_LONG'] !== undefined;
  const body = systemRng(200);

  /** Connects and sends a frame; what became of it, and of the frame at the other side. */
  async function attempt({ a }: Pair): Promise<MpcError | 'closed' | 'echoed'> {
    const run = systemRng(16);
    try {
      const link = (await a.connect(B)).run(run);
      return await new Promise((resolve) => {
        link.attach({ frame: () => resolve('echoed'), closed: () => resolve('closed') });
        link.send([encodeFrame({ kind: 'data', run, channel: 'c', sequence: 0, name: 'm', last: true, body })]);
      });
    } catch (error) {
      if (error instanceof MpcError) return error;
      throw error;
    }
  }

  async function drop({ a, b }: Pair): Promise<void> {
    for (const mux of a.connections) mux.connection.cut();
    while (a.connected.length + b.network.connected.length > 0) await turns(1);
  }

  it.each(['there', 'back'] as const)(
    'gives an error with party and remedy or a closed run, never a part of a frame, at any byte that goes %s',
    async (direction) => {
      const passed = { there: 0, back: 0 };
      const received: Uint8Array[] = [];
      const pair = await open(
        {},
        () => ({
          onRun: ({ link }) =>
            link.attach({
              frame(bytes) {
                received.push(bytes);
                link.send([bytes]);
              },
              closed: () => link.close(),
            }),
        }),
        { onPiece: (way, bytes) => void (passed[way] += bytes) },
      );
      expect(await attempt(pair)).toBe('echoed');
      const total = passed[direction];
      await drop(pair);
      // All of the record that holds the frame, and a sample of the handshake before it; in the long suite every byte.
      const places = Array.from({ length: total - 1 }, (_, n) => n).filter(
        (n) => long || n % 31 === 0 || (n > total - 330 && n % 3 === 0),
      );
      expect(places.length).toBeGreaterThan(100);
      const whole = received[0].length;
      for (const bytes of places) {
        pair.proxy.cutAfter({ direction, bytes } satisfies Cut);
        const outcome = await attempt(pair);
        if (outcome instanceof MpcError) {
          expect(outcome, `${bytes}: ${outcome.describe()}`).toMatchObject({ party: B, remedy: expect.any(String) });
        } else expect(outcome, `cut after ${bytes} of ${total}`).toBe('closed');
        await drop(pair);
      }
      expect(received.every((frame) => frame.length === whole)).toBe(true);
      pair.proxy.cutAfter(undefined);
      expect(await attempt(pair)).toBe('echoed');
      expect(pair.b.listener?.counts().halfOpen).toBe(0);
      expect(pair.b.network.connections.map(({ runCount }) => runCount)).toEqual([1]);
    },
  );
});
