import { describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import {
  IdleClock,
  type InMemoryOptions,
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  runInMemory,
} from '../../src/testing.ts';
import { brokenRows } from '../../test/support/gf2-oracle.ts';
import { flipped, type FrameChange, tampering, Wiretap } from '../../test/redteam/wiretap.ts';
import { holder, receiver, runVole, voleParameters } from '../../test/support/vole-run.ts';
import { type BaseOtPair, type BaseOtStore, createVole, memoryBaseOtStore } from './index.ts';

const shape = { length: 4096, field: 'gf64', security: 'malicious' } as const;
/** Serves where no trees are needed. */
const short = { ...shape, length: 20 } as const;
const pairOf = (self: PartyId): BaseOtPair => ({ self, peer: self === holder ? receiver : holder, checked: true });

/** Errors of a run, by party. */
async function errorsOf(
  store: BaseOtStore,
  options: InMemoryOptions & { readonly seed: number },
): Promise<ReadonlyMap<PartyId, MpcError | undefined>> {
  const inputs = new Map([receiver, holder].map((party) => [party, {}]));
  const outcomes = await runInMemory(
    createVole(store),
    { parameters: voleParameters(shape), inputs, initiator: receiver },
    {
      rng: (party) => insecureSeededRng('run', options.seed, party),
      signer: insecureTestSigner,
      verify: insecureTestVerifier,
      clock: new IdleClock(),
      ...options,
    },
  );
  return new Map(
    [...outcomes].map(([party, outcome]) => {
      if (outcome.status === 'fulfilled') return [party, undefined];
      if (outcome.reason instanceof MpcError) return [party, outcome.reason];
      throw outcome.reason;
    }),
  );
}

/** A store in which both sides have kept the same. */
async function keptStore(): Promise<BaseOtStore> {
  const store = memoryBaseOtStore();
  await runVole(short, { seed: 'first', store });
  return store;
}

/** Changes a byte of the message's first part or of its last, which may be the same. */
function changing(
  from: PartyId,
  name: string,
  at: (length: number) => number,
  part: 'first' | 'last' = 'last',
): FrameChange {
  let isFirst = true;
  return (frame, sender) => {
    if (frame.name !== name || sender !== from) return undefined;
    const isHere = part === 'first' ? isFirst : frame.last;
    isFirst = false;
    return isHere ? { ...frame, body: flipped(frame.body, at(frame.body.length)) } : undefined;
  };
}

/** Who deviates in what, and who finds it. */
const CHECKED: readonly (readonly [
  culprit: PartyId,
  message: string,
  at: (length: number) => number,
  part: 'first' | 'last',
])[] = [
  [receiver, 'vole-transfers-checked', () => 0, 'last'],
  [receiver, 'vole-transfers-checked', (length) => length - 1, 'last'],
  [holder, 'vole-transfers-checked', () => 0, 'last'],
  [holder, 'vole-transfers-checked', (length) => length - 17, 'last'],
  [receiver, 'vole-base-checked', () => 6200, 'first'],
  [receiver, 'vole-base-checked', (length) => length - 40, 'last'],
  [holder, 'vole-proof', () => 5, 'last'],
];

describe('a malicious party', () => {
  it.each(CHECKED)(
    '%s is named when it changes %s, and base transfers are made anew',
    async (culprit, message, at, part) => {
      const finder = culprit === holder ? receiver : holder;
      const store = await keptStore();
      const { intercept, changed } = tampering(changing(culprit, message, at, part));
      const errors = await errorsOf(store, { seed: 2, intercept });
      expect(changed()).toBe(1);
      expect(errors.get(finder)).toMatchObject({ code: 'bad-message', party: culprit, phase: 'vole/vole' });
      expect(errors.get(culprit)).toMatchObject({ code: 'peer-aborted' });
      expect(store.find(pairOf(finder))).toBeUndefined();
      const next = await runVole(short, { seed: 3, store });
      expect(next.messages.some((sent) => sent.message === 'base-ot-points')).toBe(true);
      expect(brokenRows(next.received, next.held, 8)).toEqual([]);
    },
  );

  it('that changes the correction of a tree is found by the check of its rows', async () => {
    const store = await keptStore();
    const tap = new Wiretap();
    await errorsOf(await keptStore(), { seed: 2, intercept: tap.intercept });
    const { length } = tap.one({ name: 'vole-trees' }).body;
    // Correction of the last leaf, which every path meets, in the first tree.
    const { intercept } = tampering(changing(holder, 'vole-trees', () => length / 256 - 1, 'first'));
    const errors = await errorsOf(store, { seed: 2, intercept });
    expect(errors.get(receiver)).toMatchObject({ code: 'bad-message', party: holder });
    expect(store.find(pairOf(receiver))).toBeUndefined();
  });

  it('that changes one row of one tree passes or is found as the path lies: one bit, and then no more', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 12 && outcomes.size < 2; seed++) {
      const store = await keptStore();
      const { intercept } = tampering(changing(holder, 'vole-trees', () => 0, 'first'));
      const errors = await errorsOf(store, { seed, intercept });
      const found = errors.get(receiver) !== undefined;
      outcomes.add(found ? 'found' : 'passed');
      expect(store.find(pairOf(receiver)) === undefined).toBe(found);
    }
    expect(outcomes).toEqual(new Set(['found', 'passed']));
  });
});

