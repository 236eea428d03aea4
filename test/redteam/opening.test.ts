import { describe, expect, it } from 'vitest';
import { type CommitteeMember, openTo, receiveOpened } from '../../protocols/committee/index.ts';
import { type AllBitShares, type BitShares, shareBits } from '../../src/crypto/bit-shares.ts';
import { asBytes, asWords, concatBytes, toHex, u32le, utf8 } from '../../src/crypto/bytes.ts';
import { referenceChaCha20 } from '../../src/crypto/chacha20.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Io } from '../../src/kit/io.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { ByteHistogram, fromUniform, SUSPICIOUS } from './statistics.ts';
import { COMMITTEE, OUTSIDER, runMembers } from './three-members.ts';
import { Wiretap } from './wiretap.ts';

const WORDS = 4096;
const BYTES = 4 * WORDS;
/** A value with a face: the same 32 bits in every word. */
const value = new Uint32Array(WORDS).fill(0x0f0f_1234);
const zero = new Uint32Array(WORDS);

/** Sharings of one value that tell how it was computed: a constant in one component, a difference, a fresh one. */
const SHARINGS: Readonly<Record<string, AllBitShares>> = {
  'a public constant': replicated(value, zero, zero),
  'a constant in the last component': replicated(zero, zero, value),
  'three equal components': replicated(value, value, value),
  'a fresh sharing': shareBits(value, insecureSeededRng('sharing')),
};

function replicated(x0: Uint32Array, x1: Uint32Array, x2: Uint32Array): AllBitShares {
  return [
    { first: x0, second: x1 },
    { first: x1, second: x2 },
    { first: x2, second: x0 },
  ];
}

function deviation(bytes: Uint8Array): number {
  return fromUniform(new ByteHistogram().add(bytes).counts);
}

/** The same member, which keeps what it draws from the stream that all members share. */
function remembering(self: CommitteeMember, drawn: Uint32Array[]): CommitteeMember {
  return {
    ...self,
    commonStream(label) {
      const stream = self.commonStream(label);
      const draw = (length: number): PrgDraw => {
        const own = stream.draw(length);
        drawn.push(asWords(fillFromDraw(own, 0, new Uint8Array(length), referenceChaCha20)));
        return own;
      };
      return new Proxy(stream, { get: (target, key) => (key === 'draw' ? draw : Reflect.get(target, key, target)) });
    },
  };
}

describe("a receiver's view of an opened value", () => {
  it.each(Object.entries(SHARINGS))(
    'has three uniform components when it is outside and the value is %s',
    async (name, shares) => {
      const tap = new Wiretap();
      const opened = await runMembers<Uint32Array | undefined>(
        `opening ${name}`,
        {
          member: (io, self) => openTo(io.sub('open'), self, OUTSIDER, shares[self.member]),
          outsider: (io) => receiveOpened(io.sub('open'), COMMITTEE, WORDS),
        },
        { intercept: tap.intercept },
      );
      expect(opened.get(OUTSIDER)).toEqual(value);
      expect(COMMITTEE.map((party) => opened.get(party))).toEqual([undefined, undefined, undefined]);

      const sent = COMMITTEE.map((from) => tap.one({ from, to: OUTSIDER, name: 'output-shares' }).body);
      const components = sent.map((body) => body.subarray(0, BYTES));
      for (const component of components) expect(deviation(component)).toBeLessThan(SUSPICIOUS);
      // Any two as well: only all three together are the value.
      for (const [a, b] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ]) {
        expect(deviation(components[a].map((byte, k) => byte ^ components[b][k]))).toBeLessThan(SUSPICIOUS);
      }
    },
  );

  it('hides from two members’ words whether a guess of the value is right', async () => {
    const tap = new Wiretap();
    let at: Pick<Io, 'sid' | 'phase'> | undefined;
    await runMembers<Uint32Array | undefined>(
      'opening to who guesses',
      {
        member: (io, self) => openTo((at = io.sub('open')), self, OUTSIDER, SHARINGS['a fresh sharing'][self.member]),
        outsider: (io) => receiveOpened(io.sub('open'), COMMITTEE, WORDS),
      },
      { intercept: tap.intercept },
    );
    if (at === undefined) throw new Error('no member ran');
    const { sid, phase } = at;
    const bodies = COMMITTEE.map((from) => tap.one({ from, to: OUTSIDER, name: 'output-shares' }).body);
    const blinds = bodies.map((body) => body.subarray(BYTES, BYTES + 32));
    for (const third of [0, 1, 2]) {
      const [one, other] = [(third + 1) % 3, (third + 2) % 3];
      const guess = asBytes(value).map((byte, k) => byte ^ bodies[one][k] ^ bodies[other][k]);
      const hashUnder = (blind: Uint8Array): string =>
        toHex(hashTuple('output', sid, utf8(phase), u32le(third), concatBytes(guess, blind)));
      const sent = toHex(bodies[other].subarray(BYTES + 32));
      // With the third member's words it is what they are compared with; with what the two sent it tells nothing.
      expect(hashUnder(blinds[third])).toBe(sent);
      for (const known of [blinds[one], blinds[other], new Uint8Array(32), new Uint8Array()])
        expect(hashUnder(known)).not.toBe(sent);
    }
  });

  it('is caught when components leave as they are', () => {
    const caught = Object.entries(SHARINGS).map(([name, [a]]: [string, readonly BitShares[]]) => [
      name,
      deviation(asBytes(a.first)) > SUSPICIOUS || deviation(asBytes(a.second)) > SUSPICIOUS,
    ]);
    expect(Object.fromEntries(caught)).toEqual({
      'a public constant': true,
      'a constant in the last component': true,
      'three equal components': true,
      'a fresh sharing': false,
    });
  });

  it.each([0, 1, 2] as const)(
    'tells a member in seat %i nothing but the value when it is the receiver',
    async (seat) => {
      const shares = SHARINGS['a fresh sharing'];
      const tap = new Wiretap();
      const receiver = COMMITTEE[seat];
      const results = await runMembers<{ opened: Uint32Array | undefined; masks: Uint32Array[] }>(
        `opening to member ${seat}`,
        {
          async member(io, self) {
            const masks: Uint32Array[] = [];
            const opened = await openTo(io.sub('open'), remembering(self, masks), receiver, shares[self.member]);
            return { opened, masks };
          },
        },
        { intercept: tap.intercept },
      );
      for (const party of COMMITTEE) expect(results.get(party)?.opened).toEqual(party === receiver ? value : undefined);

      // It knows the masks, so it can take them off the component it received: that is the value without its own two.
      const [alpha1, alpha2] = results.get(receiver)?.masks ?? [];
      const missing = (seat + 2) % 3;
      const masks = [alpha1, alpha2, alpha1.map((word, k) => word ^ alpha2[k])];
      const { body } = tap.one({ from: COMMITTEE[(seat + 1) % 3], to: receiver, name: 'output-shares' });
      const received = asWords(body.subarray(0, BYTES));
      const { first, second } = shares[seat];
      expect(received.map((word, k) => word ^ masks[missing][k])).toEqual(
        value.map((word, k) => word ^ first[k] ^ second[k]),
      );
      // The other member sends a hash.
      expect(tap.one({ from: COMMITTEE[missing], to: receiver, name: 'output-shares' }).body).toHaveLength(32);
    },
  );
});
