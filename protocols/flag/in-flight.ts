/** Shards of a run at one party, two at once: while one waits for other parties, the next one is computed. */
import type { Io } from '../../src/kit/io.ts';

/** Each has its own buffers, about 100 MB at an asker: more at once would be memory for little time. */
export const SHARDS_IN_FLIGHT = 2;

/**
 * Works on shards in their order. The first one is alone, since the base transfers that it makes serve all others; then one
 * begins as soon as the one two before it is done. Shards share no channel, and so no stream of randomness: what is sent is
 * the same whichever of two is faster. The first failure ends the run, and so the other one.
 */
export async function inFlight<S>(
  io: Pick<Io, 'all'>,
  shards: AsyncIterable<S> | Iterable<S>,
  work: (shard: S) => Promise<void>,
): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  let room = 1;
  for await (const shard of shards) {
    const task = io.all([() => work(shard)]);
    // It is awaited below; until then nobody else is to report its failure.
    task.catch(() => undefined);
    underWay.push(task);
    if (underWay.length === room) await underWay.shift();
    room = SHARDS_IN_FLIGHT;
  }
  await Promise.all(underWay);
}
