import { describe, expect, it } from 'vitest';
import { finish } from '../../src/crypto/steps.ts';
import { MpcError } from '../../src/errors.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { cooperativeCompute } from '../../src/kit/compute.ts';
import { partyId } from '../../src/kit/party.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { localDigest } from '../../test/support/local-digest.ts';
import type { ItemSet, ReadOptions } from './distinct-items.ts';
import { listInMemory } from './item-list.ts';
import { type AccountRows, digestJob, readItems } from './items.ts';

const context = {
  self: partyId('bank-b'),
  rng: insecureSeededRng('items'),
  compute: cooperativeCompute(systemClock),
  signal: new AbortController().signal,
};

const read = (rows: readonly (readonly [string, number])[], options: Partial<ReadOptions> = {}): Promise<ItemSet> =>
  readItems(
    [{ accounts: rows.map(([account]) => account), scores: Uint32Array.from(rows, ([, score]) => score) }],
    { maxScore: 100, duplicates: 'max', capacity: 10_000, ...options },
    context,
  );

describe('listInMemory', () => {
  it('wipes the digests when it is closed, and at a second time nothing that was written there since', async () => {
    const items = await read([['a', 1]]);
    const list = await listInMemory(items, context);
    expect(items.digests).toEqual(localDigest('a'));
    await list.close();
    expect(items.digests).toEqual(new Uint8Array(32));
    items.digests.fill(7);
    await list.close();
    expect(items.digests).toEqual(new Uint8Array(32).fill(7));
  });
});

