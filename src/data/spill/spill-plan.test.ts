import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { MAX_BUCKETS } from './bucket-files.ts';
import { DEFAULT_SPILL_MEMORY, type Machine, planSpill, requireRoom, thisMachine } from './spill-plan.ts';

const MB = 2 ** 20;

describe('planSpill', () => {
  it.each([0, 1, 1e4, 1e6, 1e7, 1e8, 4e8])('keeps %d rows of 44 bytes within its memory', (rows) => {
    const { buckets, memoryBytes, diskBytes } = planSpill({ rows, recordBytes: 44 });
    expect(Number.isInteger(Math.log2(buckets))).toBe(true);
    expect(buckets).toBeLessThanOrEqual(MAX_BUCKETS);
    expect(memoryBytes).toBeLessThanOrEqual(DEFAULT_SPILL_MEMORY);
    expect(diskBytes).toBe(44 * rows);
  });

  it('refuses with what is needed and what is allowed', () => {
    const memory = (): unknown => planSpill({ rows: 1e8, recordBytes: 44, memoryBytes: 16 * MB });
    expect(memory).toThrow(/100000000 rows take \d+ MB of memory, and 16 MB are allowed/);
    expect(() => planSpill({ rows: 2 ** 32, recordBytes: 44 })).toThrow('4294967296 rows are more than can be counted');
    const time = (): unknown => planSpill({ rows: 1e8, recordBytes: 44, deadlineMs: 60_000 });
    expect(time).toThrow(/100000000 rows take about 600 seconds, and 60 are allowed/);
  });
});

describe('requireRoom', () => {
  const plan = planSpill({ rows: 1e8, recordBytes: 44 });
  const machine = (more: Partial<Machine>): Machine => ({
    memoryBytes: 4096 * MB,
    usedBytes: 100 * MB,
    freeBytes: () => Promise.resolve(1e12),
    ...more,
  });

  it('refuses with the folder and with numbers where the disk has too little', async () => {
    await requireRoom(plan, '/spill', machine({}));
    const few = machine({ freeBytes: () => Promise.resolve(1000 * MB) });
    const refused = expect(requireRoom(plan, '/spill', few)).rejects;
    await refused.toThrow('Cannot keep rows on disk: it takes 4197 MB in /spill, where 1000 MB are free');
  });

  it('refuses with numbers where the process has too little memory left', async () => {
    const few = machine({ memoryBytes: 150 * MB });
    await expect(requireRoom(plan, '/spill', few)).rejects.toThrow(/it takes \d+ MB of memory, and 50 MB are left/);
  });

  it('knows this machine', async () => {
    expect(thisMachine.usedBytes).toBeGreaterThan(10 * MB);
    expect(thisMachine.memoryBytes).toBeGreaterThan(thisMachine.usedBytes);
    expect(await thisMachine.freeBytes(tmpdir())).toBeGreaterThan(0);
  });
});
