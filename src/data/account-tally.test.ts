import { describe, expect, it } from 'vitest';
import { AccountTally, type DuplicatePolicy, NEW, REPEATED, TOO_LARGE, UNCOUNTED } from './account-tally.ts';
import { SyntheticRandom } from './synthetic-random.ts';
import { TextColumn } from './text-column.ts';

const column = (...texts: readonly string[]): TextColumn => TextColumn.of(texts);

describe('AccountTally', () => {
  it('counts as a set does, over growing tables and with accounts that differ in one sign', () => {
    const random = new SyntheticRandom('tally', 'accounts');
    const tally = new AccountTally(undefined, 0);
    const set = new Set<string>();
    let wrong = 0;
    for (let k = 0; k < 200_000; k++) {
      const account = `id:${random.below(100_000)}`;
      if (tally.add(column(account))[0] !== (set.has(account) ? REPEATED : NEW)) wrong++;
      set.add(account);
    }
    expect(wrong).toBe(0);
    expect(tally.distinct).toBe(set.size);
    expect(tally.isFull).toBe(false);
  });

  it('counts the same in batches, beside characters outside of ASCII, and of every length', () => {
    const texts = ['', ...Array.from({ length: 9 }, (_, k) => 'x'.repeat(k + 1)), '账户', 'x\0', '\0\0'];
    const tally = new AccountTally(undefined, 0);
    expect([...tally.add(column(...texts.slice(0, 10)))]).toEqual(texts.slice(0, 10).map(() => NEW));
    expect([...tally.add(column(...texts))]).toEqual(texts.map((_, k) => (k < 10 ? REPEATED : NEW)));
    expect([...tally.add(column('x', 'x'))]).toEqual([REPEATED, REPEATED]);
    expect(tally.distinct).toBe(texts.length);
  });

  it('leaves accounts uncounted that are more than it counts', () => {
    const tally = new AccountTally(undefined, 0, 2);
    expect([...tally.add(column('id:a', 'id:b', 'id:c', 'id:b', 'id:c'))]).toEqual([
      NEW,
      NEW,
      UNCOUNTED,
      REPEATED,
      UNCOUNTED,
    ]);
    expect([tally.distinct, tally.isFull]).toEqual([2, true]);
  });

  it.each<[DuplicatePolicy, number[]]>([
    ['sum', [NEW, REPEATED, TOO_LARGE, REPEATED]],
    ['max', [NEW, REPEATED, REPEATED, REPEATED]],
    ['first', [NEW, REPEATED, REPEATED, REPEATED]],
  ])('under %s finds where the scores of an account become too large', (policy, expected) => {
    const tally = new AccountTally(policy, 10);
    tally.add(column('id:other'), [10]);
    expect([4, 6, 1, 9].map((score) => tally.add(column('id:a'), [score])[0])).toEqual(expected);
  });

  it('keeps the scores of many accounts while its tables grow', () => {
    const accounts = Array.from({ length: 50_000 }, (_, k) => `id:${k}`);
    const tally = new AccountTally('sum', 9);
    tally.add(
      TextColumn.of(accounts),
      accounts.map((_, k) => k % 10),
    );
    // Only what had 9 is above it now.
    expect([
      ...tally.add(
        TextColumn.of(accounts),
        accounts.map(() => 1),
      ),
    ]).toEqual(accounts.map((_, k) => (k % 10 === 9 ? TOO_LARGE : REPEATED)));
  });
});
