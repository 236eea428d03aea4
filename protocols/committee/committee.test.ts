import { describe, expect, it } from 'vitest';
import { joinCommittee, sharedAnd } from './index.ts';
import { andJob } from './member.ts';
import { openTo } from './open.ts';
import { type Committee } from './seating.ts';
import { type BitShares, type Member, reconstructBits, shareBits, sliceShares } from '../../src/crypto/bit-shares.ts';
import { reconstructRing, shareRing, type RingShares } from '../../src/crypto/ring-shares.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { Prg } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';
import { defineProtocol, type ProtocolSpec } from '../../src/kit/protocol.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { outputsOf, parties } from '../../test/support/run.ts';

const [p0, p1, p2, dealer, other, outside] = parties('p-0', 'p-1', 'p-2', 'dealer', 'other', 'outside');
const committee: Committee = [p0, p1, p2];

function words(seed: string, count: number): Uint32Array {
  return asWords(insecureSeededRng('words', seed)(4 * count));
}

async function andOf(dealers: readonly [PartyId, PartyId], receiver: PartyId, wordCount: number): Promise<unknown> {
  const x = words('x', wordCount);
  const y = words('y', wordCount);
  const inputs = new Map<PartyId, Uint32Array | undefined>(
    [...committee, ...dealers, receiver].map((party) => [party, undefined]),
  );
  inputs.set(dealers[0], x);
  inputs.set(dealers[1], y);
  const run = { parameters: { committee, dealers, receiver, wordCount }, inputs, initiator: receiver };
  const outputs = await outputsOf(sharedAnd, run, wordCount);
  expect(outputs.get(receiver)).toEqual(x.map((word, k) => word & y[k]));
  for (const [party, output] of outputs) if (party !== receiver) expect(output).toBeUndefined();
  return outputs;
}

describe('sharedAnd', () => {
  it.each([
    ['outsiders deal to an outsider', [dealer, other], outside],
    ['members deal to an outsider', [p0, p2], outside],
    ['an outsider and a member deal to that member', [dealer, p1], p1],
    ['members deal to the first member', [p1, p2], p0],
    ['outsiders deal to the third member', [dealer, other], p2],
    ['a dealer is the receiver', [dealer, other], dealer],
  ] as const)('is exact when %s', async (_what, dealers, receiver) => {
    await andOf(dealers, receiver, 5);
  });

  it.each([1, 16_383, 16_384, 16_385, 40_000])('is exact at slice boundaries: %i words', async (wordCount) => {
    await andOf([dealer, other], outside, wordCount);
  });
});

/** A protocol of the three members alone. */
function memberSpec<P>(id: string): ProtocolSpec<P> {
  return {
    id,
    securityModel: 'semi-honest',
    validate: (parameters) => parameters,
    roles: () => new Map(committee.map((party) => [party, ['member']])),
    flow: () => [],
    rounds: () => 2,
    failures: () => [],
    leakage: () => [],
  };
}

/** Members multiply shares that the test gave them; each returns its share of the product. */
const product = defineProtocol<Record<string, never>, RingShares, RingShares, RingShares>({
  spec: memberSpec('test-product/1'),
  prepare: (_parameters, shares) => Promise.resolve({ value: shares, root: new Uint8Array(32) }),
  async run(io, _parameters, shares) {
    const self = await joinCommittee(io.sub('join'), committee);
    return await self.gates(io.sub('gates')).multiply(shares, shares);
  },
});

describe('multiply', () => {
  it('squares modulo 2^64 exactly when values are extreme', async () => {
    const rng = insecureSeededRng('ring');
    const values = new BigUint64Array([
      0n,
      1n,
      2n ** 63n,
      2n ** 64n - 1n,
      ...Array.from({ length: 300 }, (_, k) => BigInt(k) ** 9n),
    ]);
    const shares = shareRing(values, rng);
    const inputs = new Map(committee.map((party, seat) => [party, shares[seat]]));
    const outputs = await outputsOf(product, { parameters: {}, inputs, initiator: p0 }, 1);
    const [a, b, c] = committee.map((party) => outputs.get(party) ?? shares[0]);
    expect([...reconstructRing([a, b, c])]).toEqual([...values].map((v) => (v * v) % 2n ** 64n));
  });
});

