import { systemClock } from '../kit/clock.ts';

/** Each in a turn of the event loop of its own: a process that makes up a long list still answers its peers, which would give it up. */
export async function* inTurns<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    yield item;
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
}