describe('readItems', () => {
  it('numbers distinct accounts in order and keeps which row is which', async () => {
    const items = await read([
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
      ['b', 1],
    ]);
    expect([...items.itemOfRow]).toEqual([0, 1, 0, 2, 1]);
    expect([...items.scores]).toEqual([3, 2, 4]);
    expect(items.digests.subarray(32, 64)).toEqual(localDigest('b'));
  });

  it('leaves no digest of a second row behind those of the accounts', async () => {
    const { digests } = await read([
      ['a', 1],
      ['a', 3],
      ['b', 2],
    ]);
    expect(digests.every((byte) => byte === 0)).toBe(false);
    expect(new Uint8Array(digests.buffer, 64).every((byte) => byte === 0)).toBe(true);
  });

  it('adds scores up when the policy is sum, and refuses a sum above the largest score', async () => {
    expect([
      ...(
        await read(
          [
            ['a', 40],
            ['a', 60],
          ],
          { duplicates: 'sum' },
        )
      ).scores,
    ]).toEqual([100]);
    await expect(
      read(
        [
          ['a', 41],
          ['a', 60],
        ],
        { duplicates: 'sum' },
      ),
    ).rejects.toMatchObject({ code: 'malformed-row' });
  });

  it('names the repeated row and not the account when the policy is reject', async () => {
    const failure = await read(
      [
        ['secret-x', 1],
        ['b', 1],
        ['secret-x', 1],
      ],
      { duplicates: 'reject' },
    ).catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'duplicate-item', phase: 'input' });
    expect(failure instanceof MpcError && failure.describe()).toMatch(/row 3/);
    expect(String(failure)).not.toMatch(/secret-x/);
  });

  it('names a row as its source does where the source numbers its rows', async () => {
    const rows = [{ accounts: ['a', 'b', 'a'], scores: Uint32Array.of(1, 1, 1), rows: [2, 5, 9] }];
    const reading = readItems(rows, { maxScore: 9, duplicates: 'reject', capacity: 64 }, context);
    await expect(reading).rejects.toThrow('row 9 repeats an account');
  });

  it.each([2, 4096, 4097, 4100, 4101, 5001])(
    'counts rows on from job to job and batch to batch: row %i',
    async (row) => {
      const names = Array.from({ length: 5000 }, (_, k) => `id:${k}`);
      names.splice(row - 1, 0, 'id:0');
      const batches = [names.slice(0, 4100), names.slice(4100)].map((accounts) => ({
        accounts,
        scores: new Uint32Array(accounts.length),
      }));
      const reading = readItems(batches, { maxScore: 9, duplicates: 'reject', capacity: 10_000 }, context);
      await expect(reading).rejects.toThrow(`row ${row} repeats an account`);
    },
  );

  it.each([
    [
      'an empty account',
      [
        ['a', 1],
        ['', 1],
      ],
    ],
    [
      'an account that is too long',
      [
        ['a', 1],
        ['x'.repeat(129), 1],
      ],
    ],
    [
      'a score above the largest',
      [
        ['a', 1],
        ['b', 101],
      ],
    ],
  ] as const)('refuses %s with its row', async (_what, rows) => {
    await expect(read(rows)).rejects.toMatchObject({ code: 'malformed-row', message: expect.stringMatching(/row 2/) });
  });

  it('refuses rows without scores where the rule needs them', async () => {
    const rows: AccountRows[] = [{ accounts: ['a'] }];
    await expect(readItems(rows, { maxScore: 9, duplicates: 'max', capacity: 9 }, context)).rejects.toMatchObject({
      code: 'malformed-row',
    });
  });

  it.each([1023, 1024, 1025, 4096, 4097, 9000])(
    'is exact over batches and growth: %i accounts, each twice',
    async (count) => {
      const accounts = Array.from({ length: count }, (_, k) => `id:${k}`);
      const twice = [...accounts, ...accounts];
      const items = await readItems(
        [{ accounts: twice }],
        { maxScore: undefined, duplicates: 'max', capacity: count },
        context,
      );
      expect([...items.itemOfRow]).toEqual(twice.map((_, k) => k % count));
      expect(items.digests.length).toBe(32 * count);
    },
  );

  it('joins scores and rows of a list that is longer than the room for it', async () => {
    // Room for 8,192 rows at the start: joined several times, with new accounts among known ones.
    const names = Array.from({ length: 30_000 }, (_, k) => (k * 7919) % (k < 20_000 ? 2000 : 9000));
    const sums = new Map<number, number>();
    for (const name of names) sums.set(name, (sums.get(name) ?? 0) + (name % 3));
    const known = [...sums.keys()];
    const items = await read(
      names.map((name) => [`id:${name}`, name % 3] as const),
      { duplicates: 'sum' },
    );
    expect([...items.scores]).toEqual([...sums.values()]);
    expect(Array.from(items.itemOfRow, (item) => known[item])).toEqual(names);
    for (const [item, name] of known.entries()) {
      expect(Buffer.compare(items.digests.subarray(32 * item, 32 * item + 32), localDigest(`id:${name}`))).toBe(0);
    }
  });

  it('refuses more distinct accounts than the bucket has room for', async () => {
    const accounts = Array.from({ length: 65 }, (_, k) => `id:${k}`);
    await expect(
      readItems([{ accounts }], { maxScore: undefined, duplicates: 'max', capacity: 64 }, context),
    ).rejects.toMatchObject({ code: 'too-many-items', party: 'bank-b' });
  });
});

describe('digestJob', () => {
  it.each([
    ['ASCII alone', (k: number) => `plain:${'9'.repeat(k % 120)}${k}`],
    ['characters of one to four bytes', (k: number) => ['a', 'ü', '账户', '🏦', 'é'.repeat(k % 60)].join(String(k))],
    ['one foreign character among many', (k: number) => (k === 2000 ? '账' : `x${k}`)],
    ['halves of characters', (k: number) => `\ud83c${k}\udfe6`],
    ['halves that meet those of the next', (k: number) => `\udfe6${k}\ud83c`],
  ])('digests each account by itself when they have %s', (_what, accountOf) => {
    const accounts = Array.from({ length: 2500 }, (_, k) => accountOf(k));
    const digests = finish(digestJob.run({ accounts, into: new Uint8Array(32 * accounts.length) }));
    for (const [k, account] of accounts.entries()) {
      expect(Buffer.compare(digests.subarray(32 * k, 32 * k + 32), localDigest(account))).toBe(0);
    }
  });
});
