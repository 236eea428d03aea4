/** Inputs and outputs of the committee under a cheat: each ends the run at everybody and names whom the proof names. */
import type { MpcError } from '../../src/errors.ts';
import { describe, expect, it } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import type { OprfEngine } from '../../protocols/oprf/index.ts';
import { concatBytes, u32le, utf8 } from '../../src/crypto/bytes.ts';
import { referenceBlake2s } from '../../src/crypto/blake2s.ts';
import { hashLong, hashTuple } from '../../src/crypto/hash.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import type { Signer } from '../../src/crypto/signature.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { insecureIdealOprf, insecureSeededRng, insecureTestSigner } from '../../src/testing.ts';
import { ASKER, CONTRIBUTORS, type FlagCase, type Outcomes, parametersFor, runFlag } from '../e2e/flag-run.ts';
import { leaksOf } from './leaks.ts';
import { flipped, type FrameChange, tampering } from './wiretap.ts';

const CANARY = 'canary-5520';
const SIGNATURE_BYTES = 64;
const own = Array.from({ length: 40 }, (_, k) => `id:${CANARY}-${k}`);
const held = own.slice(0, 20).map((account) => [account, 3] as const);
const data: FlagCase = { accounts: own, evidence: [held, held, held] };
const rule = {
  committee: ['helper-a', 'helper-b', 'helper-c'],
  contributorItems: [64, 64, 64],
  score: { threshold: 4, max: 9 },
};
const MEMBERS = parametersFor(data, rule).committee;

interface Insider {
  /** The run id, as soon as a role has begun. */
  readonly sid: () => Uint8Array;
  readonly signer: (party: PartyId) => Signer;
}

/** A run with a cheat who knows the run id and all signing keys; every party has to end with a clean error. */
async function cheated(cheat: (insider: Insider) => FrameChange): Promise<Outcomes> {
  let sid = new Uint8Array(32);
  const ideal = insecureIdealOprf(insecureSeededRng('cheat')(32));
  const observed: OprfEngine = {
    ...ideal,
    receive: (io, holders, query) => {
      sid = io.sid.slice();
      return ideal.receive(io, holders, query);
    },
    hold: (io, receiver, size) => {
      sid = io.sid.slice();
      return ideal.hold(io, receiver, size);
    },
  };
  const signers = new Map<Rng, Signer>();
  const rngs = new Map<PartyId, Rng>();
  const { intercept, changed } = tampering(
    cheat({ sid: () => sid, signer: (party) => required(signers.get(required(rngs.get(party)))) }),
  );
  const outcomes = await runFlag(data, {
    rule,
    intercept,
    protocol: createFlag([observed]),
    rng: (party) => {
      const rng = insecureSeededRng('cheat', party);
      rngs.set(party, rng);
      return rng;
    },
    signer: (rng) => {
      const signer = insecureTestSigner(rng);
      signers.set(rng, signer);
      return signer;
    },
  });
  expect(changed()).toBeGreaterThan(0);
  for (const outcome of outcomes.values()) {
    expect(outcome.status).toBe('rejected');
    if (outcome.status === 'rejected') expect(leaksOf(outcome.reason, [CANARY])).toEqual([]);
  }
  return outcomes;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Cannot cheat: not known yet');
  return value;
}

/** Replaces the component `index` for the member in `seat` and, where the dealer lies itself, signs the replacement. */
function otherComponent(dealer: PartyId, seat: number, index: number, insider?: Insider): FrameChange {
  return (frame, from) => {
    if (from !== dealer || !frame.channel.endsWith(`/input:${dealer}/to-${seat}-${index}`)) return undefined;
    const component = flipped(frame.body.subarray(0, frame.body.length - SIGNATURE_BYTES), 3);
    if (insider === undefined) {
      const signature = frame.body.subarray(frame.body.length - SIGNATURE_BYTES);
      return { ...frame, body: concatBytes(component, signature) };
    }
    const hash = finish(hashLong('dealt-component', component, referenceBlake2s));
    const phase = frame.channel.replace(/\/to-.*$/, '');
    const text = hashTuple('signed-message', insider.sid(), utf8(phase), concatBytes(u32le(index), hash));
    return { ...frame, body: concatBytes(component, insider.signer(dealer).sign(text)) };
  };
}

