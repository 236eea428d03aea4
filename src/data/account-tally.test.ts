import { describe, expect, it } from 'vitest';
import { AccountTally, type DuplicatePolicy } from './account-tally.ts';
import { SyntheticRandom } from './synthetic-random.ts';

describe('AccountTally', () => {
  it('counts as a set does, over growing tables and with accounts that differ in one sign', () => {
    const random = new SyntheticRandom('tally', 'accounts');
    const tally = new AccountTally(undefined, 0);
    const set = new Set<string>();
    let wrong = 0;
    for (let k = 0; k < 200_000; k++) {
      const account = `id:${random.below(100_000)}`;
      if (tally.add(account, 0) !== (set.has(account) ? 'repeated' : 'new')) wrong++;
      set.add(account);
    }
    expect(wrong).toBe(0);
    expect(tally.distinct).toBe(set.size);
    expect(tally.isFull).toBe(false);
  });

  it.each<[DuplicatePolicy, string[]]>([
    ['sum', ['new', 'repeated', 'too-large', 'repeated']],
    ['max', ['new', 'repeated', 'repeated', 'repeated']],
    ['first', ['new', 'repeated', 'repeated', 'repeated']],
  ])('under %s finds where the scores of an account become too large', (policy, expected) => {
    const tally = new AccountTally(policy, 10);
    tally.add('id:other', 10);
    expect([4, 6, 1, 9].map((score) => tally.add('id:a', score))).toEqual(expected);
  });
});
