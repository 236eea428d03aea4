/** Keys of a holder in what its jobs were given: when the run has ended they are zeros. */
import { describe, expect, it } from 'vitest';
import { dhOprf, voleOprf } from '../../protocols/oprf/index.ts';
import { memoryBaseOtStore, noBaseOtStore } from '../../protocols/vole/index.ts';
import { matchOf } from '../support/match-run.ts';
import { bare, compare, names } from '../support/overlap-run.ts';
import { expectWiped, stillSet, type WatchedJobs, watching } from '../support/watched-jobs.ts';

/** Fields of jobs' inputs that the holder's keys are in, or what they follow from. */
const VOLE_SECRETS: WatchedJobs = {
  'vole/hold-base': ['keys', 'delta'],
  'vole/expand-holder': ['seed', 'baseK', 'otPairs'],
  'vole/prove': ['input.k', 'check.baseK', 'check.delta'],
};

describe('a contributor of match', () => {
  const evaluation = { 'oprf/vole-evaluate': ['keys', 'delta'], 'vole/chosen': ['into', 'delta'] };

  it('wipes Delta, K and what they follow from with the vole engine', async () => {
    const secrets = { ...VOLE_SECRETS, ...evaluation };
    const { compute, seen } = watching(secrets);
    const engine = voleOprf(memoryBaseOtStore());
    await matchOf(4096, { engine, compute });
    // With kept base transfers too.
    await matchOf(4096, { engine, compute, seed: 2 });
    expectWiped(seen, secrets);
  });

  it('wipes them with the vole engine on few bins', async () => {
    const secrets = { 'vole/hold-base': ['keys', 'delta'], ...evaluation };
    const { compute, seen } = watching(secrets);
    await matchOf(64, { engine: voleOprf(memoryBaseOtStore()), compute });
    expectWiped(seen, secrets);
  });

  it('wipes the keys of its bins with the dh engine', async () => {
    const secrets = { 'oprf/evaluate': ['binKeys'] };
    const { compute, seen } = watching(secrets);
    await matchOf(64, { engine: dhOprf, compute });
    expectWiped(seen, secrets);
  });

  it('is seen not to wipe what is no key', async () => {
    const secrets = { 'match/queries': ['digests'] };
    const { compute, seen } = watching(secrets);
    await matchOf(64, { engine: dhOprf, compute });
    expect(() => expectWiped(seen, secrets)).toThrow();
  });
});

describe('a holder of overlap', () => {
  it.each([
    ['vole', 5000, { ...VOLE_SECRETS, 'overlap/vole-evaluate': ['delta'] }],
    ['dh', 64, { 'oprf/multiply': ['scalars'] }],
  ] as const)('wipes its keys with the %s engine', async (engine, count, secrets) => {
    const { compute, seen } = watching(secrets);
    const accounts = names(count);
    await compare({ asked: accounts, held: bare(accounts) }, { mode: 'receiver', engine }, 1, { compute });
    expectWiped(seen, secrets);
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
    const { compute, seen } = watching(secrets);
    await matchOf(64, { engine: voleOprf(noBaseOtStore), compute });
    expectWiped(seen, secrets);
  });

  it('are zeros when a run has ended whose shards share them', async () => {
    const { compute, seen } = watching(secrets);
    const accounts = names(250);
    const rule = { mode: 'receiver', engine: 'vole', shardRows: 64 } as const;
    await compare({ asked: accounts, held: bare(accounts) }, rule, 1, { compute });
    expectWiped(seen, secrets);
  });

  it('are zeros at the end of a store that keeps them, and not before', async () => {
    const store = memoryBaseOtStore();
    const { compute, seen } = watching(secrets);
    await matchOf(64, { engine: voleOprf(store), compute });
    const first = seen.length;
    await matchOf(64, { engine: voleOprf(store), compute, seed: 2 });
    // Copies of a further run go with it.
    expect(seen.length).toBeGreaterThan(first);
    expect(stillSet(seen.slice(first))).toEqual([]);
    expect([...new Set(stillSet(seen))].sort()).toEqual(['vole/choose seeds', 'vole/pick delta']);
    expect(() => expectWiped(seen, secrets)).toThrow();
    store.end();
    expectWiped(seen, secrets);
  });
});