describe('a message of another run', () => {
  it.each([
    [receiver, 'vole-transfers-checked'],
    [holder, 'vole-transfers-checked'],
    [receiver, 'vole-base-checked'],
    [holder, 'vole-trees'],
    [holder, 'vole-proof'],
  ])('of %s, %s, is refused under the same base transfers', async (from, name) => {
    const store = await keptStore();
    const tap = new Wiretap();
    await runVole(shape, { seed: 2, store, intercept: tap.intercept });
    const { body } = tap.one({ from, name });
    let position = 0;
    const { intercept, changed } = tampering((frame, sender) => {
      if (frame.name !== name || sender !== from) return undefined;
      const part = body.slice(position, position + frame.body.length);
      position += frame.body.length;
      return { ...frame, body: part };
    });
    const errors = await errorsOf(store, { seed: 3, intercept });
    expect(changed()).toBeGreaterThan(0);
    expect(errors.get(from === holder ? receiver : holder)).toMatchObject({ code: 'bad-message', party: from });
  });

  it.each([
    // Other points give other keys than the side has that sent them: the check of the seeds fails there.
    ['base-ot-points', holder],
    ['base-ot-seeds', receiver],
  ])('%s, never leads to a wrong result', async (name, finder) => {
    const tap = new Wiretap();
    await runVole(short, { seed: 1, intercept: tap.intercept });
    const { body } = tap.one({ from: holder, name });
    const { intercept, changed } = tampering((frame, sender) =>
      frame.name === name && sender === holder ? { ...frame, body } : undefined,
    );
    const store = memoryBaseOtStore();
    const errors = await errorsOf(store, { seed: 2, intercept });
    expect(changed()).toBe(1);
    expect(errors.get(finder)).toMatchObject({ code: 'bad-message' });
    expect(store.find(pairOf(finder))).toBeUndefined();
    const next = await runVole(short, { seed: 3, store });
    expect(brokenRows(next.received, next.held, 8)).toEqual([]);
  });
});

describe('runs side by side', () => {
  it('end when a check of one of them fails, or make new base transfers, and none is left with the old ones', async () => {
    const store = await keptStore();
    const kept = store.find(pairOf(holder));
    const bad = tampering(changing(receiver, 'vole-transfers-checked', () => 0));
    // Runs wait for each other's checks: to a clock of its own such a run would seem idle, and its peer silent.
    const clock = new IdleClock();
    const outcomes = await Promise.all([
      errorsOf(store, { seed: 2, clock, intercept: bad.intercept }),
      ...[3, 4].map((seed) => errorsOf(store, { seed, clock })),
    ]);
    expect(outcomes[0].get(holder)).toMatchObject({ code: 'bad-message', party: receiver });
    // The others passed their own check before, ended because of it, or began after it with nothing kept.
    for (const errors of outcomes.slice(1)) {
      const error = errors.get(holder);
      if (error !== undefined) expect(error).toMatchObject({ code: 'bad-message', party: receiver });
    }
    expect(kept?.usable).toBe(false);
    expect(store.find(pairOf(holder))).not.toBe(kept);
  });

  it.each([
    ['it compares states', holder, 'base-ot-state'],
    ['it has the other side’s corrections', receiver, 'vole-transfers-checked'],
  ])('name the party that failed a check in another one when %s', async (_when, sender, name) => {
    const store = await keptStore();
    const { intercept } = tampering((frame, from) => {
      // What the other run does at the failed check.
      if (from === sender && frame.name === name) store.find(pairOf(holder))?.destroy();
      return undefined;
    });
    const errors = await errorsOf(store, { seed: 2, intercept });
    expect(errors.get(holder)).toMatchObject({ code: 'bad-message', party: receiver, phase: 'vole/vole' });
  });
});
