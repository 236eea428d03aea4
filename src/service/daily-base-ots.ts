/** Base transfers that a node keeps for its runs of one day (UTC): none outlives it, also where no run comes by. */
import { memoryBaseOtStore, type MemoryBaseOtStore } from '../../protocols/vole/index.ts';
import { DAY_MS } from '../governance/period.ts';
import type { Clock, WallClock } from '../kit/clock.ts';
import { atTime } from '../node/agreements/expiry-timer.ts';

export function dailyBaseOts(wallClock: WallClock): MemoryBaseOtStore {
  return memoryBaseOtStore({ epoch: () => dayOf(wallClock) });
}

/** Has those of a day end with it, until the function that it returns is called, which ends all. */
export function endDaily(
  store: MemoryBaseOtStore,
  clocks: { readonly clock: Clock; readonly wallClock: WallClock },
): () => void {
  let cancel = (): void => undefined;
  const wait = (): void => {
    const midnightMs = (dayOf(clocks.wallClock) + 1) * DAY_MS;
    const end = (): void => {
      store.sweep();
      wait();
    };
    cancel = atTime(midnightMs, end, clocks);
  };
  wait();
  return () => {
    cancel();
    store.end();
  };
}

function dayOf(wallClock: WallClock): number {
  return Math.floor(wallClock.now() / DAY_MS);
}
