import { expect, it } from 'vitest';
import { BaseOts, type BaseOtPair } from '../../protocols/vole/base-ots.ts';
import { partyId } from '../kit/party.ts';
import { ManualClock, turns } from '../net/manual-clock.ts';
import { dailyBaseOts, endDaily } from './daily-base-ots.ts';

const HOUR_MS = 3_600_000;
const pair: BaseOtPair = { self: partyId('bank-a'), peer: partyId('bank-b'), checked: true };

function made(): { readonly baseOts: BaseOts; isWiped(): boolean } {
  const all = new Uint8Array(32).fill(1);
  const baseOts = new BaseOts({ id: new Uint8Array(16), delta: new Uint8Array(128), held: new Uint8Array(32), all });
  return { baseOts, isWiped: () => all.every((byte) => byte === 0) };
}

it('base transfers of a day are overwritten at midnight (UTC) though no run comes by, day after day', async () => {
  const clock = new ManualClock();
  const clocks = { clock, wallClock: { now: () => clock.now() + 22 * HOUR_MS } };
  const [store, untold] = [dailyBaseOts(clocks.wallClock), dailyBaseOts(clocks.wallClock)];
  const [first, second, left] = [made(), made(), made()];
  const end = endDaily(store, clocks);
  const pass = async (ms: number): Promise<void> => {
    clock.stall(ms);
    await turns(5);
  };
  store.keep(pair, first.baseOts);
  untold.keep(pair, left.baseOts);
  await pass(2 * HOUR_MS - 5_000);
  expect(first.isWiped()).toBe(false);
  await pass(10_000);
  // Of a store that nobody tells the time of, they are there until it is asked.
  expect([first.isWiped(), left.isWiped()]).toEqual([true, false]);
  store.keep(pair, second.baseOts);
  await pass(23 * HOUR_MS);
  expect(second.isWiped()).toBe(false);
  await pass(HOUR_MS);
  expect([second.isWiped(), left.isWiped()]).toEqual([true, false]);
  expect(untold.find(pair)).toBeUndefined();
  expect(left.isWiped()).toBe(true);
  end();
});

it('base transfers of a day are overwritten when the node stops, and no timer is left', async () => {
  const clock = new ManualClock();
  let timers = 0;
  const counting = {
    now: () => clock.now(),
    soon: (task: () => void) => clock.soon(task),
    timer(delayMs: number, task: () => void) {
      timers++;
      const cancel = clock.timer(delayMs, () => {
        timers--;
        task();
      });
      return () => {
        timers--;
        cancel();
      };
    },
  };
  const clocks = { clock: counting, wallClock: clock };
  const store = dailyBaseOts(clock);
  const { baseOts, isWiped } = made();
  const end = endDaily(store, clocks);
  store.keep(pair, baseOts);
  await clock.pass(10_000);
  expect([timers, isWiped()]).toEqual([1, false]);
  end();
  expect([timers, isWiped()]).toEqual([0, true]);
});
