import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ed25519Signer } from '../../crypto/signature.ts';
import { type AccountBatch, type Source, sourceOf } from '../../data/source.ts';
import { Ledger } from '../../governance/ledger.ts';
import { partyId } from '../../kit/party.ts';
import { insecureSeededRng } from '../../testing/seeded-rng.ts';
import { type FrozenName, FrozenLists, type ListFiles } from './frozen-lists.ts';
import { listFolder } from './list-files.ts';
import { createMemoryLedger } from '../ledger/memory-ledger.ts';
import { createMemoryLists } from './memory-lists.ts';

let folder: string;
let number = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frozen-'));
});
afterAll(() => rm(folder, { recursive: true }));

const NOON = Date.UTC(2027, 0, 15, 12);
const DAY_MS = 86_400_000;
const NAME: FrozenName = {
  contract: 'c'.repeat(64),
  question: 'fraud-flags',
  period: 'day:2027-01-15',
  dataset: 'evidence',
  bucket: 256,
};

interface World {
  readonly lists: FrozenLists;
  readonly ledger: Ledger;
  readonly time: { nowMs: number };
}

async function world(files: ListFiles): Promise<World> {
  const time = { nowMs: NOON };
  const rng = insecureSeededRng('frozen', number);
  const wallClock = { now: () => time.nowMs };
  const signer = ed25519Signer(rng);
  const ledger = await Ledger.open({ party: partyId('bank-a'), signer, store: createMemoryLedger(), wallClock, rng });
  return { time, ledger, lists: new FrozenLists({ files, ledger, wallClock, rng }) };
}

async function rowsOf(source: Source): Promise<readonly AccountBatch[]> {
  const batches: AccountBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}

const accounts = (batches: readonly AccountBatch[]): readonly string[] => batches.flatMap((batch) => batch.accounts);

const implementations: readonly (readonly [string, () => ListFiles])[] = [
  ['listFolder', () => listFolder(join(folder, `new ${number++}`, 'periods'))],
  ['createMemoryLists', createMemoryLists],
];

