import { afterEach, describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import { createMemoryNetwork } from '../../src/kit/memory-network.ts';
import { Session } from '../../src/kit/session.ts';
import { DEFAULT_LIMITS } from '../../src/kit/session-limits.ts';
import { IdleClock } from '../../src/testing.ts';
import { maxFrameBytes } from '../../src/wire/frame.ts';
import { PEER, type PlayedPeer, playPeer, RUN, SELF } from './session-pair.ts';

const MIB = 2 ** 20;
const BODY = new Uint8Array(256 * 1024);
const NOTHING = new Uint8Array(0);
const EXPECTED = { name: 'm', bytes: 1, variable: false };

/** Sends data frames of the given bodies and channels until the session ends; the bytes that it took in. */
function flood(peer: PlayedPeer, frameAt: (index: number) => { channel: string; sequence: number; body: Uint8Array }) {
  let frames = 0;
  let bytes = 0;
  while (!peer.session.signal.aborted && frames < 1_000_000) {
    bytes += peer.send({ kind: 'data', name: 'm', last: true, ...frameAt(frames) });
    frames++;
  }
  return { frames, bytes, error: errorOf(peer.session) };
}

function errorOf(session: Session): MpcError {
  const reason: unknown = session.signal.reason;
  if (reason instanceof MpcError) return reason;
  throw new Error('the session has not ended with an error of its own');
}

async function endOf(work: Promise<unknown>): Promise<MpcError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MpcError) return error;
  throw new Error('the work did not fail with an error of its own', { cause: error });
}

const leftover: IdleClock[] = [];
afterEach(() => {
  for (const clock of leftover.splice(0)) expect(clock.pendingTimers).toBe(0);
});

function play(...options: Parameters<typeof playPeer>): PlayedPeer {
  const peer = playPeer(...options);
  leftover.push(peer.clock);
  return peer;
}

describe('a peer that ignores flow control', () => {
  it.each([1, 64 * 1024, DEFAULT_LIMITS.windowBytes])(
    'is cut off one frame limit above the window when it floods a channel and the window is %i',
    (windowBytes) => {
      const { bytes, error } = flood(play({ windowBytes }), (sequence) => ({ channel: 'c', sequence, body: BODY }));
      expect(error).toMatchObject({ code: 'oversize-message', party: PEER, phase: 'c' });
      expect(bytes).toBeGreaterThan(windowBytes);
      expect(bytes).toBeLessThanOrEqual(windowBytes + maxFrameBytes + BODY.length + 1024);
    },
  );

  it('is cut off at a bound for all channels together when it floods many of them', () => {
    const { windowBytes } = DEFAULT_LIMITS;
    const { bytes, error } = flood(play(), (index) => ({ channel: `c${index}`, sequence: 0, body: BODY }));
    expect(error).toMatchObject({ code: 'oversize-message', party: PEER });
    expect(bytes).toBeLessThanOrEqual(16 * (windowBytes + maxFrameBytes) + MIB);
  });

  it('is cut off when it sends very many empty messages', () => {
    const peer = play({ windowBytes: 1 });
    const { frames, error } = flood(peer, (sequence) => ({ channel: 'c', sequence, body: NOTHING }));
    expect(error).toMatchObject({ code: 'oversize-message', party: PEER, phase: 'c' });
    expect(frames).toBeLessThan(50_000);
  });

  it('is cut off when it opens more channels than any run has', () => {
    const { frames, error } = flood(play(), (index) => ({ channel: `c${index}`, sequence: 0, body: NOTHING }));
    expect(error).toMatchObject({ code: 'bad-frame', party: PEER });
    expect(frames).toBe(2 ** 15 + 1);
  });

  it('is not cut off when all that it sends is taken', async () => {
    const peer = play({ windowBytes: 64 * 1024 });
    for (let sequence = 0; sequence < 200; sequence++) {
      peer.send({ kind: 'data', channel: 'c', sequence, name: 'm', last: true, body: new Uint8Array(16 * 1024) });
      await peer.session.receive(PEER, 'c', { name: 'm', bytes: 16 * 1024, variable: false });
    }
    expect(peer.session.signal.aborted).toBe(false);
    peer.session.close();
  });
});

describe('a peer that floods with other frames', () => {
  it('is cut off after a number of probes, each of which cost an answer', () => {
    const peer = play();
    for (let probe = 0; probe < 20_000; probe++) peer.send({ kind: 'probe' });
    expect(errorOf(peer.session)).toMatchObject({ code: 'bad-frame', party: PEER });
    expect(peer.received.filter((frame) => frame.kind === 'status').length).toBe(2 ** 14);
  });

  it('changes nothing when it answers what was not asked', () => {
    const peer = play();
    for (let k = 0; k < 20_000; k++) peer.send({ kind: 'status', waiting: ['bank-a', 'a-stranger'] });
    expect(peer.session.signal.aborted).toBe(false);
    peer.session.close();
  });

  it.each([
    ['on a channel where nothing was sent', { channel: 'other', bytes: 1 }],
    ['for more than was sent', { channel: 'c', bytes: 100_000 }],
    ['for nothing', { channel: 'c', bytes: 0 }],
  ])('is cut off when it gives credit %s', async (_, credit) => {
    const peer = play();
    await peer.session.send(PEER, 'c', 'm', new Uint8Array(10));
    peer.send({ kind: 'credit', ...credit });
    expect(errorOf(peer.session)).toMatchObject({ code: 'bad-frame', party: PEER, phase: credit.channel });
  });

  it('is cut off when credit is given twice for the same bytes', async () => {
    const peer = play();
    await peer.session.send(PEER, 'c', 'm', new Uint8Array(1000));
    peer.send({ kind: 'credit', channel: 'c', bytes: 1000 });
    expect(peer.session.signal.aborted).toBe(false);
    peer.send({ kind: 'credit', channel: 'c', bytes: 1000 });
    expect(errorOf(peer.session)).toMatchObject({ code: 'bad-frame', party: PEER });
  });
});

