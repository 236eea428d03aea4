import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { UsageError } from '../errors.ts';
import { systemClock, systemRng, systemWallClock } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { encodeFrame } from '../wire/encode.ts';
import { DEFAULT_ADDRESS_LIMITS } from './address-limiter.ts';
import { DEFAULT_CONNECTION_LIMITS } from './connection.ts';
import { establishAsInitiator } from './establish.ts';
import { openHandshake } from './handshake.ts';
import { createIdentity } from './identity.ts';
import { DEFAULT_LISTENER_LIMITS, type Listener, listen } from './listener.ts';
import { closeLoopbackNodes, type LoopbackNode, type LoopbackOptions, openLoopbackNodes } from './loopback-nodes.ts';
import { ManualClock, turns } from './manual-clock.ts';
import type { NetEvent } from './network.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { HYBRID_ONLY } from './suite.ts';
import { WS_LIMITS, WsSocket } from './ws-socket.ts';

const A = partyId('bank-a');
const B = partyId('bank-b');
const C = partyId('bank-c');
let nodes: ReadonlyMap<string, LoopbackNode> = new Map();
let events: NetEvent[] = [];

afterEach(async () => {
  await closeLoopbackNodes(nodes as Parameters<typeof closeLoopbackNodes>[0]);
  nodes = new Map();
  events = [];
});

/** Two nodes; the options are B's, whose events are kept. */
async function open(
  options: LoopbackOptions = {},
): Promise<{ readonly a: LoopbackNode; readonly b: LoopbackNode; readonly listener: Listener }> {
  nodes = await openLoopbackNodes([A, B], (name) =>
    name === B ? { ...options, onEvent: (event) => void events.push(event) } : {},
  );
  const [a, b] = [nodes.get(A), nodes.get(B)];
  if (a === undefined || b?.network.listener === undefined) throw new Error('no nodes');
  return { a, b, listener: b.network.listener };
}

