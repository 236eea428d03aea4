import { describe, expect, it } from 'vitest';
import { inspectedSource } from '../../data/account-source.ts';
import { type Source, sourceOf } from '../../data/source.ts';
import type { Table } from '../../data/table.ts';
import { TextColumn } from '../../data/text-column.ts';
import { PackedAccounts, readOwnAccounts, rememberingAccounts, sourceOfBatches } from './own-accounts.ts';

const read = (source: Source, limit = 100): ReturnType<typeof readOwnAccounts> =>
  readOwnAccounts(source, { limit, signal: new AbortController().signal, onRows: () => undefined });

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, k) => `id:${k}`);

function tableOf(accounts: readonly string[]): Table {
  return {
    name: 'list',
    async *read() {
      const rows = accounts.map((_, k) => k + 2);
      yield { rows, columns: [TextColumn.of(accounts)], rejected: [], blankRows: 0, multilineRows: [], damaged: false };
    },
  };
}

describe('PackedAccounts', () => {
  it('gives back the same batches, whatever is in the texts', () => {
    const batches = [['id:1', '', '账户:2', 'a\nb'], [], ['😀', 'x'.repeat(70_000), 'y']];
    const packed = new PackedAccounts();
    for (const batch of batches) packed.add(batch);
    expect([...packed]).toEqual(batches);
    expect([...packed]).toEqual(batches);
    packed.clear();
    expect([...packed]).toEqual([]);
  });
});

describe('readOwnAccounts', () => {
  it('keeps every row and counts different accounts, of a plain source and of one that counts itself', async () => {
    const accounts = [...names(50), ...names(20)];
    const inspected = inspectedSource(tableOf(names(50).map((name) => name.slice(3))), {
      columns: { account: 'account' },
      type: 'plain',
      onReport: () => undefined,
    });
    const own = await read(sourceOf(accounts));
    expect([...own.batches].flat()).toEqual(accounts);
    expect(own.distinct).toBe(50);
    expect((await read(inspected)).distinct).toBe(50);
  });

  it.each([
    ['a plain source', (accounts: readonly string[]) => sourceOf(accounts)],
    [
      'one that counts itself',
      (accounts: readonly string[]) =>
        inspectedSource(tableOf(accounts), { columns: { account: 'a' }, type: 'plain', onReport: () => undefined }),
    ],
  ] as const)('refuses more different accounts than agreed, of %s', async (_what, sourceFrom) => {
    expect((await read(sourceFrom(names(100)))).distinct).toBe(100);
    await expect(read(sourceFrom(names(101)))).rejects.toMatchObject({ code: 'too-many-items', phase: 'input' });
  });
});

describe('rememberingAccounts', () => {
  it('remembers the accounts of the latest reading, and gives them on unchanged', async () => {
    const { source, batches } = rememberingAccounts(sourceOf(names(5)));
    for (let reading = 0; reading < 2; reading++) {
      const seen: string[] = [];
      for await (const { accounts } of source) seen.push(...accounts);
      expect(seen).toEqual(names(5));
    }
    expect([...batches].flat()).toEqual(names(5));
    const again: string[] = [];
    for await (const { accounts } of sourceOfBatches(batches)) again.push(...accounts);
    expect(again).toEqual(names(5));
  });
});
