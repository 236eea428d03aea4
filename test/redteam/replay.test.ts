import { describe, expect, it } from 'vitest';
import { createMemoryNetwork, type Interceptor } from '../../src/kit/memory-network.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { ed25519Signer } from '../../src/crypto/signature.ts';
import { type PartyId } from '../../src/kit/party.ts';
import { allowList } from '../../src/kit/policy.ts';
import { runParty } from '../../src/kit/run.ts';
import { insecureSeededRng, succeeded } from '../../src/testing.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import {
  accountRows,
  ASKER,
  CONTRIBUTORS,
  dhSettings,
  evidenceRows,
  type FlagCase,
  idealFlagProtocol,
  type Outcomes,
  parametersFor,
  runFlag,
} from '../e2e/flag-run.ts';
import { leaksOf } from './leaks.ts';
import { Wiretap } from './wiretap.ts';

const own = Array.from({ length: 40 }, (_, k) => `id:canary-${k}`);
const held = own.slice(0, 20).map((account) => [account, 3] as const);
const data: FlagCase = { accounts: own, evidence: [held, held, held] };
const rule = { oprf: 'dh', committee: ['bank-b', 'bank-c', 'helper'], score: { threshold: 4, max: 9 } };

const recorded = new Wiretap();
const earlier = runFlag(data, { ...dhSettings, rule, seed: 'earlier', intercept: recorded.intercept });

/** All messages of a run. */
const EVERY_NAME = (
  'offer commitment commitments opening openings confirm member-seeds dealt-component ' +
  'oprf-query oprf-answer target-table component-hashes and-shares output-shares done'
).split(' ');

interface Replay {
  readonly intercept: Interceptor;
  /** Between whom the old frame went. */
  readonly where: () => { readonly from: PartyId; readonly to: PartyId } | undefined;
}

/** Puts the earlier run's frame in the place of this run's first one of that name; `renamed`: with this run's name. */
function replaying(name: string, renamed: boolean): Replay {
  let where: { from: PartyId; to: PartyId } | undefined;
  return {
    where: () => where,
    intercept: (from, to, bytes) => {
      const frame = decodeFrame(bytes);
      if (where !== undefined || frame.kind !== 'data' || frame.name !== name) return [bytes];
      where = { from, to };
      for (const old of recorded.frames) {
        const then = decodeFrame(old.bytes);
        if (old.from !== from || old.to !== to || then.kind !== 'data') continue;
        if (then.channel !== frame.channel || then.sequence !== frame.sequence) continue;
        return [renamed ? encodeFrame({ ...then, run: frame.run }) : old.bytes];
      }
      throw new Error('Cannot replay: no such frame');
    },
  };
}

async function replay(name: string, renamed: boolean): Promise<{ outcomes: Outcomes; from?: PartyId; to?: PartyId }> {
  await earlier;
  const { intercept, where } = replaying(name, renamed);
  const outcomes = await runFlag(data, { ...dhSettings, rule, seed: 'later', intercept });
  for (const outcome of outcomes.values()) {
    if (outcome.status === 'rejected') expect(leaksOf(outcome.reason, ['canary'])).toEqual([]);
  }
  return { outcomes, ...where() };
}

function codesOf(outcomes: Outcomes): string[] {
  return [...outcomes.values()].flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
}

describe('a frame of an earlier run with equal inputs and parties', () => {
  it('covers every message of a run', async () => {
    await earlier;
    expect([...new Set(recorded.messages.map(({ name }) => name))].sort()).toEqual([...EVERY_NAME].sort());
  });

  it.each(EVERY_NAME)('is refused and its sender named when it is %s', async (name) => {
    const { outcomes, from, to } = await replay(name, false);
    expect(outcomes.get(to ?? ASKER)).toMatchObject({ status: 'rejected', reason: { code: 'bad-frame', party: from } });
    // The last message of all may come after the others are done.
    if (name !== 'done') expect(codesOf(outcomes)).toHaveLength(outcomes.size);
  });

  it.each([
    ['commitment', 'bad-signature'],
    ['commitments', 'bad-signature'],
    ['opening', 'bad-signature'],
    ['openings', 'bad-signature'],
    ['confirm', 'equivocation'],
    ['dealt-component', 'bad-signature'],
    ['component-hashes', 'disagreement'],
    ['output-shares', 'disagreement'],
    ['member-seeds', 'disagreement'],
  ])('is refused when its sender gives it the name of this run and it is %s', async (name, code) => {
    const { outcomes } = await replay(name, true);
    expect(codesOf(outcomes)).toHaveLength(outcomes.size);
    expect(codesOf(outcomes)).toContain(code);
  });
});

