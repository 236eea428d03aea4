import { describe, expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { totals } from '../../.ci/totals.mjs';

const suite = (status: string, ...results: string[]): unknown => ({
  status,
  assertionResults: results.map((result) => ({ status: result })),
});

describe('totals', () => {
  it.each([
    ['all tests pass', [suite('passed', 'passed', 'passed')], 0, { passed: 2, failed: 0 }],
    ['a test fails', [suite('failed', 'passed', 'failed')], 1, { passed: 1, failed: 1 }],
    ['a suite does not load', [suite('failed'), suite('passed', 'passed')], 1, { passed: 1, failed: 1 }],
    ['the runner fails beside passing tests', [suite('passed', 'passed')], 1, { passed: 1, failed: 1 }],
    ['there is no test', [], 0, { passed: 0, failed: 1 }],
    ['tests are skipped only', [suite('passed', 'skipped')], 0, { passed: 0, failed: 1 }],
  ])('counts when %s', (_what, testResults, status, expected) => {
    expect(totals({ testResults }, status)).toEqual(expected);
  });

  it('counts a missing report as a failure', () => {
    expect(totals(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  });
});
