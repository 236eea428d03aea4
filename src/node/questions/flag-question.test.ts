/** From the terms of a flag question to a run's declared sizes. */
import { describe, expect, it } from 'vitest';
import { flag, type FlagParameters, flagParameters } from '../../../protocols/flag/index.ts';
import { partyId } from '../../kit/party.ts';
import { flagQuestion } from './flag-question.ts';
import type { FlagTerms } from '../config/node-config.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'].map((name) => partyId(name));
const [ASKER] = BANKS;
const kind = flagQuestion({ definition: flag, parameters: flagParameters });

function terms(asker: number, evidence: number): FlagTerms {
  return {
    name: 'fraud-flags',
    agreement: 'configured',
    protocol: 'flag',
    identifier: ['account'],
    contributors: BANKS,
    quorum: 2,
    buckets: { smallest: 1024, asker, evidence: new Map(BANKS.map((bank) => [bank, evidence])) },
    duplicates: 'max',
    ttlDays: 7,
    purpose: 'test',
    acknowledged: [],
  };
}

describe('flagQuestion', () => {
  // 106,496 is 13/8 of 65,536.
  it.each([
    [40, 1024],
    [1024, 1024],
    [1025, 2048],
    [32_768, 32_768],
    [32_769, 106_496],
    [65_537, 106_496],
    [106_496, 106_496],
  ])(
    'declares the power of two of a list of %i, or the agreed size where that is less than twice as much',
    (items, declared) => {
      const planned = kind.plan(terms(106_496, 114_688), { asker: ASKER, items });
      expect(planned.askerBucket).toBe(declared);
      expect((planned.parameters as unknown as FlagParameters).contributorBuckets).toEqual([114_688, 114_688, 114_688]);
    },
  );

  it('plans the same run from the declared size as from the list itself', () => {
    const own = kind.plan(terms(106_496, 1024), { asker: ASKER, items: 70_000 });
    const theirs = kind.plan(terms(106_496, 1024), { asker: ASKER, items: own.askerBucket });
    expect(theirs.parameters).toEqual(own.parameters);
  });

  it('refuses a list above the agreed size, with no more than that said', () => {
    expect(() => kind.plan(terms(106_496, 1024), { asker: ASKER, items: 106_497 })).toThrow(/agreed 106496/);
  });
});