function reasons(outcomes: Outcomes, parties: readonly PartyId[]): { code: string; party: string | undefined }[] {
  return parties.flatMap((party) => {
    const outcome = outcomes.get(party);
    return outcome?.status === 'rejected' ? [{ code: outcome.reason.code, party: outcome.reason.party }] : [];
  });
}

describe.each([
  ['contributor', CONTRIBUTORS[1]],
  ['asker', ASKER],
] as const)('a %s that deals', (_role, dealer) => {
  it.each([
    [0, 0],
    [2, 0],
    [0, 1],
    [1, 2],
  ])('is named with its two signatures when the member in seat %i gets another component %i', async (seat, index) => {
    const outcomes = await cheated((insider) => otherComponent(dealer, seat, index, insider));
    const equivocation = { code: 'equivocation', party: dealer };
    const found = reasons(outcomes, MEMBERS).filter(({ code }) => code === 'equivocation');
    expect(found.length).toBeGreaterThan(0);
    for (const reason of found) expect(reason).toEqual(equivocation);
    // Whoever hears of it only from others hears of the same party.
    for (const reason of reasons(outcomes, [...outcomes.keys()])) expect(reason.party).toBe(dealer);
  });

  it('is named when a component does not carry its signature', async () => {
    const outcomes = await cheated(() => otherComponent(dealer, 1, 1));
    expect(reasons(outcomes, MEMBERS)).toContainEqual({ code: 'bad-signature', party: dealer });
  });
});

describe('a member that lies', () => {
  it.each([0, 1, 2])('is named by those it lies to when it reports other hashes from seat %i', async (seat) => {
    const liar = MEMBERS[seat];
    const outcomes = await cheated(() => (frame, from) => {
      if (from !== liar || frame.name !== 'component-hashes') return undefined;
      return { ...frame, body: flipped(frame.body, 1) };
    });
    const honest = MEMBERS.filter((member) => member !== liar);
    const found = reasons(outcomes, honest).filter(({ code }) => code === 'disagreement');
    expect(found.length).toBeGreaterThan(0);
    for (const reason of found) expect(reason.party).toBe(liar);
  });

  it.each([
    { what: 'seat 0 changes its component', seat: 0, offset: 0, other: 2 },
    { what: 'seat 0 changes its hash', seat: 0, offset: -1, other: 1 },
    { what: 'seat 1 changes its component', seat: 1, offset: 0, other: 0 },
    { what: 'seat 1 changes its hash', seat: 1, offset: -1, other: 2 },
    { what: 'seat 2 changes its component', seat: 2, offset: 0, other: 1 },
    { what: 'seat 2 changes its hash', seat: 2, offset: -1, other: 0 },
  ])('makes the asker refuse the output and name the pair when $what', async ({ seat, offset, other }) => {
    const outcomes = await cheated(() => (frame, from, to) => {
      if (from !== MEMBERS[seat] || to !== ASKER || frame.name !== 'output-shares') return undefined;
      return { ...frame, body: flipped(frame.body, (frame.body.length + offset) % frame.body.length) };
    });
    const outcome = outcomes.get(ASKER);
    if (outcome?.status !== 'rejected') throw new Error('the asker accepted the output');
    expect(outcome.reason).toMatchObject({ code: 'disagreement', party: undefined });
    // Which of the two holders of the component lied cannot be told: both are named, the third is not.
    const text = (outcome.reason as MpcError).describe();
    for (const [index, member] of MEMBERS.entries()) {
      expect(text.includes(member), member).toBe(index === seat || index === other);
    }
  });
});
