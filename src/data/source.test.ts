import { describe, expect, it } from 'vitest';
import { MAX_BATCH_ROWS, type Source, sourceOf } from './source.ts';
import { readSource } from '../../test/support/read-source.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `id:${i}`);

async function sizes(source: Source): Promise<number[]> {
  const all: number[] = [];
  for await (const batch of source) all.push(batch.accounts.length);
  return all;
}

describe('sourceOf', () => {
  it.each([
    [0, []],
    [1, [1]],
    [MAX_BATCH_ROWS - 1, [MAX_BATCH_ROWS - 1]],
    [MAX_BATCH_ROWS, [MAX_BATCH_ROWS]],
    [MAX_BATCH_ROWS + 1, [MAX_BATCH_ROWS, 1]],
  ])('gives %i rows in batches of %j', async (count, expected) => {
    expect(await sizes(sourceOf(numbered(count)))).toEqual(expected);
  });

  it('gives the same rows when iterated again', async () => {
    const accounts = numbered(5000);
    const source = sourceOf(
      accounts,
      accounts.map((_, i) => i),
    );
    for (let pass = 0; pass < 2; pass++) {
      expect(await readSource(source)).toEqual({
        accounts,
        scores: Uint32Array.from(accounts, (_, i) => i),
      });
    }
  });

  it('refuses scores that differ in number', () => {
    expect(() => sourceOf(['id:1'], [])).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the score %s', (score) => {
    expect(() => sourceOf(['id:1'], [score])).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});