interface Factors {
  readonly x: readonly BitShares[];
  readonly y: readonly BitShares[];
}

/** Members AND shares that the test gave them; each returns its share of the product. */
const conjunction = defineProtocol<Record<string, never>, Factors, Factors, BitShares>({
  spec: memberSpec('test-and/1'),
  prepare: (_parameters, factors) => Promise.resolve({ value: factors, root: new Uint8Array(32) }),
  async run(io, _parameters, { x, y }) {
    const self = await joinCommittee(io.sub('join'), committee);
    return await self.gates(io.sub('gates')).and(x, y);
  },
});

/** Parts of these lengths, each in memory of its own. */
function cut(shares: BitShares, lengths: readonly number[]): readonly BitShares[] {
  let at = 0;
  return lengths.map((length) => {
    const { first, second } = sliceShares(shares, at, (at += length));
    return { first: first.slice(), second: second.slice() };
  });
}

describe('and', () => {
  const rng = insecureSeededRng('and');
  const [x, y] = [words('and x', 40_000), words('and y', 40_000)];
  const [sharesOfX, sharesOfY] = [shareBits(x, rng), shareBits(y, rng)];
  const products = async (lengths: readonly number[]): Promise<readonly [BitShares, BitShares, BitShares]> => {
    const inputs = new Map(
      committee.map((party, seat) => [party, { x: cut(sharesOfX[seat], lengths), y: cut(sharesOfY[seat], lengths) }]),
    );
    const outputs = await outputsOf(conjunction, { parameters: {}, inputs, initiator: p0 }, 'and');
    const [a, b, c] = committee.map((party) => outputs.get(party) ?? sharesOfX[0]);
    return [a, b, c];
  };

  it.each([
    ['end where a step does, or beside it', [16_383, 1, 16_384, 1, 7_231]],
    ['are of no words', [0, 20_000, 0, 0, 20_000, 0]],
    ['are many', Array.from({ length: 1600 }, () => 25)],
  ])('gives shares that are the same word by word when parts %s', async (_what, lengths) => {
    const whole = await products([40_000]);
    expect(reconstructBits(whole)).toEqual(x.map((word, k) => word & y[k]));
    expect(await products(lengths)).toEqual(whole);
  });

  it.each([
    [
      [4, 4],
      [5, 3],
    ],
    [
      [4, 4],
      [4, 5],
    ],
    [[4, 4], [4]],
  ])('refuses parts of %j words and of %j', (lengthsOfX, lengthsOfY) => {
    const draw = new Prg(new Uint8Array(32), new Uint8Array(32), 'and').draw(32);
    const factors = { x: cut(sharesOfX[0], lengthsOfX), y: cut(sharesOfY[0], lengthsOfY) };
    expect(() => finish(andJob.run({ ...factors, zero: { next: draw, previous: draw } }))).toThrow(RangeError);
  });
});

/** Asks for one stream twice, as a careless protocol would. */
const careless = defineProtocol<{ readonly twice: 'gates' | 'open' }, undefined, undefined, Member>({
  spec: memberSpec('test-careless/1'),
  prepare: () => Promise.resolve({ value: undefined, root: new Uint8Array(32) }),
  async run(io, { twice }) {
    const self = await joinCommittee(io.sub('join'), committee);
    const shares = { first: new Uint32Array(1), second: new Uint32Array(1) };
    for (let round = 0; round < 2; round++) {
      if (twice === 'gates') self.gates(io.sub('gates'));
      else await openTo(io.sub('open'), self, p0, shares);
    }
    return self.member;
  },
});

describe('joinCommittee', () => {
  it.each(['gates', 'open'] as const)('refuses to draw the streams of a channel twice: %s', async (twice) => {
    const inputs = new Map(committee.map((party) => [party, undefined]));
    await expect(outputsOf(careless, { parameters: { twice }, inputs, initiator: p0 }, 1)).rejects.toThrow(
      /Cannot draw stream/,
    );
  });
});
