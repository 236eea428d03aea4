import { describe, expect, it } from 'vitest';
import { keptAsText } from './kept-text.ts';

describe('keptAsText', () => {
  it('gives the same batches, with what else they have, whenever it is read', async () => {
    const batches = [
      { accounts: ['plain:1', 'plain:22', ''], scores: Uint32Array.of(1, 2, 3) },
      { accounts: ['plain:333'], scores: Uint32Array.of(4) },
    ];
    const kept = await keptAsText(batches.values());
    expect([...kept]).toEqual(batches);
    expect([...kept]).toEqual(batches);
  });

  it('has nothing where there are no batches', async () => {
    expect([...(await keptAsText([]))]).toEqual([]);
  });
});
