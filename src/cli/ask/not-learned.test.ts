import { describe, expect, it } from 'vitest';
import { type FlagOptions, flagParameters } from '../../../protocols/flag/index.ts';
import { notLearned } from './not-learned.ts';

const FOUR: FlagOptions = {
  asker: 'bank-a',
  contributors: ['bank-b', 'bank-c', 'bank-d'],
  askerItems: 64,
  contributorItems: [64, 64, 64],
};

describe('notLearned', () => {
  it('claims nothing about a role that a party never has', () => {
    const run = [flagParameters(FOUR)];
    expect(notLearned('bank-a', run)).toEqual(['foreign-accounts', 'who-listed', 'scores', 'below-the-rule']);
    expect(notLearned('bank-b', run)).toEqual(['hits-as-contributor', 'shares-as-member']);
    expect(notLearned('bank-e', run)).toEqual([]);
  });

  it('does not claim that contributors stay unknown when a positive answer names them all', () => {
    const run = flagParameters({ ...FOUR, quorum: 3, acknowledged: ['positive-answer-names-all-contributors'] });
    expect(notLearned('bank-a', [run])).not.toContain('who-listed');
    expect(notLearned('bank-a', [flagParameters(FOUR), run])).not.toContain('who-listed');
  });

  it('claims neither hidden hits nor hidden shares when any two of three institutions learn everything', () => {
    const run = flagParameters({
      ...FOUR,
      contributors: ['bank-b', 'bank-c'],
      contributorItems: [64, 64],
      committee: ['bank-a', 'bank-b', 'bank-c'],
      acknowledged: [
        'positive-answer-names-all-contributors',
        'asker-is-committee-member',
        'any-two-parties-learn-everything',
      ],
    });
    expect(notLearned('bank-a', [run])).toEqual([]);
    expect(notLearned('bank-b', [run])).toEqual([]);
  });
});
