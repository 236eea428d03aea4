import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../../testing.ts';
import { spillDisk, type SpillDiskOptions, type SpillFile } from './spill-disk.ts';

const MB = 2 ** 20;
const rng = insecureSeededRng('disk');
let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'bf-spill-disk-'));
});
afterAll(() => rmSync(parent, { recursive: true }));

const open = (
  shape: { readonly rows: number; readonly columns: number; readonly buckets?: number },
  options: Partial<SpillDiskOptions> = {},
): Promise<SpillFile> => spillDisk({ parent, rng, ...options }).open(shape);

/** Records whose digests begin with their number. */
function records(count: number): { digests: Uint8Array; columns: Uint32Array[] } {
  const digests = insecureSeededRng('digests')(32 * count);
  const view = new DataView(digests.buffer);
  for (let k = 0; k < count; k++) view.setUint32(32 * k, k, true);
  return { digests, columns: [Uint32Array.from({ length: count }, (_, k) => 1000 + k)] };
}

describe('spillDisk', () => {
  it('gives records back by the bucket that is named for each, in their order', async () => {
    const file = await open({ rows: 5000, columns: 1, buckets: 3 });
    const { digests, columns } = records(5000);
    await file.add(
      { digests, columns },
      Uint16Array.from({ length: 5000 }, (_, k) => (k % 5 === 0 ? 2 : 0)),
    );
    const words = async (bucket: number): Promise<readonly number[]> => [...(await file.read(bucket)).columns[0]];
    const all = Array.from({ length: 5000 }, (_, k) => k);
    expect(await words(0)).toEqual(all.filter((k) => k % 5 !== 0).map((k) => 1000 + k));
    expect(await words(1)).toEqual([]);
    const last = await file.read(2);
    expect([...last.columns[0]]).toEqual(all.filter((k) => k % 5 === 0).map((k) => 1000 + k));
    expect(new DataView(last.digests.buffer).getUint32(32, true)).toBe(5);
    await file.close();
  });

  it('puts equal digests into one bucket where none is named, and as many buckets for the same rows', async () => {
    const file = await open({ rows: 200, columns: 1 });
    const { digests, columns } = records(100);
    await file.add({ digests, columns });
    await file.add({ digests, columns });
    let found = 0;
    for (let bucket = 0; bucket < file.buckets; bucket++) {
      const [numbers] = (await file.read(bucket)).columns;
      expect(new Set(numbers).size).toBe(numbers.length / 2);
      found += numbers.length;
    }
    expect(found).toBe(200);
    const again = await open({ rows: 200, columns: 1 });
    expect(again.buckets).toBe(file.buckets);
    await Promise.all([file.close(), again.close()]);
  });

  it('is for this user alone while it is there, and then there is nothing', async () => {
    const file = await open({ rows: 5000, columns: 1, buckets: 2 });
    await file.add(records(5000), new Uint16Array(5000));
    await file.read(0);
    const [folder] = readdirSync(parent);
    const [name] = readdirSync(join(parent, folder));
    expect([statSync(join(parent, folder)).mode & 0o777, statSync(join(parent, folder, name)).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    await file.close();
    await file.close();
    expect(readdirSync(parent)).toEqual([]);
  });

  it('refuses with numbers what memory or disk have no room for, before anything is written', async () => {
    const machine = { memoryBytes: 64 * MB, usedBytes: 60 * MB, freeBytes: () => Promise.resolve(1024 * MB) };
    await expect(open({ rows: 10_000_000, columns: 3 }, { machine })).rejects.toThrow(
      /takes \d+ MB of memory, and 4 MB/,
    );
    const full = { memoryBytes: 8192 * MB, usedBytes: 60 * MB, freeBytes: () => Promise.resolve(300 * MB) };
    await expect(open({ rows: 10_000_000, columns: 3 }, { machine: full })).rejects.toThrow(
      /takes 420 MB in .*, where 300 MB are free/,
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  it('refuses more records than room was planned for', async () => {
    const file = await open({ rows: 99, columns: 1 });
    await expect(file.add(records(100))).rejects.toMatchObject({ code: 'resource-limit' });
    await file.close();
  });
});
