/** The end of a run, for all who wait on it: one listener on the signal, however many wait. */

export class Cancellation {
  readonly signal: AbortSignal;
  readonly #waiters = new Set<(reason: unknown) => void>();

  constructor(signal: AbortSignal) {
    this.signal = signal;
    const aborted = (): void => {
      for (const waiter of this.#waiters) waiter(signal.reason);
    };
    signal.addEventListener('abort', aborted, { once: true });
  }

  /** Settles as `start` says, or rejects with the signal's reason at its abort, having called `undo`. */
  wait<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
    undo: () => void = () => undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.signal.throwIfAborted();
      const settled =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#waiters.delete(aborted);
          settle(value);
        };
      const aborted = settled((reason: unknown) => {
        undo();
        reject(reason);
      });
      this.#waiters.add(aborted);
      start(settled(resolve), settled(reject));
    });
  }

  /** As `work` settles, unless the signal aborts first: for code that may not know of it; `work` then ends unheard. */
  until<T>(work: Promise<T>): Promise<T> {
    // Unheard also when the signal was aborted before: its failure must not end the process.
    work.catch(() => undefined);
    return this.wait((resolve, reject) => void work.then(resolve, reject));
  }
}
