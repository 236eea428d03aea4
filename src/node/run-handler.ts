/**
 * The handler of a network's incoming runs, and the runs that come before there is one: a node that starts is connected
 * to its peers some tenths of a second before it has read all that it needs to answer them.
 */
import type { IncomingRun } from './peer-network.ts';

/** As many as its peers may have at a node that answers, and more; their frames are bounded by the transport. */
const MAX_WAITING = 256;

export class RunHandler {
  #handler: ((run: IncomingRun) => void) | undefined;
  #waiting: IncomingRun[] = [];

  /** Hands over those that have come, in their order. */
  set(handler: (run: IncomingRun) => void): void {
    this.#handler = handler;
    for (const run of this.#waiting.splice(0)) handler(run);
  }

  arrived(run: IncomingRun): void {
    if (this.#handler !== undefined) this.#handler(run);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(run);
    else run.link.close();
  }
}
