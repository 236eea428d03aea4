/** When a question may be asked again by itself: while nothing had left, and of failures that pass. */
import { MpcError } from '../../errors.ts';
import type { Clock } from '../../kit/clock.ts';
import { OPEN_CHANNEL } from '../../kit/opening.ts';
import type { TrafficObserver } from '../../kit/traffic.ts';
import { BUSY_PHASE } from '../phases.ts';

/**
 * Notes when the first message of the protocol itself leaves this node. Until then no party has anything of the asker's
 * input, so nothing can have been opened and a new run is the same question asked once.
 */
export class DepartureWatch implements TrafficObserver {
  happened = false;

  sent({ channel }: { readonly channel: string }): void {
    if (channel !== OPEN_CHANNEL) this.happened = true;
  }
}

/** Nothing answers there, or not yet: all else that keeps two nodes from connecting stays as it is. */
export function mayConnectLater(error: unknown): boolean {
  if (!(error instanceof MpcError) || error.phase !== 'connect') return false;
  return error.code === 'peer-closed' || error.code === 'peer-silent';
}

/** Failures that another time may not have: a connection, or a party that is busy. */
export function mayPass(error: unknown): error is MpcError {
  if (!(error instanceof MpcError)) return false;
  if (error.code === 'peer-closed' || error.code === 'peer-silent') return true;
  return error.code === 'peer-aborted' && error.phase === BUSY_PHASE;
}

/** Rejects with the signal's reason when that comes first. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancelTimer();
      reject(signal.reason as Error);
    };
    const cancelTimer = clock.timer(delayMs, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
