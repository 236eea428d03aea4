import { afterEach, describe, expect, it } from 'vitest';
import { systemRng } from '../kit/clock.ts';
import type { Link } from '../kit/link.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { NET_VERSION } from '../net/handshake.ts';
import { createIdentity, type Identity } from '../net/identity.ts';
import type { Peer } from '../net/peers.ts';
import { platformPrimitives } from '../net/platform-primitives.ts';
import type { IncomingRun } from '../node/peer-network.ts';
import { encodeFrame } from '../wire/encode.ts';
import { openWsPeers, type PeerEvent, type WsPeers, type WsPeersOptions } from './ws-peers.ts';

const A = partyId('bank-a');
const B = partyId('bank-b');
const LISTEN = { host: '127.0.0.1', port: 0 };
const HOUR_MS = 3_600_000;
const nowMs = (): number => new Date().getTime();
const NEVER = new AbortController().signal;

const opened: WsPeers[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((peers) => peers.close()));
});

const identityOf = (name: PartyId): Identity => createIdentity(name, systemRng, platformPrimitives.keyAgreement);

async function open(options: WsPeersOptions): Promise<WsPeers> {
  const peers = await openWsPeers(options);
  opened.push(peers);
  return peers;
}

/** bank-b listens and only answers; bank-a dials it. */
async function two(change: Partial<WsPeersOptions> = {}, changeB: Partial<WsPeersOptions> = {}) {
  const a = identityOf(A);
  const b = identityOf(B);
  const events: PeerEvent[] = [];
  const peerA: Peer = { ...a.card };
  const atB = await open({ identity: b, peers: [peerA], listen: LISTEN, ...changeB });
  const peerB: Peer = { ...b.card, url: `ws://127.0.0.1:${atB.port}` };
  const atA = await open({ identity: a, peers: [peerB], onPeer: (event) => events.push(event), ...change });
  return { atA, atB, events };
}

/** The first error or link, whichever comes. */
async function openRun(peers: WsPeers, peer: PartyId, run = systemRng(16)): Promise<Link> {
  const link = (await peers.openRun(run, [peer], NEVER)).get(peer);
  if (link === undefined) throw new RangeError('no link');
  return link;
}

const frameOf = (run: Uint8Array): Uint8Array =>
  encodeFrame({
    kind: 'data',
    run,
    channel: 'offer',
    sequence: 0,
    name: 'offer',
    last: true,
    body: new Uint8Array(3),
  });

describe('openWsPeers', () => {
  it('hands a run that a peer opens to the handler, with the peer that was authenticated', async () => {
    const { atA, atB } = await two();
    const arrived = new Promise<IncomingRun>((resolve) => atB.onRun(resolve));
    const run = systemRng(16);
    const link = await openRun(atA, B, run);
    link.attach({ frame: () => undefined, closed: () => undefined });
    link.send([frameOf(run)]);
    const incoming = await arrived;
    expect([incoming.peer, [...incoming.runName]]).toEqual([A, [...run]]);
    expect(atB.status()).toMatchObject([{ peer: A, connected: true }]);
  });

  it('keeps a run that comes before there is a handler, as while a node still starts', async () => {
    const { atA, atB } = await two();
    const run = systemRng(16);
    const link = await openRun(atA, B, run);
    let isClosed = false;
    link.attach({ frame: () => undefined, closed: () => (isClosed = true) });
    link.send([frameOf(run)]);
    // What follows it over the same connection has come: so has it.
    const second = systemRng(16);
    const [fromA, atOther] = await Promise.all([openRun(atA, B, second), openRun(atB, A, second)]);
    fromA.attach({ frame: () => undefined, closed: () => undefined });
    const followed = new Promise((resolve) => atOther.attach({ frame: resolve, closed: () => undefined }));
    fromA.send([frameOf(second)]);
    await followed;
    const names: number[][] = [];
    atB.onRun(({ runName }) => names.push([...runName]));
    expect(names).toEqual([[...run]]);
    expect(isClosed).toBe(false);
  });

  it('keeps a run for openRun when the peer opens it while this side does', async () => {
    const { atA, atB } = await two();
    let handled = 0;
    atB.onRun(() => handled++);
    const run = systemRng(16);
    const [linkA, linkB] = await Promise.all([openRun(atA, B, run), openRun(atB, A, run)]);
    linkA.attach({ frame: () => undefined, closed: () => undefined });
    const received = new Promise<Uint8Array>((resolve) => linkB.attach({ frame: resolve, closed: () => undefined }));
    linkA.send([frameOf(run)]);
    expect([...(await received)]).toEqual([...frameOf(run)]);
    expect(handled).toBe(0);
  });

  it('names the party and the remedy, and says it once, when nobody listens there', async () => {
    const b = identityOf(B);
    const events: PeerEvent[] = [];
    const peerB: Peer = { ...b.card, url: 'ws://127.0.0.1:9' };
    const atA = await open({ identity: identityOf(A), peers: [peerB], onPeer: (event) => events.push(event) });
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(openRun(atA, B)).rejects.toMatchObject({ code: 'peer-silent', party: B });
    }
    expect(atA.status()).toMatchObject([{ peer: B, connected: false, lastError: { code: 'peer-silent' } }]);
    expect(events.map(({ kind }) => kind)).toEqual(['unreachable']);
  });

  it.each([
    ['another version', { version: NET_VERSION + 1 }, 'refused-by-peer', /update whichever side/],
    ['a clock that is an hour fast', { wallClock: () => nowMs() + HOUR_MS }, 'refused-by-peer', /NTP/],
    // It looks like a recorded message to a peer that began to listen later, and that answers nobody's recordings.
    ['a clock that is an hour slow', { wallClock: () => nowMs() - HOUR_MS }, 'peer-closed', /compare the clocks/],
  ])('names the party and says what to do when this side has %s', async (_what, change, code, remedy) => {
    const { atA } = await two(change);
    const error: unknown = await openRun(atA, B).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, party: B, phase: 'connect' });
    expect((error as { remedy: string }).remedy).toMatch(remedy);
  });

  it('refuses a port that is in use and says what to do', async () => {
    const { atB } = await two();
    const port = atB.port ?? 0;
    const second = openWsPeers({ identity: identityOf(A), peers: [], listen: { ...LISTEN, port } });
    await expect(second).rejects.toMatchObject({ code: 'bad-parameter', phase: 'listen' });
  });
});
