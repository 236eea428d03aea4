import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import type { Clock } from '../kit/clock.ts';
import { systemClock } from '../kit/clock.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { maxFrameBytes } from '../wire/frame.ts';
import {
  Connection,
  type ConnectionLimits,
  type ConnectionUser,
  DEFAULT_CONNECTION_LIMITS,
  type Outgoing,
} from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { ManualClock, turns } from './manual-clock.ts';
import { type MemorySocket, memorySocketPair, type Tamper } from './memory-sockets.ts';
import type { TransportStates } from './noise.ts';
import { CipherState } from './noise-state.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { MAX_RECORD_BYTES, RecordLayer } from './record-layer.ts';

const rng = insecureSeededRng('connection');
const pass: Tamper = (message) => [message];

/** Sends what is put into its queue and keeps what comes. */
class Recorder implements ConnectionUser {
  readonly queue: Outgoing[] = [];
  readonly frames: Uint8Array[] = [];
  readonly runsEnded: Uint8Array[] = [];
  working = true;
  end: ConnectionEnd | undefined;
  next = (): Outgoing | undefined => this.queue.shift();
  frame = (bytes: Uint8Array): void => void this.frames.push(bytes);
  ended = (run: Uint8Array): void => void this.runsEnded.push(run);
  busy = (): boolean => this.working;
  closed = (end: ConnectionEnd): void => {
    this.end = end;
  };
}

interface End {
  readonly socket: MemorySocket;
  readonly connection: Connection;
  readonly user: Recorder;
}

function transportStates(): readonly [TransportStates, TransportStates] {
  const aead = platformPrimitives.aeads.AESGCM;
  const state = (key: Uint8Array): CipherState => new CipherState(aead, key);
  const [there, back] = [rng(32), rng(32)];
  return [
    { send: state(there), receive: state(back) },
    { send: state(back), receive: state(there) },
  ];
}

function pair(
  options: {
    readonly clock?: Clock;
    readonly limits?: Partial<ConnectionLimits>;
    readonly tamper?: Tamper;
    readonly rekeyAfter?: number;
  } = {},
): readonly [End, End] {
  const clock = options.clock ?? new ManualClock();
  const sockets = memorySocketPair(clock, [options.tamper ?? pass, pass]);
  const states = transportStates();
  const limits = { ...DEFAULT_CONNECTION_LIMITS, ...options.limits };
  const end = (index: 0 | 1): End => {
    const records = new RecordLayer(states[index], options.rekeyAfter);
    const connection = new Connection(sockets[index], records, { clock, limits });
    const user = new Recorder();
    connection.serve(user);
    return { socket: sockets[index], connection, user };
  };
  return [end(0), end(1)];
}

const put = ({ connection, user }: End, ...frames: readonly Uint8Array[]): void => {
  user.queue.push(...frames.map((bytes) => ({ kind: 'frame', pieces: [bytes] }) as const));
  connection.wake();
};

