import { describe, expect, it } from 'vitest';
import type { Link } from '../kit/link.ts';
import { partyId } from '../kit/party.ts';
import { createMemoryPeers } from './memory-peer-network.ts';
import type { IncomingRun } from './peer-network.ts';

const [a, b, c] = ['bank-a', 'bank-b', 'bank-c'].map(partyId);
const run = new Uint8Array(16).fill(1);
const { signal } = new AbortController();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function only(links: ReadonlyMap<unknown, Link>): Link {
  const [link] = links.values();
  return link;
}

/** Frames that a link brings, and its end. */
function record(link: Link): unknown[] {
  const seen: unknown[] = [];
  link.attach({ frame: (bytes) => void seen.push(bytes[0]), closed: () => void seen.push('closed') });
  return seen;
}

describe('createMemoryPeers', () => {
  it('gives the other end to the handler, with the authenticated name of the opener', async () => {
    const peers = createMemoryPeers();
    const [ofA, ofB] = [peers.join(a), peers.join(b)];
    const incoming: IncomingRun[] = [];
    ofB.onRun((arrived) => incoming.push(arrived));
    const link = only(await ofA.openRun(run, [b], signal));
    await turn();
    expect(incoming).toMatchObject([{ peer: a, runName: run }]);
    const seen = record(incoming[0].link);
    link.send([Uint8Array.of(7)]);
    link.close();
    await turn();
    expect(seen).toEqual([7, 'closed']);
  });

  it('gives both their ends of one link when both open it', async () => {
    const peers = createMemoryPeers();
    const [ofA, ofB] = [peers.join(a), peers.join(b)];
    const incoming: IncomingRun[] = [];
    ofA.onRun((arrived) => incoming.push(arrived));
    ofB.onRun((arrived) => incoming.push(arrived));
    const [left, right] = [only(await ofA.openRun(run, [b], signal)), only(await ofB.openRun(run, [a], signal))];
    const seen = record(right);
    left.send([Uint8Array.of(9)]);
    await turn();
    await turn();
    expect(seen).toEqual([9]);
    expect(incoming).toEqual([]);
  });

  it('names the peer that is away, and closes the links to the others', async () => {
    const peers = createMemoryPeers();
    const [ofA, ofB] = [peers.join(a), peers.join(b)];
    const ends: unknown[][] = [];
    ofB.onRun(({ link }) => ends.push(record(link)));
    await expect(ofA.openRun(run, [b, c], signal)).rejects.toMatchObject({ code: 'peer-closed', party: c });
    await turn();
    await turn();
    expect(ends).toEqual([['closed']]);
  });

  it('ends all links of a node that is disconnected, at both ends', async () => {
    const peers = createMemoryPeers();
    const [ofA, ofB] = [peers.join(a), peers.join(b)];
    const own = record(only(await ofA.openRun(run, [b], signal)));
    const other = record(only(await ofB.openRun(run, [a], signal)));
    peers.disconnect(a);
    await turn();
    expect([own, other]).toEqual([['closed'], ['closed']]);
    expect(ofB.status()).toMatchObject([{ peer: a, connected: false }]);
    await expect(ofB.openRun(run, [a], signal)).rejects.toMatchObject({ party: a });
    await expect(ofA.openRun(run, [b], signal)).rejects.toMatchObject({ code: 'peer-closed' });
  });

  it('keeps links for a handler that comes later, and opens none after an abort', async () => {
    const peers = createMemoryPeers();
    const [ofA, ofB] = [peers.join(a), peers.join(b)];
    const seen = record(only(await ofA.openRun(run, [b], signal)));
    await turn();
    await turn();
    const arrived: string[] = [];
    ofB.onRun(({ peer }) => arrived.push(peer));
    expect(arrived).toEqual([a]);
    expect(seen).toEqual([]);
    await expect(ofA.openRun(run, [b], AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});
