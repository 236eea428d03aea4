import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { consortiumPerTest, failure, type RawConfig } from '../../../test/support/consortium-of-nodes.ts';
import { ACCOUNTS, OVERLAP, overlapNodes } from '../../../test/support/overlap-of-nodes.ts';

const start = consortiumPerTest();

/** Asks about lists of one declared size, is refused after its own was read, and says which folders it made. */
async function foldersAfter(size: number): Promise<{ readonly made: boolean; readonly left: readonly string[] }> {
  const buckets = { smallest: size, asker: size, holdings: size };
  const acknowledged = ['receiver-learns-row-level-overlap', 'holder-learns-row-level-overlap'];
  const configure = (config: RawConfig, bank: string): void => {
    if (bank !== 'bank-b') return;
    Object.assign(config.questions[1], { acknowledged });
    config.allow[1].maxItems = size;
  };
  const all = await start(overlapNodes(ACCOUNTS, { mode: 'receiver', terms: { buckets } }, { configure }));
  const ended = await failure(all.node('bank-a').ask(OVERLAP, { peer: 'bank-b' }));
  expect(ended).toMatchObject({ phase: 'policy/differing-terms/acknowledged' });
  const parent = join(all.folder, 'bank-a', 'store', 'spill');
  return { made: existsSync(parent), left: existsSync(parent) ? readdirSync(parent) : [] };
}

describe('listDisk', () => {
  it('has the long lists of a node that was given no other place, and lets go of them', async () => {
    expect(await foldersAfter(2 ** 23)).toEqual({ made: true, left: [] });
  });

  it('is not used for lists that fit in memory', async () => {
    expect(await foldersAfter(2 ** 22)).toEqual({ made: false, left: [] });
  });
});
