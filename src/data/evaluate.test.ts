import { describe, expect, it } from 'vitest';
import type { Consortium, InstitutionData } from './consortium-data.ts';
import { accountSource, evidenceSource } from './consortium-data.ts';
import { aloneFlags, plaintextFlags, precisionRecall, truthFlags } from './evaluate.ts';
import { readSource } from '../../test/support/read-source.ts';

function institution(name: string, accounts: string[], evidence: Record<string, number>): InstitutionData {
  return {
    name,
    accounts,
    evidence: Object.entries(evidence).map(([account, score]) => ({ account, score })),
    marked: new Set(),
    truth: new Set(accounts.slice(0, 1)),
  };
}

// a1: two others, sum 4. a2: one other, sum 9. a3: two others, sum 2, and its own 9. b1, c1: nobody but the owner.
const A = institution('A', ['a1', 'a2', 'a3'], { a3: 9, b1: 1 });
const B = institution('B', ['b1'], { a1: 1, a2: 9, a3: 1 });
const C = institution('C', ['c1'], { a1: 3, a3: 1, c1: 5 });
const CONSORTIUM: Consortium = { institutions: [A, B, C], transferCounts: { inside: 0, across: 0 } };

describe('plaintextFlags', () => {
  it.each([
    { quorum: 2, scoreThreshold: undefined, expected: [[true, false, true], [false], [false]] },
    { quorum: 2, scoreThreshold: 3, expected: [[true, false, false], [false], [false]] },
    { quorum: 2, scoreThreshold: 4, expected: [[true, false, false], [false], [false]] },
    { quorum: 2, scoreThreshold: 5, expected: [[false, false, false], [false], [false]] },
    { quorum: 1, scoreThreshold: undefined, expected: [[true, true, true], [true], [false]] },
    { quorum: 3, scoreThreshold: undefined, expected: [[false, false, false], [false], [false]] },
  ])('counts the others only when t = $quorum and T = $scoreThreshold', ({ expected, ...rule }) => {
    expect(plaintextFlags(CONSORTIUM, rule)).toEqual(expected);
  });

  it('counts a listed account with score 0 for the quorum when no threshold is given', () => {
    const zero = institution('B', ['b1'], { a1: 0 });
    const consortium = { ...CONSORTIUM, institutions: [A, zero, C] };
    expect(plaintextFlags(consortium, { quorum: 2 })[0][0]).toBe(true);
  });
});

describe('aloneFlags', () => {
  it('looks at own evidence about own accounts only', () => {
    expect(aloneFlags(CONSORTIUM, { scoreThreshold: 5 })).toEqual([[false, false, true], [false], [true]]);
    expect(aloneFlags(CONSORTIUM, { scoreThreshold: 6 })).toEqual([[false, false, true], [false], [false]]);
  });
});

describe('precisionRecall', () => {
  it('counts over all institutions', () => {
    const truth = truthFlags(CONSORTIUM, 'truth');
    expect(truth).toEqual([[true, false, false], [true], [true]]);
    expect(precisionRecall([[true, true, false], [true], [false]], truth)).toEqual({
      flagged: 3,
      relevant: 3,
      hits: 2,
      precision: 2 / 3,
      recall: 2 / 3,
    });
  });

  it('has no precision when nothing is flagged, and no recall when nothing is to be found', () => {
    expect(precisionRecall([[false]], [[false]])).toMatchObject({ precision: undefined, recall: undefined });
  });

  it('refuses tables that differ in shape', () => {
    expect(() => precisionRecall([[true]], [[true, false]])).toThrow(RangeError);
    expect(() => precisionRecall([[true]], [])).toThrow(RangeError);
  });
});

describe('accountSource and evidenceSource', () => {
  it('give the accounts, and the evidence with its scores', async () => {
    expect(await readSource(accountSource(A))).toEqual({ accounts: A.accounts });
    expect(await readSource(evidenceSource(A))).toEqual({
      accounts: ['a3', 'b1'],
      scores: Uint32Array.of(9, 1),
    });
  });
});
