import { readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerStore } from '../../governance/ledger.ts';
import { openLedgerFile, readLedgerFile } from './ledger-file.ts';
import { createMemoryLedger } from './memory-ledger.ts';

let folder: string;
let number = 0;
const opened: LedgerStore[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(() => rm(folder, { recursive: true }));

const freshPath = (): string => join(folder, `new ${number++}`, 'ledger.jsonl');

async function openFile(path: string): Promise<LedgerStore> {
  const store = await openLedgerFile(path);
  opened.push(store);
  return store;
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

const stores: readonly (readonly [string, () => Promise<LedgerStore>])[] = [
  ['openLedgerFile', () => openFile(freshPath())],
  ['createMemoryLedger', () => Promise.resolve(createMemoryLedger())],
];

describe.each(stores)('a ledger store of %s', (_, open) => {
  it('is empty when it is new', async () => {
    expect(await all((await open()).lines())).toEqual([]);
  });

  it('gives lines back in the order of the calls, whatever they wait for', async () => {
    const store = await open();
    await all(store.lines());
    const lines = Array.from({ length: 500 }, (__, k) => `{"line":${k},"text":"中文 ${'x'.repeat(k * 3)}"}`);
    const ended: number[] = [];
    const appended = lines.map(async (line, k) => {
      await store.append(line);
      ended.push(k);
    });
    await Promise.all(appended);
    expect(ended).toEqual(lines.map((__, k) => k));
    expect(await all(store.lines())).toEqual(lines);
  });
});

describe('openLedgerFile', () => {
  it('keeps the file for its user alone, and goes on in it', async () => {
    const path = freshPath();
    const first = await openFile(path);
    await all(first.lines());
    await first.append('one');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const second = await openFile(path);
    expect(await all(second.lines())).toEqual(['one']);
    await second.append('two');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(await all(readLedgerFile(path))).toEqual(['one', 'two']);
  });

  it('cuts off a last line that was torn at any byte, and no line before it', async () => {
    const path = freshPath();
    await all((await openFile(path)).lines());
    const last = '{"torn":"最后 line"}';
    const bytes = Buffer.from(`first\nsecond\n${last}\n`);
    const whole = Buffer.byteLength('first\nsecond\n');
    for (let length = whole; length <= bytes.length; length++) {
      await writeFile(path, bytes.subarray(0, length));
      const store = await openLedgerFile(path);
      const expected = length === bytes.length ? ['first', 'second', last] : ['first', 'second'];
      expect(await all(store.lines()), `${length} bytes`).toEqual(expected);
      await store.append('next');
      await store.close();
      expect(await all(readLedgerFile(path)), `${length} bytes`).toEqual([...expected, 'next']);
    }
  });

  it('cuts off zeros that a power cut left where the last line was to be', async () => {
    const path = freshPath();
    await all((await openFile(path)).lines());
    await writeFile(path, Buffer.concat([Buffer.from('first\n'), Buffer.alloc(300)]));
    expect(await all((await openFile(path)).lines())).toEqual(['first']);
    expect((await stat(path)).size).toBe('first\n'.length);
  });

  it('changes nothing for who only reads, also beside a line under way', async () => {
    const path = freshPath();
    await all((await openFile(path)).lines());
    await writeFile(path, 'first\nsec');
    expect(await all(readLedgerFile(path))).toEqual(['first']);
    expect(readFileSync(path, 'utf8')).toBe('first\nsec');
  });

  it('refuses to write when the file is not as it left it', async () => {
    for (const change of [
      (path: string): Promise<void> => appendFile(path, 'of another process\n'),
      (path: string): Promise<void> => truncate(path, 2),
    ]) {
      const path = freshPath();
      const store = await openFile(path);
      await all(store.lines());
      await store.append('one');
      await change(path);
      await expect(store.append('two')).rejects.toThrow('another process');
    }
  });

  it('writes no line behind one that could not be written', async () => {
    const path = freshPath();
    const store = await openFile(path);
    await all(store.lines());
    await store.append('one');
    await appendFile(path, 'x');
    await expect(store.append('two')).rejects.toThrow('another process');
    // The file is as the ledger left it again; the line between is not in it.
    await truncate(path, 4);
    await expect(store.append('three')).rejects.toThrow('another process');
    expect(readFileSync(path, 'utf8')).toBe('one\n');
  });

  it('says which file cannot be opened', async () => {
    await expect(openLedgerFile(join(folder, 'new 0', 'ledger.jsonl', 'x'))).rejects.toMatchObject({ phase: 'ledger' });
    await expect(all(readLedgerFile(join(folder, 'none')))).rejects.toMatchObject({ code: 'unreadable-source' });
  });
});

describe('readLedgerFile', () => {
  it('gives a line with bytes before it as another line, whatever those bytes are', async () => {
    const path = freshPath();
    await all((await openFile(path)).lines());
    for (const first of [[0xef, 0xbb, 0xbf], [0xff], [0x20], [0]]) {
      await writeFile(path, Uint8Array.from([...first, ...Buffer.from('line\n')]));
      expect(await all(readLedgerFile(path))).not.toEqual(['line']);
    }
  });
});
