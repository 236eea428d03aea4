import { describe, expect, it } from 'vitest';
import { utf8 } from '../crypto/bytes.ts';
import { encodeFrame } from '../wire/encode.ts';
import { readIncomingOffer, readOffer } from './incoming-offer.ts';
import { createMemoryNetwork } from './memory-network.ts';
import { encodeOffer, type Offer } from './offer.ts';
import { partyId } from './party.ts';

const [a, b] = [partyId('bank-a'), partyId('bank-b')];
const offer: Offer = {
  protocol: 'flag/1',
  parameters: { quorum: 2, buckets: [64, 128], score: { max: 255, threshold: 3 }, purpose: 'test' },
  parties: [
    { id: a, publicKey: new Uint8Array(32).fill(1), roles: ['asker'] },
    { id: b, publicKey: new Uint8Array(32).fill(2), roles: ['contributor', 'member'] },
  ],
  initiator: a,
  contract: new Uint8Array(32).fill(9),
  runNumber: 4,
  inputRules: 'canon/1 ab',
  windowBytes: 65_536,
};
const run = new Uint8Array(16).fill(3);
const frame = (body: Uint8Array, channel = 'open'): Uint8Array =>
  encodeFrame({ kind: 'data', run, channel, sequence: 0, name: 'offer', last: true, body });

describe('readOffer', () => {
  it('gives back what was encoded', () => {
    expect(readOffer(encodeOffer(offer))).toEqual(offer);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['no JSON', utf8('{')],
    ['another JSON value', utf8('[]')],
    ['a value that is no text', utf8('{"protocol":1}')],
    ['another spelling of the same offer', utf8(` ${new TextDecoder().decode(encodeOffer(offer))}`)],
    ['a field too many', utf8(new TextDecoder().decode(encodeOffer(offer)).replace('{', '{"aaa":"1",'))],
    ['a bad party name', utf8(new TextDecoder().decode(encodeOffer(offer)).replaceAll('bank-a', 'Bank A'))],
    ['a run number of letters', utf8(new TextDecoder().decode(encodeOffer(offer)).replace('"4"', '"x"'))],
    ['deep nesting', utf8(`{"parameters.x":"${'['.repeat(20_000)}"}`)],
    ['more than an offer may have', new Uint8Array(65_537)],
  ])('is undefined for %s', (_what, bytes) => {
    expect(readOffer(bytes)).toBeUndefined();
  });

  it('is undefined or canonical for every changed byte', () => {
    const bytes = encodeOffer(offer);
    for (let k = 0; k < bytes.length; k++) {
      const changed = bytes.slice();
      changed[k] ^= 1;
      const read = readOffer(changed);
      if (read !== undefined) expect(encodeOffer(read)).toEqual(changed);
    }
  });
});

describe('readIncomingOffer', () => {
  it('shows the offer and leaves every frame to whoever attaches next', async () => {
    const network = createMemoryNetwork([a, b]);
    const [ours, theirs] = [network.links(b).get(a), network.links(a).get(b)];
    if (ours === undefined || theirs === undefined) throw new Error('no link');
    const first = frame(encodeOffer(offer));
    const second = encodeFrame({ kind: 'probe', run });
    theirs.send([first]);
    theirs.send([second]);
    const incoming = await readIncomingOffer(ours, a);
    expect(incoming.offer).toEqual(offer);
    theirs.close();
    await new Promise((resolve) => setImmediate(resolve));
    const seen: unknown[] = [];
    incoming.link.attach({ frame: (bytes) => void seen.push(bytes), closed: () => void seen.push('closed') });
    expect(seen).toEqual([first, second, 'closed']);
  });

  it('ends a link on which more comes than an offer before anybody joins', async () => {
    const network = createMemoryNetwork([a, b]);
    const [ours, theirs] = [network.links(b).get(a), network.links(a).get(b)];
    if (ours === undefined || theirs === undefined) throw new Error('no link');
    theirs.send([frame(encodeOffer(offer))]);
    const incoming = await readIncomingOffer(ours, a);
    for (let k = 0; k < 100; k++) theirs.send([new Uint8Array(65_536)]);
    await new Promise((resolve) => setImmediate(resolve));
    let bytes = 0;
    let closed = false;
    incoming.link.attach({ frame: (part) => void (bytes += part.length), closed: () => void (closed = true) });
    expect(bytes).toBeLessThanOrEqual(131_072);
    expect(closed).toBe(true);
  });

  it.each([
    ['another channel', frame(encodeOffer(offer), 'flag/committee')],
    ['no offer', frame(utf8('{}'))],
    ['an offer by somebody else', frame(encodeOffer({ ...offer, initiator: b }))],
    ['a probe', encodeFrame({ kind: 'probe', run })],
    ['no frame', utf8('x')],
  ])('refuses a link that begins with %s', async (_what, bytes) => {
    const network = createMemoryNetwork([a, b]);
    const [ours, theirs] = [network.links(b).get(a), network.links(a).get(b)];
    if (ours === undefined || theirs === undefined) throw new Error('no link');
    theirs.send([bytes]);
    await expect(readIncomingOffer(ours, a)).rejects.toMatchObject({
      code: /bad-message|unexpected-message|bad-frame/,
    });
  });
});