describe.each(implementations)('FrozenLists over %s', (_, create) => {
  it('gives what the source gave at first, all period long, whatever became of the source', async () => {
    const { lists, ledger } = await world(create());
    const first: AccountBatch = {
      accounts: ['id:甲', 'id:"b"\n'],
      scores: Uint32Array.of(7, 0xffff_ffff),
      rows: [2, 3],
      columns: { name: [Uint8Array.of(0, 255), new Uint8Array(0)] },
    };
    const source = {
      [Symbol.asyncIterator]: async function* () {
        yield first;
        yield { accounts: ['id:c'] };
      },
    };
    expect(await rowsOf(lists.source(NAME, source))).toEqual([first, { accounts: ['id:c'] }]);
    const later = lists.source(NAME, sourceOf(['id:other']));
    expect(await rowsOf(later)).toEqual([first, { accounts: ['id:c'] }]);
    expect(ledger.state.snapshot(NAME)).toMatchObject({ root: expect.stringMatching(/^[0-9a-f]{64}$/), bucket: 256 });
  });

  it('freezes anew for another period, contract or list, and gives another root for the same rows', async () => {
    const { lists, ledger } = await world(create());
    const names: readonly FrozenName[] = [
      NAME,
      { ...NAME, period: 'day:2027-01-16' },
      { ...NAME, contract: 'd'.repeat(64) },
      { ...NAME, dataset: 'holdings' },
    ];
    for (const name of names) await rowsOf(lists.source(name, sourceOf(['id:a'])));
    expect(new Set(names.map((name) => ledger.state.snapshot(name)?.root)).size).toBe(names.length);
  });

  it('reads the source once for two runs at once', async () => {
    const { lists } = await world(create());
    let reads = 0;
    const source = {
      [Symbol.asyncIterator]: async function* () {
        reads++;
        yield { accounts: [`id:${reads}`] };
      },
    };
    const both = await Promise.all([1, 2].map(() => rowsOf(lists.source(NAME, source))));
    expect(both.map(accounts)).toEqual([['id:1'], ['id:1']]);
    expect(reads).toBe(1);
  });

  it('keeps nothing of a source that fails, and reads it again', async () => {
    const files = create();
    const { lists, ledger } = await world(files);
    const failing = {
      [Symbol.asyncIterator]: async function* () {
        yield { accounts: ['id:a'] };
        throw new TypeError('planned');
      },
    };
    await expect(rowsOf(lists.source(NAME, failing))).rejects.toThrow('planned');
    expect(await files.names()).toEqual([]);
    expect(ledger.state.snapshot(NAME)).toBeUndefined();
    expect(accounts(await rowsOf(lists.source(NAME, sourceOf(['id:b']))))).toEqual(['id:b']);
  });

  it('answers from no copy that was changed or lost, and raises an alert', async () => {
    const files = create();
    const { lists, ledger } = await world(files);
    await rowsOf(lists.source(NAME, sourceOf(['id:a'])));
    const [file] = await files.names();
    await files.write(
      file,
      (async function* () {
        yield '{"accounts":["id:b"]}';
      })(),
    );
    const refusal = { code: 'unreadable-source', phase: 'snapshot' };
    await expect(rowsOf(lists.source(NAME, sourceOf(['id:a'])))).rejects.toMatchObject(refusal);
    expect(ledger.state.hasAlert({ alert: 'snapshot-changed', question: 'fraud-flags' })).toBe(true);
    await files.remove(file);
    await expect(rowsOf(lists.source(NAME, sourceOf(['id:a'])))).rejects.toMatchObject(refusal);
  });

  it('removes no list under the hands of who writes or reads it', async () => {
    const files = create();
    const { lists, ledger, time } = await world(files);
    const slow = {
      [Symbol.asyncIterator]: async function* () {
        yield { accounts: ['id:a'] };
        // Another list is frozen meanwhile, and then the period ends.
        await rowsOf(lists.source({ ...NAME, contract: 'd'.repeat(64) }, sourceOf(['id:b'])));
        await lists.sweep();
        time.nowMs += DAY_MS;
        yield { accounts: ['id:c'] };
      },
    };
    const found: string[] = [];
    for await (const batch of lists.source(NAME, slow)) {
      await lists.sweep();
      found.push(...batch.accounts);
    }
    expect(found).toEqual(['id:a', 'id:c']);
    expect(ledger.state.hasAlert({ alert: 'snapshot-changed', question: 'fraud-flags' })).toBe(false);
    await lists.sweep();
    expect(await files.names()).toEqual([]);
  });

  it('removes copies when their period is over, and what is no whole copy', async () => {
    const files = create();
    const { lists, time } = await world(files);
    await files.write('of a process that died.unfinished', (async function* () {})());
    await lists.sweep();
    expect(await files.names()).toEqual([]);
    await rowsOf(lists.source(NAME, sourceOf(['id:a'])));
    await rowsOf(lists.source({ ...NAME, period: 'month:2027-01-01' }, sourceOf(['id:a'])));
    await lists.sweep();
    expect(await files.names()).toHaveLength(2);
    time.nowMs += DAY_MS;
    await lists.sweep();
    expect(await files.names()).toHaveLength(1);
    time.nowMs += 31 * DAY_MS;
    await lists.sweep();
    expect(await files.names()).toEqual([]);
  });
});

async function linesIn(files: ListFiles, name: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of files.read(name)) lines.push(line);
  return lines;
}

describe('listFolder', () => {
  it('writes for its user alone, and nothing into the place of a list before it is whole', async () => {
    const path = join(folder, `new ${number++}`, 'periods');
    const files = listFolder(path);
    const during: string[][] = [];
    await files.write(
      'a list',
      (async function* () {
        yield 'one';
        during.push(await readdir(path));
        yield 'two';
      })(),
    );
    expect(during).toEqual([['a list.unfinished']]);
    expect(await readFile(join(path, 'a list'), 'utf8')).toBe('one\ntwo\n');
    expect((await stat(join(path, 'a list'))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('gives every line as it was written, whatever is cut where it is read in pieces', async () => {
    const files = listFolder(join(folder, `new ${number++}`, 'periods'));
    // Three bytes a character, so that pieces of a power of two end within one.
    const lines = ['', '甲'.repeat(300_000), '\u2028\r', '\ufeff', '乙'.repeat(90_000), ...'z'.repeat(1000)];
    await files.write(
      'a list',
      (async function* () {
        yield* lines;
      })(),
    );
    expect(await linesIn(files, 'a list')).toEqual(lines);
  });

  it('gives no line of an empty file, and a piece without its end as a line', async () => {
    const path = join(folder, `new ${number++}`, 'periods');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'empty'), '');
    await writeFile(join(path, 'cut'), 'one\ntw');
    expect(await linesIn(listFolder(path), 'empty')).toEqual([]);
    expect(await linesIn(listFolder(path), 'cut')).toEqual(['one', 'tw']);
  });

  it('says that it cannot write', async () => {
    const blocked = join(folder, 'a file');
    await writeFile(blocked, '');
    const files = listFolder(join(blocked, 'periods'));
    const nothing = (async function* (): AsyncGenerator<string> {})();
    await expect(files.write('a list', nothing)).rejects.toMatchObject({ code: 'resource-limit', phase: 'snapshot' });
  });
});
