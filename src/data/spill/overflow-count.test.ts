import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../../testing.ts';
import { inspectedSource, inspectTable } from '../account-source.ts';
import type { OverflowOptions } from '../data-inspection.ts';
import type { DataReport } from '../data-report.ts';
import type { Table } from '../table.ts';
import { TextColumn } from '../text-column.ts';

const parent = mkdtempSync(join(tmpdir(), 'blindflag-overflow-'));
afterAll(() => rmSync(parent, { recursive: true }));

const BATCH = 7;

function tableOf(rows: readonly (readonly [string, string])[], more: Partial<Table> = {}): Table {
  return {
    name: 'list',
    async *read() {
      for (let from = 0; from < rows.length; from += BATCH) {
        const part = rows.slice(from, from + BATCH);
        const columns = [0, 1].map((k) => TextColumn.of(part.map((cells) => cells[k])));
        const numbers = part.map((_, k) => from + k + 2);
        yield { rows: numbers, columns, rejected: [], blankRows: 0, multilineRows: [], damaged: false };
      }
    },
    ...more,
  };
}

const options = {
  columns: { account: 'account', score: 'score' },
  type: 'plain',
  duplicates: 'sum',
  maxScore: 100,
} as const;
const overflow = (from?: number): OverflowOptions => ({ parent, rng: insecureSeededRng('overflow'), from });

function countOf({ findings }: DataReport, kind: string): number | undefined {
  return findings.find((finding) => finding.kind === kind)?.count;
}

describe('inspectTable', () => {
  it('tells the same of a list that is counted on disk as of one that is counted in memory', async () => {
    const account = fc.integer({ min: 0, max: 30 }).map((k) => `a${k}`);
    const row = fc.tuple(account, fc.integer({ min: 0, max: 60 }).map(String));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), fc.integer({ min: 0, max: 20 }), async (rows, from) => {
        const inMemory = await inspectTable(tableOf(rows), options);
        const onDisk = await inspectTable(tableOf(rows), { ...options, overflow: overflow(from) });
        expect(onDisk.distinct).toBe(inMemory.distinct);
        expect(onDisk.distinctIsLeast).toBe(false);
        expect(onDisk.usable).toBe(inMemory.usable);
        for (const kind of ['duplicate', 'score-sum']) {
          expect(countOf(onDisk, kind)).toBe(countOf(inMemory, kind));
        }
      }),
      { numRuns: 40 },
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  it('leaves nothing on disk when the table breaks, or the reader stops in the middle', async () => {
    const rows = Array.from({ length: 100 }, (_, k) => [`a${k}`, '1'] as const);
    const sound = tableOf(rows);
    const broken = tableOf(rows, {
      async *read(reading) {
        yield* sound.read(reading);
        expect(readdirSync(parent)).toHaveLength(1);
        throw new Error('broken');
      },
    });
    await expect(inspectTable(broken, { ...options, overflow: overflow(10) })).rejects.toThrow('broken');
    expect(readdirSync(parent)).toEqual([]);
    for await (const { accounts } of inspectedSource(sound, {
      ...options,
      overflow: overflow(3),
      onReport: () => undefined,
    })) {
      if (accounts.includes('a50')) break;
    }
    expect(readdirSync(parent)).toEqual([]);
    expect(existsSync(parent)).toBe(true);
  });

  it('refuses with numbers where the table says that it has more rows than there is room for', async () => {
    const table = tableOf(
      [
        ['a', '1'],
        ['b', '1'],
      ],
      { expectedRows: () => Promise.resolve(4e9) },
    );
    await expect(inspectTable(table, { ...options, overflow: overflow(1) })).rejects.toMatchObject({
      code: 'resource-limit',
      message: expect.stringMatching(/4000000000 rows take \d+ MB of memory, and 512 MB are allowed/),
    });
    expect(readdirSync(parent)).toEqual([]);
  });
});
