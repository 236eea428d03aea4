/** Base transfers that nodes keep for their runs of one day (UTC): none outlives it, or the nodes, also where no run comes by. */
import { type BaseOtStore, memoryBaseOtStore, type MemoryBaseOtStore } from '../../protocols/vole/index.ts';
import { DAY_MS } from '../governance/period.ts';
import type { WallClock } from '../kit/clock.ts';
import { atTime } from '../node/agreements/expiry-timer.ts';
import type { KeptSecrets, NodeClocks } from '../node/questions/kept-secrets.ts';

/** For nodes of one process; by the clock of the first of them that runs. */
export function dailyBaseOts(): BaseOtStore & KeptSecrets {
  let store: MemoryBaseOtStore | undefined;
  let nodes = 0;
  let cancel = (): void => undefined;
  const open = ({ clock, wallClock }: NodeClocks): void => {
    const opened = memoryBaseOtStore({ epoch: () => dayOf(wallClock) });
    store = opened;
    const wait = (): void => {
      const endDay = (): void => {
        opened.sweep();
        wait();
      };
      // The node's connections are what its process goes on for.
      const options = { clock, wallClock, keepsProcess: false };
      cancel = atTime((dayOf(wallClock) + 1) * DAY_MS, endDay, options);
    };
    wait();
  };
  const close = (): void => {
    cancel();
    store?.end();
    store = undefined;
  };
  return {
    begin(clocks) {
      if (nodes++ === 0) open(clocks);
      let isRunning = true;
      return () => {
        if (isRunning && --nodes === 0) close();
        isRunning = false;
      };
    },
    find: (pair) => store?.find(pair),
    keep: (pair, baseOts) => store?.keep(pair, baseOts),
    forget: (pair) => store?.forget(pair),
  };
}

function dayOf(wallClock: WallClock): number {
  return Math.floor(wallClock.now() / DAY_MS);
}
