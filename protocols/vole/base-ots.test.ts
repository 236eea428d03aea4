import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { InternalError, ProtocolError, TransportError } from '../../src/errors.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { holder, receiver } from '../../test/support/vole-run.ts';
import { BaseOts } from './base-ots.ts';
import { memoryBaseOtStore, type MemoryBaseOtStore, storeOfRun } from './index.ts';

const pair = { self: receiver, peer: holder, checked: true };
const use = (name: string): Uint8Array => hashTuple(name);

function made(seed: string): BaseOts {
  const rng = insecureSeededRng('base-ots', seed);
  return new BaseOts({ id: rng(16), delta: rng(128), held: rng(64), all: rng(64) });
}

/** Base transfers with a look at their secrets. */
function watched(name: string): { readonly baseOts: BaseOts; isWiped(): boolean } {
  const secrets = { id: use(`id ${name}`), delta: use('delta'), held: use('held'), all: use('all') };
  const { delta, held, all } = secrets;
  const isWiped = (): boolean => [delta, held, all].every((bytes) => bytes.every((byte) => byte === 0));
  return { baseOts: new BaseOts(secrets), isWiped };
}

const failing = (): Promise<never> => Promise.reject(new ProtocolError('Cannot: planted', { code: 'bad-message' }));

describe('BaseOts', () => {
  it('refuses a use that it has seen', () => {
    const baseOts = made('use');
    baseOts.take(use('one'));
    baseOts.take(use('other'));
    expect(() => baseOts.take(use('one'))).toThrow(InternalError);
  });

  it('is destroyed by a check that fails: no use begins, none goes on, and its secrets are overwritten', async () => {
    const { baseOts, isWiped } = watched('failed');
    const taken = baseOts.take(use('one'));
    expect(isWiped()).toBe(false);
    await expect(baseOts.check(failing)).rejects.toThrow('planted');
    expect(baseOts.usable).toBe(false);
    expect(() => baseOts.take(use('two'))).toThrow(ProtocolError);
    expect(() => baseOts.requireAlive()).toThrow(ProtocolError);
    expect(isWiped()).toBe(true);
    // Under zeros the corrections of a use in progress would show its choices.
    expect(taken.all).toEqual(use('all'));
  });

  it('is destroyed by whatever else ends a check, a thread that died in it too', async () => {
    const ends = async (error: Error): Promise<boolean> => {
      const { baseOts, isWiped } = watched('ended');
      await expect(baseOts.check(() => Promise.reject(error))).rejects.toBe(error);
      return isWiped();
    };
    expect(await ends(new InternalError('Cannot: a thread died', { code: 'internal' }))).toBe(true);
    expect(await ends(new RangeError('planted'))).toBe(true);
  });

  it('keeps its secrets while somebody holds them, and then never again gives any', () => {
    const { baseOts, isWiped } = watched('held');
    const [one, other] = [baseOts.hold(), baseOts.hold()];
    one();
    // A second time it lets go of nothing.
    one();
    expect([isWiped(), baseOts.usable]).toEqual([false, true]);
    const taken = baseOts.take(use('one'));
    other();
    expect([isWiped(), baseOts.usable]).toEqual([true, false]);
    expect(taken.all).toEqual(use('all'));
    baseOts.hold();
    expect(() => baseOts.take(use('two'))).toThrow(InternalError);
    // A run that has its copies ends undisturbed.
    expect(() => baseOts.requireAlive()).not.toThrow();
  });

  it.each([
    ['was cancelled', new TransportError('Cannot: planted', { code: 'cancelled' })],
    ['another party ended', new ProtocolError('Cannot: planted', { code: 'peer-aborted', party: holder })],
  ])('outlives a check that %s', async (_what, ended) => {
    const baseOts = made('ended');
    await expect(baseOts.check(() => Promise.reject(ended))).rejects.toBe(ended);
    expect(await baseOts.check(() => Promise.resolve(7))).toBe(7);
  });

  it('has one check at a time: the second one waits, and does not happen when the first fails', async () => {
    const baseOts = made('queue');
    const events: string[] = [];
    let fail = (): void => undefined;
    const first = baseOts.check(async () => {
      events.push('first begins');
      await new Promise<void>((resolve) => (fail = resolve));
      events.push('first fails');
      return await failing();
    });
    const second = baseOts.check(() => Promise.resolve(events.push('second begins')));
    const settled = Promise.allSettled([first, second]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(['first begins']);
    fail();
    const [one, two] = await settled;
    expect([one.status, two.status]).toEqual(['rejected', 'rejected']);
    expect(two).toMatchObject({ reason: { code: 'bad-message' } });
    expect(events).toEqual(['first begins', 'first fails']);
  });
});

describe('memoryBaseOtStore', () => {
  it('keeps by pair and by whether runs are checked', () => {
    const store = memoryBaseOtStore();
    const baseOts = made('pair');
    store.keep(pair, baseOts);
    expect(store.find({ ...pair })).toBe(baseOts);
    for (const other of [
      { ...pair, checked: false },
      { ...pair, self: holder, peer: receiver },
    ]) {
      expect(store.find(other)).toBeUndefined();
    }
    store.forget(pair);
    expect(store.find(pair)).toBeUndefined();
    // Whoever had found them may go on.
    expect(() => baseOts.requireAlive()).not.toThrow();
  });

  it('gives nothing that was kept in another epoch or was destroyed', () => {
    let epoch = 5;
    const store = memoryBaseOtStore({ epoch: () => epoch });
    store.keep(pair, made('epoch'));
    epoch = 6;
    expect(store.find(pair)).toBeUndefined();
    epoch = 5;
    expect(store.find(pair)).toBeUndefined();
    const destroyed = made('destroyed');
    store.keep(pair, destroyed);
    destroyed.destroy();
    expect(store.find(pair)).toBeUndefined();
  });

  it('overwrites what an epoch kept when the next one begins: at any call, or when it is told to look', () => {
    const looks: readonly ((store: MemoryBaseOtStore) => unknown)[] = [
      (store) => store.find({ ...pair, peer: receiver }),
      (store) => store.keep({ ...pair, checked: false }, made('another pair')),
      (store) => store.sweep(),
    ];
    for (const look of looks) {
      let epoch = 5;
      const store = memoryBaseOtStore({ epoch: () => epoch });
      const { baseOts, isWiped } = watched('epoch');
      store.keep(pair, baseOts);
      look(store);
      expect(isWiped()).toBe(false);
      epoch = 6;
      expect(isWiped()).toBe(false);
      look(store);
      expect([isWiped(), store.find(pair)]).toEqual([true, undefined]);
    }
  });

  it('leaves their secrets to a run that is under way with them', () => {
    let epoch = 5;
    const store = memoryBaseOtStore({ epoch: () => epoch });
    const { baseOts, isWiped } = watched('under way');
    store.keep(pair, baseOts);
    const letGo = store.find(pair)?.hold();
    epoch = 6;
    store.sweep();
    expect([store.find(pair), isWiped()]).toEqual([undefined, false]);
    expect(baseOts.take(use('late')).held).toEqual(use('held'));
    letGo?.();
    expect(isWiped()).toBe(true);
  });

  it('overwrites what it forgets, what others take the place of, and at its end everything; then it keeps nothing', () => {
    const store = memoryBaseOtStore();
    const [forgotten, late] = ['forgotten', 'late'].map((name) => watched(name));
    const [first, second] = ['one', 'other']
      .map((name) => watched(name))
      .toSorted((a, b) => (toHex(a.baseOts.id) < toHex(b.baseOts.id) ? -1 : 1));
    store.keep(pair, forgotten.baseOts);
    // The same again is nothing new.
    store.keep(pair, forgotten.baseOts);
    expect(forgotten.isWiped()).toBe(false);
    store.forget(pair);
    expect(forgotten.isWiped()).toBe(true);
    store.keep(pair, second.baseOts);
    store.keep(pair, first.baseOts);
    expect([second.isWiped(), first.isWiped(), store.find(pair)]).toEqual([true, false, first.baseOts]);
    store.end();
    store.keep(pair, late.baseOts);
    expect([first.isWiped(), store.find(pair)]).toEqual([true, undefined]);
  });

  it('keeps the same of two whatever their order, as both sides must', () => {
    const [one, other] = [made('one'), made('other')];
    const kept = [
      [one, other],
      [other, one],
    ].map((order) => {
      const store = memoryBaseOtStore();
      for (const baseOts of order) store.keep(pair, baseOts);
      return store.find(pair);
    });
    expect(kept[0]).toBeDefined();
    expect(kept[1]).toBe(kept[0]);
  });

  it('gives way to new ones after very many uses', () => {
    const store = memoryBaseOtStore();
    const worn = made('worn');
    store.keep(pair, worn);
    for (let k = 0; k < 65_536; k++) worn.take(Uint8Array.of(k, k >> 8));
    expect(store.find(pair)).toBeUndefined();
  });
});

describe('storeOfRun', () => {
  const ofRun = (isSeeded: boolean) => {
    const kept = memoryBaseOtStore();
    const run = new AbortController();
    return { kept, store: storeOfRun({ isSeeded, signal: run.signal }, kept), endRun: () => run.abort() };
  };

  it('goes on with what is kept, also when that is replaced while the run is under way', () => {
    const { kept, store } = ofRun(false);
    const [before, later] = [made('before'), made('later')];
    kept.keep(pair, before);
    expect(store.find(pair)).toBe(before);
    kept.forget(pair);
    kept.keep(pair, later);
    expect(store.find(pair)).toBe(before);
    store.forget(pair);
    expect([store.find(pair), kept.find(pair)]).toEqual([undefined, undefined]);
  });

  it('keeps for later runs what this one makes', () => {
    const { kept, store } = ofRun(false);
    const baseOts = made('own');
    store.keep(pair, baseOts);
    expect([store.find(pair), kept.find(pair), store.ofOneRun]).toEqual([baseOts, baseOts, undefined]);
  });

  it('takes nothing of an earlier run and keeps nothing for a later one where a run can be executed again', () => {
    const { kept, store } = ofRun(true);
    kept.keep(pair, made('before'));
    expect([store.find(pair), store.ofOneRun]).toEqual([undefined, true]);
    const baseOts = made('own');
    store.keep(pair, baseOts);
    expect(store.find(pair)).toBe(baseOts);
    expect(kept.find(pair)).not.toBe(baseOts);
  });

  it('lets go of what it had when the run has ended, whoever else keeps it', () => {
    for (const isSeeded of [true, false]) {
      const { kept, store, endRun } = ofRun(isSeeded);
      const { baseOts, isWiped } = watched('run');
      store.keep(pair, baseOts);
      kept.forget(pair);
      expect(isWiped()).toBe(false);
      endRun();
      expect(isWiped()).toBe(true);
    }
    const { kept, store, endRun } = ofRun(false);
    const { baseOts, isWiped } = watched('kept');
    store.keep(pair, baseOts);
    endRun();
    expect([isWiped(), kept.find(pair)]).toEqual([false, baseOts]);
  });
});