describe('sending to a peer that gives no credit', () => {
  const sendTooMuch = async ({ session }: PlayedPeer): Promise<void> => {
    for (let k = 0; k < 3; k++) await session.send(PEER, 'c', 'm', new Uint8Array(600));
  };

  it('names the silent peer and the channel long before the deadline', async () => {
    const peer = play({ windowBytes: 1 });
    expect(await endOf(sendTooMuch(peer))).toMatchObject({ code: 'peer-silent', party: PEER, phase: 'c' });
    expect(peer.clock.now()).toBeLessThan(DEFAULT_LIMITS.deadlineMs / 10);
  });

  it('names it and the channel at the deadline when it lives and says that it waits for itself', async () => {
    const peer = play({ windowBytes: 1 }, (frame, self) => {
      if (frame.kind === 'probe') self.send({ kind: 'status', waiting: [PEER, SELF] });
    });
    expect(await endOf(sendTooMuch(peer))).toMatchObject({ code: 'deadline', party: PEER, phase: 'c' });
  });

  it.each(['before', 'after'])('names it when its link closes %s sending begins to wait', async (when) => {
    const peer = play({ windowBytes: 1 });
    if (when === 'before') peer.close();
    const end = endOf(sendTooMuch(peer));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (when === 'after') peer.close();
    expect(await end).toMatchObject({ code: 'peer-closed', party: PEER, phase: 'c' });
  });

  it('ends when the run fails between two credits', async () => {
    const peer = play({ windowBytes: 1 });
    const end = endOf(sendTooMuch(peer));
    await new Promise((resolve) => setImmediate(resolve));
    const sent = peer.received.filter((frame) => frame.kind === 'data').length;
    expect(sent).toBe(1);
    // Credit for a part of what is under way, and the end of the run in the same turn.
    peer.send({ kind: 'credit', channel: 'c', bytes: 1 });
    peer.send({ kind: 'abort', code: 'cancelled', phase: '', party: '' });
    expect(await end).toMatchObject({ code: 'peer-aborted', party: PEER });
  });
});

describe('receiving', () => {
  it('ends when the run fails between two parts of a message', async () => {
    const peer = play();
    const end = endOf(peer.session.receive(PEER, 'c', { ...EXPECTED, bytes: 10 }));
    await new Promise((resolve) => setImmediate(resolve));
    peer.send({ kind: 'data', channel: 'c', sequence: 0, name: 'm', last: false, body: new Uint8Array(5) });
    peer.send({ kind: 'abort', code: 'cancelled', phase: '', party: '' });
    expect(await end).toMatchObject({ code: 'peer-aborted', party: PEER });
  });

  it('takes a last message whose sender closes its link at once', async () => {
    const peer = play();
    const taken = peer.session.receive(PEER, 'c', EXPECTED);
    await new Promise((resolve) => setImmediate(resolve));
    peer.send({ kind: 'data', channel: 'c', sequence: 0, name: 'm', last: true, body: new Uint8Array(1) });
    peer.close();
    expect(await taken).toEqual(new Uint8Array(1));
    peer.session.close();
  });

  it('names nobody from outside the run when a peer blames a stranger', () => {
    const peer = play();
    peer.send({ kind: 'abort', code: 'bad-message', phase: 'c', party: 'de89370400440532013000' });
    expect(errorOf(peer.session)).toMatchObject({ code: 'peer-aborted', party: PEER });
    expect(errorOf(peer.session).describe()).not.toContain('3704');
  });
});

describe('a peer that computes for minutes', () => {
  /** The peer has one role that waits for us and one that computes what we wait for. */
  async function twoRoles(computes: boolean): Promise<unknown> {
    const clock = new IdleClock();
    const network = createMemoryNetwork([SELF, PEER], { clock });
    const [own, other] = [SELF, PEER].map(
      (self) =>
        new Session({
          self,
          run: RUN,
          links: network.links(self),
          clock,
          limits: DEFAULT_LIMITS,
          signal: undefined,
          observers: [],
        }),
    );
    const later = new Promise<void>((resolve) => void clock.timer(300_000, resolve));
    const works = async (): Promise<void> => {
      await (computes ? other.computing(later) : later);
      await other.send(SELF, 'result', 'm', new Uint8Array(1));
    };
    const [result] = await Promise.allSettled([
      own.receive(PEER, 'result', EXPECTED).finally(() => own.close()),
      works(),
      other.receive(SELF, 'question', EXPECTED),
    ]);
    return result.status === 'fulfilled' ? 'received' : result.reason;
  }

  it('is waited for, although another of its roles waits for us', async () => {
    expect(await twoRoles(true)).toBe('received');
  });

  it('is given up when it does not compute: then each side waits for the other', async () => {
    expect(await twoRoles(false)).toMatchObject({ code: expect.stringMatching(/^peer-/) });
  });
});
