import { describe, expect, it } from 'vitest';
import { MpcError } from '../errors.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { encodeFrame } from '../wire/encode.ts';
import { NET_VERSION, openHandshake } from './handshake.ts';
import { createIdentity, type Identity } from './identity.ts';
import { ManualClock, turns } from './manual-clock.ts';
import { memorySocketPair, type Tamper } from './memory-sockets.ts';
import type { MessageSocket } from './message-socket.ts';
import { type NetEvent, Network, type NetworkOptions } from './network.ts';
import type { Peer } from './peers.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { CLASSICAL_ALLOWED, HYBRID_ONLY } from './suite.ts';

const EPOCH = 1_800_000_000_000;
const HOUR = 3_600_000;
const A = partyId('bank-a');
const B = partyId('bank-b');
const identities = new Map<PartyId, Identity>(
  // Seeded so that A's key is the smaller one.
  (['bank-a', 'bank-b', 'stranger'] as const).map((name) => [
    partyId(name),
    createIdentity(partyId(name), insecureSeededRng('network', name, 1), platformPrimitives.keyAgreement),
  ]),
);

function identity(name: PartyId): Identity {
  const found = identities.get(name);
  if (found === undefined) throw new Error('no such identity');
  return found;
}

interface World {
  readonly clock: ManualClock;
  readonly networks: ReadonlyMap<PartyId, Network>;
  readonly events: ReadonlyMap<PartyId, readonly NetEvent[]>;
  at(name: PartyId): Network;
  /** Every message that was handed to a socket, by who sent it. */
  readonly sent: ReadonlyMap<PartyId, readonly Uint8Array[]>;
  /** Opens a socket to a node, as anybody can. */
  socketTo(name: PartyId): MessageSocket;
}

interface Setting {
  readonly options?: (name: PartyId) => Partial<NetworkOptions>;
  readonly entry?: (self: PartyId, peer: Peer) => Partial<Peer>;
  /** When a task runs that was put off; default: in the next turn. */
  readonly soon?: Clock['soon'];
  readonly reachable?: readonly PartyId[];
}

/** Two nodes that can dial each other over memory. */
function world(setting: Setting = {}): World {
  const clock = new ManualClock();
  const networks = new Map<PartyId, Network>();
  const events = new Map<PartyId, NetEvent[]>([A, B].map((name) => [name, []]));
  const sent = new Map<PartyId, Uint8Array[]>([A, B].map((name) => [name, []]));
  const soon = setting.soon ?? ((task) => clock.soon(task));
  const record =
    (name: PartyId): Tamper =>
    (message) => {
      sent.get(name)?.push(Uint8Array.from(message));
      return [message];
    };
  const connect = (from: PartyId, to: PartyId): MessageSocket => {
    const [near, far] = memorySocketPair({ soon }, [record(from), record(to)]);
    networks.get(to)?.accept(far);
    return near;
  };
  for (const self of [A, B]) {
    const peers = [A, B]
      .filter((name) => name !== self)
      .map((name): Peer => ({ ...identity(name).card, url: `ws://${name}:1` }))
      .map((peer) => ({ ...peer, ...setting.entry?.(self, peer) }));
    networks.set(
      self,
      new Network({
        identity: identity(self),
        peers,
        primitives: platformPrimitives,
        clock,
        rng: insecureSeededRng('ephemeral', self),
        wallClock: () => EPOCH + clock.now(),
        onEvent: (event) => void events.get(self)?.push(event),
        dial: (url) =>
          new Promise((resolve, reject) => {
            const name = partyId(new URL(url).hostname);
            if (setting.reachable?.includes(name) === false) reject(new Error('no route'));
            else soon(() => resolve(connect(self, name)));
          }),
        ...setting.options?.(self),
      }),
    );
  }
  const at = (name: PartyId): Network => {
    const network = networks.get(name);
    if (network === undefined) throw new Error('no such node');
    return network;
  };
  return { clock, networks, events, at, sent, socketTo: (name) => connect(partyId('stranger'), name) };
}

async function refusal(work: Promise<unknown>): Promise<MpcError> {
  const error: unknown = await work.then(
    () => new Error('connected'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof MpcError)) throw error;
  expect(error.party).toBeDefined();
  expect(error.remedy).toBeDefined();
  return error;
}

const kinds = (events: readonly NetEvent[] | undefined): readonly string[] =>
  (events ?? []).map((event) => (event.kind === 'turned-away' ? `${event.kind} ${event.why}` : event.kind));

