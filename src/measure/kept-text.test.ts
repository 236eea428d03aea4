import { describe, expect, it } from 'vitest';
import { keptAsText, keptRows, MOST_AS_STRINGS } from './kept-text.ts';

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

describe('keptRows', () => {
  it('keeps strings of a short list, and cuts those of a long one whenever it is read', async () => {
    const readTwice = async (count: number): Promise<readonly (readonly string[])[]> => {
      const kept = await keptRows([{ accounts: ['plain:1', 'plain:22'] }], count);
      return [...kept, ...kept].map(({ accounts }) => accounts);
    };
    const [short, shortAgain] = await readTwice(MOST_AS_STRINGS);
    const [long, longAgain] = await readTwice(MOST_AS_STRINGS + 1);
    expect([short, long, longAgain]).toEqual(Array.from({ length: 3 }, () => ['plain:1', 'plain:22']));
    expect(shortAgain).toBe(short);
    expect(longAgain).not.toBe(long);
  });
});
