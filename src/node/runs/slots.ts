/** A fixed number of places; whoever finds none waits in line. */
import { TransportError, UsageError } from '../../errors.ts';

/** More in line than this are refused: each holds memory. */
const MAX_WAITING = 1000;

export class Slots {
  readonly #places: number;
  readonly #line: (() => void)[] = [];
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Takes a place at once, or says that there is none. */
  tryTake(): boolean {
    if (this.#taken >= this.#places) return false;
    this.#taken++;
    return true;
  }

  /** @throws TransportError `cancelled` after an abort; UsageError `resource-limit` when the line is too long */
  async take(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled(signal);
    if (this.tryTake()) return;
    if (this.#line.length >= MAX_WAITING) {
      throw new UsageError('Cannot ask: too many questions wait already', {
        code: 'resource-limit',
        phase: 'waiting',
        remedy: 'wait until some are answered',
      });
    }
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#line.splice(this.#line.indexOf(turn), 1);
        reject(cancelled(signal));
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.push(turn);
    });
  }

  /** Gives a place back; it goes to whoever waits longest. */
  release(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#taken--;
    else next();
  }
}

function cancelled(signal: AbortSignal): TransportError {
  return new TransportError('Cannot ask: cancelled', { code: 'cancelled', phase: 'waiting', cause: signal.reason });
}
