import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../../testing.ts';
import { sourceOf } from '../source.ts';
import { listDifferences } from './list-difference.ts';
import { openSpillFolder, type SpillFolder } from './spill-folder.ts';
import { SpilledList } from './spilled-list.ts';

type Rows = readonly (readonly [account: string, score: number])[];

const rng = insecureSeededRng('difference');
let parent: string;
let folder: SpillFolder;
let lists = 0;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'blindflag-difference-'));
  folder = await openSpillFolder(parent, { rng, work: 'difference' });
});
afterAll(() => rmSync(parent, { recursive: true }));

const spilled = (
  rows: Rows,
  options: { readonly expected?: number; readonly key?: number } = {},
): Promise<SpilledList> =>
  SpilledList.of(
    sourceOf(
      rows.map(([account]) => account),
      rows.map(([, score]) => score),
    ),
    {
      folder,
      name: `list${lists++}`,
      rng,
      digestKey: new Uint8Array(32).fill(options.key ?? 1),
      rows: options.expected ?? 1000,
      duplicates: 'max',
    },
  );

async function differences(
  before: SpilledList,
  after: SpilledList,
): Promise<Record<'added' | 'changed' | 'removed', number[]>> {
  const all = { added: [] as number[], changed: [] as number[], removed: [] as number[] };
  for await (const found of listDifferences(before, after)) {
    for (const kind of ['added', 'changed', 'removed'] as const) all[kind].push(...found[kind]);
  }
  for (const places of Object.values(all)) places.sort((a, b) => a - b);
  await before.close();
  await after.close();
  return all;
}

/** With tables in memory. */
function expected(before: Rows, after: Rows): Record<'added' | 'changed' | 'removed', number[]> {
  const table = (rows: Rows): Map<string, { score: number; place: number }> => {
    const found = new Map<string, { score: number; place: number }>();
    for (const [place, [account, score]] of rows.entries()) {
      const known = found.get(account);
      if (known === undefined) found.set(account, { score, place });
      else known.score = Math.max(known.score, score);
    }
    return found;
  };
  const [old, now] = [table(before), table(after)];
  const places = (of: Map<string, { place: number }>, keep: (account: string) => boolean): number[] =>
    [...of].filter(([account]) => keep(account)).map(([, { place }]) => place);
  return {
    added: places(now, (account) => !old.has(account)),
    changed: places(now, (account) => old.has(account) && old.get(account)?.score !== now.get(account)?.score),
    removed: places(old, (account) => !now.has(account)),
  };
}

describe('listDifferences', () => {
  it('are what tables in memory give, however the lists are spread over buckets', async () => {
    const account = fc.integer({ min: 0, max: 40 }).map((k) => `id:${k}`);
    const rows = fc.array(fc.tuple(account, fc.integer({ min: 0, max: 2 })), { maxLength: 60 });
    const size = fc.constantFrom(1000, 30_000_000);
    await fc.assert(
      fc.asyncProperty(rows, rows, size, size, async (before, after, sizeBefore, sizeAfter) => {
        const lists_ = [await spilled(before, { expected: sizeBefore }), await spilled(after, { expected: sizeAfter })];
        expect(await differences(lists_[0], lists_[1])).toEqual(expected(before, after));
      }),
      { numRuns: 30 },
    );
    expect((await spilled([], { expected: 30_000_000 })).buckets).toBeGreaterThan((await spilled([])).buckets);
  });

  it('are found among many rows that are the same', async () => {
    const before = Array.from({ length: 900 }, (_, k) => [`id:${k}`, k % 7] as const);
    const after = before
      .filter((_, k) => k !== 17)
      .map(([account, score], k) => [account, k === 500 ? 9 : score] as const);
    const found = await differences(await spilled(before), await spilled([...after, ['id:new', 1]]));
    expect(found).toEqual({ added: [899], changed: [500], removed: [17] });
  });

  it('are none of lists under different keys: all would seem new', async () => {
    const [before, after] = [await spilled([['a', 1]]), await spilled([['a', 1]], { key: 2 })];
    await expect(differences(before, after)).rejects.toThrow('different keys');
  });
});
