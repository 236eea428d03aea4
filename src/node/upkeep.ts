/** What a running node does by itself, every hour: removes what was kept for a time that is over, and tells what ends soon. */
import type { Clock } from '../kit/clock.ts';
import { ExpiryNotice } from './agreements/expiry-notice.ts';
import { errorFields } from './log.ts';
import type { NodeContext } from './node-context.ts';

const HOUR_MS = 3_600_000;

type Upkept = Pick<
  NodeContext,
  'config' | 'contracts' | 'frozen' | 'evaluated' | 'audits' | 'log' | 'clock' | 'wallClock'
>;

/** Goes on until the returned function is called. What former processes kept is to be removed before. */
export function beginUpkeep(context: Upkept): () => void {
  const notice = new ExpiryNotice(context);
  notice.tell();
  const upkeep = (): void => {
    notice.tell();
    void removeOld(context);
  };
  return everyHour(upkeep, context.clock);
}

function everyHour(task: () => void, clock: Pick<Clock, 'timer'>): () => void {
  let cancelTimer: () => void = () => undefined;
  const wait = (): void => {
    const due = (): void => {
      wait();
      task();
    };
    // The node's connections are what its process goes on for.
    cancelTimer = clock.timer(HOUR_MS, due, { keepsProcess: false });
  };
  wait();
  return () => cancelTimer();
}

/** Never rejects: what cannot be removed is tried again an hour later. */
async function removeOld({ frozen, evaluated, audits, wallClock, log }: Upkept): Promise<void> {
  const sweeps = [() => frozen.sweep(), () => evaluated?.sweep('later'), () => audits?.removeOld(wallClock.now())];
  for (const sweep of sweeps) {
    try {
      await sweep();
    } catch (error) {
      log.write('warn', 'sweep-failed', { remedy: REMEDY, ...errorFields(error) });
    }
  }
}

const REMEDY = 'check the free space and the state of the disk under the folder of the store';
