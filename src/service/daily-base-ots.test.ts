import { afterEach, describe, expect, it } from 'vitest';
import { BaseOts, type BaseOtPair } from '../../protocols/vole/base-ots.ts';
import { type Consortium, startConsortium, testQuestion } from '../../test/support/consortium-of-nodes.ts';
import { overlapKind } from '../../test/support/overlap-of-nodes.ts';
import type { Clock, WallClock } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { ManualClock, turns } from '../net/manual-clock.ts';
import { dailyBaseOts } from './daily-base-ots.ts';
import { nodeQuestions } from './start-node.ts';

const HOUR_MS = 3_600_000;
const pair: BaseOtPair = { self: partyId('bank-a'), peer: partyId('bank-b'), checked: true };

function made(): { readonly baseOts: BaseOts; isWiped(): boolean } {
  const all = new Uint8Array(32).fill(1);
  const baseOts = new BaseOts({ id: new Uint8Array(16), delta: new Uint8Array(128), held: new Uint8Array(32), all });
  return { baseOts, isWiped: () => all.every((byte) => byte === 0) };
}

interface Evening {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Of timers that are set: whether a process goes on for it. */
  readonly timers: ReadonlySet<boolean>;
  pass(ms: number): Promise<void>;
}

/** Two hours before midnight (UTC). */
function evening(): Evening {
  const manual = new ManualClock();
  const set = new Map<symbol, boolean>();
  const clock: Clock = {
    now: () => manual.now(),
    soon: (task) => manual.soon(task),
    timer(delayMs, task, { keepsProcess = true } = {}) {
      const timer = Symbol('timer');
      set.set(timer, keepsProcess);
      const cancel = manual.timer(delayMs, () => {
        set.delete(timer);
        task();
      });
      return () => {
        set.delete(timer);
        cancel();
      };
    },
  };
  return {
    clock,
    wallClock: { now: () => Date.UTC(2027, 0, 15, 22) + manual.now() },
    get timers() {
      return new Set(set.values());
    },
    async pass(ms) {
      manual.stall(ms);
      await turns(5);
    },
  };
}

describe('base transfers of a day', () => {
  it('are overwritten at midnight (UTC) though no run comes by, day after day', async () => {
    const { pass, ...clocks } = evening();
    const kept = dailyBaseOts();
    const end = kept.begin(clocks);
    const [first, second] = [made(), made()];
    kept.keep(pair, first.baseOts);
    await pass(2 * HOUR_MS - 5_000);
    expect(first.isWiped()).toBe(false);
    expect(kept.find(pair)).toBe(first.baseOts);
    await pass(10_000);
    expect(first.isWiped()).toBe(true);
    kept.keep(pair, second.baseOts);
    await pass(23 * HOUR_MS);
    expect(second.isWiped()).toBe(false);
    await pass(HOUR_MS);
    expect(second.isWiped()).toBe(true);
    end();
  });

  it('are overwritten when the last node that shares them has stopped, and no timer is left', () => {
    const day = evening();
    const kept = dailyBaseOts();
    const ends = [kept.begin(day), kept.begin(day)];
    const { baseOts, isWiped } = made();
    kept.keep(pair, baseOts);
    ends[0]();
    // A second time, it is the same node.
    ends[0]();
    expect([isWiped(), ...day.timers]).toEqual([false, false]);
    ends[1]();
    expect([isWiped(), ...day.timers]).toEqual([true]);
  });

  it('are kept from when a node begins, the first one or another, until then and not after it', () => {
    const day = evening();
    const kept = dailyBaseOts();
    const keeps = (): boolean => {
      const { baseOts } = made();
      kept.keep(pair, baseOts);
      return kept.find(pair) === baseOts;
    };
    expect(keeps()).toBe(false);
    for (let node = 0; node < 2; node++) {
      const end = kept.begin(day);
      expect(keeps()).toBe(true);
      kept.forget(pair);
      expect(kept.find(pair)).toBeUndefined();
      end();
      expect(keeps()).toBe(false);
    }
  });
});

describe('a node of createNode', () => {
  let consortium: Consortium | undefined;
  afterEach(async () => await consortium?.close());

  it('has what its questions keep overwritten at midnight, and when it stops, by its own clocks', async () => {
    const day = evening();
    const kept = dailyBaseOts();
    // Two kinds share it.
    const questions = [
      { ...testQuestion, kept },
      { ...overlapKind, kept },
    ];
    const { clock, wallClock } = day;
    consortium = await startConsortium({ clock, wallClock, banks: ['bank-a'], nodeOptions: () => ({ questions }) });
    const [first, second] = [made(), made()];
    kept.keep(pair, first.baseOts);
    expect(first.isWiped()).toBe(false);
    await day.pass(2 * HOUR_MS + 5_000);
    expect(first.isWiped()).toBe(true);
    kept.keep(pair, second.baseOts);
    expect([second.isWiped(), ...day.timers]).toEqual([false, false]);
    await consortium.node('bank-a').stop();
    expect([second.isWiped(), ...day.timers]).toEqual([true]);
  });
});

describe('nodeQuestions', () => {
  it('keep for all kinds together, and tell a node', () => {
    const kept = nodeQuestions().map((kind) => kind.kept);
    expect(kept.length).toBe(2);
    expect(new Set(kept).size).toBe(1);
    expect(kept[0]).toBeDefined();
  });
});
