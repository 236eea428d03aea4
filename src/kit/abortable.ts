/** Waiting for code that may not know of the signal. */

/** Settles as `work` does, or rejects with the signal's reason once it is aborted; `work` then ends unheard. */
export function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
