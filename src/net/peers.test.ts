import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { partyId } from '../kit/party.ts';
import { type Peer, PeerBook, standingOf } from './peers.ts';

const rng = insecureSeededRng('peers');
const entry = (name: string, more: Partial<Peer> = {}): Peer => ({
  name: partyId(name),
  transportKey: rng(32),
  signingKey: rng(32),
  ...more,
});

describe('PeerBook', () => {
  const [a, b] = [entry('a', { url: 'ws://a.example:7000' }), entry('b', { url: 'wss://b.example/node' })];

  it('finds peers by name and by key', () => {
    const book = new PeerBook([a, b]);
    expect([book.named(a.name), book.withKey(Uint8Array.from(b.transportKey))]).toEqual([a, b]);
    expect([book.named(partyId('c')), book.withKey(rng(32))]).toEqual([undefined, undefined]);
  });

  it.each([
    ['the same name', [a, entry('a')]],
    ['the same transport key', [a, entry('c', { transportKey: a.transportKey })]],
    ['the same signing key', [a, entry('c', { signingKey: a.signingKey })]],
    ['a short key', [entry('c', { transportKey: rng(31) })]],
    ['a long key', [entry('c', { signingKey: rng(33) })]],
    ['a name that is none', [{ ...entry('c'), name: 'C!' as Peer['name'] }]],
    ['a url of http', [entry('c', { url: 'http://c.example' })]],
    ['a url with a password', [entry('c', { url: 'wss://user:secret@c.example' })]],
    ['no url at all', [entry('c', { url: 'c.example:7000' })]],
    ['an expiry that is no time', [entry('c', { expiresMs: Number.NaN })]],
  ])('refuses %s, and keeps the list it had', (_, list) => {
    expect(() => new PeerBook(list)).toThrow(UsageError);
    const book = new PeerBook([b]);
    expect(() => book.replace(list)).toThrow(UsageError);
    expect(book.all).toEqual([b]);
  });
});

describe('standingOf', () => {
  it('is good until the expiry, and never when revoked', () => {
    expect([standingOf(undefined, 0), standingOf(entry('a'), 1e15)]).toEqual(['unknown', 'good']);
    expect([999, 1_000].map((nowMs) => standingOf(entry('a', { expiresMs: 1_000 }), nowMs))).toEqual([
      'good',
      'expired',
    ]);
    expect(standingOf(entry('a', { revoked: true, expiresMs: 1_000 }), 0)).toBe('revoked');
  });
});
