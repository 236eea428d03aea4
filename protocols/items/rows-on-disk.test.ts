import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { spillDisk } from '../../src/data/spill/spill-disk.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { cooperativeCompute, type Job } from '../../src/kit/compute.ts';
import type { ListDisk } from '../../src/kit/list-disk.ts';
import { partyId } from '../../src/kit/party.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import type { ReadOptions } from './distinct-items.ts';
import type { ItemList, ShardIo, ShardOptions } from './item-list.ts';
import { readList } from './items.ts';

let parent: string;
let disk: ListDisk;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'bf-rows-'));
  disk = spillDisk({ parent, rng: insecureSeededRng('disk'), above: 100 });
});
afterAll(() => rmSync(parent, { recursive: true }));
afterEach(() => expect(readdirSync(parent)).toEqual([]));

const compute = cooperativeCompute(systemClock);
const context: PrepareContext = {
  self: partyId('bank-b'),
  rng: insecureSeededRng('items'),
  compute,
  signal: new AbortController().signal,
};
const io: ShardIo = {
  sid: new Uint8Array(32).fill(5),
  phase: 'flag',
  self: partyId('bank-b'),
  compute: <I, O>(job: Job<I, O>, input: I): Promise<O> => compute.run(job, input, context.signal),
};

type Row = readonly [account: string, score: number];

/** Some accounts many times, most once; in three batches. */
const ROWS: readonly Row[] = Array.from({ length: 3000 }, (_, k) => [`id:${k % 7 === 0 ? k % 70 : k}`, k % 5]);

function read(rows: readonly Row[], options: Partial<ReadOptions>, where?: ListDisk): Promise<ItemList> {
  const batches = [rows.slice(0, 1000), rows.slice(1000, 1001), rows.slice(1001)].map((batch) => ({
    accounts: batch.map(([account]) => account),
    scores: Uint32Array.from(batch, ([, score]) => score),
  }));
  return readList(
    batches,
    { maxScore: 10_000, duplicates: 'max', capacity: 4096, ...options },
    { ...context, disk: where },
  );
}

/** By shard: digest and score of each account, and at which rows it stands. */
async function contents(list: ItemList, options: ShardOptions): Promise<readonly ReadonlyMap<string, string>[]> {
  const rowsOf = new Map<number, number[]>();
  for (const [row, item] of list.itemOfRow.entries()) rowsOf.set(item, [...(rowsOf.get(item) ?? []), row]);
  const shards: Map<string, string>[] = [];
  for await (const { digests, items, scores } of list.shards(io, options)) {
    expect([...items]).toEqual([...items].toSorted((a, b) => a - b));
    const entries = [...items].map((item, k): [string, string] => {
      const digest = toHex(digests.subarray(32 * k, 32 * k + 32));
      return [digest, `${scores.length === 0 ? '-' : scores[k]} at ${rowsOf.get(item)?.join()}`];
    });
    shards.push(new Map(entries));
  }
  return shards;
}

const sizes = (shards: readonly ReadonlyMap<string, string>[]): readonly number[] => shards.map(({ size }) => size);

describe('readList', () => {
  it.each(['first', 'max', 'sum'] as const)(
    'gives the same shards from disk as from memory, with rows of one account joined by policy %s',
    async (duplicates) => {
      for (const shards of [1, 5]) {
        const options = { shards, capacity: 4096 };
        const kept = await read(ROWS, { duplicates });
        const onDisk = await read(ROWS, { duplicates }, disk);
        expect(readdirSync(parent).length).toBe(1);
        expect(onDisk.count).toBe(kept.count);
        const found = await contents(onDisk, options);
        expect(found).toEqual(await contents(kept, options));
        expect(sizes(found).reduce((sum, size) => sum + size)).toBe(kept.count);
        await onDisk.close();
      }
    },
  );

  it('can be cut again, in the same way and under another number of shards', async () => {
    const list = await read(ROWS, { maxScore: undefined }, disk);
    const first = await contents(list, { shards: 3, capacity: 4096 });
    expect(await contents(list, { shards: 3, capacity: 4096 })).toEqual(first);
    expect((await contents(list, { shards: 4, capacity: 4096 })).length).toBe(4);
    await list.close();
    await list.close();
  });

  it('keeps a list in memory that cannot have more accounts than the disk is for', async () => {
    expect((await read(ROWS.slice(0, 50), { capacity: 100 }, disk)).count).toBeGreaterThan(30);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('gives hashes that bind to every account, score and to what is in another list', async () => {
    const hashes = async (rows: readonly Row[]): Promise<string> => {
      const list = await read(rows, {}, disk);
      await list.close();
      return toHex(list.hashes);
    };
    const all = await hashes(ROWS);
    expect(await hashes(ROWS)).toBe(all);
    const [account, score] = ROWS[2999];
    expect(await hashes([...ROWS.slice(0, 2999), [account, score + 1]])).not.toBe(all);
    expect(await hashes([...ROWS.slice(0, 2999), ['id:other', score]])).not.toBe(all);
    expect(await hashes(ROWS.slice(0, 2999))).not.toBe(all);
  });

  const refused: readonly (readonly [string, Partial<ReadOptions>, readonly Row[], object])[] = [
    ['a repeated account', { duplicates: 'reject' }, ROWS, { code: 'duplicate-item' }],
    ['a sum of scores that is too large', { duplicates: 'sum', maxScore: 20 }, ROWS, { code: 'malformed-row' }],
    ['a score that is too large', { maxScore: 3 }, ROWS, { code: 'malformed-row', message: /row 5:/ }],
    ['more accounts than were declared', { capacity: 1000 }, ROWS, { code: 'too-many-items', party: 'bank-b' }],
    [
      'more rows than room was planned for',
      { capacity: 101 },
      Array.from({ length: 405 }, () => ['id:1', 1] as const),
      {
        code: 'resource-limit',
        party: 'bank-b',
        remedy: expect.stringMatching(/repeat an account/),
        message: /than 404 rows/,
      },
    ],
  ];
  it.each(refused)('refuses %s, and leaves nothing on disk', async (_what, options, rows, { ...expected }) => {
    const { message, ...rest } = expected as { readonly message?: RegExp };
    const failure: unknown = await read(rows, options, disk).catch((error: unknown) => error);
    expect(failure).toMatchObject(rest);
    if (message !== undefined) expect(String(failure)).toMatch(message);
  });

  it('names the row that repeats an account as its source does', async () => {
    const rows: Row[] = [...Array.from({ length: 200 }, (_, k): Row => [`id:${k}`, 1]), ['id:77', 1]];
    await expect(read(rows, { duplicates: 'reject' }, disk)).rejects.toThrow('row 201 repeats an account');
  });

  it('gives no shard where one has no room, and removes what it wrote for them', async () => {
    const list = await read(ROWS, {}, disk);
    const most = Math.max(...sizes(await contents(list, { shards: 4, capacity: 4096 })));
    await expect(contents(list, { shards: 4, capacity: most - 1 })).rejects.toMatchObject({ code: 'table-full' });
    expect(readdirSync(parent).length).toBe(1);
    await list.close();
  });

  it('removes shards that nobody takes to their end', async () => {
    const list = await read(ROWS, {}, disk);
    for await (const { items } of list.shards(io, { shards: 4, capacity: 4096 })) {
      expect(items.length).toBeGreaterThan(0);
      expect(readdirSync(parent).length).toBe(2);
      break;
    }
    expect(readdirSync(parent).length).toBe(1);
    await list.close();
  });
});
