import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { closureOf } from '../../test/architecture/layers.ts';
import { systemClock, systemRng, systemWallClock } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { encodeFrame } from '../wire/encode.ts';
import { createIdentity } from './identity.ts';
import { closeLoopbackNodes, openLoopbackNodes, peerEntry } from './loopback-nodes.ts';
import { Network } from './network.ts';
import { portablePrimitives } from './portable-primitives.ts';
import { openWebSocket, type StandardWebSocket } from './web-socket.ts';

const NODE = partyId('bank-a');
const PAGE = partyId('page');
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** The class of `ws` has the interface of browsers too. */
const dial = (url: string, signal: AbortSignal): ReturnType<typeof openWebSocket> =>
  openWebSocket(new WebSocket(url) as unknown as StandardWebSocket, { clock: systemClock, signal, timeoutMs: 5_000 });

/** A party with what a browser has: portable primitives, no port, a WebSocket of the standard kind. */
function page(peers: ConstructorParameters<typeof Network>[0]['peers']): Network {
  const identity = createIdentity(PAGE, systemRng, portablePrimitives.keyAgreement);
  const network = new Network({
    identity,
    peers,
    dial,
    primitives: portablePrimitives,
    clock: systemClock,
    wallClock: systemWallClock.now,
    rng: systemRng,
    suites: { offer: 'x25519-mlkem768-chachapoly', accept: [] },
  });
  cleanups.push(() => network.stop());
  identities.set(network, identity);
  return network;
}
const identities = new WeakMap<Network, ReturnType<typeof createIdentity>>();

describe('openWebSocket', () => {
  it('carries a run between a party of browser kind and a node', async () => {
    const received: Uint8Array[] = [];
    const nodes = await openLoopbackNodes([NODE], () => ({
      onRun: ({ link }) =>
        link.attach({
          frame(bytes) {
            received.push(bytes);
            link.send([bytes]);
          },
          closed: () => undefined,
        }),
    }));
    cleanups.push(() => closeLoopbackNodes(nodes));
    const node = nodes.get(NODE);
    if (node === undefined) throw new Error('no node');
    const network = page([peerEntry(node)]);
    const card = identities.get(network)?.card;
    node.network.network.updatePeers(card === undefined ? [] : [card]);
    const run = systemRng(16);
    const link = (await network.connect(NODE)).run(run);
    // What begins a run is small, as an offer is.
    const frames = Array.from({ length: 12 }, (_, sequence) => {
      const body = systemRng(sequence === 0 ? 1_000 : 250_000);
      return encodeFrame({ kind: 'data', run, channel: 'c', sequence, name: 'm', last: true, body });
    });
    const echoed: Uint8Array[] = [];
    const all = new Promise<void>((resolve) => {
      const frame = (bytes: Uint8Array): void => {
        echoed.push(bytes);
        if (echoed.length === frames.length) resolve();
      };
      link.attach({ frame, closed: () => undefined });
    });
    for (const frame of frames) link.send([frame]);
    await all;
    for (const list of [received, echoed])
      expect(list.every((bytes, n) => Buffer.compare(bytes, frames[n]) === 0)).toBe(true);
  });

  it('says that nothing answers', async () => {
    const { transportKey, signingKey } = createIdentity(NODE, systemRng, portablePrimitives.keyAgreement).card;
    const network = page([{ name: NODE, transportKey, signingKey, url: 'ws://127.0.0.1:9' }]);
    await expect(network.connect(NODE)).rejects.toMatchObject({ code: 'peer-silent', party: NODE });
  });
});

describe('what browsers load', () => {
  it('needs neither Node nor ws', () => {
    const forbidden = (entry: string): readonly string[] =>
      [...closureOf(process.cwd(), entry)].filter((target) => target === 'ws' || target.startsWith('node:'));
    for (const entry of ['network', 'web-socket', 'portable-primitives', 'identity', 'mux']) {
      expect(forbidden(`src/net/${entry}.ts`)).toEqual([]);
    }
    expect(forbidden('src/net/node-network.ts').length).toBeGreaterThan(2);
  });
});
