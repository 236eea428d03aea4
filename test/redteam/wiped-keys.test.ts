/** Keys of a holder in what its jobs were given: when the run has ended they are zeros. */
import { describe, expect, it } from 'vitest';
import { createMatch, type MatchInput } from '../../protocols/match/index.ts';
import { dhOprf, type OprfEngine, voleOprf } from '../../protocols/oprf/index.ts';
import { memoryBaseOtStore, noBaseOtStore } from '../../protocols/vole/index.ts';
import { u32le } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { bare, compare, names } from '../support/overlap-run.ts';
import { outputsOf, parties } from '../support/run.ts';

/** Fields of jobs' inputs that the holder's keys are in, or what they follow from. */
const VOLE_SECRETS: Readonly<Record<string, readonly string[]>> = {
  'vole/hold-base': ['keys', 'delta'],
  'vole/expand-holder': ['seed', 'baseK', 'otPairs'],
  'vole/prove': ['input.seed', 'input.baseK', 'check.baseK', 'check.delta'],
};

interface Given {
  readonly field: string;
  readonly view: Uint8Array;
  /** It held something when the job got it. */
  readonly held: boolean;
}

const isSet = (view: Uint8Array): boolean => view.some((byte) => byte !== 0);

/** Fields with bytes, those of fields as `field.field`. */
function* bytesOf(input: unknown, prefix = ''): Generator<readonly [path: string, view: Uint8Array]> {
  if (typeof input !== 'object' || input === null || ArrayBuffer.isView(input)) return;
  for (const [field, value] of Object.entries(input) as readonly [string, unknown][]) {
    if (value instanceof Uint8Array) yield [prefix + field, value];
    else yield* bytesOf(value, `${prefix}${field}.`);
  }
}

/** Computes, and keeps the views that named jobs are given: not copies. */
function watching(secrets: Readonly<Record<string, readonly string[]>>): {
  readonly compute: Compute;
  readonly given: readonly Given[];
} {
  const given: Given[] = [];
  const inner = cooperativeCompute(systemClock);
  return {
    given,
    compute: {
      run(job, input, signal) {
        for (const [field, view] of bytesOf(input)) {
          if (!(secrets[job.name] ?? []).includes(field)) continue;
          given.push({ field: `${job.name} ${field}`, view, held: isSet(view) });
        }
        return inner.run(job, input, signal);
      },
    },
  };
}

function expectWiped(given: readonly Given[], secrets: Readonly<Record<string, readonly string[]>>): void {
  const watched = Object.entries(secrets).flatMap(([job, fields]) => fields.map((field) => `${job} ${field}`));
  expect([...new Set(given.filter(({ held }) => held).map(({ field }) => field))].sort()).toEqual(watched.sort());
  expect(given.filter(({ view }) => isSet(view)).map(({ field }) => field)).toEqual([]);
}

const [asker, one, two, helper] = parties('asker', 'bank-1', 'bank-2', 'helper');

/** From 4,096 bins on a VOLE is expanded from a short one. */
async function match(engine: OprfEngine, bucket: number, compute: Compute, seed = 1): Promise<void> {
  const digests = new Uint8Array(32 * bucket);
  for (let k = 0; k < bucket; k++) digests.set(hashTuple('item', u32le(k)), 32 * k);
  const contributors = [one, two];
  const parameters = {
    asker,
    contributors,
    committee: [one, helper, two] as const,
    askerBucket: bucket,
    contributorBuckets: [bucket, bucket],
    scoreBits: 4,
  };
  const held: MatchInput = { held: { digests, scores: new Uint32Array(bucket).fill(1) } };
  const inputs = new Map<PartyId, MatchInput>([
    [asker, { asked: digests }],
    [helper, {}],
    [one, held],
    [two, held],
  ]);
  await outputsOf(createMatch(engine), { parameters, inputs, initiator: asker }, seed, { compute });
}

describe('a contributor of match', () => {
  const evaluation = { 'oprf/vole-evaluate': ['keys', 'delta'], 'vole/chosen': ['into', 'delta'] };

  it('wipes Delta, K and what they follow from with the vole engine', async () => {
    const secrets = { ...VOLE_SECRETS, ...evaluation };
    const { compute, given } = watching(secrets);
    const engine = voleOprf(memoryBaseOtStore());
    await match(engine, 4096, compute);
    // With kept base transfers too.
    await match(engine, 4096, compute, 2);
    expectWiped(given, secrets);
  });

  it('wipes them with the vole engine on few bins', async () => {
    const secrets = { 'vole/hold-base': ['keys', 'delta'], ...evaluation };
    const { compute, given } = watching(secrets);
    await match(voleOprf(memoryBaseOtStore()), 64, compute);
    expectWiped(given, secrets);
  });

  it('wipes the keys of its bins with the dh engine', async () => {
    const secrets = { 'oprf/evaluate': ['binKeys'] };
    const { compute, given } = watching(secrets);
    await match(dhOprf, 64, compute);
    expectWiped(given, secrets);
  });

  it('is seen not to wipe what is no key', async () => {
    const secrets = { 'match/queries': ['digests'] };
    const { compute, given } = watching(secrets);
    await match(dhOprf, 64, compute);
    expect(() => expectWiped(given, secrets)).toThrow();
  });
});

describe('a holder of overlap', () => {
  it.each([
    ['vole', 5000, { ...VOLE_SECRETS, 'overlap/vole-evaluate': ['delta'] }],
    ['dh', 64, { 'oprf/multiply': ['scalars'] }],
  ] as const)('wipes its keys with the %s engine', async (engine, count, secrets) => {
    const { compute, given } = watching(secrets);
    const accounts = names(count);
    await compare({ asked: accounts, held: bare(accounts) }, { mode: 'receiver', engine }, 1, { compute });
    expectWiped(given, secrets);
  });
});

describe('base transfers', () => {
  /** What they are made of, and what is taken of them. */
  const secrets = {
    'vole/points': ['choices', 'randomness'],
    'vole/plant': ['randomness'],
    'vole/pick': ['choices', 'scalars', 'delta'],
    'vole/choose': ['seeds', 'mask'],
    'vole/offer': ['seeds', 'delta'],
  };

  it('are zeros when a run has ended that keeps none', async () => {
    const { compute, given } = watching(secrets);
    await match(voleOprf(noBaseOtStore), 64, compute);
    expectWiped(given, secrets);
  });

  it('are zeros when a run has ended whose shards share them', async () => {
    const { compute, given } = watching(secrets);
    const accounts = names(250);
    const rule = { mode: 'receiver', engine: 'vole', shardRows: 64 } as const;
    await compare({ asked: accounts, held: bare(accounts) }, rule, 1, { compute });
    expectWiped(given, secrets);
  });

  it('are zeros at the end of a store that keeps them, and not before', async () => {
    const store = memoryBaseOtStore();
    const { compute, given } = watching(secrets);
    await match(voleOprf(store), 64, compute);
    const seen = given.length;
    await match(voleOprf(store), 64, compute, 2);
    // Copies of a further run go with it.
    expect(given.length).toBeGreaterThan(seen);
    expect(given.slice(seen).filter(({ view }) => isSet(view))).toEqual([]);
    const kept = given.filter(({ view }) => isSet(view)).map(({ field }) => field);
    expect([...new Set(kept)].sort()).toEqual(['vole/choose seeds', 'vole/pick delta']);
    expect(() => expectWiped(given, secrets)).toThrow();
    store.end();
    expectWiped(given, secrets);
  });
});