/** Sends bytes to a port; everything that comes back until the other side ends it. */
function exchange(port: number, text: string | Uint8Array, { end = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let got = '';
    socket.on('data', (chunk) => (got += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
    if (end) socket.end(text);
    else socket.write(text);
  });
}

const upgrade = (extra = ''): string =>
  `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${extra}\r\n`;

/** A masked binary frame of WebSocket (RFC 6455 §5.2) with a mask of zeros. */
function frame(payload: Uint8Array, opcode = 2): Uint8Array {
  const head =
    payload.length < 126
      ? [0x80 | opcode, 0x80 | payload.length]
      : [0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255];
  return Uint8Array.of(...head, 0, 0, 0, 0, ...payload);
}

/** A first message as bank-a makes it, for B. */
function firstMessage(a: LoopbackNode, b: LoopbackNode): Uint8Array {
  const side = {
    identity: a.identity.transport,
    primitives: platformPrimitives,
    rng: systemRng,
    suites: HYBRID_ONLY,
  };
  return openHandshake(side, { publicKey: b.identity.card.transportKey, nowMs: systemWallClock.now() }).first;
}

describe('listen', () => {
  it.each([
    ['a GET', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a GET without Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a GET with two of them', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ['a POST with a body', 'POST /admin HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody'],
    ['a CONNECT', 'CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an Expect', 'PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'],
    ['another Expect', 'PUT / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 4\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a header of 8 KiB', `GET / HTTP/1.1\r\nX: ${'x'.repeat(8_192)}\r\n\r\n`],
    ['an upgrade to something else', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
    ['an upgrade without a key', upgrade().replace(/Sec-WebSocket-Key.*\r\n/, '')],
    ['an upgrade of another version', upgrade().replace('Version: 13', 'Version: 7')],
    ['an upgrade by POST', upgrade().replace('GET', 'POST')],
  ])('answers %s with nothing', async (_, request) => {
    const { listener } = await open();
    expect(await exchange(listener.port, request)).toBe('');
  });

  it('says that the port is in use', async () => {
    const { listener } = await open();
    const again = listen({ host: '127.0.0.1', port: listener.port, clock: systemClock, onSocket: () => undefined });
    const error: unknown = await again.catch((reason: unknown) => reason);
    if (!(error instanceof UsageError)) throw error;
    expect(error.message).toBe(`Cannot listen on 127.0.0.1, port ${listener.port}: the port is in use`);
    expect(error.remedy).toContain('another port');
  });

  it('ends a socket that sends nothing, and one that stops in the middle, when the time is over', async () => {
    const clock = new ManualClock();
    const { listener } = await open({ clock });
    const silent = [
      exchange(listener.port, ''),
      exchange(listener.port, upgrade().slice(0, 50)),
      exchange(listener.port, upgrade()),
    ];
    await untilTrue(() => listener.counts().halfOpen === 3);
    await clock.pass(DEFAULT_LISTENER_LIMITS.handshakeMs + 1_000);
    const answers = await Promise.all(silent);
    expect(answers.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual(['', '', 'HTTP/1.1 101']);
    expect(listener.counts()).toMatchObject({ accepted: 3, halfOpen: 0, established: 0 });
  });
});

/** Bytes after the head of the HTTP answer. */
const afterHead = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('a stranger on a WebSocket', () => {
  it.each([
    ['garbage', (): Uint8Array => frame(systemRng(100))],
    ['nothing', (): Uint8Array => frame(new Uint8Array(0))],
    ['text', (): Uint8Array => frame(new TextEncoder().encode('{"hello":1}'), 1)],
    ['a first message of a key that is not pinned', strangersMessage],
    ['a ping before it', (a, b): Uint8Array => Uint8Array.of(...frame(Uint8Array.of(1), 9), ...strangersMessage(a, b))],
  ] as readonly (readonly [string, (a: LoopbackNode, b: LoopbackNode) => Uint8Array])[])(
    'gets no byte for %s',
    async (_, make) => {
      const { a, b, listener } = await open();
      const bytes = make(a, b);
      expect(afterHead(await exchange(listener.port, Buffer.concat([Buffer.from(upgrade()), bytes])))).toBe('');
      expect(events.every((event) => event.kind === 'turned-away' || event.kind === 'disconnected')).toBe(true);
      expect(listener.counts().halfOpen).toBe(0);
      // And the peer is served as ever.
      expect((await a.network.network.connect(B)).open).toBe(true);
    },
  );

  it('gets no byte of the protocol for a message above the limit', async () => {
    const { listener } = await open();
    const huge = Uint8Array.of(0x82, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...new Uint8Array(1_000));
    const answer = afterHead(await exchange(listener.port, Buffer.concat([Buffer.from(upgrade()), huge])));
    // WebSocket's own close frame with status 1009, written by the library.
    expect([...answer].map((char) => char.charCodeAt(0)).slice(0, 4)).toEqual([0x88, 2, 1009 >> 8, 1009 & 255]);
    expect(answer).toHaveLength(4);
  });
});

function strangersMessage(_: LoopbackNode, b: LoopbackNode): Uint8Array {
  const identity = createIdentity(partyId('stranger'), systemRng, platformPrimitives.keyAgreement);
  return frame(firstMessage({ ...b, identity }, b));
}

describe('a pinned peer', () => {
  it('is answered when its message comes in two pieces, cut anywhere, or byte by byte', async () => {
    const { a, b, listener } = await open({ listenerLimits: UNLIMITED });
    const length = frame(firstMessage(a, b)).length;
    for (const cut of [1, 2, 3, 4, 5, 8, 9, 40, 41, 100, 1_000, length - 17, length - 1]) {
      const bytes = frame(firstMessage(a, b));
      const answer = await firstAnswer(listener.port, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(answer.length).toBeGreaterThan(1_000);
    }
    const bytes = frame(firstMessage(a, b));
    expect(
      (
        await firstAnswer(
          listener.port,
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
        )
      ).length,
    ).toBeGreaterThan(1_000);
  });

  it('costs nothing that lasts when it stops at any byte of its message and ends', async () => {
    const { a, b, listener } = await open({ listenerLimits: UNLIMITED });
    const bytes = frame(firstMessage(a, b));
    const lengths = Array.from({ length: bytes.length }, (_, n) => n).filter((n) => n < 60 || n % 25 === 0);
    for (const length of lengths) {
      const cut = Buffer.concat([Buffer.from(upgrade()), bytes.subarray(0, length)]);
      expect(afterHead(await exchange(listener.port, cut, { end: true }))).toBe('');
    }
    await untilTrue(() => listener.counts().halfOpen === 0);
    expect(listener.counts()).toMatchObject({ accepted: lengths.length, established: 0 });
    expect((await a.network.network.connect(B)).open).toBe(true);
  });

  it('is given up when it stops reading, and what waited for it is let go', async () => {
    const { a, b, listener } = await open({ limits: { connection: IMPATIENT } });
    await a.network.close();
    const ws = new WebSocket(`ws://127.0.0.1:${listener.port}`, WS_LIMITS);
    await new Promise((resolve) => ws.once('open', resolve));
    const side = {
      identity: a.identity.transport,
      primitives: platformPrimitives,
      rng: systemRng,
      suites: HYBRID_ONLY,
    };
    const connected = new Promise<void>((resolve, reject) => {
      establishAsInitiator(
        new WsSocket(ws),
        { publicKey: b.identity.card.transportKey, nowMs: systemWallClock.now() },
        { side, clock: systemClock, handshakeMs: 5_000, connection: DEFAULT_CONNECTION_LIMITS },
        { answered: () => true, established: () => resolve(), failed: ({ kind }) => reject(new Error(kind)) },
      );
    });
    await connected;
    ws.pause();
    const link = (await b.network.network.connect(A)).run(systemRng(16));
    const closed = new Promise<void>((resolve) => link.attach({ frame: () => undefined, closed: resolve }));
    for (let n = 0; n < 60; n++) link.send([new Uint8Array(500_000)]);
    await closed;
    expect(events.at(-1)).toMatchObject({ kind: 'disconnected', peer: A, end: { kind: 'silent' } });
    ws.terminate();
  });
});

const UNLIMITED = {
  address: { ...DEFAULT_ADDRESS_LIMITS, perSecond: 1e6, burst: 1e6, totalPerSecond: 1e6, halfOpen: 1e6 },
};
const IMPATIENT = { heartbeatMs: 300, answerMs: 200, idleMs: 1e9, closeMs: 1_000, socketBytes: 2 ** 20 };

/** Waits for something that other tasks of this process bring about. */
async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await turns(1);
}

/** The first message that a WebSocket gets for what it sends in pieces, each in a packet of its own. */
async function firstAnswer(port: number, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const write = (bytes: Uint8Array | string): Promise<void> =>
    new Promise((resolve, reject) => void socket.write(bytes, (error) => (error ? reject(error) : resolve())));
  await write(upgrade());
  await untilTrue(() => Buffer.concat(chunks).includes('\r\n\r\n'));
  const headBytes = Buffer.concat(chunks).length;
  for (const piece of pieces) {
    await write(piece);
    await turns(1);
  }
  await untilTrue(() => Buffer.concat(chunks).length > headBytes + 1_000 || socket.closed);
  socket.destroy();
  return Buffer.concat(chunks).subarray(headBytes);
}

/**
 * Strangers from another address of this machine, in a process of their own: each opens a WebSocket, sends a first
 * message of a key that nobody pinned and waits for the end. Tells five times a second how many were tried.
 */
const STRANGERS = `
  const { createConnection } = require('node:net');
  const [port, perSecond, seconds, hex] = process.argv.slice(1);
  const bytes = Buffer.from(hex, 'hex');
  let tried = 0, told = 0;
  const start = performance.now();
  const more = () => {
    const due = Math.min(seconds, (performance.now() - start) / 1000) * perSecond;
    if (Math.floor(due / perSecond * 5) > told) console.log('tried', tried, ++told);
    for (; tried < due; tried++) {
      const socket = createConnection({ port: Number(port), host: '127.0.0.1', localAddress: '127.0.0.2' });
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.write(bytes);
    }
    if (tried < perSecond * seconds) setTimeout(more, 5);
    else setTimeout(() => { console.log('tried', tried, told); process.exit(); }, 200);
  };
  more();
`;

/** Sends the peer one frame after another, each when the one before came back; the function tells how many did. */
function echoes(from: LoopbackNode, run: Uint8Array): () => number {
  let count = 0;
  const [mux] = from.network.network.connections;
  const link = mux.run(run);
  const next = (): void =>
    link.send([encodeFrame({ kind: 'data', run, channel: 'c', sequence: count, name: 'm', last: true, body: run })]);
  link.attach({
    frame() {
      count++;
      systemClock.soon(next);
    },
    closed: () => undefined,
  });
  next();
  return () => count;
}

describe('a flood of strangers', () => {
  const long = process.env['BLINDFLAG_LONG'] !== undefined;
  const [perSecond, seconds] = long ? [10_000, 10] : [500, 2];

  it(`of ${perSecond} a second for ${seconds} s holds few sockets, and takes no peer's connection or way to one`, async () => {
    nodes = await openLoopbackNodes([A, B, C], (name) =>
      name === B
        ? { onRun: ({ link }) => link.attach({ frame: (bytes) => link.send([bytes]), closed: () => link.close() }) }
        : {},
    );
    const [a, b, c] = [A, B, C].map((name) => nodes.get(name));
    const listener = b?.network.listener;
    if (a === undefined || b === undefined || c === undefined || listener === undefined) throw new Error('no nodes');
    await c.network.network.connect(B);
    const served = echoes(c, systemRng(16));
    const hello = Buffer.concat([Buffer.from(upgrade()), strangersMessage(a, b)]).toString('hex');
    const flood = [String(listener.port), String(perSecond), String(seconds), hello];
    const child = spawn(process.execPath, ['-e', STRANGERS, ...flood]);
    let told = '';
    let over = false;
    child.stdout.on('data', (chunk: Buffer) => (told = chunk.toString()));
    child.on('close', () => (over = true));
    await untilTrue(() => listener.counts().overLimit > 0 || over);
    const servedBefore = served();
    let reconnections = 0;
    let mostHalfOpen = 0;
    const isConnected = (): boolean => a.network.network.connected.length + b.network.network.connected.length > 1;
    const flooding = (): boolean => !over;
    while (flooding()) {
      const mux = await a.network.network.connect(B);
      mux.connection.close('idle');
      await untilTrue(() => !isConnected());
      reconnections++;
      const now = told;
      await untilTrue(() => {
        mostHalfOpen = Math.max(mostHalfOpen, listener.counts().halfOpen);
        return told !== now || over;
      });
    }
    const tried = Number(told.trim().split('\n').at(-1)?.split(' ')[1]);
    const counts = listener.counts();
    expect(tried).toBe(perSecond * seconds);
    // Each costs a socket, a header of at most 4 KiB and one message of at most 64 KiB.
    expect(mostHalfOpen).toBeGreaterThan(0);
    expect(mostHalfOpen).toBeLessThanOrEqual(DEFAULT_ADDRESS_LIMITS.halfOpen + 1);
    expect(counts.accepted).toBeLessThan(0.5 * tried);
    // The kernel drops some of them before they get here, when its queue is full.
    expect(counts.overLimit).toBeGreaterThan(0.05 * tried);
    expect(reconnections).toBeGreaterThan(0);
    expect(served() - servedBefore).toBeGreaterThan(0);
    expect(c.network.network.connected).toEqual([B]);
    await untilTrue(() => listener.counts().halfOpen === 0);
    if (long)
      process.stderr.write(
        `flood: ${JSON.stringify({ tried, reconnections, mostHalfOpen, echoes: served(), ...counts })}\n`,
      );
  });
});
