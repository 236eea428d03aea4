import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLmdbStore } from './lmdb-store.ts';
import { createMemoryStore } from './memory-store.ts';
import type { Store } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let number = 0;
const fresh = (): string => join(folder, `store-${number++}`);

describe.each<[string, () => Promise<Store>]>([
  ['memory store', () => Promise.resolve(createMemoryStore())],
  ['LMDB store', () => openLmdbStore(fresh())],
])('%s', (_name, openStore) => {
  it('gives back what was put, of every kind of value', async () => {
    const store = await openStore();
    for (const value of ['', 'text', 0, -1.5, true, null, [1, 'a', [null]], { a: { b: [1] } }]) {
      await store.put('key', value);
      expect(store.get('key')).toEqual(value);
    }
    expect(store.get('another key')).toBeUndefined();
    await store.close();
  });

  it('lists a prefix in order, from either end, up to the limit', async () => {
    const store = await openStore();
    await store.transaction((writer) => {
      for (const key of ['run/2', 'run/10', 'run/1', 'ruo', 'rum', 'run/~', 'run']) writer.put(key, key);
    });
    const keys = (options?: { reverse?: boolean; limit?: number }): string[] =>
      store.entries('run/', options).map(([key]) => key);
    expect(keys()).toEqual(['run/1', 'run/10', 'run/2', 'run/~']);
    expect(keys({ reverse: true })).toEqual(['run/~', 'run/2', 'run/10', 'run/1']);
    expect(keys({ limit: 2 })).toEqual(['run/1', 'run/10']);
    expect(keys({ reverse: true, limit: 1 })).toEqual(['run/~']);
    expect(store.entries('nothing')).toEqual([]);
    await store.close();
  });

  it('sees its own writes inside a transaction and undoes all of them when it throws', async () => {
    const store = await openStore();
    await store.put('count', 1);
    const failing = store.transaction((writer) => {
      writer.put('count', 2);
      writer.put('other', 1);
      writer.remove('count');
      expect(writer.get('count')).toBeUndefined();
      expect(writer.get('other')).toBe(1);
      expect(writer.entries('oth')).toHaveLength(1);
      throw new RangeError('planned');
    });
    await expect(failing).rejects.toThrow('planned');
    expect(store.get('count')).toBe(1);
    expect(store.get('other')).toBeUndefined();
    await store.close();
  });

  it('loses no update when many transactions count at once', async () => {
    const store = await openStore();
    const count = (): Promise<number> =>
      store.transaction((writer) => {
        const next = Number(writer.get('count') ?? 0) + 1;
        writer.put('count', next);
        return next;
      });
    const seen = await Promise.all(Array.from({ length: 50 }, count));
    expect(new Set(seen).size).toBe(50);
    expect(store.get('count')).toBe(50);
    await store.close();
  });

  it.each(['', 'line\nbreak', 'ü', 'x'.repeat(501)])('refuses the key %j', async (key) => {
    const store = await openStore();
    expect(() => store.get(key)).toThrow(RangeError);
    await expect(store.put(key, 1)).rejects.toThrow(RangeError);
    await store.close();
  });

  it('gives values that the caller may change without changing the store', async () => {
    const store = await openStore();
    await store.put('list', [1, 2]);
    (store.get('list') as number[]).push(3);
    expect(store.get('list')).toEqual([1, 2]);
    await store.close();
  });
});

describe('openLmdbStore', () => {
  it('keeps its folder and files from other users', async () => {
    const path = fresh();
    const store = await openLmdbStore(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const files = readdirSync(path);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(statSync(join(path, file)).mode & 0o777, file).toBe(0o600);
    await store.close();
  });

  it('finds everything again after it was closed', async () => {
    const path = fresh();
    const first = await openLmdbStore(path);
    await first.put('count', 7);
    await first.close();
    const second = await openLmdbStore(path);
    expect(second.get('count')).toBe(7);
    await second.close();
  });

  it('says which path it cannot use', async () => {
    const file = fresh();
    writeFileSync(file, '');
    await expect(openLmdbStore(join(file, 'store'))).rejects.toMatchObject({
      code: 'unreadable-source',
      phase: 'store',
    });
  });
});
