import { describe, expect, it } from 'vitest';
import { ProtocolError, UsageError } from '../errors.ts';
import { utf8 } from '../crypto/bytes.ts';
import { checkOffer, encodeOffer, hashOffer, type Offer } from './offer.ts';
import { partyId } from './party.ts';
import { allowList, denyAll } from './policy.ts';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const offer: Offer = {
  protocol: 'flag/1',
  parameters: { quorum: 2, buckets: [64, 128], score: { max: 255, threshold: 3 }, absent: undefined },
  parties: [
    { id: partyId('a'), publicKey: key(1), roles: ['asker'] },
    { id: partyId('b'), publicKey: key(2), roles: ['contributor', 'member'] },
  ],
  initiator: partyId('a'),
  contract: key(9),
  runNumber: 4,
  inputRules: 'canon/1 ab',
  windowBytes: 65_536,
};

const mismatch = (theirs: Uint8Array): unknown => {
  try {
    checkOffer(theirs, offer);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('offers', () => {
  it('agree when built from equal values in another order of keys', () => {
    const parameters = { score: { threshold: 3, max: 255 }, buckets: [64, 128], quorum: 2 };
    expect(mismatch(encodeOffer({ ...offer, parameters }))).toBeUndefined();
    expect(hashOffer({ ...offer, parameters })).toEqual(hashOffer(offer));
  });

  const [first, second] = offer.parties;
  const differing: readonly (readonly [string, Partial<Offer>])[] = [
    ['protocol', { protocol: 'flag/12' }],
    ['contract', { contract: key(8) }],
    ['run', { runNumber: 5 }],
    ['rules', { inputRules: 'canon/2 ab' }],
    ['window', { windowBytes: 1 }],
    ['initiator', { initiator: partyId('b') }],
    ['parties', { parties: [second, first] }],
    ['keys', { parties: [first, { ...second, publicKey: key(3) }] }],
    ['roles', { parties: [first, { ...second, roles: ['contributor'] }] }],
    ['parameters.quorum', { parameters: { ...(offer.parameters as object), quorum: 3 } }],
    ['parameters.buckets', { parameters: { ...(offer.parameters as object), buckets: [64] } }],
    ['parameters.score', { parameters: { ...(offer.parameters as object), score: { max: 255, threshold: 4 } } }],
  ];

  it.each(differing)('that differ are refused by the name of the field: %s', (field, change) => {
    const error = mismatch(encodeOffer({ ...offer, ...change }));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'offer-mismatch', phase: 'offer', party: 'a' });
    expect((error as ProtocolError).message).toContain(`'${field}'`);
  });

  it('that carry a field too many, or are no JSON, are refused', () => {
    const extra = encodeOffer({ ...offer, parameters: { ...(offer.parameters as object), more: 1 } });
    for (const theirs of [extra, utf8('{'), utf8('null'), new Uint8Array([0xff]), utf8(' ')]) {
      expect(mismatch(theirs)).toMatchObject({ code: 'offer-mismatch' });
    }
  });

  it('never show the other side’s values', () => {
    const error = mismatch(encodeOffer({ ...offer, protocol: 'canary-value' }));
    expect(String(error)).not.toContain('canary-value');
  });

  it('that are no plain data are the caller’s error', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => encodeOffer({ ...offer, parameters: loop as Offer['parameters'] })).toThrow(UsageError);
    expect(() => encodeOffer({ ...offer, parameters: { long: 'x'.repeat(70_000) } })).toThrow(UsageError);
    expect(() => encodeOffer({ ...offer, contract: new Uint8Array(31) })).toThrow(UsageError);
  });
});

describe('policies', () => {
  it('deny by default and allow what is listed', async () => {
    expect((await denyAll.decide(offer)).allow).toBe(false);
    const policy = allowList([{ protocol: 'flag/1', initiators: ['a'] }]);
    expect((await policy.decide(offer)).allow).toBe(true);
    expect((await policy.decide({ ...offer, initiator: partyId('b') })).allow).toBe(false);
    expect((await policy.decide({ ...offer, protocol: 'flag/12' })).allow).toBe(false);
  });
});
