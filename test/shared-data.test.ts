import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { sharedData } from './shared-data.ts';

const found = sharedData();

describe('sharedData', () => {
  it('warns and names the variable when the folder is absent', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(sharedData({ BLINDFLAG_SHARED: join(tmpdir(), 'no-such-folder') })).toBeUndefined();
      expect(write.mock.calls.join()).toContain('BLINDFLAG_SHARED');
    } finally {
      write.mockRestore();
    }
  });

  it.skipIf(!found)('gives the unpacked AMLSim files when the folder is there', () => {
    expect(existsSync(join(found?.amlsimDirectory ?? '', 'transactions.csv'))).toBe(true);
  });
});
