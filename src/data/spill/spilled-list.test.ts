import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../crypto/bytes.ts';
import { referenceBlake2s } from '../../crypto/blake2s.ts';
import { finish } from '../../crypto/steps.ts';
import { stringDigests } from '../../crypto/string-digests.ts';
import { UsageError } from '../../errors.ts';
import { insecureSeededRng } from '../../testing.ts';
import type { DuplicatePolicy } from '../account-tally.ts';
import { type Source, sourceOf } from '../source.ts';
import { openSpillFolder, type SpillFolder } from './spill-folder.ts';
import { SpilledList, type SpillOptions } from './spilled-list.ts';

const key = utf8('a key of twenty bytes');
let parent: string;
let folder: SpillFolder;
let lists = 0;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'blindflag-spill-'));
  folder = await openSpillFolder(parent, { rng: insecureSeededRng('folder'), work: 'test' });
});
afterAll(() => rmSync(parent, { recursive: true }));

const options = (more: Partial<SpillOptions> = {}): SpillOptions => ({
  folder,
  name: `list${lists++}`,
  rng: insecureSeededRng('files'),
  digestKey: key,
  rows: 100_000,
  ...more,
});

/** What a list gives back, as a table from digest to score, and each row's digest in the order of the rows. */
async function contents(list: SpilledList): Promise<{ scores: Map<string, number>; rows: string[] }> {
  const scores = new Map<string, number>();
  const rows: string[] = [];
  for (let bucket = 0; bucket < list.buckets; bucket++) {
    const items = await list.bucket(bucket);
    const names = Array.from(items.scores, (_, k) => toHex(items.digests.subarray(32 * k, 32 * k + 32)));
    for (const [k, name] of names.entries()) {
      expect(scores.has(name)).toBe(false);
      scores.set(name, items.scores[k]);
    }
    for (const [k, item] of items.itemOfRow.entries()) rows[items.places[k]] = names[item];
  }
  return { scores, rows };
}

const digestOf = (account: string): string =>
  toHex(finish(stringDigests([account], { key, blake2s: referenceBlake2s })));

/** By plain objects. */
function expected(rows: readonly (readonly [string, number])[], policy: DuplicatePolicy): Map<string, number> {
  const scores = new Map<string, number>();
  for (const [account, score] of rows) {
    const before = scores.get(account);
    if (before === undefined) scores.set(account, score);
    else if (policy === 'max') scores.set(account, Math.max(before, score));
    else if (policy === 'sum') scores.set(account, before + score);
  }
  return scores;
}

describe('SpilledList', () => {
  it.each(['first', 'max', 'sum'] as const)(
    'joins rows as a table in memory does when the policy is %s',
    async (duplicates) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.tuple(
              fc.integer({ min: 0, max: 40 }).map((k) => `id:${k}`),
              fc.integer({ min: 0, max: 99 }),
            ),
          ),
          async (rows) => {
            const source = sourceOf(
              rows.map(([account]) => account),
              rows.map(([, score]) => score),
            );
            const list = await SpilledList.of(source, options({ duplicates }));
            const { scores, rows: found } = await contents(list);
            const wanted = [...expected(rows, duplicates)].map(
              ([account, score]) => [digestOf(account), score] as const,
            );
            expect(scores).toEqual(new Map(wanted));
            expect(found).toEqual(rows.map(([account]) => digestOf(account)));
            await list.close();
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it.each([0, 1, 4095, 4096, 4097, 50_000])(
    'keeps each of %i rows, whatever falls on the bounds of buffers',
    async (count) => {
      const accounts = Array.from({ length: count }, (_, k) => `id:${k % 30_000}`);
      const list = await SpilledList.of(sourceOf(accounts), options());
      const { scores, rows } = await contents(list);
      expect(scores.size).toBe(Math.min(count, 30_000));
      expect(rows.length).toBe(count);
      if (count > 0) expect(rows.at(-1)).toBe(digestOf(accounts[count - 1]));
      await list.close();
    },
  );

  it('surveys what is repeated and what sums up to too much, by the numbers of the source', async () => {
    const accounts = ['a', 'b', 'a', 'c', 'a', 'b'];
    const source: Source = {
      async *[Symbol.asyncIterator]() {
        yield { accounts, scores: Uint32Array.of(60, 1, 30, 2, 20, 3), rows: [2, 3, 5, 7, 11, 13] };
      },
    };
    const list = await SpilledList.of(source, options({ duplicates: 'sum', maxScore: 100 }));
    expect(await list.survey()).toEqual({
      distinct: 3,
      repeated: expect.objectContaining({ count: 3, first: [5, 11, 13] }),
      tooLarge: expect.objectContaining({ count: 1, first: [11] }),
    });
    await list.close();
  });

  it('leaves neither accounts nor their digests on disk, in files for this user alone', async () => {
    const accounts = Array.from({ length: 20_000 }, (_, k) => `canary-${k}`);
    const own = await openSpillFolder(parent, { rng: insecureSeededRng('own'), work: 'canary' });
    const list = await SpilledList.of(sourceOf(accounts), options({ folder: own }));
    await list.survey();
    const files = readdirSync(own.path).map((name) => join(own.path, name));
    const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
    expect(bytes.length).toBe(44 * accounts.length);
    const digests = finish(stringDigests(accounts, { key, blake2s: referenceBlake2s }));
    const found = (needle: Uint8Array): boolean => bytes.includes(Buffer.from(needle));
    const some = accounts.slice(0, 40);
    expect(some.some((account, k) => found(utf8(account)) || found(digests.subarray(32 * k, 32 * k + 8)))).toBe(false);
    // The search would find what is there.
    expect(found(bytes.subarray(77, 85))).toBe(true);
    expect(statSync(own.path).mode & 0o777).toBe(0o700);
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
    await list.close();
    await own.remove();
    expect(readdirSync(parent)).toHaveLength(1);
  });

  it('refuses more rows than planned, and files that were cut short', async () => {
    const tooMany = SpilledList.of(sourceOf(['a', 'b', 'c']), options({ rows: 2 }));
    await expect(tooMany).rejects.toMatchObject({ code: 'resource-limit' });
    const own = await openSpillFolder(parent, { rng: insecureSeededRng('cut'), work: 'cut' });
    const list = await SpilledList.of(
      sourceOf(Array.from({ length: 20_000 }, (_, k) => `id:${k}`)),
      options({ folder: own }),
    );
    await list.survey();
    for (const name of readdirSync(own.path)) truncateSync(join(own.path, name), 44);
    const failure = await list.survey().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({ code: 'unreadable-source' });
    await list.close();
    await own.remove();
  });
});
