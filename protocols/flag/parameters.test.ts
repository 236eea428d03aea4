import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { flag } from './index.ts';
import { checkFlagParameters, flagParameters, type FlagOptions, neededDisclosures, ruleSums } from './parameters.ts';

const base: FlagOptions = {
  asker: 'bank-a',
  contributors: ['bank-b', 'bank-c', 'bank-d'],
  askerItems: 100,
  contributorItems: [100, 100, 100],
};

function refusal(options: Partial<FlagOptions>): UsageError {
  try {
    flagParameters({ ...base, ...options });
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('the parameters were accepted');
}

describe('flagParameters', () => {
  it('fills in defaults', () => {
    expect(flagParameters(base)).toMatchObject({
      committee: ['bank-b', 'bank-c', 'bank-d'],
      quorum: 2,
      askerBucket: 1024,
      contributorBuckets: [1024, 1024, 1024],
      oprf: 'vole',
      duplicates: 'max',
      acknowledged: [],
    });
  });

  const refused: readonly (readonly [string, Partial<FlagOptions>, RegExp])[] = [
    [
      'two institutions',
      { contributors: ['bank-b'], contributorItems: [9], committee: ['bank-b', 'h-1', 'h-2'] },
      /2 institutions/,
    ],
    ['eleven institutions', { contributors: Array.from({ length: 10 }, (_, k) => `bank-${k}`) }, /11 institutions/],
    [
      'an institution named twice',
      { contributors: ['bank-b', 'bank-c', 'bank-c', 'bank-d'], committee: ['x', 'y', 'z'] },
      /named twice/,
    ],
    ['the asker among the contributors', { contributors: ['bank-a', 'bank-c', 'bank-d'] }, /named twice/],
    ['quorum 1', { quorum: 1 }, /quorum out of range/],
    ['a quorum above the contributors', { quorum: 4 }, /quorum out of range/],
    ['a fractional quorum', { quorum: 2.5 }, /quorum out of range/],
    ['the quorum of all contributors, unacknowledged', { quorum: 3 }, /positive-answer-names-all-contributors/],
    [
      'a threshold that all contributors are needed for, unacknowledged',
      { score: { threshold: 21, max: 10 } },
      /positive-answer-names-all-contributors/,
    ],
    [
      'the asker on the committee, unacknowledged',
      { committee: ['bank-a', 'bank-b', 'bank-c'] },
      /asker-is-committee-member/,
    ],
    ['a committee of two', { committee: ['bank-b', 'bank-c'] }, /three different parties/],
    ['a member twice', { committee: ['bank-b', 'bank-c', 'bank-c'] }, /three different parties/],
    ['threshold 0', { score: { threshold: 0, max: 10 } }, /score threshold out of range/],
    ['a threshold that no sum reaches', { score: { threshold: 31, max: 10 } }, /score threshold out of range/],
    ['largest score 0', { score: { threshold: 1, max: 0 } }, /largest score out of range/],
    ['a score that overflows', { score: { threshold: 1, max: 2 ** 24 } }, /largest score out of range/],
    ['a lifetime of no days', { ttlDays: 0 }, /lifetime/],
    ['a party name with capitals', { asker: 'Bank A' }, /Cannot name party/],
  ];

  it.each(refused)('refuses %s, says so and what to do', (_what, options, text) => {
    const error = refusal(options);
    expect(error.message).toMatch(text);
    expect(error.code).toBe('bad-parameter');
    expect(error.remedy ?? '').not.toBe('');
  });

  it('accepts what needs a disclosure when it is acknowledged', () => {
    const acknowledged = ['positive-answer-names-all-contributors', 'asker-is-committee-member'] as const;
    const parameters = flagParameters({ ...base, quorum: 3, committee: ['bank-a', 'bank-b', 'bank-c'], acknowledged });
    expect(neededDisclosures(parameters)).toEqual(acknowledged);
  });

  it('asks three institutions without a helper to say that any two learn everything', () => {
    const options = {
      contributors: ['bank-b', 'bank-c'],
      contributorItems: [9, 9],
      committee: ['bank-a', 'bank-b', 'bank-c'],
    };
    const acknowledged = ['positive-answer-names-all-contributors', 'asker-is-committee-member'] as const;
    expect(refusal({ ...options, acknowledged }).message).toMatch(/any-two-parties-learn-everything/);
    const withHelper = { ...options, committee: ['bank-b', 'bank-c', 'helper'], acknowledged };
    expect(() => flagParameters({ ...base, ...withHelper })).not.toThrow();
  });

  it('is checked again where parameters come from elsewhere', () => {
    const parameters = flagParameters(base);
    expect(() => checkFlagParameters({ ...parameters, quorum: 1 })).toThrow(UsageError);
  });

  it('never lets a sum outgrow its width', () => {
    for (const count of [2, 3, 5, 9]) {
      for (const max of [1, 2, 255, 256, 2 ** 24 - 1]) {
        const contributors = Array.from({ length: count }, (_, k) => `bank-${k}`);
        const [, scores] = ruleSums(
          flagParameters({
            ...base,
            contributors,
            committee: ['x', 'y', 'z'],
            score: { threshold: count * max, max },
            acknowledged: ['positive-answer-names-all-contributors'],
          }),
        );
        expect(2 ** scores.addendBits).toBeGreaterThan(max);
        expect(scores.threshold).toBeLessThanOrEqual(count * (2 ** scores.addendBits - 1));
      }
    }
  });
});

describe('flag/12', () => {
  const departing = (options: Partial<FlagOptions>): string => {
    const lines = flag.spec.leakage(flagParameters({ ...base, smallestBucket: 64, ...options }));
    return lines.find(({ to }) => to === 'bank-a, if its software departs from the protocol')?.learns ?? '';
  };
  const accounts = (options: Partial<FlagOptions>): number =>
    Number(/up to (\d+) accounts/.exec(departing(options))?.[1]);

  it('says for how many accounts an asker that departs from it may learn who listed them: one a bin, in all shards', () => {
    expect(accounts({ askerItems: 64 })).toBe(215);
    expect(accounts({ askerItems: 1024 })).toBe(1305);
    // A small list among long ones has bins of its own in each shard.
    const long = { contributorItems: [2 ** 20, 2 ** 20, 2 ** 20] };
    expect(accounts({ askerItems: 64, ...long })).toBeGreaterThan(16 * 64);
    const sizes = [64, 128, 256, 512, 1024, 2 ** 12, 2 ** 14, 2 ** 17, 2 ** 18, 2 ** 20];
    for (const others of [{}, long]) {
      const said = sizes.map((askerItems) => accounts({ askerItems, ...others }));
      // Larger for a larger list, so that a contract says it for all.
      expect(said.toSorted((a, b) => a - b)).toEqual(said);
    }
  });

  it('says that it may learn scores, where the rule has some', () => {
    expect(departing({})).not.toContain('by altered scores');
    expect(departing({ score: { threshold: 3, max: 255 } })).toContain('by altered scores');
  });
});