describe('Network.connect', () => {
  it('makes one connection, which both sides use, and gives it again', async () => {
    const { at, events, clock } = world();
    const mux = await at(A).connect(B);
    expect(await at(A).connect(B)).toBe(mux);
    expect((await at(B).connect(A)).peer).toBe(A);
    await clock.pass(2_000);
    expect([kinds(events.get(A)), kinds(events.get(B))]).toEqual([['connected'], ['connected']]);
    expect(events.get(A)).toMatchObject([{ suite: 'x25519-mlkem768-aesgcm', dialledBy: 'us' }]);
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'leaves one connection, which carries a run, when both dial at once (seed %i)',
    async (seed) => {
      const rng = insecureSeededRng('race', seed);
      const later = (task: () => void, waits: number): void =>
        systemClock.soon(() => (waits === 0 ? task() : later(task, waits - 1)));
      const received: Uint8Array[] = [];
      const { at, events } = world({
        soon: (task) => later(task, rng(1)[0] % 8),
        options: () => ({
          onRun: ({ link }) => link.attach({ frame: (bytes) => void received.push(bytes), closed: () => undefined }),
        }),
      });
      const run = rng(16);
      const frame = encodeFrame({ kind: 'data', run, channel: 'c', sequence: 0, name: 'm', last: true, body: rng(9) });
      const useAtOnce = at(A)
        .connect(B)
        .then((mux) => mux.run(run).send([frame]));
      await Promise.all([useAtOnce, at(B).connect(A)]);
      await turns(100);
      expect(received).toEqual([frame]);
      for (const name of [A, B]) {
        expect(kinds(events.get(name)).filter((kind) => /connected/.test(kind))).toEqual(['connected']);
        expect(at(name).connected).toHaveLength(1);
      }
    },
  );

  it('says what to do when the peer cannot be reached, has no url, is unknown or not permitted', async () => {
    expect((await refusal(world({ reachable: [] }).at(A).connect(B))).message).toContain('nothing answers');
    const { at, clock } = world({ entry: () => ({ url: undefined }) as unknown as Partial<Peer> });
    const waiting = refusal(at(A).connect(B));
    await clock.pass(30_000);
    expect((await waiting).message).toContain('no url');
    expect((await refusal(at(A).connect(partyId('nobody')))).message).toContain('not in the peer list');
    expect(
      (
        await refusal(
          world({ entry: () => ({ revoked: true }) })
            .at(A)
            .connect(B),
        )
      ).message,
    ).toContain('revoked');
    expect(
      (
        await refusal(
          world({ entry: () => ({ expiresMs: EPOCH }) })
            .at(A)
            .connect(B),
        )
      ).message,
    ).toContain('expired');
  });

  it('connects to a peer that can only dial, when it does', async () => {
    const { at, clock } = world({
      entry: (self) => (self === A ? ({ url: undefined } as unknown as Partial<Peer>) : {}),
    });
    const waiting = at(A).connect(B);
    await clock.pass(3_000);
    at(B).keep([A]);
    await clock.pass(1_000);
    expect((await waiting).peer).toBe(B);
  });

  it('stops waiting when it is aborted', async () => {
    const controller = new AbortController();
    const waiting = world({ entry: () => ({ url: undefined }) as unknown as Partial<Peer> })
      .at(A)
      .connect(B, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('names the key when somebody else answers at the address', async () => {
    // A has pinned the stranger's key under B's name: whoever answers cannot read what A sends, and stays silent.
    const { transportKey } = identity(partyId('stranger')).card;
    const { at } = world({ entry: (self) => (self === A ? { transportKey } : {}) });
    expect((await refusal(at(A).connect(B))).message).toContain('without an answer');
  });
});

/** A's clock is off by so much. */
const off = (ms: number): Setting => ({
  options: (name) => (name === A ? { wallClock: () => EPOCH + 2 * HOUR + ms } : { wallClock: wallFrom(EPOCH) }),
});

/** A node that was started at `startMs` two hours ago: the first reading is its start. */
function wallFrom(startMs: number): () => number {
  let first = true;
  return () => {
    const nowMs = first ? startMs : startMs + 2 * HOUR;
    first = false;
    return nowMs;
  };
}

describe('a peer whose clock is wrong', () => {
  it.each([HOUR, -HOUR])('by %i ms is told so, and so is the log of the other side', async (ms) => {
    const { at, events } = world(off(ms));
    const error = await refusal(at(A).connect(B));
    expect([error.code, error.message]).toEqual(['refused-by-peer', expect.stringContaining('clocks')]);
    expect(error.remedy).toContain('NTP');
    expect(events.get(B)).toMatchObject([{ kind: 'turned-away', peer: A, why: 'clock', clockOffsetMs: ms }]);
    const peerMs = EPOCH + 2 * HOUR;
    expect(events.get(A)).toMatchObject([{ kind: 'dial-failed', peer: B, failure: { kind: 'refused', peerMs } }]);
  });

  it.each([60_000, -60_000])('by %i ms connects, and both sides are told by how much', async (ms) => {
    const { at, events } = world(off(ms));
    expect((await at(A).connect(B)).peer).toBe(B);
    expect(events.get(B)).toMatchObject([{ kind: 'connected', peer: A, clockOffsetMs: ms }]);
    expect(events.get(A)).toMatchObject([{ kind: 'connected', peer: B, clockOffsetMs: -ms }]);
  });
});

describe('suites and versions', () => {
  it('refuse a classical offer unless it is allowed, and say so', async () => {
    const classical = { offer: 'x25519-aesgcm', accept: CLASSICAL_ALLOWED.accept } as const;
    const only =
      (suites: NetworkOptions['suites']) =>
      (name: PartyId): Partial<NetworkOptions> =>
        name === A ? { suites: classical } : suites === undefined ? {} : { suites };
    const error = await refusal(
      world({ options: only(undefined) })
        .at(A)
        .connect(B),
    );
    expect(error.message).toContain('suite');
    expect(
      (
        await refusal(
          world({ options: only(HYBRID_ONLY) })
            .at(A)
            .connect(B),
        )
      ).message,
    ).toContain('suite');
    const { at, events } = world({ options: only(CLASSICAL_ALLOWED) });
    await at(A).connect(B);
    expect(events.get(A)).toMatchObject([{ suite: 'x25519-aesgcm' }]);
  });

  it('tell which side to update when the versions differ', async () => {
    const error = await refusal(
      world({ options: (name) => (name === A ? { version: NET_VERSION + 1 } : {}) })
        .at(A)
        .connect(B),
    );
    expect([error.message, error.remedy]).toEqual([
      expect.stringContaining('version'),
      expect.stringContaining('older'),
    ]);
  });
});

describe('whoever is not to be answered', () => {
  const entries: readonly (readonly [string, Partial<Peer> | undefined, string])[] = [
    ['stranger', undefined, 'not-admitted'],
    ['expired', { expiresMs: EPOCH - 1 }, 'expired'],
    ['revoked', { revoked: true }, 'revoked'],
  ];

  it.each(entries)('gets no byte when it is %s, and is told what to check', async (_, entry, why) => {
    const { at, events, sent } = world({ entry: (self) => (self === B ? (entry ?? {}) : {}) });
    if (entry === undefined) at(B).updatePeers([]);
    const error = await refusal(at(A).connect(B));
    expect(error.message).toContain('without an answer');
    expect(sent.get(B)).toEqual([]);
    expect(kinds(events.get(B))).toEqual([`turned-away ${why}`]);
    expect(events.get(B)?.[0]).not.toHaveProperty('peer');
  });

  it('gets no byte when it sends again what a peer sent, and the connection of the peer stays', async () => {
    const { at, sent, events, socketTo } = world();
    const mux = await at(A).connect(B);
    const [first] = sent.get(A) ?? [];
    const before = sent.get(B)?.length;
    const socket = socketTo(B);
    let closed = false;
    socket.attach({ message: () => undefined, drained: () => undefined, closed: () => (closed = true) });
    socket.send(first);
    await turns();
    expect([sent.get(B)?.length, closed, mux.open]).toEqual([before, true, true]);
    expect(kinds(events.get(B))).toEqual(['connected', 'turned-away replayed']);
  });

  it('gets no byte for a first message that is cut at any byte, changed or somebody else’s', async () => {
    const { at, sent, socketTo } = world();
    await at(A).connect(B);
    const [first] = sent.get(A) ?? [];
    const before = sent.get(B)?.length;
    const lengths = Array.from({ length: first.length }, (_, length) => length).filter((n) => n < 60 || n % 37 === 0);
    for (const length of lengths) socketTo(B).send(first.subarray(0, length));
    for (const place of lengths) socketTo(B).send(first.with(place, first[place] ^ 1));
    await turns(600);
    expect(sent.get(B)?.length).toBe(before);
  });

  it('is dropped after the handshake time when it sends nothing', async () => {
    const { clock, events, socketTo, sent } = world();
    let closed = false;
    socketTo(B).attach({ message: () => undefined, drained: () => undefined, closed: () => (closed = true) });
    await clock.pass(6_000);
    expect([closed, kinds(events.get(B)), sent.get(B)]).toEqual([true, ['turned-away unfinished'], []]);
  });

  it('gets the second message and no more when it does not confirm, and is no connection', async () => {
    const { clock, events, sent, at, socketTo } = world();
    const { first } = openHandshake(
      {
        identity: identity(A).transport,
        primitives: platformPrimitives,
        rng: insecureSeededRng('fresh'),
        suites: HYBRID_ONLY,
      },
      { publicKey: identity(B).card.transportKey, nowMs: EPOCH },
    );
    socketTo(B).send(first);
    await clock.pass(2_000);
    expect([sent.get(B)?.length, at(B).connected]).toEqual([1, []]);
    await clock.pass(6_000);
    expect([sent.get(B)?.length, kinds(events.get(B))]).toEqual([1, ['turned-away unfinished']]);
  });
});

describe('Network.updatePeers', () => {
  it('ends the connection of a revoked peer at once, without a byte, and its runs with it', async () => {
    const { at, sent, events } = world();
    const mux = await at(A).connect(B);
    let closed = 0;
    mux.run(new Uint8Array(16)).attach({ frame: () => undefined, closed: () => closed++ });
    await turns();
    const before = sent.get(B)?.length;
    at(B).updatePeers([{ ...identity(A).card, revoked: true }]);
    await turns();
    expect([at(A).connected, at(B).connected, closed, sent.get(B)?.length]).toEqual([[], [], 1, before]);
    expect(kinds(events.get(A))).toEqual(['connected', 'disconnected']);
  });

  it('leaves others alone and refuses a list with a double entry as a whole', async () => {
    const { at } = world();
    const mux = await at(A).connect(B);
    const entry = { ...identity(A).card, url: 'ws://bank-a:1' };
    expect(() => at(B).updatePeers([entry, entry])).toThrow(MpcError);
    at(B).updatePeers([entry]);
    await turns();
    expect(mux.open).toBe(true);
  });

  it('ends a connection when the entry of the peer expires', async () => {
    const { at, clock } = world({ entry: (self) => (self === B ? { expiresMs: EPOCH + HOUR } : {}) });
    const mux = await at(A).connect(B);
    // A run on either side, or the connection would be closed as idle.
    for (const side of [mux, await at(B).connect(A)]) {
      side.run(new Uint8Array(16)).attach({ frame: () => undefined, closed: () => undefined });
    }
    await clock.pass(HOUR - 5_000);
    expect(mux.open).toBe(true);
    await clock.pass(6_000);
    expect(mux.open).toBe(false);
  });
});

describe('Network.updatePeers with another expiry', () => {
  async function openWhen(expiresMs: number | undefined, afterMs: number): Promise<boolean> {
    const { at, clock } = world({ entry: (self) => (self === B ? { expiresMs: EPOCH + HOUR } : {}) });
    const mux = await at(A).connect(B);
    for (const side of [mux, await at(B).connect(A)]) {
      side.run(new Uint8Array(16)).attach({ frame: () => undefined, closed: () => undefined });
    }
    at(B).updatePeers([{ ...identity(A).card, ...(expiresMs === undefined ? {} : { expiresMs }) }]);
    await clock.pass(afterMs);
    return mux.open;
  }

  it.each([
    ['ends an open connection at an earlier one', EPOCH + 60_000, 61_000, false],
    ['leaves it open before that', EPOCH + 60_000, 55_000, true],
    ['leaves it open when the new one is later', EPOCH + 2 * HOUR, HOUR + 60_000, true],
    ['leaves it open when there is none any more', undefined, HOUR + 60_000, true],
  ])('%s', async (_what, expiresMs, afterMs, open) => {
    expect(await openWhen(expiresMs, afterMs)).toBe(open);
  });
});

describe('Network.keep', () => {
  it('dials again with growing pauses until the peer is there, and after it was lost', async () => {
    const reachable: PartyId[] = [];
    const { at, clock, events } = world({ reachable });
    at(A).keep([B]);
    await clock.pass(10 * 60_000);
    const failures = kinds(events.get(A)).length;
    // Half a second doubled up to a minute, of which half to all is waited.
    expect(failures).toBeGreaterThan(10);
    expect(failures).toBeLessThan(40);
    reachable.push(A, B);
    await clock.pass(61_000);
    expect(at(A).connected).toEqual([B]);
    (await at(B).connect(A)).connection.cut();
    await clock.pass(61_000);
    expect(at(A).connected).toEqual([B]);
  });
});

describe('Network.stop', () => {
  it('closes every connection with a reason, and refuses new ones', async () => {
    const { at, clock, events } = world();
    await at(A).connect(B);
    const stopped = at(A).stop();
    await clock.pass(1_000);
    await stopped;
    expect(events.get(B)?.at(-1)).toMatchObject({ end: { kind: 'closed-by-peer', why: 'stopping' } });
    expect((await refusal(at(A).connect(B))).message).toContain('stopping');
    expect((await refusal(at(B).connect(A))).message).toContain('without an answer');
  });
});