interface Differing {
  readonly contract?: Uint8Array;
  readonly runNumber?: number;
}

/** A run over the ideal engine in which parties may be under different contracts; randomness is always the same. */
async function runUnder(options: (party: PartyId) => Differing, order = CONTRIBUTORS.slice(0, 3)): Promise<Outcomes> {
  const parameters = parametersFor(data, { contributors: order });
  const parties = [parameters.asker, ...parameters.contributors];
  const network = createMemoryNetwork(parties);
  const rngs = new Map(parties.map((party) => [party, insecureSeededRng('contract', party)]));
  const signers = new Map(parties.map((party) => [party, ed25519Signer(insecureSeededRng('signer', party))]));
  const settled = await Promise.allSettled(
    parties.map((self, index) => {
      const signer = signers.get(self) ?? ed25519Signer(insecureSeededRng('none'));
      const rng = rngs.get(self);
      return runParty(idealFlagProtocol, {
        self,
        parameters,
        signer,
        input: index === 0 ? accountRows(own) : evidenceRows(data.evidence[index - 1]),
        initiator: parameters.asker,
        links: network.links(self),
        publicKeys: new Map([...signers].map(([party, { publicKey }]) => [party, publicKey])),
        policy: allowList([{ protocol: 'flag/12', initiators: [parameters.asker] }]),
        runName: new Uint8Array(16),
        ...(rng === undefined ? {} : { ports: { rng } }),
        ...options(self),
      });
    }),
  );
  return new Map(parties.map((party, index) => [party, settled[index]]));
}

function sidOf(outcomes: Outcomes): string {
  const ids = new Set([...succeeded(outcomes).values()].map(({ report }) => toHex(report.sid)));
  expect(ids.size).toBe(1);
  return [...ids].join();
}

describe('parties that are not in the same run', () => {
  const other = hashTuple('another contract');

  it.each([
    ['under another contract', { contract: other }, 'contract'],
    ['in another run of the contract', { runNumber: 1 }, 'run'],
  ])('refuse to start when one is %s', async (_what, differing, field) => {
    const outcomes = await runUnder((party) => (party === CONTRIBUTORS[1] ? differing : {}));
    const outcome = outcomes.get(CONTRIBUTORS[1]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'offer-mismatch', party: ASKER } });
    expect(outcome?.status === 'rejected' && outcome.reason.message).toContain(`'${field}'`);
    expect(codesOf(outcomes)).toHaveLength(outcomes.size);
  });

  it('refuse to start when one knows the committee in another order', async () => {
    const parameters = parametersFor(data, rule);
    const outcomes = await runFlag(data, {
      ...dhSettings,
      rule,
      parametersOf: (party) =>
        party === CONTRIBUTORS[0] ? { ...parameters, committee: parameters.committee.toReversed() } : undefined,
    });
    expect(outcomes.get(CONTRIBUTORS[0])).toMatchObject({ reason: { code: 'offer-mismatch' } });
    expect(codesOf(outcomes)).toHaveLength(outcomes.size);
  });

  it('have another run id under another contract, number or order, and the same randomness', async () => {
    const ids = [
      sidOf(await runUnder(() => ({}))),
      sidOf(await runUnder(() => ({ contract: other }))),
      sidOf(await runUnder(() => ({ runNumber: 1 }))),
      sidOf(await runUnder(() => ({}), CONTRIBUTORS.slice(0, 3).toReversed())),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    // The randomness was the same: only what differs in the list above made the difference.
    expect(sidOf(await runUnder(() => ({})))).toBe(ids[0]);
  });
});
