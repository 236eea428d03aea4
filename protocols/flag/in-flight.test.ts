import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/kit/io.ts';
import { inFlight } from './in-flight.ts';

const io: Pick<Io, 'all'> = {
  all: async (tasks) => (await Promise.all(tasks.map((task) => task()))) as never,
};

/** Works on shards that end when they are told to; says what happened. */
function steered(count: number): {
  readonly log: string[];
  readonly end: (shard: number, failure?: Error) => Promise<void>;
  readonly all: Promise<void>;
} {
  const log: string[] = [];
  const ends = new Map<number, (failure?: Error) => void>();
  const all = inFlight(
    io,
    Array.from({ length: count }, (_, shard) => shard),
    (shard) => {
      log.push(`begin ${shard}`);
      return new Promise<void>((resolve, reject) => {
        ends.set(shard, (failure) => (failure === undefined ? resolve() : reject(failure)));
      });
    },
  );
  const turns = async (): Promise<void> => {
    for (let k = 0; k < 20; k++) await Promise.resolve();
  };
  return {
    log,
    async end(shard, failure) {
      await turns();
      log.push(`end ${shard}`);
      ends.get(shard)?.(failure);
      await turns();
    },
    all,
  };
}

describe('inFlight', () => {
  it('begins with the first shard alone, and has two at once after it', async () => {
    const { log, end, all } = steered(5);
    for (const shard of [0, 1, 2, 3, 4]) await end(shard);
    await all;
    expect(log).toEqual([
      'begin 0',
      'end 0',
      'begin 1',
      'begin 2',
      'end 1',
      'begin 3',
      'end 2',
      'begin 4',
      'end 3',
      'end 4',
    ]);
  });

  it('begins no third shard when the later one of two is done first', async () => {
    const { log, end, all } = steered(4);
    await end(0);
    await end(2);
    expect(log).not.toContain('begin 3');
    await end(1);
    expect(log).toContain('begin 3');
    await end(3);
    await all;
  });

  it('ends with the failure of a shard, and begins no other one', async () => {
    const { log, end, all } = steered(5);
    const failed = expect(all).rejects.toThrow('of shard 1');
    await end(0);
    await end(1, new Error('of shard 1'));
    await failed;
    expect(log).not.toContain('begin 3');
  });

  it('does nothing without shards', async () => {
    const { log, all } = steered(0);
    await all;
    expect(log).toEqual([]);
  });
});