describe('Connection', () => {
  it.each([1, MAX_RECORD_BYTES - 1, MAX_RECORD_BYTES, MAX_RECORD_BYTES + 1, 2 * MAX_RECORD_BYTES, maxFrameBytes])(
    'carries a frame of %i bytes whole',
    async (length) => {
      const [one, two] = pair({ clock: new ManualClock() });
      const sent = rng(length);
      put(one, sent, Uint8Array.of(1));
      await turns();
      expect(two.user.frames.map((frame) => frame.length)).toEqual([length, 1]);
      expect(Buffer.compare(two.user.frames[0], sent)).toBe(0);
    },
  );

  it('ends at a frame above the limit', async () => {
    const [one, two] = pair({ clock: new ManualClock() });
    put(one, new Uint8Array(maxFrameBytes + 1));
    await turns();
    expect(two.user.frames).toEqual([]);
    expect(two.user.end).toMatchObject({ kind: 'violation', error: { code: 'bad-frame' } });
    expect(one.user.end).toEqual({ kind: 'lost' });
  });

  it('goes on through many rekeys, and not when one side missed one', async () => {
    const [one, two] = pair({ clock: new ManualClock(), rekeyAfter: 3 });
    for (let n = 0; n < 20; n++) put(one, Uint8Array.of(n));
    put(two, Uint8Array.of(99));
    await turns();
    expect(two.user.frames.map(([n]) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(one.user.frames.map(([n]) => n)).toEqual([99]);
    const states = transportStates();
    const [sender, receiver] = [new RecordLayer(states[0], 3), new RecordLayer(states[1], 4)];
    for (let n = 0; n < 3; n++) receiver.open(sender.seal('ping'));
    expect(() => receiver.open(sender.seal('ping'))).toThrow(ProtocolError);
  });

  it.each([
    ['changed', (message: Uint8Array) => [message.with(message.length >> 1, message[message.length >> 1] ^ 1)]],
    ['cut', (message: Uint8Array) => [message.subarray(0, -1)]],
    ['empty', () => [new Uint8Array(0)]],
    ['repeated', (message: Uint8Array) => [message, message]],
    ['longer than a Noise message', () => [new Uint8Array(65_536)]],
  ] as const)('ends as a violation when a record is %s', async (_, tamper) => {
    const [one, two] = pair({ clock: new ManualClock(), tamper });
    put(one, rng(100));
    await turns();
    expect(two.user.end).toMatchObject({ kind: 'violation' });
  });

  it('ends as a violation when a record is left out', async () => {
    let count = 0;
    const [one, two] = pair({ clock: new ManualClock(), tamper: (message) => (count++ === 1 ? [] : [message]) });
    put(one, rng(10), rng(10), rng(10));
    await turns();
    expect(two.user.frames).toHaveLength(1);
    expect(two.user.end).toMatchObject({ kind: 'violation' });
  });

  it.each([
    ['a part that is not full', ['part', new Uint8Array(10)]],
    ['a handshake record', ['accept', new Uint8Array(0)]],
    ['a run name of 15 bytes', ['end', new Uint8Array(15)]],
    ['a reason that is unknown', ['close', Uint8Array.of(200)]],
    ['a close without a reason', ['close', new Uint8Array(0)]],
  ] as const)('ends as a violation at %s', async (_, [kind, payload]) => {
    const states = transportStates();
    const clock = new ManualClock();
    const [mine, theirs] = memorySocketPair(clock);
    const user = new Recorder();
    new Connection(mine, new RecordLayer(states[0]), { clock, limits: DEFAULT_CONNECTION_LIMITS }).serve(user);
    theirs.send(new RecordLayer(states[1]).seal(kind, payload));
    await turns();
    expect(user.end).toMatchObject({ kind: 'violation' });
  });

  it('tells the other side why it closes, after everything that waited', async () => {
    const [one, two] = pair({ clock: new ManualClock() });
    const frames = Array.from({ length: 40 }, () => rng(100_000));
    put(one, ...frames);
    one.connection.close('stopping');
    await turns();
    expect(two.user.frames).toHaveLength(40);
    expect(two.user.end).toEqual({ kind: 'closed-by-peer', why: 'stopping' });
    expect(one.user.end).toEqual({ kind: 'closed-here', why: 'stopping' });
  });

  it('keeps no more in the socket than its limit and one record', async () => {
    const [one, two] = pair({ clock: new ManualClock(), limits: { socketBytes: 200_000 } });
    two.socket.reading = false;
    put(one, ...Array.from({ length: 40 }, () => rng(100_000)));
    await turns();
    expect(one.socket.bufferedBytes).toBeLessThan(200_000 + 65_535);
    expect(one.user.queue.length).toBeGreaterThan(30);
    two.socket.reading = true;
    await turns(500);
    expect(two.user.frames).toHaveLength(40);
  });
});

describe('a peer that asks and does not read', () => {
  it('gets one answer for all questions that came when the socket was full', async () => {
    const states = transportStates();
    const clock = new ManualClock();
    let answers = 0;
    const [mine, theirs] = memorySocketPair(clock, [(message) => (answers++, [message]), pass]);
    const limits = { ...DEFAULT_CONNECTION_LIMITS, socketBytes: 1_000 };
    new Connection(mine, new RecordLayer(states[0]), { clock, limits }).serve(new Recorder());
    theirs.reading = false;
    theirs.attach({ message: () => undefined, drained: () => undefined, closed: () => undefined });
    const records = new RecordLayer(states[1]);
    for (let n = 0; n < 1_000; n++) theirs.send(records.seal('ping'));
    await turns(1_200);
    expect(mine.bufferedBytes).toBeLessThan(1_100);
    const before = answers;
    expect(before).toBeGreaterThan(0);
    theirs.reading = true;
    await turns();
    expect(answers).toBe(before + 1);
  });
});

describe('heartbeat', () => {
  it('keeps a connection open on which nothing is sent for an hour', async () => {
    const clock = new ManualClock();
    const [one, two] = pair({ clock });
    await clock.pass(3_600_000 / 4);
    expect([one.user.end, two.user.end]).toEqual([undefined, undefined]);
  });

  it('gives up a peer that is gone without a word, in time', async () => {
    const clock = new ManualClock();
    const user = new Recorder();
    const limits = DEFAULT_CONNECTION_LIMITS;
    const [socket] = memorySocketPair(clock, [() => [], pass]);
    new Connection(socket, new RecordLayer(transportStates()[0]), { clock, limits }).serve(user);
    await clock.pass(limits.heartbeatMs - 2_000);
    expect(user.end).toBeUndefined();
    await clock.pass(2_000 + 3 * limits.answerMs);
    expect(user.end).toEqual({ kind: 'silent' });
  });

  it('gives up a peer that talks but does not read', async () => {
    const clock = new ManualClock();
    const [one, two] = pair({ clock });
    two.socket.reading = false;
    put(one, ...Array.from({ length: 40 }, () => rng(100_000)));
    for (let n = 0; n < 60; n++) {
      put(two, Uint8Array.of(n));
      await clock.pass(1_000);
    }
    expect(one.user.frames.length).toBeGreaterThan(20);
    expect(one.user.end).toEqual({ kind: 'silent' });
  });

  it('waits for a slow peer that takes a little now and then', async () => {
    const clock = new ManualClock();
    const [one, two] = pair({ clock });
    put(one, ...Array.from({ length: 40 }, () => rng(60_000)));
    for (let n = 0; n < 20; n++) {
      two.socket.reading = true;
      await new Promise<void>((resolve) => systemClock.soon(resolve));
      two.socket.reading = false;
      await clock.pass(7_000);
    }
    expect(one.user.end).toBeUndefined();
  });

  it('closes a connection without runs after the idle time, not one with a run', async () => {
    const clock = new ManualClock();
    const [one, two] = pair({ clock, limits: { idleMs: 60_000 } });
    await clock.pass(120_000);
    expect([one.user.end, two.user.end]).toEqual([undefined, undefined]);
    one.user.working = false;
    await clock.pass(120_000);
    expect(one.user.end).toEqual({ kind: 'closed-here', why: 'idle' });
    expect(two.user.end).toEqual({ kind: 'closed-by-peer', why: 'idle' });
  });

  it('reads what came while this process stood still before it gives a peer up', async () => {
    const clock = new ManualClock();
    const [one] = pair({ clock });
    const answerIs = async (read: boolean): Promise<void> => {
      one.connection.probe();
      one.socket.reading = false;
      await turns();
      one.socket.reading = read;
      clock.stall(60_000);
      await turns();
    };
    await answerIs(true);
    expect(one.user.end).toBeUndefined();
    await answerIs(false);
    expect(one.user.end).toEqual({ kind: 'silent' });
  });

  it('finds a dead peer sooner when it is probed', async () => {
    const clock = new ManualClock();
    const [one] = pair({ clock, tamper: () => [] });
    one.connection.probe();
    await clock.pass(DEFAULT_CONNECTION_LIMITS.answerMs + 1_000);
    expect(one.user.end).toEqual({ kind: 'silent' });
  });
});
