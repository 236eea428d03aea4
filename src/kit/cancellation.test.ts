import { describe, expect, it } from 'vitest';
import { Cancellation } from './cancellation.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Cancellation', () => {
  it('rejects all who wait with the reason, calls undo, and is not heard by those who are done', async () => {
    const abort = new AbortController();
    const cancellation = new Cancellation(abort.signal);
    const undone: string[] = [];
    const done = cancellation.wait<number>(
      (resolve) => resolve(7),
      () => undone.push('done'),
    );
    const waiting = ['a', 'b'].map((name) =>
      cancellation.wait<void>(
        () => undefined,
        () => undone.push(name),
      ),
    );
    expect(await done).toBe(7);
    abort.abort(new Error('over'));
    expect((await Promise.allSettled(waiting)).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(undone).toEqual(['a', 'b']);
  });

  it('rejects at once when the signal was aborted before, and leaves failing work unheard', async () => {
    const abort = new AbortController();
    abort.abort(new Error('over'));
    const cancellation = new Cancellation(abort.signal);
    const unheard: unknown[] = [];
    const listener = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const work = turn().then(() => {
        throw new Error('late');
      });
      await expect(cancellation.until(work)).rejects.toThrow('over');
      await turn();
      await turn();
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });
});
